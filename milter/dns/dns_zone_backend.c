/*
 * dns_zone_backend - the backend that answers from a zone text.
 *
 * An answer is there when dns_ask() returns, unless the zone says that it is
 * late or lost: those are put off on a thread that is started for the first of
 * them. What a resolver would not take for an answer counts as lost.
 */
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "dns/dns_backend.h"
#include "dns/dns_packet.h"
#include "dns/dns_parse.h"
#include "dns/dns_zone.h"
#include "service/json.h"

#define NAME "zone"
#define QUERY_ID 1

/* an answer for later */
struct late {
	struct late *next;
	struct dns_entry *entry;
	struct dns_outcome outcome;
	int64_t due_ms; /* of the system's clock */
};

struct zone_backend {
	struct dns *dns;
	struct dns_zone *zone;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool started, stop;
	struct late *late; /* by due_ms */
	int64_t lost_ms;   /* when a question is given up */
	atomic_llong asked;
};

/* take_due - the next that is due, or all when it is to stop; or NULL */
static struct late *
take_due(struct zone_backend *backend, int64_t *wait_ms)
{
	struct late *late = backend->late;

	*wait_ms = -1;
	if (late == NULL)
		return NULL;
	*wait_ms = late->due_ms - clock_mono_ms(clock_system());
	if (*wait_ms > 0 && !backend->stop)
		return NULL;
	backend->late = late->next;
	return late;
}

/* wait_for_change - up to wait_ms; -1: for as long as it takes */
static void
wait_for_change(struct zone_backend *backend, int64_t wait_ms)
{
	int64_t end_ms = clock_mono_ms(clock_system()) + wait_ms;
	struct timespec end = clock_timespec(end_ms);

	if (wait_ms < 0)
		pthread_cond_wait(&backend->changed, &backend->lock);
	else
		pthread_cond_timedwait(&backend->changed, &backend->lock, &end);
}

/* run - the thread of late answers */
static void *
run(void *argument)
{
	struct zone_backend *backend = argument;
	struct late *late;
	struct dns_woken woken = SLIST_HEAD_INITIALIZER(woken);
	int64_t wait_ms;

	pthread_mutex_lock(&backend->lock);
	while (!backend->stop || backend->late != NULL) {
		late = take_due(backend, &wait_ms);
		if (late == NULL) {
			wait_for_change(backend, wait_ms);
			continue;
		}
		pthread_mutex_unlock(&backend->lock);
		dns_settle(backend->dns, late->entry, late->outcome, NAME,
		    &woken);
		dns_wake(&woken);
		mem_free(late);
		pthread_mutex_lock(&backend->lock);
	}
	pthread_mutex_unlock(&backend->lock);
	return NULL;
}

/* put_off - an answer for later */
static void
put_off(struct zone_backend *backend, struct dns_entry *entry,
    struct dns_outcome outcome, int64_t delay_ms)
{
	struct late *late = mem_alloc(sizeof *late), **at = &backend->late;
	int error = 0;

	late->entry = entry;
	late->outcome = outcome;
	late->due_ms = clock_mono_ms(clock_system()) + delay_ms;
	pthread_mutex_lock(&backend->lock);
	while (*at != NULL && (*at)->due_ms <= late->due_ms)
		at = &(*at)->next;
	late->next = *at;
	*at = late;
	if (!backend->started)
		error = pthread_create(&backend->thread, NULL, run, backend);
	backend->started = true;
	pthread_cond_signal(&backend->changed);
	pthread_mutex_unlock(&backend->lock);
	if (error != 0)
		log_fatal("cannot start a thread: %s", strerror(error));
}

/* exchange - the question and the packet that came; false if it was lost */
static bool
exchange(struct zone_backend *backend, const struct dns_entry *entry,
    uint8_t *packet, size_t *length, unsigned *delay_ms)
{
	uint8_t query[DNS_QUERY_MAX];
	size_t asked =
	    dns_packet_query(query, QUERY_ID, entry->name, entry->type, true);
	bool empty;

	/* as over TCP: there is no bound to the size */
	*length = dns_zone_answer(backend->zone, query, asked, true, packet,
	    delay_ms, &empty);
	return *length >= DNS_HEAD && dns_get16(packet) == QUERY_ID &&
	       dns_packet_answers(packet, *length, entry->name, entry->type);
}

/* zone_ask - answer, now or on the thread */
static void
zone_ask(void *self, struct dns_entry *entry)
{
	struct zone_backend *backend = self;
	struct dns_outcome outcome = { .result = DNS_TEMPORARY };
	struct dns_woken woken = SLIST_HEAD_INITIALIZER(woken);
	uint8_t *packet = mem_alloc(DNS_ZONE_PACKET);
	unsigned delay_ms;
	size_t length;
	bool came;

	came = exchange(backend, entry, packet, &length, &delay_ms);
	if (came)
		outcome = dns_parse(packet, length, entry->name, entry->type);
	mem_free(packet);
	atomic_fetch_add(&backend->asked, 1);
	if (!came || delay_ms > 0)
		put_off(backend, entry, outcome,
		    came ? delay_ms : backend->lost_ms);
	else
		dns_settle(backend->dns, entry, outcome, NAME, &woken);
	dns_wake(&woken);
}

/* zone_configure - when a lost question is given up */
static bool
zone_configure(void *self, const struct dns_settings *settings,
    const struct dns_servers *servers)
{
	struct zone_backend *backend = self;

	(void)servers;
	backend->lost_ms = settings->timeout_ms * settings->tries;
	return false;
}

/* zone_stats - in the form of the resolver's */
static void
zone_stats(void *self, struct json *object)
{
	struct zone_backend *backend = self;
	struct json *servers = json_new_array(), *one = json_new_object();

	json_add_text(one, "server", NAME);
	json_add_text(one, "state", "up");
	json_add_int(one, "asked", atomic_load(&backend->asked));
	json_append(servers, one);
	json_add(object, "servers", servers);
}

/* zone_free - answer what is left at once */
static void
zone_free(void *self)
{
	struct zone_backend *backend = self;

	pthread_mutex_lock(&backend->lock);
	backend->stop = true;
	pthread_cond_signal(&backend->changed);
	pthread_mutex_unlock(&backend->lock);
	if (backend->started)
		pthread_join(backend->thread, NULL);
	dns_zone_free(backend->zone);
	pthread_cond_destroy(&backend->changed);
	pthread_mutex_destroy(&backend->lock);
	mem_free(backend);
}

static const struct dns_backend zone_backend = {
	.ask = zone_ask,
	.configure = zone_configure,
	.stats = zone_stats,
	.free = zone_free,
};

bool
dns_use_zone(struct dns *dns, const char *text, struct str *why)
{
	/* what is in force until dns_configure() says otherwise */
	static const struct dns_settings settings = {
		.servers = "",
		.timeout_ms = 2000,
		.tries = 2,
		.cache_size = 1 << 20,
		.cache_max_ttl_s = 3600,
		.cache_negative_ttl_s = 300,
	};
	struct dns_zone *zone = dns_zone_parse(text, why);
	struct zone_backend *backend;
	const char *never;

	if (zone == NULL)
		return false;
	backend = mem_alloc(sizeof *backend);
	backend->dns = dns;
	backend->zone = zone;
	pthread_mutex_init(&backend->lock, NULL);
	clock_condition_init(&backend->changed);
	dns_set_backend(dns, &zone_backend, backend);
	return dns_configure(dns, &settings, &never);
}
