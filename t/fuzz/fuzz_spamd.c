/*
 * fuzz_spamd - any bytes as spamd's answer.
 *
 * Held to be true: what is kept of it is bounded and printable, and nothing is
 * left out of an answer that is good.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scan/scan_spamd.h"

#define TEXT_MAX 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(512);
	struct scan_spam spam;
	enum scan_result result =
	    scan_spamd_parse((const char *)data, size, arena, &spam);

	if (result == SCAN_OK) {
		check_text(spam.symbols);
		check_text(spam.reply);
		check_text(spam.subject);
		check_score(spam.score);
		check_score(spam.required);
		if (spam.action > SCAN_DROP)
			abort();
	}
	arena_free(arena);
	return 0;
}
