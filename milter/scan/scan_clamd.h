/*
 * scan_clamd - ClamAV's daemon, by its command INSTREAM (clamd(8)).
 */
#ifndef MAILREEVE_SCAN_CLAMD_H
#define MAILREEVE_SCAN_CLAMD_H

#include "scan/scan_job.h"

#define CLAMD_SIGNATURE_MAX 128

/* printable, or NULL */
struct scan_clamd {
	const char *signature; /* SCAN_OK: what was found */
	const char *why;       /* SCAN_FAILED: what clamd said */
};

/*
 * scan_clamd - have a message looked at; *answer is filled when the job is
 * done. The message is of less than 4 GB.
 */
struct scan_job *scan_clamd(struct scan_job **jobs,
    struct scan_servers *servers, const struct scan_message *message,
    const struct scan_time *time, struct scan_clamd *answer);

/*
 * scan_clamd_parse - an answer without its end, a text of length bytes;
 * *signature and *why as above.
 */
enum scan_result scan_clamd_parse(const char *text, size_t length,
    struct arena *arena, const char **signature, const char **why);

#endif
