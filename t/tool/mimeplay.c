/*
 * mimeplay - messages through a session, and what each costs.
 *
 *     mimeplay [-n TIMES] INI FILE...
 *
 * Prints a line a file: its name, what came of it, processor time in
 * milliseconds, the most heap in use while it was read in KB, its size. With
 * -n each is played that often, and the time is the mean, that of all threads.
 * Name servers are asked where [dns] servers names some; else nobody answers.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/problem.h"
#include "base/str.h"
#include "dns/dnslist.h"
#include "service/stats.h"
#include "session/config.h"
#include "session/session.h"
#include "t/lib/message_feed.h"

#define CHUNK 65535

/* the MTA of a session, and what it watches */
struct player {
	struct env env;
	struct config *config;
	struct session *session;
	size_t heap_before, heap_most;
	bool header_ended;
	enum answer answer;
};

/* heap - bytes in use */
static size_t
heap(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* watch - note how much heap is in use */
static void
watch(struct player *player)
{
	size_t now = heap();

	if (now > player->heap_most)
		player->heap_most = now;
}

/* reply, macro, and the rest - an MTA that does nothing */
static bool
reply(void *mta, const struct reply *given)
{
	(void)mta;
	(void)given;
	return true;
}

static const char *
macro(void *mta, const char *name)
{
	(void)mta;
	return strcmp(name, "j") == 0 ? "mx.example.test" : NULL;
}

static bool
header_changed(void *mta, const char *name, const char *value)
{
	(void)mta;
	(void)name;
	(void)value;
	return true;
}

static bool
header_deleted(void *mta, const char *name, int index)
{
	(void)mta;
	(void)name;
	(void)index;
	return true;
}

static bool
told(void *mta, const char *text)
{
	(void)mta;
	(void)text;
	return true;
}

static bool
progress(void *mta)
{
	(void)mta;
	return true;
}

static const struct mta_ops ops = {
	.reply = reply,
	.macro = macro,
	.add_header = header_changed,
	.insert_header = header_changed,
	.delete_header = header_deleted,
	.delete_recipient = told,
	.quarantine = told,
	.progress = progress,
};

/* header, body - for message_feed() */
static void
header(void *context, const char *name, const char *value)
{
	struct player *player = context;

	session_header(player->session, name, value);
}

static void
body(void *context, const unsigned char *chunk, size_t length)
{
	struct player *player = context;

	if (!player->header_ended)
		session_eoh(player->session);
	player->header_ended = true;
	session_body(player->session, chunk, length);
	watch(player);
}

/* play - one message in a transaction of its own */
static void
play(struct player *player, const char *text, size_t length)
{
	static const struct message_sink sink = {
		.header = header,
		.body = body,
	};
	char sender[] = "<a@sender.test>", recipient[] = "<b@example.test>";
	char *from[] = { sender, NULL }, *to[] = { recipient, NULL };

	player->header_ended = false;
	session_mail(player->session, from);
	session_rcpt(player->session, to);
	session_data(player->session);
	message_feed(text, length, CHUNK, &sink, player);
	if (!player->header_ended)
		session_eoh(player->session);
	player->answer = session_eom(player->session);
	watch(player);
	session_abort(player->session);
}

/* read_file - all of it */
static bool
read_file(const char *path, struct str *text)
{
	FILE *file = fopen(path, "rb");
	char chunk[65536];
	size_t got;

	str_reset(text);
	if (file == NULL)
		return false;
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		str_add_n(text, chunk, got);
	fclose(file);
	return true;
}

/* play_file - and print what it cost */
static bool
play_file(struct player *player, const char *path, long times)
{
	static const char *const answers[] = {
		[ANSWER_CONTINUE] = "pass",
		[ANSWER_REJECT] = "reject",
		[ANSWER_TEMPFAIL] = "tempfail",
		[ANSWER_DISCARD] = "discard",
	};
	struct str text = STR_INIT;
	clock_t begun;

	if (!read_file(path, &text)) {
		fprintf(stderr, "mimeplay: cannot read %s\n", path);
		return false;
	}
	player->heap_before = player->heap_most = heap();
	begun = clock();
	for (long i = 0; i < times; i++)
		play(player, str_text(&text), text.length);
	printf("%s %s %.3f %zu %zu\n", path, answers[player->answer],
	    (double)(clock() - begun) * 1e3 / CLOCKS_PER_SEC / (double)times,
	    (player->heap_most - player->heap_before) / 1024, text.length);
	fflush(stdout);
	str_fini(&text);
	return true;
}

/* open_services - and the ini */
static bool
open_services(struct player *player, const char *ini)
{
	struct problems *problems = problems_new();
	const char *why;
	bool is_error;

	player->env.clock = clock_system();
	player->env.stats = stats_new(config_reason_count());
	player->env.tables = tables_new(player->env.clock);
	player->env.dns = dns_new(player->env.clock);
	player->env.lists = dnslists_new(player->env.clock, player->env.dns);
	player->config = config_load(ini, &player->env, problems);
	for (size_t i = 0; i < problems_count(problems); i++)
		fprintf(stderr, "%s\n", problems_line(problems, i, &is_error));
	problems_free(problems);
	if (player->config == NULL)
		return false;
	if (player->config->dns.servers[0] != '\0' &&
	    dns_configure(player->env.dns, &player->config->dns, &why))
		dnslists_settle(player->env.lists, DNSLIST_SETTLE_MS);
	return true;
}

/* close_services - all that was opened */
static void
close_services(struct player *player)
{
	config_unref(player->config);
	dnslists_free(player->env.lists);
	dns_free(player->env.dns);
	tables_free(player->env.tables);
	stats_free(player->env.stats);
}

int
main(int argc, char **argv)
{
	struct player player = { .heap_most = 0 };
	struct sockaddr_in client = { .sin_family = AF_INET, .sin_port = 1 };
	char helo[] = "mail.remote.test";
	bool good = true;
	long times = 1;

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		times = strtol(argv[2], NULL, 10);
		argv += 2;
		argc -= 2;
	}
	if (argc < 3 || times < 1 || !open_services(&player, argv[1])) {
		fprintf(stderr, "usage: mimeplay [-n TIMES] INI FILE...\n");
		return 1;
	}
	inet_pton(AF_INET, "203.0.113.5", &client.sin_addr);
	player.session = session_new(config_ref(player.config), &player.env,
	    &ops, &player, NULL);
	session_connect(player.session, "mail.remote.test",
	    (const struct sockaddr *)&client);
	session_helo(player.session, helo);
	for (int i = 2; i < argc; i++)
		good = play_file(&player, argv[i], times) && good;
	session_free(player.session);
	close_services(&player);
	return good ? 0 : 1;
}
