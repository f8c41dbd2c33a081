/*
 * bench_table - what a list of a million entries costs, against one of ten.
 *
 * For addresses (file:), IPv4 and IPv6 prefixes (cidr:): time to load; memory
 * after loading, and at most; processor time with keys that are absent, as
 * nearly all are, and with keys that are there, drawn at random from all
 * entries:
 *
 *     session    of a whole SMTP session up to RCPT, without the MTA and the
 *                wire, in which the policy access looks its client or sender
 *                up; each time another one of fifty thousand keys
 *     again      of the look-up alone, a hundred keys in turns: clients that
 *                come back
 *     scattered  of the look-up alone, a hundred thousand keys in turns. Ten
 *                entries stay in the first level of the processor's cache, a
 *                million fit into none, so this shows what one to three lines
 *                from memory cost; it is shown, but has no limit.
 *
 * Both lists are asked in turns, in many rounds, with the same number of keys;
 * what is shown is the median. Exit status 1 when the cost of a session, or of
 * absent and present keys together asked again, is over 1.5 times.
 */
#include <netinet/in.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "base/str.h"
#include "policy/env.h"
#include "service/stats.h"
#include "table/table.h"
#include "session/config.h"
#include "session/session.h"
#include "t/lib/folder.h"

#define FEW 10
#define MANY 1000000
#define KEYS 100000
#define AGAIN 100
#define ROUNDS 7
#define LIMIT 1.5

/* one kind of list, and how its n-th key is written */
static const struct kind {
	const char *name, *type;
	void (*write_key)(char *out, size_t size, uint32_t n);
	bool mail;
} kinds[];

struct key {
	char *text;
	struct mailaddr mail;
	struct netaddr addr;
};

/* a list, and the keys that are asked: absent, present */
struct list {
	struct table *table;
	struct config *config;
	struct key *keys[2];
	double times[2][ROUNDS];
};

static struct folder folder;
static struct arena *keys, *scratch;
static struct env env;

/* scatter - numbers to numbers, one to one, without any order */
static uint32_t
scatter(uint32_t n)
{
	n = (n ^ n >> 16) * 0x7feb352du;
	n = (n ^ n >> 15) * 0x846ca68bu;
	return n ^ n >> 16;
}

static void
write_address(char *out, size_t size, uint32_t n)
{
	n = scatter(n);
	snprintf(out, size, "user%u@host%u.example%u.test", n, n % 5000, n % 7);
}

/* most are /32, as in lists of bad clients; some are networks */
static void
write_prefix4(char *out, size_t size, uint32_t n)
{
	unsigned bits = n % 4 > 0 ? 32 : 20 + n % 13;

	n = scatter(n) & ~0u << (32 - bits);
	if (n >> 24 == 127) /* trusted: those are not looked up */
		n ^= 1u << 30;
	snprintf(out, size, "%u.%u.%u.%u/%u", n >> 24, n >> 16 & 255,
	    n >> 8 & 255, n & 255, bits);
}

/* networks of 2000::/3, mostly of /64 */
static void
write_prefix6(char *out, size_t size, uint32_t n)
{
	uint32_t a = scatter(n), b = scatter(n ^ 0x5bd1e995u);

	if (n % 4 > 0)
		snprintf(out, size, "2%03x:%x:%x:%x::/64", a & 0xfff, a >> 16,
		    b & 0xffff, b >> 16);
	else
		snprintf(out, size, "2%03x:%x:%x::/48", a & 0xfff, a >> 16,
		    b & 0xffff);
}

static const struct kind kinds[] = {
	{ "addresses", "file", write_address, true },
	{ "IPv4", "cidr", write_prefix4, false },
	{ "IPv6", "cidr", write_prefix6, false },
};

/* cpu_ns - processor time of this thread */
static double
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* status_mb - a line of /proc/self/status */
static double
status_mb(const char *name)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long kb = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			sscanf(line + strlen(name), ": %ld", &kb);
	if (file != NULL)
		fclose(file);
	return (double)kb / 1024;
}

/* forget_peak - VmHWM begins anew */
static void
forget_peak(void)
{
	FILE *file = fopen("/proc/self/clear_refs", "w");

	if (file != NULL) {
		fputs("5", file);
		fclose(file);
	}
}

/* write_list - a file of count entries; its path in the arena of keys */
static const char *
write_list(const struct kind *kind, const char *name, uint32_t count)
{
	const char *path = arena_strdup(keys, folder_path(&folder, name));
	FILE *file = fopen(path, "w");
	char key[80];

	if (file == NULL)
		log_fatal("cannot write %s", path);
	for (uint32_t n = 0; n < count; n++) {
		kind->write_key(key, sizeof(key), n);
		fprintf(file, "%s\n", key);
	}
	fclose(file);
	return path;
}

/* read_key - a key as the look-up and the session want it */
static void
read_key(const struct kind *kind, const char *text, struct key *out)
{
	struct netprefix prefix;
	bool strict;

	out->text = arena_strdup(keys, text);
	if (kind->mail)
		mailaddr_parse(&out->mail, text, keys);
	else if (netprefix_parse(&prefix, text, &strict))
		out->addr = prefix.addr;
	else
		log_fatal("%s: no prefix", text);
}

/* make_keys - KEYS of the numbers from first on, count of them */
static struct key *
make_keys(const struct kind *kind, uint32_t first, uint32_t count)
{
	struct key *made = mem_array(KEYS, sizeof(*made));
	char text[80];

	for (uint32_t i = 0; i < KEYS; i++) {
		kind->write_key(text, sizeof(text),
		    first + scatter(i + 77) % count);
		read_key(kind, text, &made[i]);
	}
	return made;
}

/* open_config - with the list as what the policy access refuses */
static struct config *
open_config(const struct kind *kind, const char *path,
    struct problems *problems)
{
	const char *ini = arena_printf(keys,
	    "[milter]\nhostname = mx.example.test\n[rdns]\nenabled = no\n"
	    "[sender]\nenabled = no\n[access]\n%s = %s:%s\n",
	    kind->mail ? "block_senders" : "block_clients", kind->type, path);

	return config_load_text(ini, "bench.ini", &env, problems);
}

/* open_list - load it, and say what that cost */
static void
open_list(struct list *list, const struct kind *kind, const char *name,
    uint32_t count)
{
	struct problems *problems = problems_new();
	struct origin at = { NULL, 0 };
	const char *path = write_list(kind, name, count);
	const char *spec = arena_printf(keys, "%s:%s", kind->type, path);
	double before, begin, peak;

	list->keys[0] = make_keys(kind, 1u << 30, 1u << 30);
	list->keys[1] = make_keys(kind, 0, count);
	malloc_trim(0);
	forget_peak();
	before = status_mb("VmRSS");
	begin = cpu_ns();
	list->table = table_open(env.tables, spec, at, problems);
	begin = cpu_ns() - begin;
	peak = status_mb("VmHWM");
	if (list->table == NULL)
		log_fatal("the list does not load");
	if (count == MANY)
		printf("%-9s %zu entries: loaded in %.2f s, %.1f MB (%.1f MB "
		       "at most while loading)\n",
		    kind->name, table_size(list->table), begin / 1e9,
		    status_mb("VmRSS") - before, peak - before);
	list->config = open_config(kind, path, problems);
	if (list->config == NULL)
		log_fatal("the configuration does not load");
	problems_free(problems);
}

/* close_list - the end of a list and its keys */
static void
close_list(struct list *list)
{
	config_unref(list->config);
	table_unref(list->table);
	mem_free(list->keys[0]);
	mem_free(list->keys[1]);
}

/* take_reply, no_macro - an MTA that says nothing */
static bool
take_reply(void *mta, const struct reply *reply)
{
	(void)mta;
	(void)reply;
	return true;
}

static const char *
no_macro(void *mta, const char *name)
{
	(void)mta;
	(void)name;
	return NULL;
}

static const struct mta_ops ops = { .reply = take_reply, .macro = no_macro };

/* connect_as - the client connects */
static void
connect_as(struct session *session, const struct netaddr *addr)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

	memcpy(&four.sin_addr, addr->byte, sizeof(four.sin_addr));
	memcpy(&six.sin6_addr, addr->byte, sizeof(six.sin6_addr));
	session_connect(session, "client.remote.test",
	    addr->family == 4 ? (const struct sockaddr *)&four
			      : (const struct sockaddr *)&six);
}

/* ask_session - a session up to RCPT; whether it is refused there */
static bool
ask_session(const struct kind *kind, const struct list *list,
    const struct key *key)
{
	static const struct netaddr client = { 4, { 203, 0, 113, 5 } };
	char stranger[] = "<sender@sender.test>",
	     rcpt[] = "<alice@example.test>";
	char *mail_args[] = { kind->mail ? key->text : stranger, NULL };
	char *rcpt_args[] = { rcpt, NULL };
	struct session *session =
	    session_new(config_ref(list->config), &env, &ops, NULL, NULL);
	enum answer answer;

	connect_as(session, kind->mail ? &client : &key->addr);
	session_helo(session, "client.remote.test");
	session_mail(session, mail_args);
	answer = session_rcpt(session, rcpt_args);
	session_free(session);
	return answer == ANSWER_REJECT;
}

/* ask_table - the look-up alone; whether it is there */
static bool
ask_table(const struct kind *kind, const struct list *list,
    const struct key *key)
{
	struct table_answer answer;
	enum lookup found;

	if (kind->mail)
		found = table_find_mail(list->table, &key->mail, 0, scratch,
		    &answer);
	else
		found = table_find_address(list->table, &key->addr, 0, scratch,
		    &answer);
	arena_reset(scratch);
	return found == LOOKUP_FOUND;
}

/* how keys are asked */
static const struct way {
	const char *name;
	size_t keys;  /* different ones */
	size_t asked; /* in a round */
	bool (*ask)(const struct kind *kind, const struct list *list,
	    const struct key *key);
} ways[] = {
	{ "session", KEYS, KEYS / 2, ask_session },
	{ "again", AGAIN, KEYS, ask_table },
	{ "scattered", KEYS, KEYS, ask_table },
};

/* ask_all - KEYS times; nanoseconds each */
static double
ask_all(const struct kind *kind, const struct way *way, const struct list *list,
    bool present)
{
	const struct key *asked = list->keys[present];
	double begin = cpu_ns();
	size_t found = 0;

	for (size_t i = 0; i < way->asked; i++)
		found += way->ask(kind, list, &asked[i % way->keys]);
	begin = cpu_ns() - begin;
	/* a few of the absent addresses are in one of the networks */
	if (present ? found != way->asked : found > way->asked / 10)
		log_fatal("%s: %zu of %zu keys found", way->name, found,
		    way->asked);
	return begin / (double)way->asked;
}

static int
compare(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static double
median(double times[ROUNDS])
{
	qsort(times, ROUNDS, sizeof(times[0]), compare);
	return times[ROUNDS / 2];
}

/* show - one line */
static void
show(const struct kind *kind, const struct way *way, const char *what,
    double few, double many)
{
	printf("%-9s %-9s %-7s %d entries %5.0f ns, %d entries %5.0f ns: "
	       "%.2f times\n",
	    kind->name, way->name, what, FEW, few, MANY, many, many / few);
}

/* ask_way - both lists in turns; false when a ratio is over the limit */
static bool
ask_way(const struct kind *kind, const struct way *way, struct list *few,
    struct list *many)
{
	double cost[2][2];

	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t present = 0; present < 2; present++) {
			few->times[present][round] =
			    ask_all(kind, way, few, present);
			many->times[present][round] =
			    ask_all(kind, way, many, present);
		}
	for (size_t present = 0; present < 2; present++) {
		cost[0][present] = median(few->times[present]);
		cost[1][present] = median(many->times[present]);
		show(kind, way, present ? "present" : "absent",
		    cost[0][present], cost[1][present]);
	}
	return strcmp(way->name, "scattered") == 0 ||
	       cost[1][0] + cost[1][1] <= LIMIT * (cost[0][0] + cost[0][1]);
}

/* bench - one kind of list */
static bool
bench(const struct kind *kind)
{
	struct list few, many;
	bool good = true;

	keys = arena_new(1 << 20);
	scratch = arena_new(4096);
	open_list(&few, kind, "few", FEW);
	open_list(&many, kind, "many", MANY);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!ask_way(kind, &ways[i], &few, &many)) {
			printf("%s %s: MORE THAN %.1f TIMES\n", kind->name,
			    ways[i].name, LIMIT);
			good = false;
		}
	close_list(&few);
	close_list(&many);
	arena_free(keys);
	arena_free(scratch);
	return good;
}

int
main(void)
{
	bool good = true;

	setvbuf(stdout, NULL, _IOLBF, 0);
	log_set_level(LEVEL_WARNING);
	folder_make(&folder);
	env.clock = clock_system();
	env.stats = stats_new(config_reason_count());
	env.tables = tables_new(env.clock);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		good &= bench(&kinds[i]);
	tables_free(env.tables);
	stats_free(env.stats);
	folder_remove(&folder);
	return good ? 0 : 1;
}
