/*
 * mime_field - fields of the header to UTF-8.
 *
 * Words of RFC 2047 are decoded by GMime; what is 8-bit without saying in
 * which charset is taken as UTF-8, else as windows-1252.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mime/mime_internal.h"
#include "mime/mime_library.h"

#define WHITE " \t\r\n\v\f"

/* clean - one line of UTF-8: folds, control bytes and what is no UTF-8 */
static char *
clean(struct mime *mime, const char *value)
{
	struct str out = STR_INIT;
	char *text;
	size_t used;

	if (!mime_utf8_add(&out, value, strlen(value), true, false, &used))
		mime_flaw(mime, NULL, MIME_FLAW_CHARSET);
	text = arena_strndup(mime->arena, str_text(&out), out.length);
	str_fini(&out);
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' && *c != '\t')
			*c = ' ';
	return text;
}

/* trim - white space around it */
static const char *
trim(char *text)
{
	size_t length;

	text += strspn(text, WHITE);
	length = strlen(text);
	while (length > 0 && strchr(WHITE, text[length - 1]) != NULL)
		length--;
	text[length] = '\0';
	return text;
}

/* unfold - without the line ends, in place */
static char *
unfold(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++)
		if (*from != '\r' && *from != '\n')
			*to++ = *from;
	*to = '\0';
	return text;
}

const char *
mime_field_decode(struct mime *mime, const char *value)
{
	char *text = unfold(arena_strdup(mime->arena, value));
	char *decoded;

	if (strstr(text, "=?") != NULL) {
		decoded = gmime.g_mime_utils_header_decode_text(NULL, text);
		if (decoded != NULL)
			text = arena_strdup(mime->arena, decoded);
		gmime.g_free(decoded);
	}
	return trim(clean(mime, text));
}

/* afford - as much of a value as the limit has room for, or NULL */
static const char *
afford(struct mime *mime, const char *name, const char *value)
{
	int64_t length = (int64_t)strlen(value);
	int64_t cost = (int64_t)(strlen(name) + sizeof(struct mime_field));

	if (mime->header_left <= cost) {
		mime->header_left = 0;
		mime_flaw(mime, NULL, MIME_FLAW_HEADER);
		return NULL;
	}
	mime->header_left -= cost;
	if (length > mime->header_left) {
		mime_flaw(mime, NULL, MIME_FLAW_HEADER);
		length = mime->header_left;
		value = arena_strndup(mime->arena, value, (size_t)length);
	}
	mime->header_left -= length;
	return value;
}

void
mime_field_keep(struct mime *mime, const char *name, const char *value,
    bool inner)
{
	struct mime_field *field;

	if (!(mime->wants & MIME_FIELDS))
		return;
	value = afford(mime, name, value);
	if (value == NULL)
		return;
	field = arena_alloc(mime->arena, sizeof(*field));
	field->name = arena_strdup(mime->arena, name);
	field->value = mime_field_decode(mime, value);
	field->inner = inner;
	if (mime->last_field != NULL)
		mime->last_field->next = field;
	else
		mime->message.fields = field;
	mime->last_field = field;
	mime->message.field_count++;
}

/* copy - as much of a value as is looked at */
static char *
copy(const char *value)
{
	size_t length = strnlen(value, PART_FIELD_MAX);
	char *text = mem_alloc(length + 1);

	return memcpy(text, value, length);
}

void
mime_field_of_part(struct mime *mime, const char *name, const char *value)
{
	const struct {
		const char *name;
		char **to;
	} fields[] = {
		{ "Content-Type", &mime->header.type },
		{ "Content-Transfer-Encoding", &mime->header.encoding },
		{ "Content-Disposition", &mime->header.disposition },
	};

	if (strncasecmp(name, "Content-", 8) != 0)
		return;
	/* of two the first counts, as in most readers of mail */
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (strcasecmp(name, fields[i].name) == 0 &&
		    *fields[i].to == NULL)
			*fields[i].to = unfold(copy(value));
}

void
mime_field_forget(struct mime *mime)
{
	mem_free(mime->header.type);
	mem_free(mime->header.encoding);
	mem_free(mime->header.disposition);
	mime->header = (struct part_header){ .type = NULL };
}
