/*
 * option_kind - what the types of options are to one another; for option*.c.
 *
 * A kind knows how to read a value into a field, to print it, to describe
 * itself, and, where it holds tables, to count references.
 */
#ifndef MAILREEVE_OPTION_KIND_H
#define MAILREEVE_OPTION_KIND_H

#include "service/option.h"

/* one value on its way into a field */
struct option_input {
	const struct option *option;
	const char *value;
	struct origin at;
	const struct option_context *context;
};

struct option_kind {
	size_t size; /* of the field */
	bool (*parse)(const struct option_input *input, void *field);
	void (*print)(const struct option *option, const void *field,
	    struct str *out);
	void (*describe)(const struct option *option, struct str *out);
	void (*hold)(const void *field); /* one more reference; or NULL */
	void (*release)(void *field);    /* one less; or NULL */
};

/* a field of any type */
union option_field {
	bool truth;
	int64_t number;
	const char *text;
	int choice;
	unsigned flags;
	struct quota quota;
	struct words words;
	struct networks networks;
	struct table *table;
	struct tables tables;
	struct matches matches;
};

extern const struct option_kind option_bool, option_int, option_duration,
    option_millis, option_size, option_quota;
extern const struct option_kind option_string, option_path, option_enum,
    option_flags, option_words;
extern const struct option_kind option_networks, option_table, option_tables,
    option_matches;

/*
 * option_wrong - complain about a word of a value: "NAME: WORD is not TYPE",
 * and the name that is near to it in a table of names (may be NULL). False,
 * for the caller to return.
 */
bool option_wrong(const struct option_input *input, const char *word,
    const struct name_code *names);

/*
 * option_split - the words of a value: between commas and white space, but
 * what is in braces stays together. count becomes their number.
 */
const char **option_split(const char *value, struct arena *arena,
    size_t *count);

#endif
