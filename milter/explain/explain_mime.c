/*
 * explain_mime - what was read of the message of an explained session.
 */
#include "explain/explain_mime.h"

#include "base/str.h"
#include "explain/explain_print.h"
#include "mime/mime.h"

#define SHOWN 800 /* bytes of a line */

/* add_word - "WHAT WORD" behind a comma, if there is a word */
static void
add_word(struct str *text, const char *what, const char *word)
{
	if (word[0] != '\0')
		str_addf(text, ", %s%s", what, word);
}

/* add_flaws - by name */
static void
add_flaws(struct str *text, unsigned flaws)
{
	for (const struct name_code *n = mime_flaw_names; n->name != NULL; n++)
		if (flaws & (unsigned)n->code)
			str_addf(text, ", flaw %s", n->name);
}

/* note - a line, without what a terminal would obey; the text is empty then */
static void
note(struct explain_printer *printer, const char *name, struct str *text)
{
	char shown[SHOWN];

	explain_print_note(printer, name,
	    str_printable(shown, sizeof(shown), str_text(text)));
	str_reset(text);
}

/* show_part - what its header says, and what is in it */
static void
show_part(struct explain_printer *printer, const struct mime_part *part,
    struct str *text)
{
	str_addf(text, "%u, depth %u: %s", part->number, part->depth,
	    part->type);
	add_word(text, "charset ", part->charset);
	add_word(text, "", part->encoding);
	add_word(text, "", part->disposition);
	add_word(text, "name ", part->name);
	str_addf(text, ", %lld bytes", (long long)part->size);
	if (part->length > 0)
		str_addf(text, ", %zu of text", part->length);
	add_flaws(text, part->flaws);
	note(printer, "part", text);
	for (const struct mime_name *n = part->names; n != NULL; n = n->next) {
		str_addf(text, "%s, %lld bytes", n->name, (long long)n->size);
		note(printer, "in archive", text);
	}
}

void
explain_mime(void *printer, const struct mime_message *message)
{
	static const char *const forms[] = { "", ", www", ", with path",
		", bare" };
	struct str text = STR_INIT;

	for (const struct mime_part *p = message->parts; p != NULL; p = p->next)
		show_part(printer, p, &text);
	for (const struct mime_link *l = message->links; l != NULL;
	     l = l->next) {
		str_addf(&text, "%s, part %u, line %u%s: %s", l->host,
		    l->part->number, l->line, forms[l->form], l->url);
		note(printer, "link", &text);
	}
	str_addf(&text, "%u fields, %u parts, %lld bytes of text, %u links",
	    message->field_count, message->part_count, (long long)message->text,
	    message->link_count);
	add_flaws(&text, message->flaws);
	note(printer, "message read", &text);
	str_fini(&text);
}
