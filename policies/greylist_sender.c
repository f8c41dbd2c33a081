/*
 * greylist_sender - the form under which a sender is known.
 *
 * Mailing lists and signed bounce addresses have a new sender for each message
 * or each recipient; to greylisting they are one. What changes is taken out:
 * the tags of BATV (draft-levine-smtp-batv: prvs=TAG=user, and its kin), the
 * hash and date of SRS, what follows a "+" (VERP, extensions), and numbers,
 * hexadecimal and long mixed words become "#".
 *
 *   prvs=1234abcdef=bob@a.test              bob@a.test
 *   SRS0=Hx3=TT=a.test=bob@b.test           srs0=a.test=bob@b.test
 *   list-bounces+77-al=x.test@a.test        list-bounces@a.test
 *   bounce-4711-0a1b2c3d4e@a.test           bounce-#-#@a.test
 *
 * Any bytes may stand in an address; what is no such form stays as it is.
 */
#include <string.h>

#include "base/mailaddr.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "base/regdomain.h"
#include "base/str.h"
#include "policies/greylist.h"

#define DIGITS "0123456789"

/* a word of hexadecimal digits, or of letters and digits, this long is none
 * that somebody chose; so are this many digits in a row */
#define HEX_WORD 8
#define MIXED_WORD 16
#define MIXED_DIGITS 3
#define NUMBER 4

/* begins - text behind a prefix, or NULL */
static const char *
begins(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

/* behind - what follows the next separator, or NULL */
static const char *
behind(const char *text, const char *separator)
{
	const char *place = text != NULL ? strstr(text, separator) : NULL;

	return place != NULL ? place + strlen(separator) : NULL;
}

/* is_srs - "srs0" or "srs1" and one of its separators; what is behind */
static const char *
is_srs(const char *local, char kind)
{
	const char *rest = begins(local, "srs");

	if (rest == NULL || rest[0] != kind || rest[1] == '\0' ||
	    strchr("=+-", rest[1]) == NULL)
		return NULL;
	return rest + 2;
}

/* without_srs - the rewritten address without hashes and date */
static const char *
without_srs(const char *local, struct arena *arena)
{
	const char *rest, *host, *inner;

	rest = is_srs(local, '0'); /* HASH=DATE=host=user */
	rest = behind(behind(rest, "="), "=");
	if (rest != NULL)
		return arena_printf(arena, "srs0=%s", rest);
	host = behind(is_srs(local, '1'), "="); /* HASH=host==HASH=DATE=... */
	inner = behind(behind(behind(host, "=="), "="), "=");
	if (inner == NULL)
		return local;
	return arena_printf(arena, "srs1=%.*s=%s", (int)strcspn(host, "="),
	    host, inner);
}

/* is_word_byte - letters (also those outside of ASCII) and digits */
static bool
is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (unsigned char)c >= 0x80;
}

/* is_made - a word that nobody chose: a number, a hash, a random one */
static bool
is_made(const char *word, size_t length)
{
	size_t digits = 0, hex = 0;

	for (size_t i = 0; i < length; i++) {
		bool is_digit = word[i] >= '0' && word[i] <= '9';

		digits += is_digit;
		hex += is_digit || (word[i] >= 'a' && word[i] <= 'f');
	}
	return digits == length ||
	       (length >= HEX_WORD && hex == length && digits > 0) ||
	       (length >= MIXED_WORD && digits >= MIXED_DIGITS);
}

/* add_word - as it is, but for long numbers in it */
static void
add_word(struct str *out, const char *word, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t digits = strspn(word + i, DIGITS);

		if (digits > length - i)
			digits = length - i;
		if (digits >= NUMBER)
			str_add_char(out, '#');
		else if (digits > 0)
			str_add_n(out, word + i, digits);
		else
			str_add_char(out, word[i++]);
		i += digits;
	}
}

/* add_folded - the local part, what changes in it as "#" */
static void
add_folded(struct str *out, const char *local)
{
	while (*local != '\0') {
		size_t length = 0;

		while (is_word_byte(local[length]))
			length++;
		if (length == 0)
			str_add_char(out, *local++);
		else if (is_made(local, length))
			str_add_char(out, '#');
		else
			add_word(out, local, length);
		local += length;
	}
}

const char *
greylist_sender(const struct mailaddr *sender, bool normalise,
    struct arena *arena)
{
	struct str folded = STR_INIT;
	const char *local, *kept;

	if (sender->is_null || !normalise)
		return sender->address;
	local = mailbox_without_tag(mailbox_local(sender, arena), arena);
	local = without_srs(local, arena);
	add_folded(&folded, mailbox_without_extension(local, arena));
	kept = mailbox_join(str_text(&folded), sender->domain, arena);
	kept = arena_strdup(arena, kept);
	str_fini(&folded);
	return kept;
}

const char *
greylist_sender_domain(const struct mailaddr *sender)
{
	const char *registered;

	if (sender->is_null)
		return "";
	registered = regdomain(sender->domain);
	return registered != NULL ? registered : sender->domain;
}

const char *
greylist_recipient(const struct mailaddr *recipient, struct arena *arena)
{
	return mailbox_join(
	    mailbox_without_extension(mailbox_local(recipient, arena), arena),
	    recipient->domain, arena);
}
