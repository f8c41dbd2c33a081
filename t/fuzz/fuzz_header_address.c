/*
 * fuzz_header_address - any bytes as a header field with addresses.
 *
 * Held to be true: the walk ends, having read all, and makes no more addresses
 * than there are bytes.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mailaddr.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(512);
	char *field = arena_strndup(arena, (const char *)data, size);
	struct mailaddr_list list = { .rest = field };
	struct mailaddr walked;
	size_t count = 0;

	while (mailaddr_next(&list, &walked, arena))
		if (++count > size)
			abort();
	if (*list.rest != '\0')
		abort();
	arena_free(arena);
	return 0;
}
