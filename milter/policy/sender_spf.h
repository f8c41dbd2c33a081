/*
 * sender_spf - whether the client may send mail of the sender's domain.
 *
 * For the policy spf, which acts on it, and for others that believe a sender
 * only when SPF says so. The check is made once in a message, for whoever asks
 * first; its deadline counts from the begin of the step.
 */
#ifndef MAILREEVE_SENDER_SPF_H
#define MAILREEVE_SENDER_SPF_H

#include "policy/policy.h"
#include "spf/spfcheck.h"

#define SENDER_SPF_WAIT_MS 6000 /* default of [spf] timeout */

/*
 * sender_spf - the check of the sender, or of the HELO name for <> (RFC 7208
 * 2.4). Never NULL. Within a transaction only.
 */
const struct spf_answer *sender_spf(const struct pctx *p, int64_t timeout_ms);
/*
 * sender_spf_domain - the domain that is checked; "" for none. An address of
 * wrong form is the policy sender's to refuse; here it must not be a way
 * around the check. *local becomes what stands before.
 */
const char *sender_spf_domain(const struct pctx *p, const char **local);
/* sender_spf_query - of another domain for this session. */
void sender_spf_query(const struct pctx *p, struct spf_query *query,
    const char *domain, const char *local, int64_t timeout_ms);
/* sender_spf_unknown - no answer for now: nothing should rest on it. */
bool sender_spf_unknown(const struct spf_answer *answer);

#endif
