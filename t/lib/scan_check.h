/*
 * scan_check - what is held to be true of any answer of a spam scanner.
 */
#ifndef MAILREEVE_SCAN_CHECK_H
#define MAILREEVE_SCAN_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "scan/scan.h"

struct arena;

/*
 * scan_check_spam - parse the bytes: what is kept of a good answer is bounded
 * and printable, and nothing is left out of it; else abort().
 */
void scan_check_spam(enum scan_result (*parse)(const char *text, size_t length,
			 struct arena *arena, struct scan_spam *spam),
    const uint8_t *data, size_t size);

#endif
