/*
 * json - JSON objects in and out; all of jansson that we use.
 *
 * struct json is jansson's json_t under our name: it is cast here and nowhere
 * else. Out of memory is fatal, as everywhere.
 */
#include "service/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

/* in - our handle to jansson's */
static json_t *
in(const struct json *json)
{
	union {
		const struct json *ours;
		json_t *theirs;
	} handle = { .ours = json };

	return handle.theirs;
}

/* out - jansson's value as our handle; NULL means out of memory */
static struct json *
out(json_t *value)
{
	if (value == NULL)
		log_fatal("out of memory for JSON");
	return (struct json *)(void *)value;
}

/* borrow - as out, but absent is a legal answer */
static const struct json *
borrow(const json_t *value)
{
	return (const struct json *)(const void *)value;
}

/* text_value - valid UTF-8 whatever the text is */
static json_t *
text_value(const char *text)
{
	json_t *value = json_string(text);
	char *plain;

	if (value != NULL)
		return value;
	plain = mem_strdup(text);
	for (char *p = plain; *p != '\0'; p++)
		if ((unsigned char)*p > 126)
			*p = '?';
	value = json_string(plain);
	mem_free(plain);
	return value;
}

struct json *
json_new_object(void)
{
	return out(json_object());
}

struct json *
json_new_array(void)
{
	return out(json_array());
}

void
json_add_text(struct json *object, const char *key, const char *text)
{
	if (text != NULL)
		json_add(object, key, out(text_value(text)));
}

void
json_add_int(struct json *object, const char *key, int64_t value)
{
	json_add(object, key, out(json_integer((json_int_t)value)));
}

void
json_add_bool(struct json *object, const char *key, bool value)
{
	json_add(object, key, out(json_boolean(value)));
}

void
json_add(struct json *object, const char *key, struct json *value)
{
	if (json_object_set_new(in(object), key, in(value)) != 0)
		log_fatal("out of memory for JSON");
}

void
json_append(struct json *array, struct json *value)
{
	if (json_array_append_new(in(array), in(value)) != 0)
		log_fatal("out of memory for JSON");
}

void
json_append_text(struct json *array, const char *text)
{
	json_append(array, out(text_value(text)));
}

void
json_free(struct json *json)
{
	json_decref(in(json));
}

char *
json_print(const struct json *json)
{
	char *text = json_dumps(in(json),
	    JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);

	if (text == NULL)
		log_fatal("out of memory for JSON");
	return text;
}

struct json *
json_parse(const char *text, size_t length)
{
	json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);

	return value == NULL ? NULL : out(value);
}

const char *
json_get_text(const struct json *object, const char *key)
{
	return json_string_value(json_object_get(in(object), key));
}

int64_t
json_get_int(const struct json *object, const char *key, int64_t fallback)
{
	const json_t *value = json_object_get(in(object), key);

	return json_is_integer(value) ? (int64_t)json_integer_value(value)
				      : fallback;
}

bool
json_get_milli(const struct json *object, const char *key, int64_t limit,
    int64_t *out)
{
	const json_t *value = json_object_get(in(object), key);
	double milli;

	if (!json_is_number(value))
		return false;
	milli = json_number_value(value) * 1000;
	if (milli > (double)limit)
		*out = limit;
	else if (milli < (double)-limit)
		*out = -limit;
	else
		*out = (int64_t)(milli + (milli < 0 ? -0.5 : 0.5));
	return true;
}

const struct json *
json_get(const struct json *object, const char *key)
{
	return borrow(json_object_get(in(object), key));
}

size_t
json_count(const struct json *array)
{
	return json_array_size(in(array));
}

const struct json *
json_at(const struct json *array, size_t index)
{
	return borrow(json_array_get(in(array), index));
}

const char *
json_text_at(const struct json *array, size_t index)
{
	return json_string_value(json_array_get(in(array), index));
}

const struct json *
json_each(const struct json *object, void **cursor, const char **key_out)
{
	*cursor = *cursor == NULL ? json_object_iter(in(object))
				  : json_object_iter_next(in(object), *cursor);
	if (*cursor == NULL)
		return NULL;
	*key_out = json_object_iter_key(*cursor);
	return borrow(json_object_iter_value(*cursor));
}

int64_t
json_as_int(const struct json *json)
{
	return (int64_t)json_integer_value(in(json));
}

bool
json_holds_object(const struct json *json)
{
	return json_typeof(in(json)) == JSON_OBJECT;
}
