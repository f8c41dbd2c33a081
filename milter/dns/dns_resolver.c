/*
 * dns_resolver - the backend that asks name servers, on a thread of its own.
 *
 * Other threads hand in questions and settings under the lock and write to an
 * eventfd. The thread takes turns: wait for sockets, for the eventfd and for
 * the next time-out; let c-ares read what has come; take what was handed in;
 * send what is to be sent; wake those whose answers came. All packets and all
 * their memory are this thread's.
 *
 * Diagnostics: a system without epoll, eventfd or threads ends the process.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "dns/dns_resolver.h"
#include "dns/dns_resolver_job.h"
#include "dns/dns_resolver_server.h"
#include "service/json.h"

#define EVENTS 16
/* the tag of the eventfd; servers have theirs from 0 on */
#define TAG_EVENT UINT32_MAX
/* how often c-ares looks for packets to give up: it walks through all that
 * are under way, so not at every turn */
#define TICK_MS 100

/* poke - have the thread take a turn */
static void
poke(struct resolver *resolver)
{
	const uint64_t one = 1;

	if (write(resolver->event, &one, sizeof one) < 0 && errno != EAGAIN)
		log_fatal("eventfd: %s", strerror(errno));
}

/* resolver_ask - a question of another thread's */
static void
resolver_ask(void *self, struct dns_entry *entry)
{
	struct resolver *resolver = self;
	struct inbox *inbox = &resolver->inbox;
	bool first;

	pthread_mutex_lock(&resolver->lock);
	if (inbox->count == inbox->size) {
		inbox->size = inbox->size * 2 + 64;
		inbox->entry = mem_resize(inbox->entry,
		    inbox->size * sizeof *inbox->entry);
	}
	first = inbox->count == 0;
	inbox->entry[inbox->count++] = entry;
	pthread_mutex_unlock(&resolver->lock);
	if (first)
		poke(resolver);
}

/* resolver_configure - other settings; waits until the thread has them */
static bool
resolver_configure(void *self, const struct dns_settings *settings,
    const struct dns_servers *servers)
{
	struct resolver *resolver = self;
	struct resolver_settings next = {
		.servers = *servers,
		.timeout_ms = settings->timeout_ms,
		.tries = (unsigned)settings->tries,
	};
	char name[DNS_SERVER_TEXT];
	bool changed;

	for (size_t i = 0; i < servers->count; i++)
		next.name[i] = dns_intern(resolver->dns,
		    dns_server_print(&servers->server[i], name));
	pthread_mutex_lock(&resolver->lock);
	changed = !dns_servers_equal(&resolver->settings.servers, servers);
	resolver->next = next;
	resolver->has_next = true;
	poke(resolver);
	/* the thread never waits for long, and for nothing of ours */
	while (resolver->has_next)
		pthread_cond_wait(&resolver->applied, &resolver->lock);
	pthread_mutex_unlock(&resolver->lock);
	return changed;
}

/* resolver_stats - the servers */
static void
resolver_stats(void *self, struct json *object)
{
	struct resolver *resolver = self;
	struct json *servers = json_new_array();
	int64_t timeouts = 0;

	pthread_mutex_lock(&resolver->lock);
	for (size_t i = 0; i < resolver->settings.servers.count; i++) {
		struct server *server = &resolver->server[i];
		struct json *one = json_new_object();

		json_add_text(one, "server", server->name);
		json_add_text(one, "state",
		    atomic_load(&server->down) ? "down" : "up");
		json_add_int(one, "asked", atomic_load(&server->asked));
		json_add_int(one, "timeouts", atomic_load(&server->timeouts));
		json_append(servers, one);
		timeouts += atomic_load(&server->timeouts);
	}
	pthread_mutex_unlock(&resolver->lock);
	json_add_int(object, "timeouts", timeouts);
	json_add(object, "servers", servers);
}

/* close_servers - all of them */
static void
close_servers(struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->settings.servers.count; i++)
		server_close(&resolver->server[i]);
}

/* apply - other settings; called under the lock */
static void
apply(struct resolver *resolver)
{
	const struct resolver_settings *next = &resolver->next;

	resolver->has_next = false;
	pthread_cond_signal(&resolver->applied);
	if (dns_servers_equal(&resolver->settings.servers, &next->servers) &&
	    resolver->settings.timeout_ms == next->timeout_ms &&
	    resolver->settings.tries == next->tries)
		return;
	close_servers(resolver);
	resolver->settings = *next;
	for (size_t i = 0; i < next->servers.count; i++)
		server_open(resolver, (unsigned)i);
	jobs_restart(resolver);
}

/* take_in - what other threads handed in; false when it is to stop */
static bool
take_in(struct resolver *resolver)
{
	const struct inbox empty = resolver->taken;
	bool stop;

	pthread_mutex_lock(&resolver->lock);
	if (resolver->has_next)
		apply(resolver);
	resolver->taken = resolver->inbox;
	resolver->inbox = empty;
	stop = resolver->stop;
	pthread_mutex_unlock(&resolver->lock);
	for (size_t i = 0; i < resolver->taken.count; i++)
		job_new(resolver, resolver->taken.entry[i]);
	resolver->taken.count = 0;
	return !stop;
}

/* wakes - when there is something to do without an event; INT64_MAX: never */
static int64_t
wakes(const struct resolver *resolver)
{
	const struct job *job = TAILQ_FIRST(&resolver->jobs);
	int64_t wake_ms = job != NULL ? job->due_ms : INT64_MAX;
	bool under_way = false;

	for (size_t i = 0; i < resolver->settings.servers.count; i++) {
		const struct server *server = &resolver->server[i];

		under_way = under_way || server->attempts > 0;
		if (server_wakes(server) < wake_ms)
			wake_ms = server_wakes(server);
	}
	if (under_way && resolver->tick_ms < wake_ms)
		wake_ms = resolver->tick_ms;
	return wake_ms;
}

/* wait_for_events - up to the next time-out */
static size_t
wait_for_events(struct resolver *resolver, struct epoll_event events[EVENTS])
{
	int64_t wake_ms = wakes(resolver);
	int64_t left_ms = wake_ms - clock_mono_ms(clock_system());
	int count;

	/* no time-out is as long as that: the settings have a bound */
	if (left_ms > 3600 * 1000)
		left_ms = -1;
	else if (left_ms < 0)
		left_ms = 0;
	count = epoll_wait(resolver->epoll, events, EVENTS, (int)left_ms);
	if (count < 0 && errno != EINTR)
		log_fatal("epoll_wait: %s", strerror(errno));
	resolver->now_ms = clock_mono_ms(clock_system());
	return count > 0 ? (size_t)count : 0;
}

/* take_event - one descriptor */
static void
take_event(struct resolver *resolver, const struct epoll_event *event)
{
	uint32_t tag = (uint32_t)(event->data.u64 >> 32);
	int fd = (int)(event->data.u64 & UINT32_MAX);

	if (tag != TAG_EVENT)
		dns_cares_event(resolver->server[tag].cares, fd, event->events);
}

/* mind_servers - their health, and c-ares's own time-outs */
static void
mind_servers(struct resolver *resolver)
{
	bool tick = resolver->tick_ms <= resolver->now_ms;

	if (tick)
		resolver->tick_ms = resolver->now_ms + TICK_MS;
	for (size_t i = 0; i < resolver->settings.servers.count; i++) {
		if (tick)
			dns_cares_tick(resolver->server[i].cares);
		server_mind(&resolver->server[i]);
	}
}

/* run - the thread */
static void *
run(void *argument)
{
	struct resolver *resolver = argument;
	struct epoll_event events[EVENTS];
	size_t count;

	do {
		count = wait_for_events(resolver, events);
		for (size_t i = 0; i < count; i++)
			take_event(resolver, &events[i]);
		mind_servers(resolver);
		if (!take_in(resolver))
			break;
		jobs_turn(resolver);
		dns_wake(&resolver->woken);
	} while (true);
	jobs_end(resolver);
	dns_wake(&resolver->woken);
	close_servers(resolver);
	return NULL;
}

/* start - the thread, without signals: they are for others to take */
static void
start(struct resolver *resolver)
{
	sigset_t all, old;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&resolver->thread, NULL, run, resolver);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0)
		log_fatal("cannot start a thread: %s", strerror(error));
	pthread_setname_np(resolver->thread, "dns");
}

void *
dns_resolver_new(struct dns *dns)
{
	struct resolver *resolver = mem_alloc(sizeof *resolver);
	struct epoll_event event = {
		/* each write is an event: nothing needs to be read */
		.events = EPOLLIN | EPOLLET,
		.data.u64 = (uint64_t)TAG_EVENT << 32,
	};

	resolver->dns = dns;
	TAILQ_INIT(&resolver->jobs);
	TAILQ_INIT(&resolver->again);
	SLIST_INIT(&resolver->woken);
	pthread_mutex_init(&resolver->lock, NULL);
	pthread_cond_init(&resolver->applied, NULL);
	resolver->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	resolver->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (resolver->event < 0 || resolver->epoll < 0 ||
	    epoll_ctl(resolver->epoll, EPOLL_CTL_ADD, resolver->event, &event) <
		0)
		log_fatal("cannot wait for name servers: %s", strerror(errno));
	start(resolver);
	return resolver;
}

/* resolver_free - the end of the thread and of all that is under way */
static void
resolver_free(void *self)
{
	struct resolver *resolver = self;

	pthread_mutex_lock(&resolver->lock);
	resolver->stop = true;
	pthread_mutex_unlock(&resolver->lock);
	poke(resolver);
	pthread_join(resolver->thread, NULL);
	close(resolver->epoll);
	close(resolver->event);
	pthread_cond_destroy(&resolver->applied);
	pthread_mutex_destroy(&resolver->lock);
	mem_free(resolver->inbox.entry);
	mem_free(resolver->taken.entry);
	mem_free(resolver);
}

const struct dns_backend dns_resolver = {
	.ask = resolver_ask,
	.configure = resolver_configure,
	.stats = resolver_stats,
	.free = resolver_free,
};
