/*
 * spf_cases - files of SPF cases, t/spf/NAME.cases: a zone, and what the check
 * of a sender must come to. t/spf/suite.py tells their form.
 */
#ifndef MAILREEVE_T_SPF_CASES_H
#define MAILREEVE_T_SPF_CASES_H

#include <stddef.h>

struct spf_answer;

struct spf_case {
	const char *name, *client, *helo;
	const char *sender;      /* "<>": the null sender */
	const char *results;     /* "fail", "pass|neutral", "*" */
	const char *explanation; /* "-": there must be none; NULL: any */
};

struct spf_group {
	const char *zone;
	struct spf_case *cases;
	size_t count;
};

struct spf_cases {
	struct arena *arena;
	struct spf_group *groups;
	size_t count;
};

/* spf_cases_read - ends the program when the file cannot be read. */
struct spf_cases *spf_cases_read(const char *path);
void spf_cases_free(struct spf_cases *cases);

/*
 * spf_cases_unsound - what no answer of a check may have, whatever was asked:
 * limits passed, bytes that are not printable, a mechanism whose qualifier is
 * not the result. NULL: nothing.
 */
const char *spf_cases_unsound(const struct spf_answer *answer);

#endif
