/*
 * table_pattern - one pattern of PCRE2, looked for in texts of any length.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "table/table_pattern.h"

/* steps at one position of the text; a pattern that needs more is no use */
#define STEPS 20000
#define HEAP_LIMIT_KB 4096
/* positions that are tried between two looks at the clock */
#define PORTION 1024

struct table_pattern {
	pcre2_code *code;
};

static const struct flag {
	char letter;
	uint32_t option;
} flags[] = {
	{ .letter = 'i', .option = PCRE2_CASELESS },
	{ .letter = 'm', .option = PCRE2_MULTILINE },
	{ .letter = 's', .option = PCRE2_DOTALL },
	{ .letter = 'x', .option = PCRE2_EXTENDED },
	{ .letter = 'U', .option = PCRE2_UNGREEDY },
};

/* read_flags - the letters from text on; behind them, or NULL */
static const char *
read_flags(const char *text, uint32_t *options)
{
	for (; *text != '\0' && !isspace((unsigned char)*text); text++) {
		size_t i = 0;

		while (i < sizeof(flags) / sizeof(*flags) &&
		       flags[i].letter != *text)
			i++;
		if (i == sizeof(flags) / sizeof(*flags))
			return NULL;
		*options |= flags[i].option;
	}
	return text;
}

/* is_delimited - whether a text begins with a delimiter: "/" or "!" */
static bool
is_delimited(const char *text)
{
	return text[0] == '/' || text[0] == '!';
}

/*
 * take_apart - pattern and flags of a text; *end behind them. What is wrong.
 */
static const char *
take_apart(const char *text, const char **end, const char **pattern,
    uint32_t *options, struct arena *arena)
{
	const char *close = text + 1;

	if (!is_delimited(text)) {
		*pattern = text;
		*end = text + strlen(text);
		return NULL;
	}
	while (*close != '\0' && *close != text[0])
		close += *close == '\\' && close[1] != '\0' ? 2 : 1;
	if (*close == '\0')
		return "the pattern is not closed";
	*pattern = arena_strndup(arena, text + 1, (size_t)(close - text) - 1);
	*end = read_flags(close + 1, options);
	return *end == NULL ? "unknown flag: i m s x U" : NULL;
}

/* wants_utf - whether characters of a pattern may be more than bytes */
static bool
wants_utf(const char *pattern)
{
	return !str_is_ascii(pattern) || strstr(pattern, "\\x{") != NULL ||
	       strstr(pattern, "\\p") != NULL ||
	       strstr(pattern, "\\P") != NULL || strstr(pattern, "\\X") != NULL;
}

/* compile - the code of a pattern; NULL and what is wrong */
static pcre2_code *
compile(const char *pattern, uint32_t options, struct arena *arena,
    const char **wrong)
{
	PCRE2_UCHAR message[120];
	PCRE2_SIZE offset;
	pcre2_code *code;
	int error;

	options |=
	    PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;
	if (wants_utf(pattern))
		options |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	    options, &error, &offset, NULL);
	if (code == NULL) {
		pcre2_get_error_message(error, message, sizeof(message));
		*wrong = arena_printf(arena, "at byte %zu of the pattern: %s",
		    offset, (const char *)message);
		return NULL;
	}
	/* fails where there is no JIT: then it is interpreted */
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	return code;
}

/* matches_nothing - a pattern that matches the empty text matches all */
static bool
matches_nothing(const pcre2_code *code)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	int rc = pcre2_match(code, (PCRE2_SPTR) "", 0, 0, 0, data, NULL);

	pcre2_match_data_free(data);
	return rc >= 0;
}

struct table_pattern *
table_pattern_new(const char *text, const char **end, struct arena *arena,
    const char **wrong)
{
	struct table_pattern *pattern;
	const char *inner = "", *behind = "";
	uint32_t options = 0;
	pcre2_code *code;

	*wrong = take_apart(text, &behind, &inner, &options, arena);
	if (*wrong != NULL)
		return NULL;
	if (end != NULL)
		*end = behind;
	else if (*behind != '\0')
		*wrong = "there is something behind the pattern";
	code = *wrong == NULL ? compile(inner, options, arena, wrong) : NULL;
	if (code == NULL)
		return NULL;
	if (matches_nothing(code)) {
		*wrong = "the pattern matches everything";
		pcre2_code_free(code);
		return NULL;
	}
	pattern = mem_alloc(sizeof(*pattern));
	pattern->code = code;
	return pattern;
}

void
table_pattern_free(struct table_pattern *pattern)
{
	if (pattern != NULL)
		pcre2_code_free(pattern->code);
	mem_free(pattern);
}

/* what a search holds */
struct search {
	pcre2_match_context *limits;
	pcre2_match_data *data;
};

/* search_end - give it back */
static void
search_end(struct search *search)
{
	pcre2_match_data_free(search->data);
	pcre2_match_context_free(search->limits);
}

/* search_begin - its limits */
static void
search_begin(struct search *search)
{
	search->limits = pcre2_match_context_create(NULL);
	search->data = pcre2_match_data_create(1, NULL);
	if (search->limits == NULL || search->data == NULL)
		log_fatal("out of memory");
	pcre2_set_match_limit(search->limits, STEPS);
	pcre2_set_heap_limit(search->limits, HEAP_LIMIT_KB);
}

/*
 * search_portion - from positions in the text. Machine code has 32 KB of stack
 * for what it has to come back to; where that is too little the pattern is
 * interpreted, which takes it from the heap.
 */
static int
search_portion(const struct search *search, const struct table_pattern *pattern,
    const char *text, size_t length, size_t from)
{
	PCRE2_SPTR subject = (PCRE2_SPTR)text;
	int rc;

	pcre2_set_offset_limit(search->limits, from + PORTION - 1);
	rc = pcre2_match(pattern->code, subject, length, from, 0, search->data,
	    search->limits);
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
		rc = pcre2_match(pattern->code, subject, length, from,
		    PCRE2_NO_JIT, search->data, search->limits);
	return rc;
}

/* portion_end - the next position to try: not inside a character */
static size_t
portion_end(const char *text, size_t length, size_t from)
{
	from += PORTION;
	while (from < length && ((unsigned char)text[from] & 0xC0) == 0x80)
		from++;
	return from;
}

enum table_matched
table_pattern_find(const struct table_pattern *pattern, const char *text,
    size_t length, const struct clock *clock, int64_t deadline_ms,
    struct table_span *span)
{
	struct search search;
	int rc = PCRE2_ERROR_NOMATCH;

	search_begin(&search);
	for (size_t from = 0; from <= length && rc == PCRE2_ERROR_NOMATCH;
	     from = portion_end(text, length, from)) {
		rc = clock_mono_ms(clock) > deadline_ms
			 ? PCRE2_ERROR_MATCHLIMIT
			 : search_portion(&search, pattern, text, length, from);
	}
	if (rc >= 0 && span != NULL) {
		const PCRE2_SIZE *found =
		    pcre2_get_ovector_pointer(search.data);

		span->from = found[0];
		span->length = found[1] > found[0] ? found[1] - found[0] : 0;
	}
	search_end(&search);
	if (rc == PCRE2_ERROR_NOMATCH)
		return PATTERN_NO;
	return rc >= 0 ? PATTERN_YES : PATTERN_FAILED;
}
