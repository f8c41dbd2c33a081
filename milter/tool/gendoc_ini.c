/*
 * gendoc_ini - the sample mailreeve.ini, from the tables.
 *
 * Every option is there as a comment, at its default, below what the manual
 * says of it. Lines with text begin with "; ", options with ";" alone, so that
 * taking away one ';' sets an option.
 */
#include <string.h>

#include "policies/registry.h"
#include "tool/gendoc.h"

#define WIDTH 78

/* add_words - text as a comment, folded; *column counts on */
static void
add_words(struct str *out, const char *text, size_t *column)
{
	const char *word;
	size_t length;

	while ((word = str_next_word(&text, " ", &length)) != NULL) {
		if (*column > 1 && *column + 1 + length > WIDTH) {
			str_add(out, "\n;");
			*column = 1;
		}
		str_add_char(out, ' ');
		str_add_n(out, word, length);
		*column += 1 + length;
	}
}

/* add_comment - paragraphs as comments */
static void
add_comment(struct str *out, const char *text)
{
	size_t column, length;
	struct str part = STR_INIT;

	while (text[0] != '\0') {
		length = strcspn(text, "\n");
		str_reset(&part);
		str_add_n(&part, text, length);
		text += length + (text[length] == '\n');
		column = 1;
		str_add_char(out, ';');
		add_words(out, str_text(&part), &column);
		str_add_char(out, '\n');
	}
	str_fini(&part);
}

bool
gendoc_has_form(const struct option *row)
{
	return row->type != OPTION_PATH &&
	       (row->type != OPTION_STRING || row->unit != NULL);
}

/* add_type - what it takes, and an example */
static void
add_type(struct str *out, const struct option *row)
{
	struct str text = STR_INIT;

	if (gendoc_has_form(row)) {
		str_add(&text, "Takes ");
		option_describe_type(row, &text);
		str_add_char(&text, '.');
	}
	if (row->example != NULL)
		str_addf(&text, " Example: %s", row->example);
	add_comment(out, str_text(&text));
	str_fini(&text);
}

/* add_default - the line itself, behind its comment sign */
static void
add_default(struct str *out, const char *sign, const struct option *row)
{
	str_addf(out, "%s%s =%s%s\n", sign, row->name,
	    row->fallback[0] != '\0' ? " " : "", row->fallback);
}

/* add_rows - options with all that is said of them */
static void
add_rows(struct str *out, const char *sign, const struct option *rows)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		str_add_char(out, '\n');
		add_comment(out, rows->doc);
		add_type(out, rows);
		add_default(out, sign, rows);
	}
}

/* add_head - a section between lines */
static void
add_head(struct str *out, const char *name, const char *summary)
{
	str_addf(out, "\n\n;%.*s\n[%s]\n", WIDTH - 1,
	    "----------------------------------------"
	    "----------------------------------------",
	    name);
	add_comment(out, summary);
}

/* add_common - the options of all policies, explained once */
static void
add_common(struct str *out)
{
	str_add(out, "\n\n");
	add_comment(out,
	    "Policies. Each has its section; see mailreeve-policies(7). "
	    "Those that are not written here are asked all the same, at "
	    "their defaults. The same keys can be set for a part of the mail "
	    "in a section with a scope, such as\n"
	    "[helo rcpt=example.org] or [size login=alice@example.org]: see "
	    "mailreeve.ini(5).\n"
	    "These options are common to all of them:");
	for (const struct option *row = config_common_options;
	     row->name != NULL; row++) {
		struct str text = STR_INIT;

		str_addf(&text, "%s: %s", row->name, row->doc);
		str_add(out, ";\n");
		add_comment(out, str_text(&text));
		str_fini(&text);
	}
}

/* add_parts - what a section of a part holds; its head is a comment as well,
 * so nothing of it can be set where it stands */
static void
add_parts(struct str *out, const struct policy *policy)
{
	const struct policy_parts *parts = policy->parts;

	str_add_char(out, '\n');
	add_comment(out, parts->doc);
	str_addf(out, ";\n; [%s.%s]\n", policy->name, parts->name);
	add_rows(out, "; ", parts->options);
}

/* add_policy - its section: the common options at its defaults, its own */
static void
add_policy(struct str *out, const struct policy *policy, struct arena *arena)
{
	const struct option *row = config_common_rows(policy, arena);

	add_head(out, policy->name, policy->summary);
	str_add_char(out, '\n');
	for (; row->name != NULL; row++)
		add_default(out, ";", row);
	add_rows(out, ";", policy->options);
	if (policy->parts != NULL)
		add_parts(out, policy);
}

void
gendoc_ini(struct str *out, struct arena *arena)
{
	add_comment(out,
	    "mailreeve.ini - the configuration of mailreeve(8)\n\n"
	    "Every option stands here as a comment, at its default. Take the "
	    "first ';' of its line away to change it. The manual is "
	    "mailreeve.ini(5).\n\n"
	    "Check what you have written with \"mailreeve -n\", see what is "
	    "in force with \"mailreeve -C\" (\"-C -d\" with all defaults), "
	    "and let a running daemon read it with \"mailreevectl reload\".\n"
	    "\n"
	    "Times: 90s 5m 2h 7d 4w. Sizes: 512 10K 20M 1G. Tables: "
	    "inline:{a b c}, file:/path, cidr:/path, pcre:/path, lmdb:/path, "
	    "socketmap:unix:/path:name.\n\n"
	    "Other files can be read at any place:");
	str_add(out, ";include = conf.d/*.ini\n");
	for (const struct core_section *c = config_core_sections;
	     c->name != NULL; c++) {
		add_head(out, c->name, c->doc);
		add_rows(out, ";", c->options);
	}
	add_head(out, "replies",
	    "Replies of your own, by the reason that they are for: see "
	    "mailreeve-replies(7). Also which of several documented wordings "
	    "of a system is given.");
	str_add(out, "\n; access.sender = 550 5.7.1 Not from you, <%{sender}>\n"
		     "; access.client = alternative 2\n");
	add_common(out);
	for (size_t i = 0; policy_registry[i] != NULL; i++)
		add_policy(out, policy_registry[i], arena);
}
