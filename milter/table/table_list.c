/*
 * table_list - entries in memory: texts in a hash, prefixes in ranges.
 *
 * Entries are added one by one and packed; table_list_finish() then makes
 * hash and ranges of the right size at once. Of each query only those forms
 * are looked for that stand in the list at all (classes, dots), so that a
 * list of a million addresses is not asked seven times in vain.
 *
 * An address among the texts (a domain literal, a greeting) is found by its
 * number, not by its spelling.
 *
 * Diagnostics: what is wrong with a key goes back to the caller.
 */
#include <string.h>

#include "base/mem.h"
#include "base/netaddr.h"
#include "table/table_entry.h"
#include "table/table_hash.h"
#include "table/table_key.h"
#include "table/table_list.h"
#include "table/table_range.h"
#include "table/table_type.h"

#define ANY_CLASS (~0u)

struct table_list {
	const char *file;
	struct entry_store store;
	struct table_hash hash;
	struct range_set v4, v6;
	size_t texts, prefixes;
	unsigned classes;     /* KEY_* that stand in the hash */
	unsigned parent_dots; /* of ".domain" keys: bits by number of dots */
	/* entries that can never be found */
	size_t vain;
	uint32_t vain_first, vain_number;
};

/* table_list_new - an empty list */
struct table_list *
table_list_new(const char *file)
{
	struct table_list *list = mem_alloc(sizeof *list);

	list->file = file;
	return list;
}

/* looks_like_prefix - whether a key wants to be an address or a prefix */
static bool
looks_like_prefix(const char *key)
{
	const char *tail = key + strspn(key, "0123456789abcdefABCDEF.:");

	return *tail == '/' && tail > key &&
	       tail[1 + strspn(tail + 1, "0123456789")] == '\0';
}

/* set_of - where prefixes of a family stand */
static struct range_set *
set_of(struct table_list *list, const struct netaddr *addr)
{
	return addr->family == 4 ? &list->v4 : &list->v6;
}

/* add_prefix - an entry for a prefix that was read */
static const char *
add_prefix(struct table_list *list, const struct netprefix *prefix,
    struct entry *entry)
{
	uint32_t number;

	entry->key = NULL;
	entry->bits = prefix->bits;
	number = entry_store_add(&list->store, entry);
	if (number == 0)
		return "too many entries";
	range_add(set_of(list, &prefix->addr), prefix, number);
	list->prefixes++;
	return NULL;
}

/* table_list_add_prefix - a key that must be a prefix */
const char *
table_list_add_prefix(struct table_list *list, const char *key,
    struct entry *entry)
{
	struct netprefix prefix;
	bool strict;

	if (netprefix_parse(&prefix, key, &strict))
		return add_prefix(list, &prefix, entry);
	return strict ? "bits are set behind the prefix"
		      : "not an address or a prefix";
}

/* wrong_key - what cannot be meant as it stands; NULL: nothing */
static const char *
wrong_key(const char *key)
{
	if (strncmp(key, "*.", 2) == 0)
		return "write .domain for all names below a domain";
	if (strncmp(key, "*@", 2) == 0)
		return "write @domain for all addresses of a domain";
	if (looks_like_prefix(key))
		return "not a prefix";
	if (strstr(key, "@.") != NULL)
		return "write .domain for all addresses below a domain";
	return NULL;
}

/* note_class - remember what kinds of keys there are */
static void
note_class(struct table_list *list, const char *key, size_t length)
{
	enum key_class class = table_key_class(key, length);

	list->classes |= class;
	if (class == KEY_DOT)
		list->parent_dots |= 1u << table_key_dots(key, length);
}

/* table_list_add - an entry by its key */
const char *
table_list_add(struct table_list *list, const char *key, struct entry *entry)
{
	char folded[TABLE_KEY_SIZE];
	struct netaddr addr;
	struct netprefix prefix;
	size_t length;
	bool strict = false;

	if ((table_key_address(key, &addr) || looks_like_prefix(key)) &&
	    netprefix_parse(&prefix, key, &strict))
		return add_prefix(list, &prefix, entry);
	if (strict)
		return "bits are set behind the prefix";
	if (wrong_key(key) != NULL)
		return wrong_key(key);
	if (!table_key_fold(key, folded, &length))
		return "the key is too long";
	entry->key = folded;
	if (entry_store_add(&list->store, entry) == 0)
		return "too many entries";
	note_class(list, folded, length);
	list->texts++;
	entry->key = NULL;
	return NULL;
}

/* in_vain - an entry whose key has an entry that always counts */
static void
in_vain(void *context, uint32_t first, uint32_t number)
{
	struct table_list *list = context;

	if (list->vain++ == 0) {
		list->vain_first = first;
		list->vain_number = number;
	}
}

/* chain - an entry behind the others with its key; false: one never ends */
static bool
chain(struct table_list *list, uint32_t first, uint32_t number)
{
	uint32_t next;

	while ((next = entry_store_next(&list->store, first)) != 0)
		first = next;
	return entry_store_set_next(&list->store, first, number);
}

/* build_hash - all entries that are texts */
static void
build_hash(struct table_list *list)
{
	struct entry_store *store = &list->store;
	struct entry entry;
	uint32_t number, first;

	table_hash_init(&list->hash, list->texts);
	for (number = entry_store_first(store); number != 0;
	     number = entry_store_after(store, number)) {
		entry_store_get(store, number, &entry);
		if (entry.key == NULL)
			continue;
		first = table_hash_put(&list->hash, store, number);
		if (first != 0 && !chain(list, first, number))
			in_vain(list, first, number);
	}
}

/* table_list_finish - after the last entry */
void
table_list_finish(struct table_list *list, struct problems *problems,
    struct origin at)
{
	struct entry first, again;

	entry_store_trim(&list->store);
	if (list->texts > 0)
		build_hash(list);
	range_build(&list->v4, &list->store, in_vain, list);
	range_build(&list->v6, &list->store, in_vain, list);
	if (list->vain == 0)
		return;
	entry_store_get(&list->store, list->vain_first, &first);
	entry_store_get(&list->store, list->vain_number, &again);
	if (list->file != NULL)
		at = (struct origin){ .file = list->file, .line = again.line };
	problems_warning(problems, at,
	    "%s stands there twice, the first (line %u) counts; "
	    "entries in vain: %zu",
	    again.key != NULL ? again.key : "the prefix", first.line,
	    list->vain);
}

/* in_force - the first of an entry and its followers that is not over */
static bool
in_force(const struct table_list *list, uint32_t number,
    const struct clock *clock, struct entry *entry)
{
	for (; number != 0; number = entry_store_next(&list->store, number)) {
		entry_store_get(&list->store, number, entry);
		if (!entry_is_over(entry, clock))
			return true;
	}
	return false;
}

/* copy - a text that outlives the content */
static const char *
copy(struct arena *arena, const char *text)
{
	return *text != '\0' ? arena_strdup(arena, text) : "";
}

/* answer - an entry that was found; key lives in the arena */
static enum lookup
answer(const struct table_list *list, const struct entry *entry,
    const char *key, const struct table_query *query)
{
	*query->answer = (struct table_answer){
		.value = copy(query->arena, entry->value),
		.key = key,
		.note = copy(query->arena, entry->note),
		.at = { .file = list->file, .line = entry->line },
	};
	return LOOKUP_FOUND;
}

/* find_address - the longest prefix, or with exact the address alone */
static enum lookup
find_address(struct table_list *list, const struct netaddr *addr, bool exact,
    const struct table_query *query)
{
	char key[TABLE_PREFIX_SIZE];
	struct entry entry;
	uint32_t number;

	if (addr->family == 0)
		return LOOKUP_NOT_FOUND;
	number = range_find(set_of(list, addr), addr);
	if (!in_force(list, number, query->clock, &entry) ||
	    (exact && entry.bits != netaddr_bits(addr)))
		return LOOKUP_NOT_FOUND;
	table_key_prefix(addr, entry.bits, key);
	return answer(list, &entry, arena_strdup(query->arena, key), query);
}

/* has - whether a form can stand in the list */
static bool
has(const struct table_list *list, const struct key_form *form)
{
	if (!(list->classes & form->class))
		return false;
	return form->class != KEY_DOT ||
	       list->parent_dots &
		   (1u << table_key_dots(form->text, form->length));
}

/* find_form - one form of the key */
static enum lookup
find_form(struct table_list *list, const struct key_form *form,
    const struct table_query *query)
{
	struct entry entry;
	struct netaddr addr;
	uint32_t number;

	if (form->class == KEY_PLAIN && list->prefixes > 0 &&
	    table_key_address(form->text, &addr))
		return find_address(list, &addr, true, query);
	if (!has(list, form))
		return LOOKUP_NOT_FOUND;
	number =
	    table_hash_get(&list->hash, &list->store, form->text, form->length);
	if (!in_force(list, number, query->clock, &entry))
		return LOOKUP_NOT_FOUND;
	return answer(list, &entry,
	    arena_strndup(query->arena, form->text, form->length), query);
}

/* table_list_find - all kinds of keys */
enum lookup
table_list_find(void *content, const struct table_query *query)
{
	struct table_list *list = content;
	struct key_walk walk;
	struct key_form form;
	enum lookup found = LOOKUP_NOT_FOUND;

	if (query->kind == KEY_ADDRESS)
		return find_address(list, query->addr, false, query);
	key_walk_begin(&walk, query);
	while (found == LOOKUP_NOT_FOUND && key_walk_next(&walk, &form))
		found = find_form(list, &form, query);
	return found;
}

/* table_list_find_prefix - a text is looked up if it is an address */
enum lookup
table_list_find_prefix(void *list, const struct table_query *query)
{
	struct netaddr addr;

	if (query->kind == KEY_ADDRESS)
		return find_address(list, query->addr, false, query);
	if (query->kind != KEY_MAIL && table_key_address(query->text, &addr))
		return find_address(list, &addr, false, query);
	return LOOKUP_NOT_FOUND;
}

/* table_list_each - every entry that is a text */
void
table_list_each(const void *content, table_visit *visit, void *context)
{
	const struct table_list *list = content;
	const struct entry_store *store = &list->store;
	struct entry entry;
	uint32_t number;

	for (number = entry_store_first(store); number != 0;
	     number = entry_store_after(store, number)) {
		struct table_answer shown;

		entry_store_get(store, number, &entry);
		if (entry.key == NULL)
			continue;
		shown = (struct table_answer){
			.key = entry.key,
			.value = entry.value,
			.note = entry.note,
			.at = { .file = list->file, .line = entry.line },
		};
		visit(context, &shown);
	}
}

/* table_list_size - entries */
size_t
table_list_size(const void *content)
{
	const struct table_list *list = content;

	return list->texts + list->prefixes;
}

/* table_list_has_prefixes - whether an address can be found at all */
bool
table_list_has_prefixes(const void *content)
{
	const struct table_list *list = content;

	return list->prefixes > 0;
}

/* table_list_free - the end of the list */
void
table_list_free(void *content)
{
	struct table_list *list = content;

	if (list == NULL)
		return;
	entry_store_fini(&list->store);
	table_hash_fini(&list->hash);
	range_fini(&list->v4);
	range_fini(&list->v6);
	mem_free(list);
}
