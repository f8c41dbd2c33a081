/*
 * fuzz_mime_link - any bytes as a part with links: text or HTML, by the first
 * byte.
 *
 * Held to be true: a host that is found is an address or a name in lower-case
 * A-labels, and there is none twice.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/str.h"
#include "t/lib/mime_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* check - one link, and those behind it */
static void
check(const struct mime_link *link)
{
	char text[NETADDR_TEXT_SIZE];

	if (link->address.family != 0) {
		if (strcmp(netaddr_format(&link->address, text), link->host) !=
		    0)
			abort();
	} else if (!domain_is_valid(link->host, true) ||
		   strchr(link->host, '.') == NULL ||
		   strpbrk(link->host, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL) {
		abort();
	}
	for (const struct mime_link *l = link->next; l != NULL; l = l->next)
		if (strcmp(l->host, link->host) == 0)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mime_message *message;
	struct str text = STR_INIT;
	struct arena *arena;

	if (size < 1)
		return 0;
	str_addf(&text, "Content-Type: text/%s; charset=utf-8\n\n",
	    data[0] & 1 ? "html" : "plain");
	str_add_n(&text, (const char *)data + 1, size - 1);
	arena = arena_new(4096);
	message = mime_read(&mime_read_limits, MIME_LINKS, text.data,
	    text.length, SIZE_MAX, arena);
	for (const struct mime_link *l = message->links; l != NULL; l = l->next)
		check(l);
	arena_free(arena);
	str_fini(&text);
	return 0;
}
