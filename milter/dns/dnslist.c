/*
 * dnslist - one DNS list: its names, what its answers say, on and off.
 *
 * The set of lists is in dnslists.c, the self-test in dnslist_test.c. The
 * set's lock is a leaf and is held for a look at the list's state only;
 * counters and the switch are atomic, because sessions read them.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/domain.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "base/str.h"
#include "dns/dnslist_internal.h"

#define KEY_MARK "${key}"
#define NAME_MAX_LENGTH 253 /* of a name without its final dot */
#define KEY_MAX_LENGTH 63   /* it is a label */

/* answers in a row that were none, until a list is switched off */
#define FAILURES_MAX 3
/* a list that refuses us is complained of at most so often */
#define COMPLAIN_INTERVAL_MS 3600000

/* expand_zone - the zone with its key, or with a replacement of "KEY." */
static void
expand_zone(const char *zone, const char *key, struct str *out)
{
	const char *mark = strstr(zone, KEY_MARK);
	const char *rest;

	if (mark == NULL) {
		str_add(out, zone);
		return;
	}
	rest = mark + strlen(KEY_MARK);
	str_add_n(out, zone, (size_t)(mark - zone));
	str_add(out, key);
	/* without a key its dot goes too */
	str_add(out, key[0] == '\0' && rest[0] == '.' ? rest + 1 : rest);
}

/* is_label - ${key} stands alone between dots, and once */
static bool
is_label(const char *zone, const char *mark)
{
	const char *rest = mark + strlen(KEY_MARK);

	return (mark == zone || mark[-1] == '.') && rest[0] == '.' &&
	       strstr(rest, KEY_MARK) == NULL;
}

/* check_key - what is wrong with how zone and key go together, or NULL */
static const char *
check_key(const char *zone, const char *key)
{
	const char *mark = strstr(zone, KEY_MARK);

	if (mark == NULL)
		return key[0] == '\0' ? NULL
				      : "the zone has no ${key} for the key";
	if (key[0] == '\0')
		return "the zone has ${key}, but there is no key";
	if (!is_label(zone, mark))
		return "${key} is not a label of its own in the zone";
	if (strlen(key) > KEY_MAX_LENGTH || strchr(key, '.') != NULL)
		return "the key is not a label of a name";
	return NULL;
}

bool
dnslist_zone_check(const char *zone, const char *key, const char **why)
{
	struct str name = STR_INIT;

	*why = check_key(zone, key);
	if (*why == NULL) {
		expand_zone(zone, key, &name);
		if (!domain_is_valid(str_text(&name), true))
			*why = "the zone is not a name";
	}
	str_fini(&name);
	return *why == NULL;
}

const char *
dnslist_zone(const struct dnslist *list)
{
	return list->shown;
}

bool
dnslist_is_on(const struct dnslist *list)
{
	return atomic_load_explicit(&list->on, memory_order_relaxed);
}

const char *
dnslist_why(const struct dnslist *list, struct arena *arena)
{
	const char *why;

	pthread_mutex_lock(&list->lists->lock);
	why = arena_strdup(arena, list->why);
	pthread_mutex_unlock(&list->lists->lock);
	return why;
}

struct dns_question *
dnslist_ask(const struct dnslist *list, struct arena *arena,
    const char *subject, enum dns_type type)
{
	if (strlen(subject) + 1 + strlen(list->zone) > NAME_MAX_LENGTH)
		return NULL;
	return dns_ask(list->lists->dns, arena,
	    arena_printf(arena, "%s.%s", subject, list->zone), type);
}

/* read_addresses - of an answer that has some */
static enum dnslist_says
read_addresses(const struct dnslist *list, const struct dns_answer *answer)
{
	if (dnslist_filters_match(&list->errors, answer) != NULL)
		return DNSLIST_REFUSED;
	/* what lies elsewhere is a domain that was sold, or a resolver that
	 * has an address for all that does not exist */
	for (size_t i = 0; i < answer->count; i++)
		if (answer->record[i].address.family != 4 ||
		    answer->record[i].address.byte[0] != 127)
			return DNSLIST_REFUSED;
	return DNSLIST_LISTED;
}

enum dnslist_says
dnslist_read(const struct dnslist *list, const struct dns_answer *answer)
{
	switch (answer->result) {
	case DNS_FOUND:
		return read_addresses(list, answer);
	case DNS_NO_NAME:
	case DNS_NO_DATA:
		return DNSLIST_CLEAN;
	default:
		return DNSLIST_SILENT;
	}
}

const char *
dnslist_text(const struct dnslist *list, const struct dns_answer *answer,
    struct arena *arena)
{
	size_t length = strlen(list->key);
	const char *text, *key;
	struct str out = STR_INIT;

	if (answer->result != DNS_FOUND || answer->count == 0)
		return "";
	text = answer->record[0].text;
	if (length == 0)
		return arena_strdup(arena, text);
	while ((key = strcasestr(text, list->key)) != NULL) {
		str_add_n(&out, text, (size_t)(key - text));
		str_add(&out, "***");
		text = key + length;
	}
	str_add(&out, text);
	text = arena_strdup(arena, str_text(&out));
	str_fini(&out);
	return text;
}

/* complain - that the list refuses us, but not often */
static void
complain(struct dnslist *list, const struct dns_answer *answer)
{
	int64_t now = clock_mono_ms(list->lists->clock);
	int64_t last = atomic_load(&list->complained_ms);
	char address[NETADDR_TEXT_SIZE];

	if ((last != 0 && now - last < COMPLAIN_INTERVAL_MS) ||
	    !atomic_compare_exchange_strong(&list->complained_ms, &last,
		now != 0 ? now : 1))
		return;
	log_warning("%s: %s answers %s, which is an error and no listing: it "
		    "may refuse us",
	    list->name, list->shown,
	    netaddr_format(&answer->record[0].address, address));
}

void
dnslist_note(struct dnslist *list, enum dnslist_says says,
    const struct dns_answer *answer)
{
	atomic_fetch_add_explicit(&list->count[says], 1, memory_order_relaxed);
	if (says == DNSLIST_CLEAN || says == DNSLIST_LISTED) {
		/* read first: a line of memory that all sessions share */
		if (atomic_load_explicit(&list->failures,
			memory_order_relaxed) != 0)
			atomic_store(&list->failures, 0);
		return;
	}
	/* no server could be asked: that says nothing about the list */
	if (says == DNSLIST_SILENT && answer != NULL &&
	    answer->server[0] == '\0')
		return;
	if (says == DNSLIST_REFUSED && answer != NULL)
		complain(list, answer);
	if (atomic_fetch_add(&list->failures, 1) + 1 == FAILURES_MAX)
		dnslist_switch(list, says == DNSLIST_REFUSED
					 ? "it refuses what sessions ask"
					 : "it does not answer sessions");
}

const char *
dnslist_says_name(enum dnslist_says says)
{
	static const char *const names[] = {
		[DNSLIST_CLEAN] = "clean",
		[DNSLIST_LISTED] = "listed",
		[DNSLIST_REFUSED] = "refused",
		[DNSLIST_SILENT] = "silent",
	};

	return names[says];
}

/* --- making one */

/* describe - all of a spec as one text: the same text is the same list */
static void
describe(const struct dnslist_spec *spec, struct str *out)
{
	str_addf(out, "%s %s %s %" PRId64 " %s %s ", spec->name, spec->zone,
	    spec->key, spec->health_s, spec->listed, spec->unlisted);
	for (size_t i = 0; i < spec->errors.count; i++) {
		const struct dnslist_filter *filter = &spec->errors.filter[i];

		for (size_t k = 0; k < sizeof(filter->octet); k++)
			str_addf(out, "%02x",
			    ((const uint8_t *)filter->octet)[k]);
	}
}

/* fill - a list from its spec */
static void
fill(struct dnslist *list, const struct dnslist_spec *spec)
{
	struct arena *arena = list->arena;
	struct str zone = STR_INIT;
	struct dnslist_filter *filter;

	list->name = arena_strdup(arena, spec->name);
	expand_zone(spec->zone, spec->key, &zone);
	list->zone = domain_fold(str_text(&zone), arena);
	str_reset(&zone);
	expand_zone(spec->zone, "", &zone);
	list->shown = arena_strdup(arena, str_text(&zone));
	str_fini(&zone);
	list->key = arena_strdup(arena, spec->key);
	list->health_s = spec->health_s;
	list->listed = arena_strdup(arena, spec->listed);
	list->unlisted = arena_strdup(arena, spec->unlisted);
	filter = arena_alloc(arena, spec->errors.count * sizeof(*filter));
	if (spec->errors.count > 0)
		memcpy(filter, spec->errors.filter,
		    spec->errors.count * sizeof(*filter));
	list->errors = (struct dnslist_filters){ .filter = filter,
		.count = spec->errors.count };
}

/* find - a reference to the list of that identity, or NULL; under the lock */
static struct dnslist *
find(struct dnslists *lists, const char *identity)
{
	struct dnslist *list = lists->first;

	while (list != NULL && strcmp(list->identity, identity) != 0)
		list = list->next;
	if (list != NULL)
		list->references++;
	return list;
}

/* make - a new list, on and not tested; under the lock */
static struct dnslist *
make(struct dnslists *lists, const struct dnslist_spec *spec,
    const char *identity)
{
	struct dnslist *list = mem_alloc(sizeof(*list));
	struct dnslist **end = &lists->first;

	list->lists = lists;
	list->arena = arena_new(1024);
	list->identity = arena_strdup(list->arena, identity);
	fill(list, spec);
	atomic_init(&list->on, true);
	list->references = 1;
	list->since_ms = clock_mono_ms(lists->clock);
	/* without a self-test there is nothing to do before it fails */
	list->tested = spec->health_s == 0;
	list->due_ms = DNSLIST_NEVER;
	while (*end != NULL)
		end = &(*end)->next;
	*end = list;
	return list;
}

struct dnslist *
dnslist_open(struct dnslists *lists, const struct dnslist_spec *spec)
{
	struct str identity = STR_INIT;
	struct dnslist *list;

	describe(spec, &identity);
	pthread_mutex_lock(&lists->lock);
	list = find(lists, str_text(&identity));
	if (list == NULL)
		list = make(lists, spec, str_text(&identity));
	pthread_mutex_unlock(&lists->lock);
	str_fini(&identity);
	return list;
}

void
dnslist_unref(struct dnslist *list)
{
	struct dnslists *lists;
	struct dnslist **link;
	bool last;

	if (list == NULL)
		return;
	lists = list->lists;
	pthread_mutex_lock(&lists->lock);
	last = --list->references == 0;
	if (last) {
		for (link = &lists->first; *link != list;)
			link = &(*link)->next;
		*link = list->next;
	}
	pthread_mutex_unlock(&lists->lock);
	if (!last)
		return;
	arena_free(list->arena);
	mem_free(list);
}
