/*
 * table_entry - the right-hand side of an entry, and entries packed in memory.
 *
 * The grammar is one for all types of tables: words are the value, the word
 * until=YYYY-MM-DD says on which day the entry holds for the last time, and
 * "#" behind white space begins a note. White space around them is dropped.
 *
 * In memory an entry is: flags, line (7 bits a byte, low ones first), with a
 * date 4 bytes of date and 4 of the next entry's number, the key and '\0' (of
 * a prefix its bits, one byte), then value and note, each with '\0'. What an
 * entry does not have takes no room: a plain address costs 5 bytes more than
 * its text. A prefix without value, note and date takes none at all: its number
 * holds what there is to know, PLAIN, 8 bits of length and 23 of line.
 *
 * Diagnostics: out of memory ends the process.
 */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "table/table_entry.h"

#define WHITE " \t\r\n\v\f"
#define FIRST 1 /* number 0 is no entry */
#define PLAIN 0x80000000u
#define PLAIN_BITS_SHIFT 23
#define PLAIN_LINE_MAX 0x7fffffu

enum packed_flag {
	PACKED_PREFIX = 1 << 0,
	PACKED_UNTIL = 1 << 1,
	PACKED_VALUE = 1 << 2,
	PACKED_NOTE = 1 << 3,
};

/* trim_end - cut white space off the end */
static void
trim_end(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr(WHITE, text[length - 1]) != NULL)
		length--;
	text[length] = '\0';
}

/* cut_note - cut the text before "#"; returns what is behind it, or "" */
static const char *
cut_note(char *text)
{
	char *mark = text;

	while ((mark = strchr(mark, '#')) != NULL) {
		if (mark == text || strchr(WHITE, mark[-1]) != NULL) {
			*mark++ = '\0';
			trim_end(mark);
			return mark + strspn(mark, WHITE);
		}
		mark++;
	}
	return "";
}

/* read_until - the date of "until=DATE", a word of that length */
static const char *
read_until(const char *word, size_t length, uint32_t *until)
{
	char date[16];
	int64_t seconds;

	word += strlen("until=");
	length -= strlen("until=");
	if (*until != 0)
		return "until= stands twice";
	if (length >= sizeof date)
		return "until= wants a date as 2026-12-31";
	memcpy(date, word, length);
	date[length] = '\0';
	seconds = clock_parse_date(date);
	if (seconds <= 0)
		return "until= wants a date as 2026-12-31";
	*until = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
	return NULL;
}

/* cut_until - read and take out the word until=DATE, if there is one */
static const char *
cut_until(char *text, uint32_t *until)
{
	char *word = text;
	const char *wrong;
	size_t length;

	while ((word = strstr(word, "until=")) != NULL) {
		if (word != text && strchr(WHITE, word[-1]) == NULL) {
			word++;
			continue;
		}
		length = strcspn(word, WHITE);
		wrong = read_until(word, length, until);
		if (wrong != NULL)
			return wrong;
		length += strspn(word + length, WHITE);
		memmove(word, word + length, strlen(word + length) + 1);
	}
	return NULL;
}

/* entry_parse - value, date and note of the text behind the key */
const char *
entry_parse(char *text, struct entry *out)
{
	const char *wrong;

	text += strspn(text, WHITE);
	out->until = 0;
	out->note = cut_note(text);
	wrong = cut_until(text, &out->until);
	trim_end(text);
	out->value = text;
	return wrong;
}

/* entry_is_over - whether its last day has passed */
bool
entry_is_over(const struct entry *entry, const struct clock *clock)
{
	return entry->until != 0 && clock_wall_s(clock) > entry->until;
}

/* put - append bytes; there is room */
static void
put(struct entry_store *store, const void *bytes, size_t size)
{
	memcpy(store->data + store->used, bytes, size);
	store->used += size;
}

/* put_byte - append one byte */
static void
put_byte(struct entry_store *store, unsigned byte)
{
	store->data[store->used++] = (unsigned char)byte;
}

/* reserve - room for size bytes more; false when numbers end */
static bool
reserve(struct entry_store *store, size_t size)
{
	size_t wanted;

	if (store->used == 0)
		store->used = FIRST;
	wanted = store->used + size;
	if (wanted >= PLAIN)
		return false;
	if (wanted <= store->size)
		return true;
	while (store->size < wanted)
		store->size = store->size < 256 ? 256 : store->size * 3 / 2;
	store->data = mem_resize(store->data, store->size);
	return true;
}

/* flags_of - what an entry has */
static unsigned
flags_of(const struct entry *entry)
{
	return (entry->key == NULL ? PACKED_PREFIX : 0) |
	       (entry->until != 0 ? PACKED_UNTIL : 0) |
	       (entry->value[0] != '\0' ? PACKED_VALUE : 0) |
	       (entry->note[0] != '\0' ? PACKED_NOTE : 0);
}

/* entry_store_add - pack an entry behind the others */
uint32_t
entry_store_add(struct entry_store *store, const struct entry *entry)
{
	size_t key = entry->key != NULL ? strlen(entry->key) + 1 : 1;
	size_t value = strlen(entry->value) + 1, note = strlen(entry->note) + 1;
	const uint32_t none = 0;
	unsigned flags = flags_of(entry), line;
	uint32_t number;

	if (flags == PACKED_PREFIX && entry->line <= PLAIN_LINE_MAX)
		return PLAIN | (uint32_t)entry->bits << PLAIN_BITS_SHIFT |
		       entry->line;
	if (!reserve(store, 1 + 5 + 8 + key + value + note))
		return 0;
	number = (uint32_t)store->used;
	put_byte(store, flags);
	for (line = entry->line; line > 127; line >>= 7)
		put_byte(store, line | 128);
	put_byte(store, line);
	if (flags & PACKED_UNTIL) {
		put(store, &entry->until, sizeof entry->until);
		put(store, &none, sizeof none);
	}
	if (flags & PACKED_PREFIX)
		put_byte(store, entry->bits);
	else
		put(store, entry->key, key);
	if (flags & PACKED_VALUE)
		put(store, entry->value, value);
	if (flags & PACKED_NOTE)
		put(store, entry->note, note);
	return number;
}

/* skip_line - what stands behind flags and line; *line may be NULL */
static const unsigned char *
skip_line(const unsigned char *at, unsigned *line)
{
	unsigned value = 0, shift = 0;

	do {
		at++;
		value |= (*at & 127u) << shift;
		shift += 7;
	} while (*at & 128);
	if (line != NULL)
		*line = value;
	return at + 1;
}

/* take_text - the text at *at, if the entry has one; *at moves behind it */
static const char *
take_text(const unsigned char **at, bool has)
{
	const char *text = (const char *)*at;

	if (!has)
		return "";
	*at += strlen(text) + 1;
	return text;
}

/* unpack - an entry; returns what stands behind it */
static const unsigned char *
unpack(const unsigned char *at, struct entry *out)
{
	unsigned flags = *at;

	*out = (struct entry){ .key = NULL };
	at = skip_line(at, &out->line);
	if (flags & PACKED_UNTIL) {
		memcpy(&out->until, at, sizeof out->until);
		at += sizeof out->until + sizeof(uint32_t);
	}
	if (flags & PACKED_PREFIX)
		out->bits = *at++;
	else
		out->key = take_text(&at, true);
	out->value = take_text(&at, flags & PACKED_VALUE);
	out->note = take_text(&at, flags & PACKED_NOTE);
	return at;
}

/* entry_store_get - the entry of that number */
void
entry_store_get(const struct entry_store *store, uint32_t number,
    struct entry *out)
{
	if (number & PLAIN)
		*out = (struct entry){
			.bits = (uint8_t)(number >> PLAIN_BITS_SHIFT),
			.line = number & PLAIN_LINE_MAX,
			.value = "",
			.note = "",
		};
	else
		unpack(store->data + number, out);
}

/* entry_store_key_is - whether the entry has this key */
bool
entry_store_key_is(const struct entry_store *store, uint32_t number,
    const char *key, size_t length)
{
	const unsigned char *at = store->data + number;
	unsigned flags = *at;
	const char *own;

	if (flags & PACKED_PREFIX)
		return false;
	at = skip_line(at, NULL);
	own = (const char *)at + (flags & PACKED_UNTIL ? 8 : 0);
	return strncmp(own, key, length) == 0 && own[length] == '\0';
}

/* entry_store_first - the first entry, or 0 */
uint32_t
entry_store_first(const struct entry_store *store)
{
	return store->used > FIRST ? FIRST : 0;
}

/* entry_store_after - the entry behind this one, or 0 */
uint32_t
entry_store_after(const struct entry_store *store, uint32_t number)
{
	struct entry entry;
	const unsigned char *end = unpack(store->data + number, &entry);
	size_t after = (size_t)(end - store->data);

	return after < store->used ? (uint32_t)after : 0;
}

/* next_field - where the number of the next entry stands, or NULL */
static unsigned char *
next_field(const struct entry_store *store, uint32_t number)
{
	unsigned char *at;

	if (number & PLAIN)
		return NULL;
	at = store->data + number;
	if (!(*at & PACKED_UNTIL))
		return NULL;
	return at + (skip_line(at, NULL) - at) + sizeof(uint32_t);
}

/* entry_store_next - the entry that holds when this one is over */
uint32_t
entry_store_next(const struct entry_store *store, uint32_t number)
{
	const unsigned char *field = next_field(store, number);
	uint32_t next = 0;

	if (field != NULL)
		memcpy(&next, field, sizeof next);
	return next;
}

/* entry_store_set_next - for entries with a date only */
bool
entry_store_set_next(struct entry_store *store, uint32_t number, uint32_t next)
{
	unsigned char *field = next_field(store, number);

	if (field == NULL)
		return false;
	memcpy(field, &next, sizeof next);
	return true;
}

/* entry_store_trim - nothing will be added any more */
void
entry_store_trim(struct entry_store *store)
{
	store->size = store->used;
	store->data = mem_resize(store->data, store->size);
}

/* entry_store_fini - the end of all entries */
void
entry_store_fini(struct entry_store *store)
{
	mem_free(store->data);
	*store = (struct entry_store){ .data = NULL };
}
