/*
 * scan_check - what is held to be true of any answer of a spam scanner.
 */
#include "t/lib/scan_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define TEXT_MAX 2000

/* check_text - one that is kept */
static void
check_text(const char *text)
{
	if (text == NULL || strlen(text) > TEXT_MAX)
		abort();
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

/* check_score - within the bounds */
static void
check_score(int64_t score)
{
	if (score > SCAN_SCORE_MAX || score < -SCAN_SCORE_MAX)
		abort();
}

void
scan_check_spam(enum scan_result (*parse)(const char *text, size_t length,
		    struct arena *arena, struct scan_spam *spam),
    const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(512);
	struct scan_spam spam;

	if (parse((const char *)data, size, arena, &spam) == SCAN_OK) {
		check_text(spam.symbols);
		check_text(spam.reply);
		check_text(spam.subject);
		check_score(spam.score);
		check_score(spam.required);
		if (spam.action > SCAN_DROP)
			abort();
	}
	arena_free(arena);
}
