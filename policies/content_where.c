/*
 * content_where - the places of a message that a rule looks at.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "policies/content.h"

#define HEADER_PREFIX "header:"

static const struct {
	const char *word;
	unsigned places;
} words[] = {
	{ "subject", 1u << CONTENT_SUBJECT },
	{ "header", 1u << CONTENT_HEADER },
	{ "body", 1u << CONTENT_BODY },
	{ "name", 1u << CONTENT_NAME },
	{ "type", 1u << CONTENT_TYPE },
	{ "flaw", 1u << CONTENT_FLAW },
	{ "any", 1u << CONTENT_HEADER | 1u << CONTENT_BODY |
		     1u << CONTENT_NAME | 1u << CONTENT_TYPE },
};

/* add_field - the name of a header field */
static void
add_field(struct content_where *where, const char *name, struct arena *arena)
{
	const char **fields =
	    arena_alloc(arena, (where->field_count + 1) * sizeof(*fields));

	if (where->field_count > 0)
		memcpy(fields, where->fields,
		    where->field_count * sizeof(*fields));
	fields[where->field_count++] = arena_strdup(arena, name);
	where->fields = fields;
	where->places |= 1u << CONTENT_FIELD;
}

bool
content_where_parse(const char *word, struct content_where *where,
    struct arena *arena)
{
	if (strncasecmp(word, HEADER_PREFIX, strlen(HEADER_PREFIX)) == 0 &&
	    word[strlen(HEADER_PREFIX)] != '\0') {
		add_field(where, word + strlen(HEADER_PREFIX), arena);
		return true;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasecmp(words[i].word, word) == 0) {
			where->places |= words[i].places;
			return true;
		}
	return false;
}

unsigned
content_where_reads(const struct content_where *where)
{
	static const unsigned reads[CONTENT_PLACES] = {
		[CONTENT_SUBJECT] = MIME_FIELDS,
		[CONTENT_HEADER] = MIME_FIELDS,
		[CONTENT_FIELD] = MIME_FIELDS,
		[CONTENT_BODY] = MIME_TEXT,
		[CONTENT_NAME] = MIME_PARTS | MIME_NAMES,
		[CONTENT_TYPE] = MIME_PARTS,
		[CONTENT_FLAW] =
		    MIME_FIELDS | MIME_PARTS | MIME_TEXT | MIME_NAMES,
	};
	unsigned bits = 0;

	for (unsigned i = 0; i < CONTENT_PLACES; i++)
		if (where->places & 1u << i)
			bits |= reads[i];
	return bits;
}

/* what is being walked through */
struct walk {
	const struct pctx *p;
	const struct content_where *where;
	content_visit *visit;
	void *context;
};

/* show - one piece, if the rule looks there; true: no more */
static bool
show(const struct walk *walk, enum content_place place, const char *label,
    const char *text, size_t length)
{
	const struct content_piece piece = {
		.place = place,
		.label = label,
		.text = text,
		.length = length,
	};

	if (!(walk->where->places & 1u << place) || length == 0)
		return false;
	return walk->visit(walk->context, &piece);
}

/* is_named - whether the rule names a field */
static bool
is_named(const struct content_where *where, const char *name)
{
	for (size_t i = 0; i < where->field_count; i++)
		if (strcasecmp(where->fields[i], name) == 0)
			return true;
	return false;
}

/* show_field - of the message itself, or of one inside */
static bool
show_field(const struct walk *walk, const struct mime_field *field)
{
	size_t length = strlen(field->value);
	const char *whole;

	if (strcasecmp(field->name, "Subject") == 0 &&
	    show(walk, CONTENT_SUBJECT, field->name, field->value, length))
		return true;
	if (walk->where->places & 1u << CONTENT_FIELD &&
	    is_named(walk->where, field->name) &&
	    show(walk, CONTENT_FIELD, field->name, field->value, length))
		return true;
	if (!(walk->where->places & 1u << CONTENT_HEADER))
		return false;
	whole =
	    arena_printf(walk->p->arena, "%s: %s", field->name, field->value);
	return show(walk, CONTENT_HEADER, field->name, whole, strlen(whole));
}

/* show_part - its text, its type, its names */
static bool
show_part(const struct walk *walk, const struct mime_part *part)
{
	if (part->text != NULL &&
	    show(walk, CONTENT_BODY, part->type, part->text, part->length))
		return true;
	if (show(walk, CONTENT_TYPE, part->type, part->type,
		strlen(part->type)) ||
	    show(walk, CONTENT_NAME, part->name, part->name,
		strlen(part->name)))
		return true;
	for (const struct mime_name *n = part->names; n != NULL; n = n->next)
		if (show(walk, CONTENT_NAME, n->name, n->name, strlen(n->name)))
			return true;
	return false;
}

/* show_flaws - by name */
static bool
show_flaws(const struct walk *walk, unsigned flaws)
{
	for (const struct name_code *n = mime_flaw_names; n->name != NULL; n++)
		if (flaws & (unsigned)n->code &&
		    show(walk, CONTENT_FLAW, "flaw", n->name, strlen(n->name)))
			return true;
	return false;
}

bool
content_each(const struct pctx *p, const struct content_where *where,
    content_visit *visit, void *context)
{
	const struct mime_message *mime = p->txn->message->mime;
	const struct walk walk = {
		.p = p,
		.where = where,
		.visit = visit,
		.context = context,
	};

	if (mime == NULL)
		return false;
	for (const struct mime_field *f = mime->fields; f != NULL; f = f->next)
		if (show_field(&walk, f))
			return true;
	for (const struct mime_part *part = mime->parts; part != NULL;
	     part = part->next)
		if (show_part(&walk, part))
			return true;
	return show_flaws(&walk, mime->flaws);
}
