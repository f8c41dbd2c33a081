/*
 * mime - a message read as its recipient would see it (RFC 2045 to 2049,
 * 2231, 5322): fields and text decoded to UTF-8, links, names of attachments.
 *
 * The message is read while it comes in, field by field and chunk by chunk,
 * and nothing of it is kept but what is wanted, within limits: however large
 * a message is, however deep and wrong, it costs no more memory than these
 * allow, and no more time than its bytes and `time`. What could not be read,
 * and what lies beyond a limit, is a flaw: a bit, for policies to judge.
 *
 * A reader belongs to one message and its arena: what it finds lives as long
 * as that. It fails never; a message that makes no sense has flaws.
 */
#ifndef MAILREEVE_MIME_H
#define MAILREEVE_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/names.h"
#include "base/netaddr.h"

struct arena;
struct clock;
struct mime;

/* what somebody wants of messages; more costs more */
enum mime_want {
	MIME_FIELDS = 1 << 0, /* header fields, decoded */
	MIME_PARTS = 1 << 1,  /* the parts and what is in their headers */
	MIME_TEXT = 1 << 2,   /* the text of text parts */
	MIME_LINKS = 1 << 3,  /* links in text parts */
	MIME_NAMES = 1 << 4,  /* names inside ZIP archives */
};
/* those that need the body */
#define MIME_OF_BODY (MIME_PARTS | MIME_TEXT | MIME_LINKS | MIME_NAMES)

/* [mime] of the ini: for one message, all parts together */
struct mime_limits {
	int64_t header_size;  /* bytes of fields that are kept */
	int64_t text_size;    /* bytes of decoded text that are read */
	int64_t parts;        /* parts that are read */
	int64_t nesting;      /* multiparts and messages inside each other */
	int64_t links;        /* links that are kept */
	int64_t names;        /* names inside archives that are kept */
	int64_t archive_size; /* bytes of an archive's end that are kept */
	int64_t time_ms;      /* time spent reading */
};

/* what is wrong with a message or a part */
enum mime_flaw {
	MIME_FLAW_HEADER = 1 << 0,    /* more header than header_size */
	MIME_FLAW_TEXT = 1 << 1,      /* more text than text_size: of what is
				       * behind it flaws and links may be
				       * told, or not */
	MIME_FLAW_PARTS = 1 << 2,     /* more parts than the limit */
	MIME_FLAW_NESTING = 1 << 3,   /* nested deeper than the limit */
	MIME_FLAW_LINKS = 1 << 4,     /* more links than the limit */
	MIME_FLAW_NAMES = 1 << 5,     /* more names than the limit */
	MIME_FLAW_TIME = 1 << 6,      /* reading took too long: not read on */
	MIME_FLAW_ENCODING = 1 << 7,  /* base64 or quoted-printable is broken,
					 or the encoding unknown */
	MIME_FLAW_CHARSET = 1 << 8,   /* unknown, or text that is not in it */
	MIME_FLAW_BOUNDARY = 1 << 9,  /* a multipart without a boundary */
	MIME_FLAW_UNCLOSED = 1 << 10, /* the final boundary is missing */
	MIME_FLAW_ARCHIVE = 1 << 11,  /* an archive that cannot be read */
	MIME_FLAW_LOCKED = 1 << 12,   /* an archive with encrypted files */
};
/* "header", "text", ... by bit */
extern const struct name_code mime_flaw_names[];

/* one header field of the message itself, or of one within it */
struct mime_field {
	struct mime_field *next;
	const char *name;  /* as written */
	const char *value; /* decoded, unfolded, white space around removed */
	bool inner;        /* of a message within the message */
};

enum mime_kind {
	MIME_OTHER,   /* attachments, pictures */
	MIME_PLAIN,   /* text, as it is */
	MIME_HTML,    /* text: what is left of HTML */
	MIME_INNER,   /* a multipart or a message: other parts are in it */
	MIME_ARCHIVE, /* a ZIP archive; also .docx, .jar and the like */
};

/* a name in an archive */
struct mime_name {
	struct mime_name *next;
	const char *name; /* UTF-8, as in the archive: with folders */
	int64_t size;     /* unpacked, as the archive says */
};

struct mime_part {
	struct mime_part *next; /* in the order of the message */
	unsigned number;        /* from 1: the message itself */
	unsigned depth;         /* 0: the message itself */
	enum mime_kind kind;
	const char *type;        /* "text/html": lower case */
	const char *charset;     /* as written, lower case; "" */
	const char *encoding;    /* "base64": lower case; "" */
	const char *disposition; /* "attachment", "inline": lower case; "" */
	const char *name;        /* of the file, decoded; "" */
	unsigned flaws;
	int64_t size;     /* bytes; decoded, where somebody wants them */
	const char *text; /* NULL: none was wanted, or it is no text */
	size_t length;    /* of text; NUL-terminated, no NUL within */
	struct mime_name *names;
};

/* how sure it is that a link is one */
enum mime_link_form {
	MIME_LINK_URL,  /* with a scheme, or in an attribute of HTML */
	MIME_LINK_WWW,  /* "www.example.com" in text */
	MIME_LINK_PATH, /* "example.com/path" in text */
	MIME_LINK_BARE, /* "example.com" in text; also file names and so on */
};

struct mime_link {
	struct mime_link *next;
	const struct mime_part *part;
	enum mime_link_form form;
	const char *url;        /* as written, entities decoded; printable */
	const char *host;       /* lower-case A-labels; or the address */
	struct netaddr address; /* family 0: host is a name */
	unsigned line;          /* from 1: of the lines of all parts that are
				   not empty */
};

/* what was found; lists in the order of the message */
struct mime_message {
	struct mime_field *fields;
	struct mime_part *parts;
	struct mime_link *links;
	unsigned field_count, part_count, link_count;
	unsigned flaws;  /* of all parts, and of the message */
	int64_t text;    /* bytes of decoded text that were read */
	int64_t took_ms; /* time spent reading */
};

/*
 * mime_load - the libraries that read messages, when they are first needed;
 * false and *why, a text, when they cannot be loaded.
 */
bool mime_load(const char **why);
/*
 * mime_new - a reader; wants is of enum mime_want. Its memory is given back
 * when the arena is reset or freed.
 */
struct mime *mime_new(const struct mime_limits *limits, unsigned wants,
    const struct clock *clock, struct arena *arena);
/* mime_header - a field as it came: folds in it, not decoded. */
void mime_header(struct mime *mime, const char *name, const char *value);
/* mime_body - the next bytes of the body, however they are cut. */
void mime_body(struct mime *mime, const unsigned char *chunk, size_t length);
/* mime_wants_more - false when the rest of the body would change nothing. */
bool mime_wants_more(const struct mime *mime);
/* mime_end - all that was found; the same again when called again. */
const struct mime_message *mime_end(struct mime *mime);

#endif
