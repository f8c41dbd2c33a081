/*
 * content_options - what a rule is: its options, made ready.
 */
#include <string.h>

#include "base/mem.h"
#include "policies/content.h"

/* parse_where - the words of the option; the wrong one, or NULL */
static const char *
parse_where(const struct content_settings *s, struct content_where *where,
    struct arena *arena)
{
	for (size_t i = 0; i < s->where.count; i++)
		if (!content_where_parse(s->where.word[i], where, arena))
			return s->where.word[i];
	return where->places == 0 ? "" : NULL;
}

/* reads - signatures may look anywhere */
unsigned
content_reads(const void *settings, const struct part *parts, size_t part_count)
{
	const struct content_settings *s = settings;
	struct content_where where = { .places = 0 };
	struct arena *arena = arena_new(512);

	(void)parts;
	(void)part_count;
	parse_where(s, &where, arena);
	if (s->signatures[0] != '\0')
		where.places = (1u << CONTENT_PLACES) - 1;
	arena_free(arena);
	return content_where_reads(&where);
}

#define AT(field) offsetof(struct content_settings, field)

const struct option content_options[] = {
	{
	    .name = "where",
	    .type = OPTION_WORDS,
	    .offset = AT(where),
	    .fallback = "body",
	    .doc = "What is looked at: subject; header (each field, as "
		   "\"Name: value\"); header:NAME (the value of that field); "
		   "body (the text of text parts, of HTML what is shown); "
		   "name (of attachments, and in ZIP archives); type (of "
		   "parts, as application/pdf); flaw (what is wrong with the "
		   "message: header, text, parts, nesting, links, names, "
		   "time, which are limits of [mime]; encoding, charset, "
		   "boundary, unclosed, archive, locked); any (header, body, "
		   "name, type).",
	    .example = "subject, header:Reply-To, body",
	},
	{
	    .name = "pattern",
	    .type = OPTION_STRING,
	    .offset = AT(pattern),
	    .fallback = "",
	    .doc = "A regular expression of PCRE2, as it is or as "
		   "/pattern/flags with flags i m s x U. It may match "
		   "anywhere. Case is ignored, unless it begins with (?-i). A "
		   "semicolon behind a blank begins a comment: write \\x3b.",
	    .example = "/\\bcheap (pills|watches)\\b/",
	},
	{
	    .name = "table",
	    .type = OPTION_TABLE,
	    .offset = AT(table),
	    .fallback = "",
	    .doc = "A table in which whole values are looked up, but not the "
		   "body: subjects, values of fields, types, names; of names "
		   "also the ends, as .exe.",
	    .example = "inline:{.exe .scr .js .vbs .lnk}",
	},
	{
	    .name = "signatures",
	    .type = OPTION_PATH,
	    .offset = AT(signatures),
	    .fallback = "",
	    .doc =
		"A file of named patterns, one a line: NAME WHERE /pattern/, "
		"WHERE as the option where, with commas. The name goes "
		"into the reply. Read at start and at each reload.",
	    .example = "/etc/mailreeve/signatures",
	},
	{
	    .name = "delete",
	    .type = OPTION_BOOL,
	    .offset = AT(remove),
	    .fallback = "no",
	    .doc = "Whether the rule is there to delete messages: its reason "
		   "is content.deleted then. With action = discard the "
		   "message is accepted and thrown away, with action = reply "
		   "it is refused, and its sender is told.",
	},
	{
	    .name = "time",
	    .type = OPTION_MILLIS,
	    .offset = AT(time_ms),
	    .fallback = "500ms",
	    .min = 10,
	    .max = 8000,
	    .doc = "How long the rule may take with one message. If it takes "
		   "longer on_error decides.",
	},
	{ .name = NULL },
};

/* prepare - patterns and places */
void
content_prepare(void *settings, const void *global,
    const struct config_facts *facts, struct problems *problems)
{
	struct content_settings *s = settings;
	struct arena *arena = arena_new(512);
	const char *wrong;

	(void)global;
	s->places = mem_alloc(sizeof(*s->places));
	s->held = arena;
	wrong = parse_where(s, s->places, arena);
	if (wrong != NULL)
		problems_error(problems, policy_option_at(facts, "where"),
		    "where: \"%s\" is no place: subject, header, header:NAME, "
		    "body, name, type, flaw, any",
		    wrong);
	if (s->pattern[0] != '\0') {
		s->compiled =
		    table_pattern_new(s->pattern, NULL, arena, &wrong);
		if (s->compiled == NULL)
			problems_error(problems,
			    policy_option_at(facts, "pattern"), "pattern: %s",
			    wrong);
	}
	if (s->signatures[0] != '\0')
		s->named = content_signatures_read(s->signatures,
		    policy_option_at(facts, "signatures"), problems);
}

/* release - what prepare() took */
void
content_release(void *settings)
{
	struct content_settings *s = settings;

	table_pattern_free(s->compiled);
	content_signatures_free(s->named);
	mem_free(s->places);
	arena_free(s->held);
}

/* check - rules that can do nothing */
void
content_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems)
{
	const struct content_settings *s = settings;

	(void)at;
	if (s->table != NULL && s->compiled == NULL && s->places != NULL &&
	    s->places->places == 1u << CONTENT_BODY)
		problems_error(problems, policy_option_at(facts, "table"),
		    "table: nothing is looked up of the body: set where");
}
