/*
 * dnslist_test - whether a DNS list works.
 *
 * Three names are asked (RFC 5782 5): the test point that every list has, one
 * that no list has, and a name that nobody has asked before, so that its
 * answer comes from the list and from no cache on the way. A list without
 * test points is only asked the third, and need only answer.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "dns/dnslist_internal.h"

/* the names of one list under test */
enum point { POINT_NEW, POINT_LISTED, POINT_UNLISTED, POINTS };

/* ask - the names of one list */
static void
ask(const struct dnslist *list, struct arena *arena,
    struct dns_question *question[POINTS])
{
	unsigned random[2];

	clock_random(random, sizeof(random));
	question[POINT_NEW] = dnslist_ask(list, arena,
	    arena_printf(arena, "x%08x%08x", random[0], random[1]), DNS_A);
	question[POINT_LISTED] = question[POINT_UNLISTED] = NULL;
	if (list->health_s == 0)
		return;
	question[POINT_LISTED] = dnslist_ask(list, arena, list->listed, DNS_A);
	question[POINT_UNLISTED] =
	    dnslist_ask(list, arena, list->unlisted, DNS_A);
}

/* fault - what is wrong with an answer at any point, or NULL */
static const char *
fault(const struct dnslist *list, const struct dns_answer *answer,
    struct arena *arena)
{
	char address[NETADDR_TEXT_SIZE];

	switch (dnslist_read(list, answer)) {
	case DNSLIST_SILENT:
		if (answer->result == DNS_INVALID)
			return "its answers cannot be used";
		return answer->server[0] != '\0' ? "it does not answer"
						 : "no name server answers";
	case DNSLIST_REFUSED:
		return arena_printf(arena,
		    "it answers %s, which is an error: it may refuse us",
		    netaddr_format(&answer->record[0].address, address));
	default:
		return NULL;
	}
}

/* judge - what is wrong with a list, or NULL */
static const char *
judge(const struct dnslist *list, struct dns_question *question[POINTS],
    int64_t deadline_ms, struct arena *arena)
{
	for (int i = 0; i < POINTS; i++) {
		const struct dns_answer *answer;
		bool listed;
		const char *why;

		if (question[i] == NULL)
			continue;
		answer = dns_wait(question[i], deadline_ms);
		why = fault(list, answer, arena);
		if (why != NULL)
			return why;
		listed = dnslist_read(list, answer) == DNSLIST_LISTED;
		if (i == POINT_NEW && listed)
			return "it lists everything";
		if (i == POINT_LISTED && !listed)
			return arena_printf(arena,
			    "it does not list its test point %s", list->listed);
		if (i == POINT_UNLISTED && listed)
			return arena_printf(arena,
			    "it lists %s, which is nobody's", list->unlisted);
	}
	return NULL;
}

void
dnslist_test(struct dnslist *const *list, size_t count, int64_t deadline_ms)
{
	struct arena *arena = arena_new(4096);
	struct dns_question *(*question)[POINTS] =
	    arena_alloc(arena, count * sizeof(*question));

	for (size_t i = 0; i < count; i++)
		ask(list[i], arena, question[i]);
	for (size_t i = 0; i < count; i++)
		dnslist_switch(list[i],
		    judge(list[i], question[i], deadline_ms, arena));
	arena_free(arena);
}
