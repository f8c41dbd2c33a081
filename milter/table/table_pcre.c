/*
 * table_pcre - "pcre:/path": patterns, tried in order, the first match wins.
 *
 *     /pattern/flags [value ...] [until=YYYY-MM-DD] [# why]
 *     !/pattern/flags ...        matches what the pattern does not match
 *
 * The delimiter is the first byte that is not white space, as in Perl any
 * but a letter or digit. A pattern sees the whole key once: an address, a
 * domain, a word, "<>"; it is not anchored. Case is ignored always (in
 * Postfix, flag i would switch that off); flags i m s x U as in Perl and
 * pcre_table(5). In the value $1, ${1} or $(1) is what the first group
 * matched, $0 all of it, $$ a dollar sign.
 *
 * Patterns are compiled once, to machine code where PCRE2 can. A match has a
 * limit (a key comes from a stranger and a pattern may be slow): then the
 * answer is LOOKUP_CONFIG, and the pattern's line is logged once.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <ctype.h>
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "base/mailaddr.h"
#include "base/mem.h"
#include "base/netaddr.h"
#include "base/str.h"
#include "table/table_entry.h"
#include "table/table_text.h"
#include "table/table_type.h"

#define WHITE " \t\v\f"
#define MATCH_LIMIT 100000 /* steps; pcre's own default is 10 million */
#define HEAP_LIMIT_KB 4096

struct pattern {
	pcre2_code *code;
	bool negated;
	struct entry entry; /* value and note are in text */
	char *text;
};

struct patterns {
	const char *file;
	struct pattern *list;
	size_t count, room;
	uint32_t groups; /* most groups of any pattern */
	pcre2_match_context *limits;
	atomic_bool complained;
};

static const struct flag {
	char letter;
	uint32_t option;
} flags[] = {
	{ 'i', PCRE2_CASELESS },
	{ 'm', PCRE2_MULTILINE },
	{ 's', PCRE2_DOTALL },
	{ 'x', PCRE2_EXTENDED },
	{ 'U', PCRE2_UNGREEDY },
};

/* read_flags - the letters behind the pattern; the first wrong one, or 0 */
static char
read_flags(const char *letters, size_t length, uint32_t *options)
{
	size_t i, j;

	for (i = 0; i < length; i++) {
		for (j = 0; j < sizeof flags / sizeof flags[0]; j++) {
			if (flags[j].letter == letters[i])
				break;
		}
		if (j == sizeof flags / sizeof flags[0])
			return letters[i];
		*options |= flags[j].option;
	}
	return '\0';
}

/* end_of_pattern - the closing delimiter, or NULL; "\/" is none */
static char *
end_of_pattern(char *from, char delimiter)
{
	for (; *from != '\0' && *from != delimiter; from++) {
		if (*from == '\\' && from[1] != '\0')
			from++;
	}
	return *from != '\0' ? from : NULL;
}

/* group_of - the number behind "$", *end behind it; -1 if it is no number */
static int
group_of(const char *at, const char **end)
{
	char close = *at == '{' ? '}' : *at == '(' ? ')' : '\0';
	int number = 0;
	size_t digits;

	at += close != '\0';
	digits = strspn(at, "0123456789");
	if (digits == 0 || digits > 2 || (close != '\0' && at[digits] != close))
		return -1;
	*end = at + digits + (close != '\0');
	for (; digits > 0; digits--)
		number = number * 10 + (*at++ - '0');
	return number;
}

/* check_value - whether every $n of the value is a group; what is wrong */
static const char *
check_value(const char *value, const struct pattern *pattern, uint32_t groups)
{
	int group;

	while ((value = strchr(value, '$')) != NULL) {
		if (value[1] == '$') {
			value += 2;
			continue;
		}
		group = group_of(value + 1, &value);
		if (group < 0)
			return "behind $ comes a number, or $$";
		if (pattern->negated)
			return "$ in a value needs a match, this is none";
		if ((uint32_t)group > groups)
			return "the value names a group that is not there";
	}
	return NULL;
}

/* compile - the code of a pattern; what is wrong */
static const char *
compile(struct pattern *pattern, const char *text, uint32_t options,
    struct arena *arena, uint32_t *groups)
{
	PCRE2_UCHAR message[120];
	PCRE2_SIZE offset;
	int error;

	options |= PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C;
	if (!str_is_ascii(text))
		options |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	pattern->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
	    options, &error, &offset, NULL);
	if (pattern->code == NULL) {
		pcre2_get_error_message(error, message, sizeof message);
		return arena_printf(arena, "at byte %zu of the pattern: %s",
		    offset, (const char *)message);
	}
	/* fails where there is no JIT: then it is interpreted */
	pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
	pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, groups);
	return NULL;
}

/* read_pattern - a line to a pattern; what is wrong, maybe in the arena */
static const char *
read_pattern(struct pattern *pattern, char *line, struct arena *arena,
    uint32_t *groups)
{
	uint32_t options = 0;
	size_t length;
	const char *wrong;
	char *end, bad;

	pattern->negated = *line == '!';
	line += pattern->negated;
	line += strspn(line, WHITE);
	if (*line == '\0' || isalnum((unsigned char)*line) || *line == '\\')
		return "a pattern is written /pattern/";
	end = end_of_pattern(line + 1, *line);
	if (end == NULL)
		return "the pattern is not closed";
	*end++ = '\0';
	length = strcspn(end, WHITE);
	bad = read_flags(end, length, &options);
	if (bad != '\0')
		return arena_printf(arena, "unknown flag %c: i m s x U", bad);
	wrong = compile(pattern, line + 1, options, arena, groups);
	if (wrong == NULL)
		wrong = entry_parse(end + length, &pattern->entry);
	if (wrong == NULL)
		wrong = check_value(pattern->entry.value, pattern, *groups);
	return wrong;
}

/* add_line - one line of the file */
static void
add_line(struct patterns *patterns, struct table_lines *lines, const char *line,
    struct arena *arena)
{
	struct pattern *pattern;
	const char *wrong;
	uint32_t groups = 0;

	if (patterns->count == patterns->room) {
		patterns->room = patterns->room * 2 + 8;
		patterns->list = mem_resize(patterns->list,
		    patterns->room * sizeof *patterns->list);
	}
	pattern = &patterns->list[patterns->count++];
	*pattern = (struct pattern){ .text = mem_strdup(line) };
	wrong = read_pattern(pattern, pattern->text, arena, &groups);
	pattern->entry.line = lines->at.line;
	if (wrong != NULL)
		table_lines_error(lines, "%s", wrong);
	if (groups > patterns->groups)
		patterns->groups = groups;
}

/* free_patterns - the end of all patterns */
static void
free_patterns(void *content)
{
	struct patterns *patterns = content;
	size_t i;

	for (i = 0; i < patterns->count; i++) {
		pcre2_code_free(patterns->list[i].code);
		mem_free(patterns->list[i].text);
	}
	pcre2_match_context_free(patterns->limits);
	mem_free(patterns->list);
	mem_free(patterns);
}

/* make_limits - how long a match may take */
static pcre2_match_context *
make_limits(void)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);

	if (limits == NULL)
		log_fatal("out of memory");
	pcre2_set_match_limit(limits, MATCH_LIMIT);
	pcre2_set_heap_limit(limits, HEAP_LIMIT_KB);
	return limits;
}

/* load - all lines of the file */
static void *
load(const struct table_source *source, struct problems *problems)
{
	struct patterns *patterns;
	struct table_lines lines;
	struct arena *arena;
	char *line;

	if (!table_lines_open(&lines, source, problems))
		return NULL;
	patterns = mem_alloc(sizeof *patterns);
	patterns->file = source->name;
	patterns->limits = make_limits();
	arena = arena_new(512);
	while ((line = table_lines_next(&lines)) != NULL)
		add_line(patterns, &lines, line, arena);
	arena_free(arena);
	if (table_lines_close(&lines))
		return patterns;
	free_patterns(patterns);
	return NULL;
}

/* key_of - the one text that patterns see */
static const char *
key_of(const struct table_query *query, char address[NETADDR_TEXT_SIZE])
{
	switch (query->kind) {
	case KEY_ADDRESS:
		return netaddr_format(query->addr, address);
	case KEY_MAIL:
		return query->mail->is_null ? "<>" : query->mail->address;
	default:
		return query->text;
	}
}

/* expand - the value with what the groups matched */
static const char *
expand(const char *value, const char *key, pcre2_match_data *match, int pairs,
    struct arena *arena)
{
	const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match);
	struct str out = STR_INIT;
	const char *dollar;
	int group;

	while ((dollar = strchr(value, '$')) != NULL) {
		str_add_n(&out, value, (size_t)(dollar - value));
		if (dollar[1] == '$') {
			str_add_char(&out, '$');
			value = dollar + 2;
			continue;
		}
		group = group_of(dollar + 1, &value);
		if (group < pairs && span[2 * group] != PCRE2_UNSET)
			str_add_n(&out, key + span[2 * group],
			    span[2 * group + 1] - span[2 * group]);
	}
	str_add(&out, value);
	value = arena_strdup(arena, str_text(&out));
	str_fini(&out);
	return value;
}

/* complain - once for each content: whoever sends such keys sends many */
static void
complain(struct patterns *patterns, const struct pattern *pattern, int error)
{
	PCRE2_UCHAR message[120];

	if (atomic_exchange(&patterns->complained, true))
		return;
	pcre2_get_error_message(error, message, sizeof message);
	log_warning("%s:%u: pattern not carried out: %s", patterns->file,
	    pattern->entry.line, (const char *)message);
}

/* try - one pattern; pairs is what pcre2_match() returned */
static enum lookup
try(struct patterns *patterns, const struct pattern *pattern, const char *key,
    pcre2_match_data *match, int *pairs)
{
	*pairs = pcre2_match(pattern->code, (PCRE2_SPTR)key, strlen(key), 0, 0,
	    match, patterns->limits);
	if (*pairs < 0 && *pairs != PCRE2_ERROR_NOMATCH) {
		complain(patterns, pattern, *pairs);
		return LOOKUP_CONFIG;
	}
	return (*pairs >= 0) != pattern->negated ? LOOKUP_FOUND
						 : LOOKUP_NOT_FOUND;
}

/* find - the first pattern that matches and is not over */
static enum lookup
find(void *content, const struct table_query *query)
{
	struct patterns *patterns = content;
	const struct pattern *pattern = NULL;
	char address[NETADDR_TEXT_SIZE];
	const char *key = key_of(query, address);
	enum lookup found = LOOKUP_NOT_FOUND;
	pcre2_match_data *match;
	int pairs = 0;
	size_t i;

	match = pcre2_match_data_create(patterns->groups + 1, NULL);
	if (match == NULL)
		log_fatal("out of memory");
	for (i = 0; i < patterns->count && found == LOOKUP_NOT_FOUND; i++) {
		pattern = &patterns->list[i];
		if (!entry_is_over(&pattern->entry, query->clock))
			found = try(patterns, pattern, key, match, &pairs);
	}
	if (found == LOOKUP_FOUND)
		*query->answer = (struct table_answer){
			.value = expand(pattern->entry.value, key, match, pairs,
			    query->arena),
			.key = arena_strdup(query->arena, key),
			.note = arena_strdup(query->arena, pattern->entry.note),
			.at = { patterns->file, pattern->entry.line },
		};
	pcre2_match_data_free(match);
	return found;
}

/* size - patterns */
static size_t
size(const void *content)
{
	const struct patterns *patterns = content;

	return patterns->count;
}

const struct table_type table_pcre_type = {
	.name = "pcre",
	.form = "pcre:/path",
	.flags = TABLE_IS_FILE,
	.load = load,
	.find = find,
	.size = size,
	.free = free_patterns,
};
