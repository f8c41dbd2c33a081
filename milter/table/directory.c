/*
 * directory - what the site knows about its domains, mailboxes and logins.
 *
 * Words to flags by one table. Sizes are as in the ini (K, M and G are powers
 * of 1024). Nothing is owned or kept between calls; texts live in the
 * caller's arena.
 *
 * Diagnostics: one warning for each look-up that meets a value that cannot be
 * read, with the table, the entry and where it stands.
 */
#include <string.h>

#include "base/log.h"
#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/quota.h"
#include "base/str.h"
#include "table/directory.h"

#define WHITE " \t\r\n"
#define BAD_MAX 20 /* bad entries of a table that are told */

/* an attribute without a value, or with one of a few words */
static const struct attribute {
	const char *word;
	unsigned flag; /* 0: says what is so anyway */
} attributes[] = {
	{ "local", DIRECTORY_LOCAL },
	{ "list", DIRECTORY_LIST },
	{ "list_domain", DIRECTORY_LIST_DOMAIN },
	{ "disabled", DIRECTORY_DISABLED },
	{ "denied", DIRECTORY_DENIED },
	{ "suspended", DIRECTORY_SUSPENDED },
	{ "overquota", DIRECTORY_OVERQUOTA },
	{ "soft_quota", DIRECTORY_SOFT_QUOTA },
	{ "forward=bad", DIRECTORY_BAD_FORWARD },
	{ "forward=ok", 0 },
	{ "local_only", DIRECTORY_LOCAL_ONLY },
	{ "relay_limits", DIRECTORY_RELAY_LIMITS },
	{ "inbound=off", DIRECTORY_INBOUND_OFF },
	{ "inbound=on", 0 },
	{ "outbound=off", DIRECTORY_OUTBOUND_OFF },
	{ "outbound=on", 0 },
	{ "catchall", DIRECTORY_CATCHALL },
	{ "ok", 0 },
};

/* read_flag - a word of the table */
static bool
read_flag(const char *word, struct directory_entry *entry)
{
	size_t i;

	for (i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
		if (strcmp(attributes[i].word, word) == 0) {
			entry->flags |= attributes[i].flag;
			return true;
		}
	}
	return false;
}

/* value_of - what stands behind "name=", or NULL if word is another one */
static const char *
value_of(const char *word, const char *name)
{
	size_t length = strlen(name);

	return strncmp(word, name, length) == 0 ? word + length : NULL;
}

/* read_size - "20M" and the like; false if it is none, or 0 */
static bool
read_size(char *text, int64_t *out)
{
	static const char units[] = "kmg";
	size_t length = strlen(text);
	const char *unit = length > 0 ? strchr(units, text[length - 1]) : NULL;
	unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
	unsigned long long number;

	if (unit != NULL)
		text[length - 1] = '\0';
	if (!str_parse_uint(text, &number) || number == 0 ||
	    number > (unsigned long long)INT64_MAX >> shift)
		return false;
	*out = (int64_t)(number << shift);
	return true;
}

/* read_valued - an attribute with a value of its own */
static bool
read_valued(const char *word, struct arena *arena,
    struct directory_entry *entry)
{
	struct quota quota;
	const char *value;

	if ((value = value_of(word, "owner=")) != NULL) {
		entry->owner = value;
		return *value != '\0';
	}
	if ((value = value_of(word, "limit=")) != NULL) {
		entry->limit = value;
		return *value != '\0' && quota_parse(&quota, value);
	}
	if ((value = value_of(word, "max_size=")) != NULL)
		return read_size(arena_strdup(arena, value), &entry->max_size);
	return false;
}

/* is_of_mta - a word that a table of the MTA has as its value */
static bool
is_of_mta(const char *word)
{
	return strchr(word, '=') == NULL && strpbrk(word, "@/") != NULL;
}

/* directory_parse - attributes of a value */
bool
directory_parse(const char *value, struct arena *arena,
    struct directory_entry *entry, const char **bad)
{
	const char *start;
	size_t length;
	char *word;

	*entry = (struct directory_entry){
		.owner = "",
		.limit = "",
		.at = entry->at,
	};
	*bad = NULL;
	while ((start = str_next_word(&value, WHITE, &length)) != NULL) {
		word = str_lower(arena_strndup(arena, start, length));
		if (read_flag(word, entry) || read_valued(word, arena, entry) ||
		    is_of_mta(word))
			continue;
		*bad = arena_strndup(arena, start, length);
		return false;
	}
	return true;
}

/* complain - about a value that cannot be read */
static void
complain(const struct table *table, const struct table_answer *answer,
    const char *bad)
{
	if (answer->at.file != NULL)
		log_warning("%s:%u: %s: bad attribute \"%s\" in table %s",
		    answer->at.file, answer->at.line, answer->key, bad,
		    table_spec(table));
	else
		log_warning("%s: bad attribute \"%s\" in table %s", answer->key,
		    bad, table_spec(table));
}

/* attribute_meant - the attribute that is nearest to a wrong word, or NULL */
static const char *
attribute_meant(const char *bad)
{
	static const char *const valued[] = { "owner=", "limit=", "max_size=" };
	const char *names[sizeof attributes / sizeof attributes[0] + 3];
	size_t count = 0, i;

	for (i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
		names[count++] = attributes[i].word;
	for (i = 0; i < sizeof valued / sizeof valued[0]; i++) {
		if (value_of(bad, valued[i]) != NULL)
			return NULL; /* right, with a wrong value */
		names[count++] = valued[i];
	}
	return str_nearest(bad, names, count);
}

/* a check of one table */
struct check {
	struct problems *problems;
	struct arena *arena;
	unsigned bad;
};

/* check_entry - for table_each() */
static void
check_entry(void *context, const struct table_answer *answer)
{
	struct check *check = context;
	struct directory_entry entry = { .owner = "" };
	const char *bad, *meant;

	if (*answer->value == '\0' || check->bad == BAD_MAX ||
	    directory_parse(answer->value, check->arena, &entry, &bad)) {
		arena_reset(check->arena);
		return;
	}
	meant = attribute_meant(bad);
	problems_error(check->problems, answer->at,
	    "%s: bad attribute \"%s\"%s%s%s", answer->key, bad,
	    meant != NULL ? "; did you mean \"" : "",
	    meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
	if (++check->bad == BAD_MAX)
		problems_error(check->problems, answer->at,
		    "too many bad attributes, the rest was not looked at");
	arena_reset(check->arena);
}

/* directory_check - attributes that cannot be read */
void
directory_check(const struct directory *directory, struct problems *problems)
{
	const struct table *const tables[] = { directory->domains,
		directory->mailboxes, directory->aliases, directory->logins };
	struct arena *arena = arena_new(512);
	size_t i;

	for (i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		struct check check = { .problems = problems, .arena = arena };

		if (tables[i] != NULL)
			table_each(tables[i], check_entry, &check);
	}
	arena_free(arena);
}

/* read_entry - the answer of a table, once it is found */
static enum lookup
read_entry(const struct table *table, enum lookup found,
    const struct table_answer *answer, struct arena *arena,
    struct directory_entry *entry)
{
	const char *bad;

	*entry = (struct directory_entry){ .owner = "", .limit = "" };
	if (found != LOOKUP_FOUND)
		return found;
	entry->at = answer->at;
	if (directory_parse(answer->value, arena, entry, &bad))
		return LOOKUP_FOUND;
	complain(table, answer, bad);
	*entry = (struct directory_entry){ .owner = "", .limit = "" };
	return LOOKUP_CONFIG;
}

/* find_word - one key in one table, which may be NULL */
static enum lookup
find_word(struct table *table, const char *key, int64_t deadline_ms,
    struct arena *arena, struct directory_entry *entry)
{
	struct table_answer answer;
	enum lookup found = LOOKUP_NOT_FOUND;

	if (table != NULL)
		found =
		    table_find_word(table, key, deadline_ms, arena, &answer);
	return read_entry(table, found, &answer, arena, entry);
}

/* directory_domain - a domain of ours */
enum lookup
directory_domain(const struct directory *directory, const char *domain,
    int64_t deadline_ms, struct arena *arena, struct directory_entry *entry)
{
	struct table *table = directory->domains;
	struct table_answer answer;
	enum lookup found = LOOKUP_NOT_FOUND;

	if (table != NULL)
		found = table_find_domain(table, domain, deadline_ms, arena,
		    &answer);
	return read_entry(table, found, &answer, arena, entry);
}

/* find_address - one form of an address, as mailbox, then as alias */
static enum lookup
find_address(const struct directory *directory, const char *key,
    int64_t deadline_ms, struct arena *arena, struct directory_entry *entry)
{
	enum lookup found =
	    find_word(directory->mailboxes, key, deadline_ms, arena, entry);

	if (found != LOOKUP_NOT_FOUND)
		return found;
	return find_word(directory->aliases, key, deadline_ms, arena, entry);
}

/* directory_recipient - a mailbox, an alias, a list */
enum lookup
directory_recipient(const struct directory *directory,
    const struct mailaddr *address, int64_t deadline_ms, struct arena *arena,
    struct directory_entry *entry)
{
	const char *const tagged = address->address;
	const char *const plain = mailaddr_untagged(tagged, arena);
	const char *const forms[] = {
		tagged,
		plain != tagged ? plain : NULL,
		strrchr(tagged, '@'),
	};
	enum lookup found = LOOKUP_NOT_FOUND;
	size_t i;

	*entry = (struct directory_entry){ .owner = "", .limit = "" };
	for (i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (forms[i] == NULL)
			continue;
		found = find_address(directory, forms[i], deadline_ms, arena,
		    entry);
		if (found != LOOKUP_NOT_FOUND)
			break;
	}
	return found;
}

/* directory_login - a login */
enum lookup
directory_login(const struct directory *directory, const char *login,
    int64_t deadline_ms, struct arena *arena, struct directory_entry *entry)
{
	return find_word(directory->logins, login, deadline_ms, arena, entry);
}
