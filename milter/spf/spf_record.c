/*
 * spf_record - the grammar of policy records (RFC 7208 section 12), for one
 * client.
 *
 * All of a record is checked, also what cannot matter any more: an error
 * anywhere makes it permerror (4.6). libspf2 takes 29 kinds of errors for good
 * records, so it is given none that has not been read here.
 */
#include <arpa/inet.h>

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "spf/spf_record.h"

#define VERSION "v=spf1"
#define SHOWN_MAX 60 /* bytes of a bad term in a problem */

/* what may stand behind a mechanism's name */
enum argument {
	ARGUMENT_NONE,
	ARGUMENT_SPEC,       /* ":domain-spec" */
	ARGUMENT_MAYBE_SPEC, /* the same, or nothing */
	ARGUMENT_HOST,       /* the same, with prefix lengths */
	ARGUMENT_IP4,
	ARGUMENT_IP6,
};

static const struct mechanism {
	const char *name;
	enum spf_kind kind;
	enum argument argument;
} mechanisms[] = {
	{ .name = "all", .kind = SPF_KIND_ALL, .argument = ARGUMENT_NONE },
	{ .name = "include",
	    .kind = SPF_KIND_INCLUDE,
	    .argument = ARGUMENT_SPEC },
	{ .name = "a", .kind = SPF_KIND_A, .argument = ARGUMENT_HOST },
	{ .name = "mx", .kind = SPF_KIND_MX, .argument = ARGUMENT_HOST },
	{ .name = "ptr",
	    .kind = SPF_KIND_PTR,
	    .argument = ARGUMENT_MAYBE_SPEC },
	{ .name = "ip4", .kind = SPF_KIND_ALL, .argument = ARGUMENT_IP4 },
	{ .name = "ip6", .kind = SPF_KIND_ALL, .argument = ARGUMENT_IP6 },
	{ .name = "exists",
	    .kind = SPF_KIND_EXISTS,
	    .argument = ARGUMENT_SPEC },
};

/* the record that is being read */
struct reader {
	struct spf_record *record;
	const struct netaddr *client;
	struct spf_term redirect; /* text empty: none */
	bool closed;              /* what follows cannot be reached */
	size_t asking;            /* terms kept that ask the DNS */
	const char *why;          /* what is wrong, once it is */
};

/* equals - ASCII case ignored */
static bool
equals(struct spf_text text, const char *word)
{
	return text.length == strlen(word) &&
	       strncasecmp(text.data, word, text.length) == 0;
}

/* from - the rest of text from offset on */
static struct spf_text
from(struct spf_text text, size_t offset)
{
	return (struct spf_text){
		.data = text.data + offset,
		.length = text.length - offset,
	};
}

/* first - the first bytes of text */
static struct spf_text
first(struct spf_text text, size_t length)
{
	text.length = length;
	return text;
}

/* wrong - note what is wrong; always false */
static bool
wrong(struct reader *reader, const char *why)
{
	reader->why = why;
	return false;
}

/* keep - a term that can matter */
static void
keep(struct reader *reader, const struct spf_term *term)
{
	bool asks = term->kind != SPF_KIND_ALL;

	if (reader->closed)
		return;
	reader->record->term[reader->record->count++] = *term;
	reader->asking += asks ? 1 : 0;
	reader->closed = !asks || reader->asking > SPF_TERMS_MAX;
}

/* read_bits - a prefix length: no leading zero, at most max */
static bool
read_bits(struct spf_text text, unsigned max, uint8_t *bits)
{
	unsigned value = 0;

	if (text.length == 0 || text.length > 3 ||
	    (text.length > 1 && text.data[0] == '0'))
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text.data[i] - '0');
	}
	*bits = (uint8_t)value;
	return value <= max;
}

/* last_slash - where digits at the end have their "/"; false: nowhere */
static bool
last_slash(struct spf_text text, size_t *at)
{
	*at = text.length;
	while (
	    *at > 0 && text.data[*at - 1] >= '0' && text.data[*at - 1] <= '9')
		(*at)--;
	if (*at == 0 || text.data[*at - 1] != '/')
		return false;
	(*at)--;
	return true;
}

/* cut_bits - dual-cidr-length off the end: "/24", "//64", "/24//64" */
static bool
cut_bits(struct spf_text *text, struct spf_term *term)
{
	size_t at;

	if (!last_slash(*text, &at))
		return true;
	if (at > 0 && text->data[at - 1] == '/') {
		if (!read_bits(from(*text, at + 1), 128, &term->bits6))
			return false;
		text->length = at - 1;
		if (!last_slash(*text, &at))
			return true;
	}
	if (!read_bits(from(*text, at + 1), 32, &term->bits4))
		return false;
	text->length = at;
	return true;
}

/* read_target - ":domain-spec" */
static bool
read_target(struct reader *reader, struct spf_text text, struct spf_term *term)
{
	if (text.length == 0 || text.data[0] != ':')
		return wrong(reader, "a domain is missing");
	term->target = from(text, 1);
	if (!spf_macro_check_spec(term->target))
		return wrong(reader, "bad domain");
	return true;
}

/* read_network - the address and prefix of ip4 and ip6 */
static bool
read_network(struct reader *reader, struct spf_text text, bool six,
    struct netprefix *out)
{
	const char *slash;
	char address[NETADDR_TEXT_SIZE];
	size_t length;

	if (text.length == 0 || text.data[0] != ':')
		return wrong(reader, "an address is missing");
	text = from(text, 1);
	slash = memchr(text.data, '/', text.length);
	length = slash != NULL ? (size_t)(slash - text.data) : text.length;
	out->bits = six ? 128 : 32;
	if (slash != NULL &&
	    !read_bits(from(text, length + 1), out->bits, &out->bits))
		return wrong(reader, "bad prefix length");
	if (length >= sizeof(address))
		return wrong(reader, "bad address");
	memcpy(address, text.data, length);
	address[length] = '\0';
	/* not netaddr_parse(): it takes more forms, and makes an IPv4-mapped
	 * address one that ip6 would not be asked about */
	out->addr.family = six ? 6 : 4;
	if (inet_pton(six ? AF_INET6 : AF_INET, address, out->addr.byte) != 1)
		return wrong(reader, "bad address");
	netaddr_mask(&out->addr, out->bits);
	return true;
}

/* read_argument - what stands behind the name; *reached: can it match */
static bool
read_argument(struct reader *reader, enum argument argument,
    struct spf_text text, struct spf_term *term, bool *reached)
{
	struct netprefix prefix = { .bits = 0 };

	*reached = true;
	switch (argument) {
	case ARGUMENT_NONE:
		return text.length == 0 || wrong(reader, "takes no argument");
	case ARGUMENT_HOST:
		if (!cut_bits(&text, term))
			return wrong(reader, "bad prefix length");
		return text.length == 0 || read_target(reader, text, term);
	case ARGUMENT_MAYBE_SPEC:
		return text.length == 0 || read_target(reader, text, term);
	case ARGUMENT_SPEC:
		return read_target(reader, text, term);
	case ARGUMENT_IP4:
	case ARGUMENT_IP6:
		if (!read_network(reader, text, argument == ARGUMENT_IP6,
			&prefix))
			return false;
		*reached = netprefix_has(&prefix, reader->client);
		return true;
	}
	return false;
}

/* read_mechanism - [qualifier] name [argument] */
static bool
read_mechanism(struct reader *reader, struct spf_text text)
{
	struct spf_term term = { .qualifier = '+', .bits4 = 32, .bits6 = 128 };
	struct spf_text name;
	size_t length = 0;
	bool reached;

	if (strchr("+-~?", text.data[0]) != NULL) {
		term.qualifier = text.data[0];
		text = from(text, 1);
	}
	while (length < text.length && text.data[length] != ':' &&
	       text.data[length] != '/')
		length++;
	name = first(text, length);
	term.text = text;
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]);
	     i++) {
		if (!equals(name, mechanisms[i].name))
			continue;
		term.kind = mechanisms[i].kind;
		if (!read_argument(reader, mechanisms[i].argument,
			from(text, length), &term, &reached))
			return false;
		if (reached)
			keep(reader, &term);
		return true;
	}
	return wrong(reader, "no such mechanism");
}

/* read_modifier - name "=" value, with length the name's */
static bool
read_modifier(struct reader *reader, struct spf_text text, size_t length)
{
	struct spf_text name = first(text, length);
	struct spf_text value = from(text, length + 1);

	if (!spf_macro_is_alpha(text.data[0]))
		return wrong(reader, "bad name of a modifier");
	if (equals(name, "redirect")) {
		if (reader->redirect.text.length > 0)
			return wrong(reader, "stands there twice");
		reader->redirect = (struct spf_term){
			.kind = SPF_KIND_REDIRECT,
			.qualifier = '+',
			.text = text,
			.target = value,
		};
		return spf_macro_check_spec(value) ||
		       wrong(reader, "bad domain");
	}
	if (equals(name, "exp")) {
		if (reader->record->explanation.length > 0)
			return wrong(reader, "stands there twice");
		reader->record->explanation = value;
		return spf_macro_check_spec(value) ||
		       wrong(reader, "bad domain");
	}
	return spf_macro_check(value, SPF_IN_NAME) ||
	       wrong(reader, "bad value of a modifier");
}

/* read_term - a modifier has "=" before any ":" and "/" (4.6.1) */
static bool
read_term(struct reader *reader, struct spf_text text)
{
	size_t i = 0;

	while (i < text.length &&
	       (spf_macro_is_alnum(text.data[i]) || text.data[i] == '-' ||
		   text.data[i] == '_' || text.data[i] == '.'))
		i++;
	if (i < text.length && text.data[i] == '=')
		return read_modifier(reader, text, i);
	return read_mechanism(reader, text);
}

/* next_term - terms are separated by spaces and nothing else */
static bool
next_term(struct spf_text *rest, struct spf_text *term)
{
	while (rest->length > 0 && rest->data[0] == ' ')
		*rest = from(*rest, 1);
	*term = first(*rest, 0);
	while (term->length < rest->length && rest->data[term->length] != ' ')
		term->length++;
	*rest = from(*rest, term->length);
	return term->length > 0;
}

/* is_visible - ASCII without control characters (3.1) */
static bool
is_visible(struct spf_text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return false;
	return true;
}

/* complain - what is wrong with which term */
static const char *
complain(struct arena *arena, struct spf_text term, const char *why)
{
	char shown[SHOWN_MAX + 1];

	if (term.length > SHOWN_MAX)
		term.length = SHOWN_MAX;
	str_printable(shown, sizeof(shown),
	    arena_strndup(arena, term.data, term.length));
	return arena_printf(arena, "%s: %s", shown, why);
}

bool
spf_record_is(struct spf_text text)
{
	size_t length = strlen(VERSION);

	return text.length >= length &&
	       strncasecmp(text.data, VERSION, length) == 0 &&
	       (text.length == length || text.data[length] == ' ');
}

bool
spf_record_parse(struct spf_record *out, struct spf_text text,
    const struct netaddr *client, struct arena *arena, const char **problem)
{
	struct reader reader = { .record = out, .client = client };
	struct spf_text term;

	*out = (struct spf_record){ .count = 0 };
	if (!is_visible(text)) {
		*problem = "a byte that is not printable ASCII";
		return false;
	}
	text = from(text, strlen(VERSION));
	while (next_term(&text, &term))
		if (!read_term(&reader, term)) {
			*problem = complain(arena, term, reader.why);
			return false;
		}
	if (reader.redirect.text.length > 0)
		keep(&reader, &reader.redirect);
	return true;
}
