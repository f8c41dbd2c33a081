/*
 * mime_internal - the parts of the reader to one another; for mime*.c.
 *
 *   mime.c         the reader: limits, what it costs, the result
 *   mime_library.c GMime and libzip, loaded when needed
 *   mime_split.c   the body to lines, parts and their headers
 *   mime_part.c    what the header of a part says; its way to text
 *   mime_decode.c  transfer encodings and charsets, to UTF-8
 *   mime_uu.c      the encoding of before
 *   mime_utf8.c    what is no UTF-8
 *   mime_field.c   fields of the header to UTF-8
 *   mime_html.c    HTML to text and attributes, mime_entity.c its entities
 *   mime_text.c    text as it is kept, line by line
 *   mime_link.c    a link to its host, mime_find.c links in text
 *   mime_zip.c     names in an archive
 */
#ifndef MAILREEVE_MIME_INTERNAL_H
#define MAILREEVE_MIME_INTERNAL_H

#include "base/str.h"
#include "mime/mime.h"

/* longest boundary that is told from others; RFC 2046 allows 70 */
#define BOUNDARY_MAX 240
/* bytes of a field in the header of a part that are looked at */
#define PART_FIELD_MAX 8192

struct decoder;
struct html;
struct uu;
struct window;

/* a multipart or message that is open */
struct level {
	struct mime_part *part;
	char *boundary; /* NULL: a message */
	size_t length;
	bool digest;
};

/* where the splitter is */
enum place {
	IN_HEADER, /* of a part */
	IN_BODY,   /* of a part without parts */
	BETWEEN,   /* before the first boundary, or behind the last */
};

/* fields of a header that say what the part is; as they came, or NULL */
struct part_header {
	char *type, *encoding, *disposition;
};

/* how the bytes of the current part are turned into text */
struct leaf {
	struct mime_part *part; /* NULL: nothing is done with it */
	struct decoder *decoder;
	struct html *html;     /* MIME_HTML */
	struct window *window; /* of the end of what may be an archive */
	struct str text;
	size_t line;   /* offset of the line that is not complete */
	bool carriage; /* the last byte was CR */
	bool full;     /* the limit of text was reached */
};

struct mime {
	struct mime_limits limits;
	unsigned wants;
	const struct clock *clock;
	struct arena *arena;
	struct mime_message message;
	struct mime_field *last_field;
	struct mime_part *last_part;
	struct mime_link *last_link;
	int64_t header_left; /* bytes */
	unsigned names;      /* so far */
	unsigned lines;      /* of text that are not empty */
	unsigned line_now;   /* that links are looked for in */
	bool body_begun, stopped, ended;

	/* mime_split.c */
	struct level *levels;
	size_t depth;
	enum place place;
	bool inner; /* IN_HEADER: of a message */
	char *held; /* the begin of a line that may be a boundary */
	size_t held_count;
	bool line_begun;  /* the next byte is not the first of its line */
	bool skip_line;   /* the rest of a boundary line */
	struct str field; /* IN_HEADER: the field so far, folds removed */
	struct str line;  /* IN_HEADER: the line so far */
	struct part_header header;
	struct leaf leaf;
};

/* mime_flaw - note it for the message and, if not NULL, for a part. */
void mime_flaw(struct mime *mime, struct mime_part *part, unsigned flaw);

/* mime_split - the next bytes of the body. */
void mime_split(struct mime *mime, const char *bytes, size_t length);
/* mime_split_end - there are no more. */
void mime_split_end(struct mime *mime);

/* mime_field_keep - a field that somebody wants, decoded. */
void mime_field_keep(struct mime *mime, const char *name, const char *value,
    bool inner);
/* mime_field_decode - a value as UTF-8 in one line, in the arena. */
const char *mime_field_decode(struct mime *mime, const char *value);
/* mime_field_of_part - note it, if it says what a part is. */
void mime_field_of_part(struct mime *mime, const char *name, const char *value);
/* mime_field_forget - what was noted. */
void mime_field_forget(struct mime *mime);

/* mime_part_begin - the header is complete: go on with what it says. */
void mime_part_begin(struct mime *mime);
/* mime_part_is_encoded - so that what is in it cannot be seen as it is. */
bool mime_part_is_encoded(const struct mime_part *part);
/* mime_part_bytes - of the body of the current part. */
void mime_part_bytes(struct mime *mime, const char *bytes, size_t length);
/* mime_part_end - of the current part, if there is one. */
void mime_part_end(struct mime *mime);

/* takes UTF-8, as a decoder makes it */
typedef void mime_sink(void *context, const char *text, size_t length);

/* mime_decoder_new - from an encoding and, for text, a charset. */
struct decoder *mime_decoder_new(struct mime *mime, struct mime_part *part,
    bool is_text);
/* mime_decode - the next bytes; what they come to goes to the sink. */
void mime_decode(struct mime *mime, struct decoder *decoder, const char *bytes,
    size_t length, mime_sink *sink, void *context);
/* mime_decode_end - the rest. */
void mime_decode_end(struct mime *mime, struct decoder *decoder,
    mime_sink *sink, void *context);
/*
 * mime_utf8_add - text that should be UTF-8; what is not becomes U+FFFD, or
 * with guess what it is in windows-1252. False when there was some. At the end
 * of text that goes on, an incomplete character is left over: *used.
 */
bool mime_utf8_add(struct str *out, const char *text, size_t length, bool guess,
    bool more, size_t *used);

/* mime_uu_new - in the reader's arena. */
struct uu *mime_uu_new(struct mime *mime);
/* mime_uu - the next bytes; how many they come to, not more, go to out. */
size_t mime_uu(struct uu *uu, const char *bytes, size_t length, char *out);
/* mime_uu_has_begun - the first line was there. */
bool mime_uu_has_begun(const struct uu *uu);
/* mime_uu_name - of the file, decoded, or "". */
const char *mime_uu_name(struct mime *mime, const struct uu *uu);

/* mime_html_new - in the reader's arena. */
struct html *mime_html_new(struct mime *mime);
/* mime_html - the next bytes, in UTF-8, of the current leaf. */
void mime_html(struct mime *mime, struct html *html, const char *bytes,
    size_t length);
/* mime_entity - the UTF-8 of "amp" or "#38"; 0 for none. out has room for 8 */
size_t mime_entity(const char *name, size_t length, char *out);

/* mime_text - add to the text of the current leaf. */
void mime_text(struct mime *mime, const char *text, size_t length);
/* mime_text_break - the line ends here, if anything is in it. */
void mime_text_break(struct mime *mime);
/* mime_text_end - the last line. */
void mime_text_end(struct mime *mime);

/*
 * mime_link_attribute - a link of HTML; the value may be any text.
 */
void mime_link_attribute(struct mime *mime, const char *value, size_t length);
/* mime_link_find - links in a line of text; bare: also without a scheme. */
void mime_link_find(struct mime *mime, const char *text, size_t length,
    bool bare);
/*
 * mime_link_authority - a link whose authority (RFC 3986 3.2) begins at from:
 * "user@host:port". Returns where it ends.
 */
size_t mime_link_authority(struct mime *mime, const char *text, size_t length,
    size_t from);
/* mime_link_unescape - without percent escapes; out: as long as text. */
size_t mime_link_unescape(const char *text, size_t length, char *out);
/* mime_link_host - one more link, if that can be a host. */
void mime_link_host(struct mime *mime, const char *host, size_t length,
    enum mime_link_form form, const char *url, size_t url_length);

/* mime_window_new - for what may be an archive. */
struct window *mime_window_new(struct mime *mime);
/* mime_window - the next bytes of it. */
void mime_window(struct window *window, const char *bytes, size_t length);
/* mime_window_end - the names, if it is an archive. */
void mime_window_end(struct mime *mime, struct window *window,
    struct mime_part *part);

#endif
