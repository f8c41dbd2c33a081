/*
 * spfcheck - whether a client may send mail in the name of a domain.
 *
 * libspf2 is included here and nowhere else. It goes through the records:
 * terms in order, qualifiers, include and redirect, the result. What it asks
 * the DNS comes to lookup() below, and never leaves this process: the records
 * that it sees are written by spf_policy.c, the names in them are TOKENs that
 * stand for a term, and the answer for a term that matches is an address.
 *
 * Errors (syntax, limits, DNS) are found on our side; they end the check, so
 * that libspf2 is told "temporary" from then on and its result is not used.
 *
 * A server of libspf2 carries the state of one check, costs less than a
 * microsecond, and is not shared. Its log goes nowhere, and its internal
 * errors, after which it would call abort(), end the process with a line.
 */
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>

#include <string.h>

#include <spf2/spf.h>
#include <spf2/spf_dns.h>

#include "base/domain.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/str.h"
#include "spf/spf_internal.h"

#define TOP "top.invalid"      /* stands for the domain that is checked */
#define CLIENT 0xc0000201      /* 192.0.2.1, for libspf2; loopback would pass */
#define TYPE_SPF 99            /* not used any more (RFC 7208 3.1) */
#define LIBRARY_TERMS_MAX 1000 /* limits are ours: not before that of terms */

static const struct name_code result_names[] = {
	{ .name = "unchecked", .code = SPF_UNCHECKED },
	{ .name = "none", .code = SPF_NONE },
	{ .name = "neutral", .code = SPF_NEUTRAL },
	{ .name = "pass", .code = SPF_PASS },
	{ .name = "fail", .code = SPF_FAIL },
	{ .name = "softfail", .code = SPF_SOFTFAIL },
	{ .name = "temperror", .code = SPF_TEMPERROR },
	{ .name = "permerror", .code = SPF_PERMERROR },
	{ .name = NULL },
};

/* broken - libspf2 has found itself in a state that it cannot be in */
static void __attribute__((noreturn))
broken(const char *file, int line, const char *message)
{
	log_fatal("libspf2: %s:%d: %s", file, line, message);
}

/* set_handlers - for the whole process; without them it prints */
static void
set_handlers(void)
{
	SPF_error_handler = broken;
	SPF_warning_handler = NULL;
	SPF_info_handler = NULL;
	SPF_debug_handler = NULL;
}

/* must - nothing but lack of memory makes libspf2 give NULL */
static void *
must(void *made)
{
	if (made == NULL)
		log_fatal("out of memory in libspf2");
	return made;
}

/* count_term - one more that asks the DNS; false when there are too many */
static bool
count_term(struct spf_check *check)
{
	if (++check->terms > SPF_TERMS_MAX)
		spf_end(check, SPF_PERMERROR,
		    "more than %d terms that ask the DNS", SPF_TERMS_MAX);
	return check->end == SPF_UNCHECKED;
}

/* find_record - the record that a name stands for, in text; false: none */
static bool
find_record(struct spf_check *check, const char *name, struct str *text)
{
	struct spf_policy *policy = NULL, *where;
	const struct spf_term *term;
	size_t i;

	if (strcmp(name, TOP) == 0) {
		policy = check->policy[0];
	} else if (spf_policy_term(check, name, &where, &i) &&
		   count_term(check)) {
		term = &where->record.term[i];
		policy = spf_policy_find(check,
		    spf_expand_name(check, &where->name, term->target), term);
		where->other[i] = policy;
	}
	if (policy == NULL || check->end != SPF_UNCHECKED)
		return false;
	spf_policy_write(check, policy, text);
	return true;
}

/* find_match - whether the term that a name stands for has the client */
static bool
find_match(struct spf_check *check, const char *name)
{
	struct spf_policy *policy;
	size_t i;

	if (!spf_policy_term(check, name, &policy, &i) || !count_term(check))
		return false;
	policy->matched[i] = spf_match(check, policy, &policy->record.term[i]);
	return policy->matched[i];
}

/* reply - what libspf2 gets for a question; text NULL: none */
static SPF_dns_rr_t *
reply(SPF_dns_server_t *layer, const char *name, ns_type type, int herrno,
    const char *text)
{
	SPF_dns_rr_t *rr;

	rr = must(SPF_dns_rr_new_init(layer, name, type, 0, herrno));
	if (herrno != NETDB_SUCCESS)
		return rr;
	if (SPF_dns_rr_buf_realloc(rr, 0,
		text != NULL ? strlen(text) + 1 : sizeof(struct in_addr)) !=
	    SPF_E_SUCCESS)
		must(NULL);
	if (text != NULL)
		memcpy(rr->rr[0]->txt, text, strlen(text) + 1);
	else
		rr->rr[0]->a.s_addr = htonl(CLIENT);
	rr->num_rr = 1;
	return rr;
}

/* lookup - the layer below libspf2 */
static SPF_dns_rr_t *
lookup(SPF_dns_server_t *layer, const char *name, ns_type type,
    int should_cache)
{
	struct spf_check *check = layer->hook;
	struct str text = STR_INIT;
	SPF_dns_rr_t *rr;
	bool found = false;

	(void)should_cache;
	if (check->end == SPF_UNCHECKED && type == ns_t_txt)
		found = find_record(check, name, &text);
	else if (check->end == SPF_UNCHECKED && type == ns_t_a)
		found = find_match(check, name);
	if (check->end != SPF_UNCHECKED)
		rr = reply(layer, name, type, TRY_AGAIN, NULL);
	else if (!found)
		rr = reply(layer, name, type, NO_DATA, NULL);
	else
		rr = reply(layer, name, type, NETDB_SUCCESS,
		    type == ns_t_txt ? str_text(&text) : NULL);
	str_fini(&text);
	return rr;
}

/* result_of - libspf2's word in ours; it has no errors of its own to tell */
static enum spf_result
result_of(struct spf_check *check, SPF_result_t result, SPF_errcode_t error)
{
	switch (result) {
	case SPF_RESULT_NEUTRAL:
		return SPF_NEUTRAL;
	case SPF_RESULT_PASS:
		return SPF_PASS;
	case SPF_RESULT_FAIL:
		return SPF_FAIL;
	case SPF_RESULT_SOFTFAIL:
		return SPF_SOFTFAIL;
	default:
		spf_end(check, SPF_TEMPERROR, "libspf2: %s",
		    SPF_strerror(error));
		return check->end;
	}
}

/* evaluate - have libspf2 go through the record of the domain */
static enum spf_result
evaluate(struct spf_check *check)
{
	SPF_dns_server_t layer = {
		.lookup = lookup,
		.name = "mailreeve",
		.hook = check,
	};
	SPF_server_t *server = must(SPF_server_new_dns(&layer, 0));
	SPF_request_t *request = must(SPF_request_new(server));
	struct in_addr client = { .s_addr = htonl(CLIENT) };
	SPF_response_t *response = NULL;
	enum spf_result result;

	SPF_server_set_max_dns_mech(server, LIBRARY_TERMS_MAX);
	SPF_server_set_rec_dom(server, TOP);
	SPF_request_set_ipv4(request, client);
	SPF_request_set_helo_dom(request, TOP);
	SPF_request_set_env_from(request, "postmaster@" TOP);
	SPF_request_query_mailfrom(request, &response);
	result = check->end;
	if (result == SPF_UNCHECKED)
		result = result_of(check, SPF_response_result(must(response)),
		    SPF_response_errcode(response));
	if (response != NULL)
		SPF_response_free(response);
	SPF_request_free(request);
	SPF_server_free(server);
	return result;
}

/*
 * policy_domain - a domain that can have a policy, folded; NULL: 4.3 wants
 * result none without a look-up. A name of one label, an address literal and
 * an address are none.
 */
static const char *
policy_domain(const char *domain, struct arena *arena)
{
	const char *folded = domain_fold(domain, arena), *top;

	if (folded == NULL)
		return NULL;
	top = strrchr(folded, '.');
	if (top == NULL || top[1 + strspn(top + 1, "0123456789")] == '\0')
		return NULL;
	return folded;
}

void
spf_prepare(struct dns *dns, struct arena *arena, const char *domain)
{
	const char *folded = policy_domain(domain, arena);

	if (folded != NULL)
		dns_ask(dns, arena, folded, DNS_TXT);
}

/* run - the check of a domain that can have a policy */
static void
run(struct spf_check *check, struct spf_answer *answer)
{
	/* most have none: that needs no library */
	if (spf_policy_find(check, spf_name(check, check->domain), NULL) ==
	    NULL)
		answer->result = check->end;
	else
		answer->result = evaluate(check);
	answer->by_local_policy = check->by_local_policy;
	answer->problem = check->problem;
	answer->unsure = check->unsure;
	answer->terms = check->terms;
	answer->voids = check->voids;
	if (check->policies == 0)
		return;
	if (!check->by_local_policy)
		answer->record = check->policy[0]->published;
	if (check->end != SPF_UNCHECKED)
		return;
	answer->mechanism = spf_policy_mechanism(check);
	if (answer->result == SPF_FAIL)
		answer->explanation = spf_policy_explain(check);
}

const struct spf_answer *
spf_check(const struct spf_query *query, struct arena *arena)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct spf_check *check = arena_alloc(arena, sizeof(*check));
	struct spf_answer *answer = arena_alloc(arena, sizeof(*answer));

	pthread_once(&once, set_handlers);
	*answer = (struct spf_answer){
		.result = SPF_NONE,
		.domain = "",
		.record = "",
		.mechanism = "",
		.explanation = "",
		.problem = "not a domain",
	};
	*check = (struct spf_check){
		.query = query,
		.arena = arena,
		.domain = policy_domain(query->domain, arena),
		.problem = "",
	};
	if (check->domain == NULL || query->client.family == 0)
		return answer;
	answer->domain = check->domain;
	run(check, answer);
	answer->questions = check->questions;
	return answer;
}

const char *
spf_result_name(enum spf_result result)
{
	return names_name(result_names, (int)result, "unchecked");
}

const char *
spf_record_problem(const char *record, struct arena *arena)
{
	const struct spf_text text = {
		.data = record,
		.length = strlen(record),
	};
	const struct netaddr anybody = { .family = 4 };
	struct spf_record parsed;
	const char *problem;

	if (!spf_record_is(text))
		return "does not begin with v=spf1";
	if (!spf_record_parse(&parsed, text, &anybody, arena, &problem))
		return problem;
	return NULL;
}
