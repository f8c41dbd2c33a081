/*
 * dns_zone_line - a line of a zone text: its words, and what they mean.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/names.h"
#include "base/netaddr.h"
#include "base/str.h"
#include "dns/dns.h"
#include "dns/dns_zone_internal.h"

#define WORDS 64       /* in a line */
#define STRING_MAX 255 /* bytes of one string of TXT */

/* a line that is being read */
struct line {
	struct dns_zone *zone;
	const char *word[WORDS]; /* without quotes and escapes */
	size_t length[WORDS];
	size_t count;
	uint32_t ttl;
	const char *why;
};

static const struct name_code type_names[] = {
	{ .name = "A", .code = DNS_A },
	{ .name = "AAAA", .code = DNS_AAAA },
	{ .name = "CNAME", .code = DNS_CNAME },
	{ .name = "MX", .code = DNS_MX },
	{ .name = "NS", .code = DNS_TYPE_NS },
	{ .name = "PTR", .code = DNS_PTR },
	{ .name = "SOA", .code = DNS_TYPE_SOA },
	{ .name = "TXT", .code = DNS_TXT },
	{ .name = "ANY", .code = ZONE_ANY },
	{ .name = NULL },
};

static const struct {
	const char *name;
	enum zone_fault fault;
	unsigned number;
} faults[] = {
	{ "!SERVFAIL", FAULT_CODE, DNS_CODE_FAILED },
	{ "!REFUSED", FAULT_CODE, DNS_CODE_REFUSED },
	{ "!NOTIMP", FAULT_CODE, DNS_CODE_NOT_DONE },
	{ "!FORMERR", FAULT_CODE, DNS_CODE_FORMAT },
	{ "!TIMEOUT", FAULT_TIMEOUT, 0 },
	{ "!DELAY", FAULT_DELAY, 0 },
	{ "!TRUNCATE", FAULT_TRUNCATE, 0 },
	{ "!NOTCP", FAULT_NOTCP, 0 },
	{ "!NOEDNS", FAULT_NOEDNS, 0 },
	{ "!GARBAGE", FAULT_GARBAGE, 0 },
};

/* take_escape - the byte of a backslash and what follows it */
static char
take_escape(const char **text)
{
	char digits[4] = "";

	(*text)++;
	if (strspn(*text, "0123456789") < 3)
		return **text != '\0' ? *(*text)++ : '\\';
	memcpy(digits, *text, 3);
	*text += 3;
	return (char)strtoul(digits, NULL, 10);
}

/* take_quoted - a word in quotes, escapes resolved; false without its end */
static bool
take_quoted(const char **text, struct str *out)
{
	for ((*text)++; **text != '"';) {
		if (**text == '\0')
			return false;
		if (**text == '\\')
			str_add_char(out, take_escape(text));
		else
			str_add_char(out, *(*text)++);
	}
	(*text)++;
	return true;
}

/* split - a line into words */
static bool
split(struct line *line, const char *text)
{
	struct str word = STR_INIT;
	size_t length;
	bool good = true;

	line->count = 0;
	for (; good; text += strspn(text, " \t\r")) {
		text += strspn(text, " \t\r");
		if (*text == '\0' || *text == ';' || line->count == WORDS)
			break;
		str_reset(&word);
		if (*text == '"') {
			good = take_quoted(&text, &word);
		} else {
			length = strcspn(text, " \t\r;");
			str_add_n(&word, text, length);
			text += length;
		}
		line->length[line->count] = word.length;
		line->word[line->count++] = arena_strndup(line->zone->arena,
		    str_text(&word), word.length);
	}
	str_fini(&word);
	return good && (*text == '\0' || *text == ';');
}

/* fold - a name of the text; NULL if it is none. "." is the root, "*" all */
static const char *
fold(struct line *line, const char *name)
{
	char folded[DNS_NAME_SIZE];

	if (strcmp(name, ".") == 0)
		return "";
	if (!dns_name_fold(folded, name, line->zone->arena))
		return NULL;
	return arena_strdup(line->zone->arena, folded);
}

/* set_name - data that is a name */
static bool
set_name(struct line *line, struct zone_record *record, const char *const *word,
    size_t count)
{
	record->name = count == 1 ? fold(line, word[0]) : NULL;
	return record->name != NULL;
}

/* set_data - data that is bytes */
static bool
set_data(struct line *line, struct zone_record *record, const void *data,
    size_t length)
{
	record->data =
	    (const uint8_t *)arena_strndup(line->zone->arena, data, length);
	record->length = length;
	return true;
}

/* set_address - A and AAAA */
static bool
set_address(struct line *line, struct zone_record *record,
    const char *const *word, size_t count)
{
	bool four = record->type == DNS_A;
	struct netaddr address;

	if (count != 1 || !netaddr_parse(&address, word[0]))
		return false;
	if (!four && address.family == 4) { /* ::ffff:192.0.2.1 */
		memcpy(address.byte + 12, address.byte, 4);
		memset(address.byte, 0, 10);
		memset(address.byte + 10, 0xff, 2);
	} else if (address.family != (four ? 4 : 6)) {
		return false;
	}
	return set_data(line, record, address.byte, four ? 4 : 16);
}

/* set_mx - "10 host" */
static bool
set_mx(struct line *line, struct zone_record *record, const char *const *word,
    size_t count)
{
	unsigned long long preference;
	uint8_t bytes[2];

	if (count != 2 || !str_parse_uint(word[0], &preference) ||
	    preference > UINT16_MAX)
		return false;
	dns_put16(bytes, (unsigned)preference);
	return set_data(line, record, bytes, sizeof bytes) &&
	       set_name(line, record, word + 1, 1);
}

/* set_soa - only the seconds that a negative answer holds */
static bool
set_soa(struct line *line, struct zone_record *record, const char *const *word,
    size_t count)
{
	uint8_t bytes[2 + 5 * 4] = { 0 }; /* two names: the root */
	unsigned long long seconds;

	if (count != 1 || !str_parse_uint(word[0], &seconds) ||
	    seconds > UINT32_MAX)
		return false;
	dns_put32(bytes + 18, (uint32_t)seconds);
	return set_data(line, record, bytes, sizeof bytes);
}

/* set_txt - strings; longer ones become several */
static bool
set_txt(struct line *line, struct zone_record *record, const char *const *word,
    size_t count)
{
	const size_t *length = line->length + (word - line->word);
	struct str bytes = STR_INIT;

	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		do {
			size_t n = length[i] - at < STRING_MAX ? length[i] - at
							       : STRING_MAX;

			str_add_char(&bytes, (char)n);
			str_add_n(&bytes, word[i] + at, n);
			at += n;
		} while (at < length[i]);
	}
	if (count > 0 && bytes.length <= UINT16_MAX)
		set_data(line, record, bytes.data, bytes.length);
	str_fini(&bytes);
	return record->data != NULL;
}

static const struct {
	unsigned type;
	bool (*set)(struct line *line, struct zone_record *record,
	    const char *const *word, size_t count);
} kinds[] = {
	{ DNS_A, set_address },
	{ DNS_AAAA, set_address },
	{ DNS_CNAME, set_name },
	{ DNS_MX, set_mx },
	{ DNS_TYPE_NS, set_name },
	{ DNS_PTR, set_name },
	{ DNS_TYPE_SOA, set_soa },
	{ DNS_TXT, set_txt },
};

/* add_record - to the end of the node's */
static bool
add_record(struct line *line, struct zone_node *node, unsigned type,
    const char *const *word, size_t count)
{
	struct zone_record *record =
	    arena_alloc(line->zone->arena, sizeof *record);
	struct zone_record **at = &node->records;

	record->type = type;
	record->ttl = line->ttl;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (kinds[i].type != type ||
		    !kinds[i].set(line, record, word, count))
			continue;
		while (*at != NULL)
			at = &(*at)->next;
		*at = record;
		return true;
	}
	line->why = "the data does not fit the type";
	return false;
}

/* set_argument - the number of a fault */
static bool
set_argument(struct zone_trouble *trouble, const char *word)
{
	unsigned long long number;

	if (trouble->fault == FAULT_GARBAGE)
		return zone_garbage_kind(word, &trouble->number);
	if (trouble->fault != FAULT_DELAY || !str_parse_uint(word, &number) ||
	    number > 3600 * 1000)
		return false;
	trouble->number = (unsigned)number;
	return true;
}

/* add_trouble - what goes wrong with a name */
static bool
add_trouble(struct line *line, struct zone_node *node, unsigned type,
    const char *const *word, size_t count)
{
	struct zone_trouble *trouble =
	    arena_alloc(line->zone->arena, sizeof *trouble);
	bool wants;

	line->why = "unknown fault";
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		if (strcasecmp(word[0], faults[i].name) != 0)
			continue;
		trouble->fault = faults[i].fault;
		trouble->number = faults[i].number;
		wants = trouble->fault == FAULT_DELAY ||
			trouble->fault == FAULT_GARBAGE;
		if (count != (wants ? 2 : 1) ||
		    (wants && !set_argument(trouble, word[1])))
			return false;
		trouble->type = type;
		trouble->next = node->troubles;
		node->troubles = trouble;
		return true;
	}
	return false;
}

/* take_line - "NAME [TTL] [IN] TYPE DATA..." */
static bool
take_line(struct line *line)
{
	const char *name = fold(line, line->word[0]);
	unsigned long long ttl;
	size_t at = 1;
	int type;

	line->why = "not a name";
	if (name == NULL)
		return false;
	if (at < line->count && str_parse_uint(line->word[at], &ttl) &&
	    ttl <= UINT32_MAX) {
		line->ttl = (uint32_t)ttl;
		at++;
	}
	at += at < line->count && strcasecmp(line->word[at], "IN") == 0;
	line->why = "unknown type";
	if (at >= line->count || !names_code(type_names, line->word[at], &type))
		return false;
	line->why = "no data";
	if (++at == line->count)
		return false;
	return (line->word[at][0] == '!' ? add_trouble : add_record)(line,
	    zone_make(line->zone, name), (unsigned)type, line->word + at,
	    line->count - at);
}

const char *
zone_line(struct dns_zone *zone, const char *text, uint32_t *ttl)
{
	struct line line = { .zone = zone, .ttl = *ttl };
	unsigned long long number;

	if (!split(&line, text))
		return "a quote is open, or there are too many words";
	if (line.count == 0)
		return NULL;
	if (strcasecmp(line.word[0], "$TTL") != 0)
		return take_line(&line) ? NULL : line.why;
	if (line.count != 2 || !str_parse_uint(line.word[1], &number) ||
	    number > UINT32_MAX)
		return "not a number of seconds";
	*ttl = (uint32_t)number;
	return NULL;
}
