/*
 * spfcheck - whether a client may send mail in the name of a domain (RFC 7208).
 *
 * The check is check_host() of section 4, evaluated by libspf2 over our own
 * DNS service: cache, deadline and fakes of tests hold for it too. Limits of
 * section 4.6.4 count over the whole check: 10 terms that ask the DNS, 2 void
 * look-ups, 10 hosts of an MX, 10 names of a client.
 *
 * Everything in records, explanations and names comes from strangers and is
 * bounded; texts of an answer are printable ASCII.
 *
 * Thread-safe: any number of checks at once.
 */
#ifndef MAILREEVE_SPFCHECK_H
#define MAILREEVE_SPFCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/netaddr.h"

struct arena;
struct clock;
struct dns;

/* RFC 7208 2.6, and "nobody has looked" */
enum spf_result {
	SPF_UNCHECKED,
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
};

/* the arguments of check_host(); texts are borrowed, never NULL */
struct spf_query {
	struct dns *dns;
	const struct clock *clock;
	struct netaddr client;
	const char *domain;       /* whose policy: of sender or HELO */
	const char *local;        /* local part; "" = postmaster (4.3) */
	const char *helo;         /* as given, for %{h} */
	const char *hostname;     /* ours, for %{r}; "" = not known */
	const char *local_policy; /* for a domain without a record; "" none */
	int64_t deadline_ms;      /* monotonic, of the whole check */
};

struct spf_answer {
	enum spf_result result;
	const char *domain;      /* folded, "" when it is none */
	const char *record;      /* of the domain, "" if there is none */
	bool by_local_policy;    /* there is none, ours was used */
	const char *mechanism;   /* that decided: "-all"; "default"; "" */
	const char *explanation; /* of the domain for a fail, "" if none */
	const char *problem;     /* what is wrong or missing, "" if nothing */
	/* a name of the client could not be looked up for now: the RFC takes
	 * that for "no match" (5.5), which should not cost anybody mail */
	bool unsure;
	unsigned terms, voids, questions; /* used up */
};

/*
 * spf_prepare - ask for the policy of a domain that will be checked. Never
 * waits.
 */
void spf_prepare(struct dns *dns, struct arena *arena, const char *domain);
/* spf_check - check_host(). Never NULL; waits up to the deadline. */
const struct spf_answer *spf_check(const struct spf_query *query,
    struct arena *arena);
/* spf_result_name - "pass", "permerror"; "unchecked". */
const char *spf_result_name(enum spf_result result);
/*
 * spf_record_problem - what is wrong with the text of a record, or NULL. For
 * records in a configuration.
 */
const char *spf_record_problem(const char *record, struct arena *arena);

#endif
