/*
 * fuzz_spamd - any bytes as spamd's answer; see scan_check.h.
 */
#include "scan/scan_spamd.h"
#include "t/lib/scan_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scan_check_spam(scan_spamd_parse, data, size);
	return 0;
}
