/*
 * dialogue_case - a case file: an ini, files and servers, SMTP steps, and
 * what the client and the log must show. The format is told in t/README.
 */
#ifndef MAILREEVE_DIALOGUE_CASE_H
#define MAILREEVE_DIALOGUE_CASE_H

#include <stdbool.h>
#include <stddef.h>

enum runner {
	RUNNER_PROCESS,  /* in this process, on the session itself */
	RUNNER_WIRE,     /* the daemon, over the milter protocol */
	RUNNER_POSTFIX,  /* through Postfix: t/mta */
	RUNNER_SENDMAIL, /* through Sendmail: t/mta */
	RUNNER_MAX
};

enum case_line_kind {
	CASE_STEP,     /* "> verb text", with what is expected of it */
	CASE_FILE,     /* "file NAME:" with a block */
	CASE_SERVER,   /* "server KIND TEXT:" with a block */
	CASE_LOG,      /* "log: regex" */
	CASE_NOLOG,    /* "nolog: regex" */
	CASE_HEADER,   /* "header: regex" */
	CASE_NOHEADER, /* "noheader: regex" */
};

struct case_line {
	enum case_line_kind kind;
	unsigned number;   /* in the file */
	const char *verb;  /* step; name of the file; kind of server */
	const char *text;  /* the rest of the line; the regex */
	const char *block; /* indented lines that follow, or NULL */
	const char *expect[RUNNER_MAX]; /* NULL: it must pass */
};

struct dialogue_case {
	const char *path;
	const char *ini;
	char dns[32];     /* ${DNS}: "127.1.2.3:5353" */
	bool asks_nobody; /* it says nothing of name servers */
	bool runs[RUNNER_MAX];
	struct case_line *lines;
	size_t count;
	struct arena *arena;
};

/*
 * dialogue_case_read - NULL after "path:line: what" went to stderr. ${DIR} in
 * any text becomes dir, ${DNS} an address and port for the case's name server;
 * an ini without [dns] asks there.
 */
struct dialogue_case *dialogue_case_read(const char *path, const char *dir);
void dialogue_case_free(struct dialogue_case *dialogue);

#endif
