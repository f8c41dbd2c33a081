/*
 * ini_lines - the text of one ini file, cut into lines that inih can take.
 *
 * Only ini.c uses it. See the head of ini_lines.c for why it is needed.
 */
#ifndef MAILREEVE_INI_LINES_H
#define MAILREEVE_INI_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum ini_line {
	INI_LINE_END,
	INI_LINE_HEAD,  /* "[section]" */
	INI_LINE_KEY,   /* "key = value", or what should have been one */
	INI_LINE_MORE,  /* an indented line: the value goes on */
	INI_LINE_PIECE, /* the next part of a line longer than inih's buffer */
};

/* what an indented line is */
enum ini_indent {
	INI_INDENT_KEY,  /* no key yet in this section: a key */
	INI_INDENT_MORE, /* a part of the value above */
	INI_INDENT_DROP, /* a part of a line that was no key */
};

struct ini_lines {
	const char *next; /* the text behind the line in hand */
	const char *line; /* the line in hand, comment and margins removed */
	size_t length;
	size_t handed;   /* bytes of it that were handed out */
	unsigned number; /* of the line in hand, from 1 */
	bool glued;      /* this piece continues a word of the one before */
	enum ini_indent indent;
};

/* ini_lines_init - text is borrowed and ends with a NUL. */
void ini_lines_init(struct ini_lines *lines, const char *text);
/*
 * ini_lines_next - put the next line or piece into out and say what it is.
 * Blank lines and comments are skipped. The caller keeps lines->indent.
 */
enum ini_line ini_lines_next(struct ini_lines *lines, char *out, size_t size);
/* ini_lines_drop - no more pieces of the line in hand. */
void ini_lines_drop(struct ini_lines *lines);

#endif
