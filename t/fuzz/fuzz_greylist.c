/*
 * fuzz_greylist - any bytes as a sender, a recipient, a client's name.
 *
 * Held to be true: the forms under which they are known are no longer than
 * what they were, have no capitals, and keep their domain.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/generic_name.h"
#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "policies/greylist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* must - end the program when something that is held to be true is not */
static void
must(bool truth)
{
	if (!truth)
		abort();
}

/* check_form - of an address */
static void
check_form(const struct mailaddr *address, const char *form)
{
	size_t length = strlen(form), domain = strlen(address->domain);

	must(length <= strlen(address->address));
	must(length >= domain);
	must(strcmp(form + length - domain, address->domain) == 0);
	must(strpbrk(form, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct netaddr four = { 4, { 203, 0, 113, 5 } };
	static const struct netaddr six = { 6, { 0x20, 1, 0xd, 0xb8 } };
	struct arena *arena = arena_new(512);
	const char *text = arena_strndup(arena, (const char *)data, size);
	struct mailaddr path;

	mailaddr_parse(&path, text, arena);
	check_form(&path, greylist_sender(&path, true, arena));
	check_form(&path, greylist_sender(&path, false, arena));
	check_form(&path, greylist_recipient(&path, arena));
	must(strlen(greylist_sender_domain(&path)) <= strlen(path.domain));
	generic_name(text, &four);
	generic_name(text, &six);
	arena_free(arena);
	return 0;
}
