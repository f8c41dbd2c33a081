/*
 * scan_clamd - ClamAV's daemon, by its command INSTREAM (clamd(8)).
 */
#ifndef MAILREEVE_SCAN_CLAMD_H
#define MAILREEVE_SCAN_CLAMD_H

#include "scan/scan_servers.h"

#define CLAMD_SIGNATURE_MAX 128

/*
 * scan_clamd - have a message looked at. With SCAN_OK *signature is the name
 * of what was found, printable, or NULL; with SCAN_FAILED *why is what clamd
 * said.
 */
enum scan_result scan_clamd(struct scan_servers *servers,
    const struct scan_message *message, const struct scan_time *time,
    const char **signature, const char **why);

/*
 * scan_clamd_parse - an answer without its end, a text of length bytes;
 * *signature and *why as above.
 */
enum scan_result scan_clamd_parse(const char *text, size_t length,
    struct arena *arena, const char **signature, const char **why);

#endif
