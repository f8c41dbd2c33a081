/*
 * fuzz_clamd - any bytes as clamd's answer.
 *
 * Held to be true: what is kept of it is short and printable, a finding has a
 * name, and nothing but a finding or "stream: OK" is an answer.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scan/scan_clamd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* check_text - one that is kept */
static void
check_text(const char *text)
{
	if (text == NULL)
		return;
	if (text[0] == '\0' || strlen(text) > CLAMD_SIGNATURE_MAX)
		abort();
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(512);
	const char *signature, *why;
	enum scan_result result =
	    scan_clamd_parse((const char *)data, size, arena, &signature, &why);

	if (signature != NULL || result == SCAN_OK)
		check_text(signature);
	if (signature != NULL && result != SCAN_OK)
		abort();
	if (result == SCAN_OK && signature == NULL &&
	    (size != 10 || memcmp(data, "stream: OK", size) != 0))
		abort();
	if (why != NULL && (result != SCAN_FAILED || strlen(why) > 128))
		abort();
	arena_free(arena);
	return 0;
}
