/*
 * spf_expand - macros to text, and text to names (RFC 7208 section 7).
 *
 * Not left to libspf2: it takes a wrong domain for %{d} where we had to cut a
 * record, breaks explanations at spaces, and writes beyond its buffers
 * (CVE-2023-42118). It never sees a macro.
 *
 * A name that is made here is at most 253 bytes, so a record that includes
 * %{d}%{d} cannot make it grow from level to level.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "spf/spf_internal.h"

#define EXPANDED_MAX 4096
#define NAME_MAX_BYTES 253 /* 7.3 */
#define LABEL_MAX 63
#define PARTS_MAX 512 /* what a value has more is one part */

/* local_of - the sender's local part */
static const char *
local_of(const struct spf_check *check)
{
	const char *local = check->query->local;

	return local[0] != '\0' ? local : "postmaster";
}

/* sender_of - the address that is checked */
static const char *
sender_of(struct spf_check *check)
{
	if (check->sender == NULL)
		check->sender = arena_printf(check->arena, "%s@%s",
		    local_of(check), check->domain);
	return check->sender;
}

/* readable_of - the client's address */
static const char *
readable_of(struct spf_check *check)
{
	char text[NETADDR_TEXT_SIZE];

	if (check->readable == NULL)
		check->readable = arena_strdup(check->arena,
		    netaddr_format(&check->query->client, text));
	return check->readable;
}

/* time_of - of now, in seconds */
static const char *
time_of(struct spf_check *check)
{
	if (check->time == NULL)
		check->time = arena_printf(check->arena, "%lld",
		    (long long)clock_wall_s(check->query->clock));
	return check->time;
}

/* dotted - the address for %{i}: IPv6 as 32 nibbles, upper case */
static const char *
dotted(struct spf_check *check)
{
	const struct netaddr *client = &check->query->client;
	static const char digits[] = "0123456789ABCDEF";
	char *out;

	if (client->family != 6)
		return readable_of(check);
	if (check->address != NULL)
		return check->address;
	out = arena_alloc(check->arena, 64);
	for (size_t i = 0; i < 16; i++) {
		out[4 * i] = digits[client->byte[i] >> 4];
		out[4 * i + 1] = '.';
		out[4 * i + 2] = digits[client->byte[i] & 15];
		out[4 * i + 3] = i < 15 ? '.' : '\0';
	}
	check->address = out;
	return out;
}

/* value_of - what a letter stands for (7.2) */
static const char *
value_of(struct spf_check *check, const char *current, char letter)
{
	const struct spf_query *query = check->query;

	switch (letter) {
	case 's':
		return sender_of(check);
	case 'l':
		return local_of(check);
	case 'o':
		return check->domain;
	case 'd':
		return current;
	case 'i':
		return dotted(check);
	case 'p':
		return spf_match_client_name(check, current);
	case 'v':
		return query->client.family == 6 ? "ip6" : "in-addr";
	case 'h':
		return query->helo;
	case 'c':
		return readable_of(check);
	case 'r':
		return query->hostname[0] != '\0' ? query->hostname : "unknown";
	case 't':
		return time_of(check);
	default:
		return "";
	}
}

/* is_delimiter - of this macro */
static bool
is_delimiter(const struct spf_macro *macro, char c)
{
	if (macro->delimiters.length == 0)
		return c == '.';
	return memchr(macro->delimiters.data, c, macro->delimiters.length) !=
	       NULL;
}

/* split - a value at the delimiters; the number of parts, at least one */
static size_t
split(const struct spf_macro *macro, const char *value,
    struct spf_text part[PARTS_MAX])
{
	size_t count = 0;

	part[0] = (struct spf_text){ .data = value };
	for (; *value != '\0'; value++) {
		if (count + 1 < PARTS_MAX && is_delimiter(macro, *value))
			part[++count] = (struct spf_text){ .data = value + 1 };
		else
			part[count].length++;
	}
	return count + 1;
}

/* is_unreserved - not escaped in an URL (RFC 3986 2.3) */
static bool
is_unreserved(char c)
{
	return spf_macro_is_alnum(c) || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

/* add_part - one part, escaped if the macro is in upper case */
static void
add_part(struct str *out, const struct spf_macro *macro, struct spf_text part)
{
	for (size_t i = 0; i < part.length; i++) {
		if (macro->url && !is_unreserved(part.data[i]))
			str_addf(out, "%%%02X", (unsigned char)part.data[i]);
		else
			str_add_char(out, part.data[i]);
	}
}

/* add_macro - a value, split, reversed, shortened, joined with dots */
static void
add_macro(struct spf_check *check, const char *current,
    const struct spf_macro *macro, struct str *out)
{
	struct spf_text part[PARTS_MAX];
	size_t count, begin;

	count = split(macro, value_of(check, current, macro->letter), part);
	begin =
	    macro->keep > 0 && macro->keep < count ? count - macro->keep : 0;
	for (size_t i = begin; i < count; i++) {
		if (i > begin)
			str_add_char(out, '.');
		add_part(out, macro, part[macro->reverse ? count - 1 - i : i]);
	}
}

bool
spf_expand(struct spf_check *check, const char *current, struct spf_text text,
    enum spf_where where, struct str *out)
{
	struct spf_macro macro;

	for (;;) {
		switch (spf_macro_next(&text, where, &macro)) {
		case SPF_PART_LITERAL:
			str_add_n(out, macro.literal.data,
			    macro.literal.length);
			break;
		case SPF_PART_MACRO:
			add_macro(check, current, &macro, out);
			break;
		default:
			return true;
		}
		if (out->length > EXPANDED_MAX)
			return false;
	}
}

/* shorten - labels off the left until it fits (7.3) */
static const char *
shorten(const char *raw)
{
	const char *dot;

	while (strlen(raw) > NAME_MAX_BYTES) {
		dot = strchr(raw, '.');
		if (dot == NULL)
			break;
		raw = dot + 1;
	}
	return raw;
}

/* is_name - no label is empty or too long */
static bool
is_name(const char *raw)
{
	size_t length;

	if (strlen(raw) > NAME_MAX_BYTES)
		return false;
	for (;;) {
		length = strcspn(raw, ".");
		if (length == 0 || length > LABEL_MAX)
			return false;
		if (raw[length] == '\0')
			return true;
		raw += length + 1;
	}
}

/* escape - bytes that are not printable as \DDD: local parts hold any */
static const char *
escape(struct arena *arena, const char *raw)
{
	struct str out = STR_INIT;
	const char *text;

	for (; *raw != '\0'; raw++) {
		if (*raw > ' ' && *raw < 0x7f && *raw != '\\')
			str_add_char(&out, *raw);
		else
			str_addf(&out, "\\%03u", (unsigned char)*raw);
	}
	text = arena_strdup(arena, str_text(&out));
	str_fini(&out);
	return text;
}

struct spf_name
spf_name(struct spf_check *check, const char *raw)
{
	size_t length = strlen(raw);

	if (length > 0 && raw[length - 1] == '.')
		raw = arena_strndup(check->arena, raw, length - 1);
	raw = shorten(raw);
	return (struct spf_name){
		.raw = raw,
		.text = is_name(raw) ? escape(check->arena, raw) : NULL,
	};
}

struct spf_name
spf_expand_name(struct spf_check *check, const struct spf_name *current,
    struct spf_text target)
{
	struct str out = STR_INIT;
	struct spf_name name;

	if (target.length == 0)
		return *current;
	if (!spf_expand(check, current->raw, target, SPF_IN_NAME, &out)) {
		str_fini(&out);
		return (struct spf_name){ .raw = "" };
	}
	name = spf_name(check, arena_strdup(check->arena, str_text(&out)));
	str_fini(&out);
	return name;
}
