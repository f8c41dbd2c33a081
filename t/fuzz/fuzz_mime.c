/*
 * fuzz_mime - any bytes as a message.
 *
 * The first byte says how the body is cut into chunks. Held to be true: no
 * limit is passed; texts are UTF-8 without NUL; and what is found does not
 * depend on how the message was cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "t/lib/mime_read.h"

#define WANTS (MIME_FIELDS | MIME_PARTS | MIME_TEXT | MIME_LINKS | MIME_NAMES)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mime_limits limits = {
	.header_size = 4096,
	.text_size = 8192,
	.parts = 20,
	.nesting = 5,
	.links = 10,
	.names = 10,
	.archive_size = 2048,
	.time_ms = 60000,
};

/* must - what is held to be true */
static void
must(bool truth)
{
	if (!truth)
		abort();
}

/* check_text - UTF-8 as RFC 3629 has it, roughly: lead and following bytes */
static void
check_text(const char *text)
{
	while (*text != '\0') {
		unsigned char c = (unsigned char)*text++;
		int follow = c < 0x80 ? 0 : c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;

		must(c < 0x80 || (c >= 0xC2 && c <= 0xF4));
		for (; follow > 0; follow--)
			must(((unsigned char)*text++ & 0xC0) == 0x80);
	}
}

/* check - one message against the limits */
static void
check(const struct mime_message *message)
{
	unsigned names = 0;

	must(message->part_count <= limits.parts);
	must(message->link_count <= limits.links);
	must(message->text <= limits.text_size);
	for (const struct mime_field *f = message->fields; f != NULL;
	     f = f->next)
		check_text(f->value);
	for (const struct mime_part *p = message->parts; p != NULL;
	     p = p->next) {
		must(p->depth <= limits.nesting);
		if (p->text != NULL) {
			must(strlen(p->text) == p->length);
			check_text(p->text);
		}
		for (const struct mime_name *n = p->names; n != NULL;
		     n = n->next)
			names++;
	}
	must(names <= limits.names);
}

/* compare_links - all, in order */
static void
compare_links(const struct mime_link *l, const struct mime_link *m)
{
	for (; l != NULL; l = l->next, m = m->next)
		must(strcmp(l->host, m->host) == 0 && l->line == m->line);
}

/* compare - what was found in two ways of cutting */
static void
compare(const struct mime_message *a, const struct mime_message *b)
{
	const struct mime_part *q = b->parts;
	/* behind the limit of text one may have looked further than the
	 * other, and seen more */
	bool is_cut = a->flaws & MIME_FLAW_TEXT;
	unsigned behind =
	    is_cut ? MIME_FLAW_CHARSET | MIME_FLAW_ENCODING | MIME_FLAW_LINKS
		   : 0;

	must(a->part_count == b->part_count);
	must(is_cut || a->link_count == b->link_count);
	must(a->field_count == b->field_count &&
	     (a->flaws | behind) == (b->flaws | behind));
	for (const struct mime_part *p = a->parts; p != NULL; p = p->next) {
		must(p->kind == q->kind && p->length == q->length);
		must(p->length == 0 || strcmp(p->text, q->text) == 0);
		q = q->next;
	}
	if (!is_cut)
		compare_links(a->links, b->links);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	const struct mime_message *whole, *cut;
	const char *text = (const char *)data + 1;

	if (size < 1)
		return 0;
	arena = arena_new(4096);
	whole = mime_read(&limits, WANTS, text, size - 1, SIZE_MAX, arena);
	cut = mime_read(&limits, WANTS, text, size - 1,
	    data[0] > 0 ? data[0] : 1, arena);
	check(whole);
	compare(whole, cut);
	arena_free(arena);
	return 0;
}
