/*
 * dns - questions to name servers, asked early and awaited late.
 *
 * This file is the side of those who ask: the cache and joining; dns_wait.c
 * has the waiting. Who answers is behind dns_backend.h.
 *
 * One lock, held for a look-up in a table or for waking, never while waiting
 * or while the backend works; the backend's own lock is never taken under it
 * nor the other way round.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/dns_internal.h"
#include "dns/dns_name.h"
#include "dns/dns_resolver.h"
#include "service/json.h"

/*
 * Questions without an answer at one time, for all sessions: 1,600 sessions
 * with ten questions each, far beyond what an MTA lets in, and a quarter of
 * the ids that a packet has. About 20 MB if it ever comes to that.
 */
#define UNANSWERED_MAX 16384
/*
 * How long a temporary failure is kept: through the steps of one session and
 * of those that come at the same time, and over before a client tries again.
 * RFC 2308 7 allows 5 minutes.
 */
#define FAILURE_KEPT_S 5
/* the same for what cannot be used: that is seldom mended within seconds */
#define INVALID_KEPT_S 30
/* a negative answer without a SOA says not how long it holds; RFC 2308 5 would
 * not have it kept at all */
#define NEGATIVE_KEPT_S 5

struct dns *
dns_new(struct clock *clock)
{
	struct dns *dns = mem_alloc(sizeof *dns);

	dns->clock = clock;
	dns->cache = dns_cache_new();
	pthread_mutex_init(&dns->lock, NULL);
	return dns;
}

void
dns_free(struct dns *dns)
{
	struct interned *next;

	if (dns == NULL)
		return;
	if (dns->backend != NULL)
		dns->backend->free(dns->self);
	dns_cache_free(dns->cache);
	for (; dns->interned != NULL; dns->interned = next) {
		next = dns->interned->next;
		mem_free(dns->interned);
	}
	pthread_mutex_destroy(&dns->lock);
	mem_free(dns);
}

void
dns_set_backend(struct dns *dns, const struct dns_backend *backend, void *self)
{
	if (dns->backend != NULL)
		dns->backend->free(dns->self);
	dns->backend = backend;
	dns->self = self;
}

const char *
dns_intern(struct dns *dns, const char *text)
{
	size_t size = strlen(text) + 1;
	struct interned *interned;

	pthread_mutex_lock(&dns->lock);
	interned = dns->interned;
	while (interned != NULL && strcmp(interned->text, text) != 0)
		interned = interned->next;
	if (interned == NULL) {
		interned = mem_alloc(sizeof *interned + size);
		memcpy(interned->text, text, size);
		interned->next = dns->interned;
		dns->interned = interned;
	}
	pthread_mutex_unlock(&dns->lock);
	return interned->text;
}

bool
dns_settings_check(const char *servers, const char **why)
{
	struct dns_servers parsed;

	return dns_servers_parse(&parsed, servers, why);
}

bool
dns_configure(struct dns *dns, const struct dns_settings *settings,
    const char **why)
{
	struct dns_servers servers;
	bool changed;

	if (!dns_servers_parse(&servers, settings->servers, why))
		return false;
	if (servers.count == 0)
		dns_servers_system(&servers, "/etc/resolv.conf");
	if (dns->backend == NULL)
		dns_set_backend(dns, &dns_resolver, dns_resolver_new(dns));
	changed = dns->backend->configure(dns->self, settings, &servers);
	pthread_mutex_lock(&dns->lock);
	dns->settings = *settings;
	dns->settings.servers = NULL; /* not ours */
	dns_cache_flush(dns->cache, !changed);
	dns_cache_limit(dns->cache, (size_t)settings->cache_size);
	pthread_mutex_unlock(&dns->lock);
	return true;
}

void
dns_forget_failures(struct dns *dns)
{
	pthread_mutex_lock(&dns->lock);
	dns_cache_flush(dns->cache, true);
	pthread_mutex_unlock(&dns->lock);
}

void
dns_listen(struct dns *dns, dns_listener *function, void *context)
{
	dns->listener = function;
	dns->listener_context = context;
}

/* clamp - value, but within these bounds */
static int64_t
clamp(int64_t value, int64_t min, int64_t max)
{
	if (value < min)
		value = min;
	return value > max ? max : value;
}

/* kept_for - for how many seconds an outcome may be kept */
static int64_t
kept_for(const struct dns_settings *settings, const struct dns_outcome *outcome)
{
	switch (outcome->result) {
	case DNS_FOUND:
	case DNS_NULL_MX:
		return clamp(outcome->ttl_s, settings->cache_min_ttl_s,
		    settings->cache_max_ttl_s);
	case DNS_NO_NAME:
	case DNS_NO_DATA:
		return clamp(outcome->has_ttl ? outcome->ttl_s
					      : NEGATIVE_KEPT_S,
		    settings->cache_min_ttl_s, settings->cache_negative_ttl_s);
	case DNS_INVALID:
		return INVALID_KEPT_S;
	default:
		return FAILURE_KEPT_S;
	}
}

/* fill - the answer into its entry, which is not ready yet */
static void
fill(struct dns *dns, struct dns_entry *entry, struct dns_outcome *outcome,
    const char *server)
{
	int64_t kept_s = kept_for(&dns->settings, outcome);

	entry->outcome = *outcome;
	entry->server = server;
	entry->ttl_s = (unsigned)kept_s;
	entry->received_ms = clock_mono_ms(dns->clock);
	entry->expires_ms = entry->received_ms + kept_s * 1000;
	if (entry->asked_ms > 0)
		entry->took_ms =
		    (unsigned)(clock_mono_ms(clock_system()) - entry->asked_ms);
	dns->failures += outcome->result == DNS_TEMPORARY;
	dns->invalid += outcome->result == DNS_INVALID;
}

/* set_ready - the answer can be read, and nobody is put down as waiting */
static void
set_ready(struct dns_entry *entry)
{
	atomic_store_explicit(&entry->ready, true, memory_order_release);
}

void
dns_settle(struct dns *dns, struct dns_entry *entry, struct dns_outcome outcome,
    const char *server, struct dns_woken *woken)
{
	pthread_mutex_lock(&dns->lock);
	fill(dns, entry, &outcome, server);
	dns_gather(entry, woken);
	set_ready(entry);
	if (entry->ttl_s > 0)
		dns_cache_keep(dns->cache, entry);
	else if (entry->listed)
		dns_cache_remove(dns->cache, entry);
	dns->unanswered--;
	dns_entry_unref(entry);
	pthread_mutex_unlock(&dns->lock);
}

/* give_back - a question, when its arena is emptied */
static void
give_back(void *argument)
{
	struct dns_question *question = argument;

	dns_entry_unref(question->entry);
}

/* answered_here - an entry that no server is asked for */
static struct dns_entry *
answered_here(struct dns *dns, const char *name, enum dns_type type,
    enum dns_result result)
{
	struct dns_entry *entry = dns_entry_new(name, type);

	fill(dns, entry, &(struct dns_outcome){ .result = result }, "");
	set_ready(entry);
	return entry;
}

/* new_entry - listed, to be asked */
static struct dns_entry *
new_entry(struct dns *dns, const char *name, enum dns_type type)
{
	struct dns_entry *entry = dns_entry_new(name, type);

	entry->asked_ms = clock_mono_ms(clock_system());
	dns_cache_add(dns->cache, entry);
	entry->references++; /* the backend's, until dns_settle() */
	dns->unanswered++;
	return entry;
}

/* find - the entry to a question, with a reference; *ask if it is new */
static struct dns_entry *
find(struct dns *dns, const char *name, enum dns_type type, bool *ask)
{
	struct dns_entry *entry = dns_cache_find(dns->cache, name, type);

	if (entry != NULL && atomic_load(&entry->ready) &&
	    entry->expires_ms <= clock_mono_ms(dns->clock)) {
		dns_cache_remove(dns->cache, entry);
		entry = NULL;
	}
	if (entry != NULL) {
		entry->references++;
		return entry;
	}
	if (dns->backend == NULL || dns->unanswered == UNANSWERED_MAX)
		return answered_here(dns, name, type, DNS_TEMPORARY);
	*ask = true;
	return new_entry(dns, name, type);
}

/* look_up - as find(), counted and under the lock */
static void
look_up(struct dns_question *question, const char *name, enum dns_type type)
{
	struct dns *dns = question->dns;
	struct dns_entry *entry;
	bool ask = false;

	pthread_mutex_lock(&dns->lock);
	entry = find(dns, name, type, &ask);
	question->entry = entry;
	question->cached = !ask && entry->listed && atomic_load(&entry->ready);
	dns->queries++;
	dns->hits += question->cached;
	dns->joined += !ask && !atomic_load(&entry->ready);
	pthread_mutex_unlock(&dns->lock);
	if (ask)
		dns->backend->ask(dns->self, entry);
}

/* refuse - a name that cannot be asked for */
static void
refuse(struct dns_question *question, const char *name, enum dns_type type)
{
	struct dns *dns = question->dns;
	char shown[DNS_NAME_WIRE + 1];

	str_printable(shown, sizeof shown, name);
	pthread_mutex_lock(&dns->lock);
	question->entry = answered_here(dns, shown, type, DNS_INVALID);
	dns->queries++;
	pthread_mutex_unlock(&dns->lock);
}

struct dns_question *
dns_ask(struct dns *dns, struct arena *arena, const char *name,
    enum dns_type type)
{
	struct dns_question *question = arena_alloc(arena, sizeof *question);
	char folded[DNS_NAME_SIZE];

	question->dns = dns;
	if (dns_name_fold(folded, name, arena))
		look_up(question, folded, type);
	else
		refuse(question, name, type);
	arena_defer(arena, give_back, question);
	return question;
}

void
dns_stats(struct dns *dns, struct json *object)
{
	pthread_mutex_lock(&dns->lock);
	json_add_int(object, "queries", dns->queries);
	json_add_int(object, "hits", dns->hits);
	json_add_int(object, "joined", dns->joined);
	json_add_int(object, "failures", dns->failures);
	json_add_int(object, "invalid", dns->invalid);
	json_add_int(object, "unanswered", dns->unanswered);
	json_add_int(object, "entries", (int64_t)dns_cache_count(dns->cache));
	json_add_int(object, "bytes", (int64_t)dns_cache_bytes(dns->cache));
	pthread_mutex_unlock(&dns->lock);
	if (dns->backend != NULL)
		dns->backend->stats(dns->self, object);
}
