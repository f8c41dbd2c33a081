/*
 * fuzz_header_address - any bytes as a header field with addresses.
 *
 * Held to be true: the walk ends, makes no more addresses than there are
 * bytes, and mailaddr_header() finds the same ones by number.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(512);
	char *field = arena_strndup(arena, (const char *)data, size);
	struct mailaddr_list list = { .rest = field };
	struct mailaddr walked, numbered;
	size_t count = 0;

	while (mailaddr_next(&list, &walked, arena)) {
		if (count < 8 &&
		    (!mailaddr_header(&numbered, field, count, arena) ||
			strcmp(walked.address, numbered.address) != 0 ||
			walked.problem != numbered.problem))
			abort();
		if (++count > size)
			abort();
	}
	if (*list.rest != '\0' ||
	    mailaddr_header(&numbered, field, count, arena))
		abort();
	arena_free(arena);
	return 0;
}
