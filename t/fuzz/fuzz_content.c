/*
 * fuzz_content - any bytes as a file of signatures, and as the text in which
 * they are looked for.
 *
 * Held to be true: each line that is neither empty nor a comment is a
 * signature or a complaint; what is found lies within the text; a search ends.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/problem.h"
#include "policies/content.h"

#define TIME_MS 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* look - for all signatures in the text */
static void
look(const struct content_signatures *signatures, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < signatures->count; i++) {
		const struct content_signature *s = &signatures->list[i];
		struct table_span span = { .from = 0 };
		int64_t now_ms = clock_mono_ms(clock_system());

		if (s->name == NULL || s->pattern == NULL)
			continue;
		if (s->where.places == 0 || content_where_reads(&s->where) == 0)
			abort();
		if (table_pattern_find(s->pattern, text, length, clock_system(),
			now_ms + TIME_MS, &span) == PATTERN_YES &&
		    (span.from > length || span.length > length - span.from))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems *problems = problems_new();
	struct content_signatures *signatures;
	char *text = mem_alloc(size + 1);
	size_t lines = 1;

	memcpy(text, data, size);
	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	signatures = content_signatures_parse(text, "fuzz", problems);
	if (signatures->count > lines || problems_count(problems) > lines)
		abort();
	for (size_t i = 0; i < signatures->count; i++)
		if (signatures->list[i].pattern == NULL &&
		    problems_errors(problems) == 0)
			abort();
	look(signatures, text);
	content_signatures_free(signatures);
	problems_free(problems);
	mem_free(text);
	return 0;
}
