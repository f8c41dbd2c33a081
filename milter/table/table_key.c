/*
 * table_key - keys in one spelling, and the forms in which a key is asked.
 *
 * What stands in a table and what is asked goes through table_key_fold(), so
 * that two spellings of one key meet. The walk makes the forms of a key one
 * after the other, without memory of its own:
 *
 *     word     the key
 *     domain   "a.b.c"  ".a.b.c"  ".b.c"  ".c"
 *     mail     "user+tag@a.b.c"  "user@a.b.c"  "user@"  "a.b.c"  "@a.b.c"
 *              ".a.b.c"  ".b.c"  ".c"; of the null sender "<>" alone
 *
 * A domain is only ever cut at its dots: "gle.com" and ".gle.com" are no forms
 * of "google.com". A literal as [192.0.2.1] is not cut.
 */
#include <stdio.h>
#include <string.h>

#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/str.h"
#include "table/table_key.h"
#include "table/table_type.h"

/* the forms, in the order in which they are asked; bits of todo */
enum form {
	FORM_KEY,     /* the key as it is */
	FORM_PLAIN,   /* without its tag */
	FORM_USER,    /* "user@" */
	FORM_DOMAIN,  /* "domain" */
	FORM_AT,      /* "@domain" */
	FORM_PARENTS, /* ".domain", and so on */
	FORMS
};

#define BIT(form) (1u << (form))

/* fold_foreign - a key with bytes over 127: its domain to A-labels */
static void
fold_foreign(char out[TABLE_KEY_SIZE], size_t *length)
{
	struct arena *arena = arena_new(512);
	char *at = strrchr(out, '@');
	char *domain = at != NULL ? at + 1 : out[0] == '.' ? out + 1 : out;
	const char *folded = domain_fold(domain, arena);
	size_t before = (size_t)(domain - out), room = TABLE_KEY_MAX - before;

	if (folded != NULL && strlen(folded) <= room) {
		strcpy(domain, folded);
		*length = strlen(out);
	}
	arena_free(arena);
}

/* table_key_fold - the one spelling of a key */
bool
table_key_fold(const char *key, char out[TABLE_KEY_SIZE], size_t *length)
{
	size_t size = strlen(key);

	if (size > TABLE_KEY_MAX)
		return false;
	memcpy(out, key, size + 1);
	str_lower(out);
	if (size > 1 && out[size - 1] == '.')
		out[--size] = '\0';
	*length = size;
	if (!str_is_ascii(out))
		fold_foreign(out, length);
	return true;
}

/* table_key_address - cheap for what cannot be an address */
bool
table_key_address(const char *key, struct netaddr *out)
{
	bool likely = (*key >= '0' && *key <= '9') || *key == '[' ||
		      strchr(key, ':') != NULL;

	return likely && netaddr_parse(out, key);
}

/* table_key_prefix - the prefix of an address as a key */
size_t
table_key_prefix(const struct netaddr *addr, unsigned bits,
    char out[TABLE_PREFIX_SIZE])
{
	struct netaddr masked = *addr;
	size_t length;

	netaddr_mask(&masked, bits);
	length = strlen(netaddr_format(&masked, out));
	if (bits < netaddr_bits(addr))
		length += (size_t)snprintf(out + length,
		    TABLE_PREFIX_SIZE - length, "/%u", bits);
	return length;
}

/* table_key_class - what a folded key is */
enum key_class
table_key_class(const char *key, size_t length)
{
	if (length > 1 && key[0] == '@')
		return KEY_AT_DOMAIN;
	if (length > 1 && key[0] == '.')
		return KEY_DOT;
	if (length > 1 && key[length - 1] == '@')
		return KEY_USER_AT;
	if (memchr(key, '@', length) != NULL)
		return KEY_FULL;
	return KEY_PLAIN;
}

/* table_key_dots - dots in a key, 31 for more */
unsigned
table_key_dots(const char *key, size_t length)
{
	const char *end = key + length;
	unsigned dots = 0;

	for (; key < end && dots < 31; key++)
		dots += *key == '.';
	return dots;
}

/* begin_domain - what is to do for the domain at the end of the key */
static void
begin_domain(struct key_walk *walk, size_t length)
{
	const char *domain = walk->key + walk->length - length;

	walk->domain_length = length;
	walk->parent = NULL;
	if (length == 0 || domain[0] == '[')
		return;
	walk->dotted[0] = '.';
	memcpy(walk->dotted + 1, domain, length + 1);
	walk->todo |= BIT(FORM_PARENTS);
}

/* begin_mail - what is to do for an address */
static void
begin_mail(struct key_walk *walk)
{
	char *at = strrchr(walk->key, '@'), *plus;
	size_t local = at != NULL ? (size_t)(at - walk->key) : walk->length;

	plus = memchr(walk->key, '+', local);
	walk->user_length = plus != NULL && plus > walk->key
				? (size_t)(plus - walk->key)
				: local;
	memcpy(walk->plain, walk->key, walk->user_length);
	strcpy(walk->plain + walk->user_length, at != NULL ? at : "@");
	if (walk->user_length < local)
		walk->todo |= BIT(FORM_PLAIN);
	if (local > 0)
		walk->todo |= BIT(FORM_USER);
	if (at == NULL || at[1] == '\0')
		return;
	walk->todo |= BIT(FORM_DOMAIN) | BIT(FORM_AT);
	begin_domain(walk, walk->length - local - 1);
}

/*
 * begin_long_mail - an address that is too long to be in a table: its domain
 * may be there, and nobody gets around a list by a long local part
 */
static void
begin_long_mail(struct key_walk *walk, const struct mailaddr *mail)
{
	size_t length = strlen(mail->domain);

	if (length == 0 || length >= TABLE_KEY_MAX)
		return;
	walk->key[0] = '@';
	memcpy(walk->key + 1, mail->domain, length + 1);
	walk->length = length + 1;
	begin_mail(walk);
}

/* key_walk_begin - before the first form */
void
key_walk_begin(struct key_walk *walk, const struct table_query *query)
{
	bool mail = query->kind == KEY_MAIL && !query->mail->is_null;
	const char *text = mail                      ? query->mail->address
			   : query->kind == KEY_MAIL ? "<>"
						     : query->text;

	walk->todo = 0;
	walk->domain_length = 0;
	if (!table_key_fold(text, walk->key, &walk->length)) {
		if (mail)
			begin_long_mail(walk, query->mail);
		return;
	}
	if (walk->length == 0)
		return;
	walk->todo = BIT(FORM_KEY);
	if (mail)
		begin_mail(walk);
	else if (query->kind == KEY_DOMAIN)
		begin_domain(walk, walk->length);
}

/* give_parent - ".a.b.c", then ".b.c", then ".c" */
static void
give_parent(struct key_walk *walk, struct key_form *form)
{
	const char *parent =
	    walk->parent != NULL ? strchr(walk->parent + 1, '.') : walk->dotted;

	walk->parent = parent;
	form->text = parent;
	form->length = strlen(parent);
	form->class = KEY_DOT;
	if (strchr(parent + 1, '.') != NULL)
		walk->todo |= BIT(FORM_PARENTS);
}

/* give - one form other than a parent */
static void
give(const struct key_walk *walk, enum form which, struct key_form *form)
{
	const char *domain = walk->key + walk->length - walk->domain_length;

	switch (which) {
	case FORM_PLAIN:
		form->text = walk->plain;
		form->length = strlen(walk->plain);
		form->class = KEY_FULL;
		return;
	case FORM_USER:
		form->text = walk->plain;
		form->length = walk->user_length + 1;
		form->class = KEY_USER_AT;
		return;
	case FORM_DOMAIN:
		form->text = domain;
		form->length = walk->domain_length;
		form->class = KEY_PLAIN;
		return;
	case FORM_AT:
		form->text = domain - 1;
		form->length = walk->domain_length + 1;
		form->class = KEY_AT_DOMAIN;
		return;
	default:
		form->text = walk->key;
		form->length = walk->length;
		form->class = table_key_class(walk->key, walk->length);
		return;
	}
}

/* key_walk_next - the next form */
bool
key_walk_next(struct key_walk *walk, struct key_form *form)
{
	enum form which;

	for (which = 0; which < FORMS; which++) {
		if (!(walk->todo & BIT(which)))
			continue;
		walk->todo &= ~BIT(which);
		if (which == FORM_PARENTS)
			give_parent(walk, form);
		else
			give(walk, which, form);
		return true;
	}
	return false;
}
