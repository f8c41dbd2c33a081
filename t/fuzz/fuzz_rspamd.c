/*
 * fuzz_rspamd - any bytes as rspamd's answer; see scan_check.h.
 */
#include "scan/scan_rspamd.h"
#include "t/lib/scan_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scan_check_spam(scan_rspamd_parse, data, size);
	return 0;
}
