/*
 * spf_macro - the syntax of macro-strings and domain-specs (RFC 7208 7.1).
 *
 * One reader for the grammar check and for the expansion, so that both see
 * the same.
 */
#ifndef MAILREEVE_SPF_MACRO_H
#define MAILREEVE_SPF_MACRO_H

#include <stdbool.h>
#include <stddef.h>

/* a piece of a record; not terminated */
struct spf_text {
	const char *data;
	size_t length;
};

/* explanations may hold spaces and the letters c, r, t (7.2) */
enum spf_where { SPF_IN_NAME, SPF_IN_EXPLANATION };

enum spf_part {
	SPF_PART_END,
	SPF_PART_LITERAL,
	SPF_PART_MACRO,
	SPF_PART_BAD,
};

struct spf_macro {
	struct spf_text literal;    /* LITERAL: the bytes that it stands for */
	bool is_escape;             /* LITERAL: was %%, %_ or %- */
	char letter;                /* MACRO: lower case */
	bool url;                   /* written in upper case: URL-escaped */
	bool reverse;               /* the parts */
	unsigned keep;              /* right-hand parts; 0: all */
	struct spf_text delimiters; /* of parts; empty: "." */
};

/*
 * spf_macro_next - the next part of text; text moves behind it. After BAD
 * there is nothing more to read.
 */
enum spf_part spf_macro_next(struct spf_text *text, enum spf_where where,
    struct spf_macro *out);
/* spf_macro_check - whether all of text is a macro-string. */
bool spf_macro_check(struct spf_text text, enum spf_where where);
/*
 * spf_macro_check_spec - whether text is a domain-spec: a macro-string that
 * ends in a macro or in "." and a top label.
 */
bool spf_macro_check_spec(struct spf_text text);
/* spf_macro_asks_names - whether text holds %{p}, which costs look-ups. */
bool spf_macro_asks_names(struct spf_text text);

/* ASCII, whatever the locale */
bool spf_macro_is_alpha(char c);
bool spf_macro_is_alnum(char c);

#endif
