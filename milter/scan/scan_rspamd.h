/*
 * scan_rspamd - rspamd's normal worker, by HTTP (POST /checkv2).
 */
#ifndef MAILREEVE_SCAN_RSPAMD_H
#define MAILREEVE_SCAN_RSPAMD_H

#include "scan/scan_job.h"

/*
 * scan_rspamd - have a message judged. *spam is filled when the job is done
 * with SCAN_OK.
 */
struct scan_job *scan_rspamd(struct scan_job **jobs,
    struct scan_servers *servers, const struct scan_message *message,
    const struct scan_envelope *envelope, const struct scan_time *time,
    struct scan_spam *spam);

/* scan_rspamd_parse - a whole answer of length bytes. */
enum scan_result scan_rspamd_parse(const char *text, size_t length,
    struct arena *arena, struct scan_spam *spam);

#endif
