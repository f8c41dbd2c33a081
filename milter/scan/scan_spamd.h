/*
 * scan_spamd - SpamAssassin's daemon, by its command SYMBOLS (SPAMC/1.5).
 */
#ifndef MAILREEVE_SCAN_SPAMD_H
#define MAILREEVE_SCAN_SPAMD_H

#include "scan/scan_job.h"

/*
 * scan_spamd - have a message judged. user: whose rules, "" for spamd's own.
 * *spam is filled when the job is done with SCAN_OK: its action is SCAN_TAG or
 * SCAN_PASS.
 */
struct scan_job *scan_spamd(struct scan_job **jobs,
    struct scan_servers *servers, const struct scan_message *message,
    const struct scan_envelope *envelope, const char *user,
    const struct scan_time *time, struct scan_spam *spam);

/* scan_spamd_parse - a whole answer of length bytes. */
enum scan_result scan_spamd_parse(const char *text, size_t length,
    struct arena *arena, struct scan_spam *spam);

#endif
