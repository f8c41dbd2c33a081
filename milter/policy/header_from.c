/*
 * header_from - the addresses of the From and Sender fields of a message.
 */
#include "policy/header_from.h"

#include "base/mem.h"

const char *const header_from_field[] = { "From", "Sender", NULL };

/* header_from_note - add those of the field that is shown */
void
header_from_note(const struct pctx *p, struct header_from *from)
{
	struct mailaddr_list list = { .rest = p->txn->header_value };

	if (from->address == NULL)
		from->address = arena_alloc(p->arena,
		    HEADER_FROM_MAX * sizeof(*from->address));
	while (from->count < HEADER_FROM_MAX &&
	       mailaddr_next(&list, &from->address[from->count], p->arena))
		from->count++;
}
