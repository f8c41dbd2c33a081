/*
 * mailaddr - envelope paths.
 *
 * A path is read as far as it can be, whatever is wrong with it, because the
 * block lists have to see what a broken address was about; the worst problem
 * (the lowest of the enum) is kept. The local part ends at the last "@" that
 * is not quoted, as MTAs see it. Stateless; diagnoses into out->problem.
 */
#include <string.h>

#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "base/str.h"

#define LOCAL_MAX 64       /* RFC 5321 4.5.3.1.1 */
#define PATH_MAX_BYTES 256 /* RFC 5321 4.5.3.1.3, with the brackets */

/* note - keep the problem that comes first in the enum */
static void
note(struct mailaddr *out, enum mailaddr_problem problem)
{
	if (out->problem == MAILADDR_OK || problem < out->problem)
		out->problem = problem;
}

/*
 * is_balanced - whether quotes and all kinds of brackets pair. What is quoted
 * does not count, nor does what follows a backslash.
 */
static bool
is_balanced(const char *path)
{
	static const char open[] = "<([", shut[] = ">)]";
	int depth[sizeof open - 1] = { 0 };
	bool quoted = false;
	const char *at;

	for (; *path != '\0'; path++) {
		if (*path == '\\' && path[1] != '\0') {
			path++;
		} else if (*path == '"') {
			quoted = !quoted;
		} else if (quoted) {
			continue;
		} else if ((at = strchr(open, *path)) != NULL) {
			depth[at - open]++;
		} else if ((at = strchr(shut, *path)) != NULL) {
			if (--depth[at - shut] < 0)
				return false;
		}
	}
	return !quoted && depth[0] == 0 && depth[1] == 0 && depth[2] == 0;
}

/*
 * utf8_length - bytes of the UTF-8 sequence of a character over U+007F that
 * a text begins with (RFC 3629: shortest form, no surrogates); 0 if none.
 */
static size_t
utf8_length(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t length, i;

	if (byte[0] < 0xc2 || byte[0] > 0xf4)
		return 0;
	length = byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
	if (byte[0] == 0xe0)
		low = 0xa0;
	else if (byte[0] == 0xed)
		high = 0x9f;
	else if (byte[0] == 0xf0)
		low = 0x90;
	else if (byte[0] == 0xf4)
		high = 0x8f;
	if (byte[1] < low || byte[1] > high)
		return 0;
	for (i = 2; i < length; i++) {
		if (byte[i] < 0x80 || byte[i] > 0xbf)
			return 0;
	}
	return length;
}

/* atext_length - bytes of the atext (RFC 5322, RFC 6531) at text; 0: none */
static size_t
atext_length(const char *text)
{
	char c = *text;

	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'))
		return 1;
	if (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL)
		return 1;
	return utf8_length(text);
}

/* is_dot_string - atoms with single dots between them */
static bool
is_dot_string(const char *text)
{
	size_t length;

	for (;;) {
		if (atext_length(text) == 0)
			return false;
		while ((length = atext_length(text)) > 0)
			text += length;
		if (*text == '\0')
			return true;
		if (*text++ != '.')
			return false;
	}
}

/* is_quoted_string - RFC 5321 4.1.2 Quoted-string, the whole text */
static bool
is_quoted_string(const char *text)
{
	size_t length;

	if (*text++ != '"')
		return false;
	while (*text != '"') {
		if (*text == '\\')
			text++;
		length = *text >= ' ' && *text <= '~' ? 1 : utf8_length(text);
		if (length == 0)
			return false;
		text += length;
	}
	return text[1] == '\0';
}

/* unquote - what a quoted string means */
static char *
unquote(const char *quoted, struct arena *arena)
{
	char *plain = arena_alloc(arena, strlen(quoted) + 1), *end = plain;

	for (quoted++; *quoted != '"'; quoted++) {
		if (*quoted == '\\')
			quoted++;
		*end++ = *quoted;
	}
	return plain;
}

/* quote - a quoted string of what it means, with no needless backslash */
static char *
quote(const char *plain, struct arena *arena)
{
	char *quoted = arena_alloc(arena, 2 * strlen(plain) + 3);
	char *end = quoted;

	*end++ = '"';
	for (; *plain != '\0'; plain++) {
		if (*plain == '"' || *plain == '\\')
			*end++ = '\\';
		*end++ = *plain;
	}
	*end = '"';
	return quoted;
}

/* fold_local - the one spelling of a local part, lower case */
static const char *
fold_local(const char *local, struct arena *arena)
{
	char *plain;

	if (!is_quoted_string(local))
		return str_lower(arena_strdup(arena, local));
	plain = unquote(local, arena);
	if (!is_dot_string(plain))
		plain = quote(plain, arena);
	return str_lower(plain);
}

/* last_at - the "@" between local part and domain, or NULL */
static const char *
last_at(const char *mailbox)
{
	const char *at = NULL;
	bool quoted = false;

	for (; *mailbox != '\0'; mailbox++) {
		if (*mailbox == '\\' && mailbox[1] != '\0')
			mailbox++;
		else if (*mailbox == '"')
			quoted = !quoted;
		else if (*mailbox == '@' && !quoted)
			at = mailbox;
	}
	return at;
}

/* skip_route - the mailbox behind "@a.test,@b.test:" (RFC 5321 4.1.2) */
static const char *
skip_route(struct mailaddr *out, const char *path, struct arena *arena)
{
	const char *colon, *hop, *cursor = path;
	size_t length;

	if (*path != '@' || (colon = strchr(path, ':')) == NULL)
		return path;
	do {
		hop = cursor;
		length = strcspn(hop, ",:");
		cursor += length + 1;
		if (*hop != '@' ||
		    domain_fold(arena_strndup(arena, hop + 1, length - 1),
			arena) == NULL)
			note(out, MAILADDR_SYNTAX);
	} while (hop + length < colon);
	return colon + 1;
}

/* fold_literal - "[192.0.2.1]" or "[IPv6:...]" in the one spelling, or NULL */
static const char *
fold_literal(const char *text, struct arena *arena)
{
	char canonical[NETADDR_TEXT_SIZE];
	struct netaddr addr;

	if (!netaddr_parse(&addr, text))
		return NULL;
	return arena_printf(arena, "[%s%s]", addr.family == 6 ? "IPv6:" : "",
	    netaddr_format(&addr, canonical));
}

/* read_domain - what is behind the "@"; unreadable ones in lower case */
static void
read_domain(struct mailaddr *out, const char *text, struct arena *arena)
{
	size_t length = strlen(text);

	if (length == 0) {
		note(out, MAILADDR_NO_DOMAIN);
		return;
	}
	out->domain =
	    *text == '[' ? fold_literal(text, arena) : domain_fold(text, arena);
	/* a final dot can be read, but SMTP has none */
	if (out->domain == NULL || text[length - 1] == '.')
		note(out, MAILADDR_SYNTAX);
	if (out->domain == NULL)
		out->domain = str_lower(arena_strdup(arena, text));
}

/* read_mailbox - local part and domain, and the key of both */
static void
read_mailbox(struct mailaddr *out, const char *mailbox, struct arena *arena)
{
	const char *at = last_at(mailbox);

	out->local =
	    at == NULL ? mailbox
		       : arena_strndup(arena, mailbox, (size_t)(at - mailbox));
	if (!is_dot_string(out->local) && !is_quoted_string(out->local))
		note(out, MAILADDR_SYNTAX);
	if (strlen(out->local) > LOCAL_MAX)
		note(out, MAILADDR_TOO_LONG);
	read_domain(out, at == NULL ? "" : at + 1, arena);
	out->address = fold_local(out->local, arena);
	if (*out->domain != '\0')
		out->address =
		    arena_printf(arena, "%s@%s", out->address, out->domain);
}

/* strip - raw: the path without white space and outer brackets around it */
static void
strip(struct mailaddr *out, const char *path, struct arena *arena)
{
	size_t length;
	bool open, shut;

	path += strspn(path, " \t");
	length = strlen(path);
	while (length > 0 && strchr(" \t", path[length - 1]) != NULL)
		length--;
	open = *path == '<';
	shut = length > (size_t)open && path[length - 1] == '>' &&
	       (open || !is_balanced(path));
	out->raw = arena_strndup(arena, path + open, length - open - shut);
	out->has_brackets = open && shut;
	if (open != shut || !is_balanced(out->raw))
		note(out, MAILADDR_UNBALANCED);
}

/* mailaddr_parse - the path of MAIL or RCPT */
void
mailaddr_parse(struct mailaddr *out, const char *path, struct arena *arena)
{
	*out = (struct mailaddr){ .local = "", .domain = "", .address = "" };
	strip(out, path, arena);
	if (*out->raw == '\0' && out->problem == MAILADDR_OK) {
		out->is_null = true;
		return;
	}
	if (strlen(out->raw) + 2 > PATH_MAX_BYTES)
		note(out, MAILADDR_TOO_LONG);
	read_mailbox(out, skip_route(out, out->raw, arena), arena);
}

/* mailaddr_untagged - an address without its tag */
const char *
mailaddr_untagged(const char *address, struct arena *arena)
{
	const char *at = strrchr(address, '@'), *plus = strchr(address, '+');

	if (at == NULL || plus == NULL || plus == address || plus > at)
		return address;
	return arena_printf(arena, "%.*s%s", (int)(plus - address), address,
	    at);
}
