/*
 * json - JSON objects in and out; all of jansson that we use.
 *
 * Texts that are not valid UTF-8 (words from the network) have their bad bytes
 * replaced by '?'. A value added to an object or array belongs to it.
 */
#ifndef MAILREEVE_JSON_H
#define MAILREEVE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

struct json *json_new_object(void);
struct json *json_new_array(void);
/* json_add_text - a NULL text adds nothing. */
void json_add_text(struct json *object, const char *key, const char *text);
void json_add_int(struct json *object, const char *key, int64_t value);
void json_add_bool(struct json *object, const char *key, bool value);
/* json_add, json_append - take over value. */
void json_add(struct json *object, const char *key, struct json *value);
void json_append(struct json *array, struct json *value);
void json_append_text(struct json *array, const char *text);
void json_free(struct json *json);

/* json_print - on one line, without a line end; free with mem_free(). */
char *json_print(const struct json *json);
/* json_parse - an object or array of length bytes; NULL when it is neither. */
struct json *json_parse(const char *text, size_t length);

/* borrowed from their object; NULL or the fallback when absent or of another
 * type */
const char *json_get_text(const struct json *object, const char *key);
int64_t json_get_int(const struct json *object, const char *key,
    int64_t fallback);
/* json_get_milli - a number in thousandths, at most limit or -limit. */
bool json_get_milli(const struct json *object, const char *key, int64_t limit,
    int64_t *out);
const struct json *json_get(const struct json *object, const char *key);
/* json_count, json_at, json_text_at - an array's elements. */
size_t json_count(const struct json *array);
const struct json *json_at(const struct json *array, size_t index);
const char *json_text_at(const struct json *array, size_t index);
/*
 * json_each - the next member of an object after *cursor (NULL at first);
 * NULL at the end. key_out is borrowed.
 */
const struct json *json_each(const struct json *object, void **cursor,
    const char **key_out);
/* json_as_int - the value of a number, else 0. */
int64_t json_as_int(const struct json *json);
bool json_holds_object(const struct json *json);

#endif
