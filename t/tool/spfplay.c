/*
 * spfplay - files of SPF cases, played on spf_check() itself.
 *
 *     .build/t/spfplay [-p] FILE...
 *
 * Each group's zone answers in the process; with -p by packets of a dnsd. TAP,
 * one test a case. What must hold of any check is looked at too: limits,
 * printable texts, a mechanism whose qualifier is the result, an end within the
 * deadline.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "spf/spfcheck.h"
#include "t/lib/dns_service.h"
#include "t/lib/spf_cases.h"

#define TIMEOUT_MS 300 /* of answers that never come */
#define DEADLINE_MS 5000

static enum dns_service_kind kind = SERVICE_ZONE;
static unsigned count, failed;

/* fill - the query of a case */
static void
fill(struct spf_query *query, const struct spf_case *one,
    const struct clock *clock, struct arena *arena)
{
	const char *at = strrchr(one->sender, '@');
	bool is_null = strcmp(one->sender, "<>") == 0;

	query->clock = clock;
	query->helo = one->helo;
	query->hostname = "mx.example.test";
	query->local_policy = "";
	query->local = "";
	query->domain = is_null ? one->helo : one->sender;
	query->deadline_ms = clock_mono_ms(clock) + DEADLINE_MS;
	if (!netaddr_parse(&query->client, one->client))
		log_fatal("%s: %s is no address", one->name, one->client);
	if (at == NULL)
		return;
	query->domain = at + 1;
	query->local =
	    arena_strndup(arena, one->sender, (size_t)(at - one->sender));
}

/* has_word - one of the words of a list with "|" between them; "*": any */
static bool
has_word(const char *list, const char *word)
{
	const char *at;
	size_t length;

	if (strcmp(list, "*") == 0)
		return true;
	while ((at = str_next_word(&list, "|", &length)) != NULL)
		if (strlen(word) == length && strncmp(at, word, length) == 0)
			return true;
	return false;
}

/* play - one case */
static void
play(struct dns_service *service, const struct spf_case *one)
{
	struct arena *arena = arena_new(1024);
	struct spf_query query = { .dns = service->dns };
	const struct spf_answer *a;
	int64_t end_ms = clock_mono_ms(clock_system()) + DEADLINE_MS;
	const char *why;
	bool right;

	fill(&query, one, service->clock, arena);
	a = spf_check(&query, arena);
	why = spf_cases_unsound(a);
	if (clock_mono_ms(clock_system()) > end_ms + 100)
		why = "too late";
	right =
	    why == NULL && has_word(one->results, spf_result_name(a->result)) &&
	    (one->explanation == NULL ||
		strcmp(strcmp(one->explanation, "-") == 0 ? ""
							  : one->explanation,
		    a->explanation) == 0);
	failed += right ? 0 : 1;
	printf("%sok %u - %s: %s %s%s%s terms=%u voids=%u questions=%u\n",
	    right ? "" : "not ", ++count, one->name, spf_result_name(a->result),
	    a->mechanism, a->problem[0] != '\0' ? "; " : "", a->problem,
	    a->terms, a->voids, a->questions);
	if (!right)
		printf("# wanted %s \"%s\", got \"%s\" (%s)\n", one->results,
		    one->explanation != NULL ? one->explanation : "",
		    a->explanation, why != NULL ? why : "");
	arena_free(arena);
}

/* play_file - all groups of a file */
static void
play_file(const char *path)
{
	struct spf_cases *cases = spf_cases_read(path);

	for (size_t i = 0; i < cases->count; i++) {
		const struct spf_group *group = &cases->groups[i];
		struct dns_service *service =
		    dns_service_new(kind, group->zone);

		service->settings.timeout_ms = TIMEOUT_MS;
		service->settings.tries = 1;
		dns_service_use(service);
		for (size_t k = 0; k < group->count; k++)
			play(service, &group->cases[k]);
		dns_service_free(service);
	}
	spf_cases_free(cases);
}

int
main(int argc, char **argv)
{
	log_open(LOG_TO_STDERR, "spfplay", "mail");
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-p") == 0)
			kind = SERVICE_PACKETS;
		else
			play_file(argv[i]);
	}
	printf("1..%u\n", count);
	return failed > 0;
}
