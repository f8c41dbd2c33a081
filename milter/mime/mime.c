/*
 * mime - the reader: what it may cost, and what comes of it.
 *
 * The message is pushed at us by the MTA and is read as it passes. GMime's
 * own parser pulls a whole message through a stream and calls itself for each
 * level of nesting; so we split the message ourselves (mime_split.c), on a
 * stack of bounded depth, and leave to GMime what is hard about single
 * things: words of RFC 2047, parameters of RFC 2231, base64 and
 * quoted-printable, names of charsets.
 */
#include "mime/mime.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "mime/mime_internal.h"

const struct name_code mime_flaw_names[] = {
	{ .name = "header", .code = MIME_FLAW_HEADER },
	{ .name = "text", .code = MIME_FLAW_TEXT },
	{ .name = "parts", .code = MIME_FLAW_PARTS },
	{ .name = "nesting", .code = MIME_FLAW_NESTING },
	{ .name = "links", .code = MIME_FLAW_LINKS },
	{ .name = "names", .code = MIME_FLAW_NAMES },
	{ .name = "time", .code = MIME_FLAW_TIME },
	{ .name = "encoding", .code = MIME_FLAW_ENCODING },
	{ .name = "charset", .code = MIME_FLAW_CHARSET },
	{ .name = "boundary", .code = MIME_FLAW_BOUNDARY },
	{ .name = "unclosed", .code = MIME_FLAW_UNCLOSED },
	{ .name = "archive", .code = MIME_FLAW_ARCHIVE },
	{ .name = "locked", .code = MIME_FLAW_LOCKED },
	{ .name = NULL },
};

/* bytes between two looks at the clock */
#define SLICE 65536

/* release - what is not of the arena */
static void
release(void *argument)
{
	struct mime *mime = argument;

	mime_field_forget(mime);
	str_fini(&mime->field);
	str_fini(&mime->line);
	str_fini(&mime->leaf.text);
}

struct mime *
mime_new(const struct mime_limits *limits, unsigned wants,
    const struct clock *clock, struct arena *arena)
{
	struct mime *mime = arena_alloc(arena, sizeof(*mime));
	const char *why;

	if (!mime_load(&why))
		log_fatal("%s", why);
	mime->limits = *limits;
	mime->wants = wants;
	mime->clock = clock;
	mime->arena = arena;
	mime->header_left = limits->header_size;
	arena_defer(arena, release, mime);
	return mime;
}

void
mime_flaw(struct mime *mime, struct mime_part *part, unsigned flaw)
{
	mime->message.flaws |= flaw;
	if (part != NULL)
		part->flaws |= flaw;
}

/* spend - note the time that passed since then */
static void
spend(struct mime *mime, int64_t begun_ms)
{
	mime->message.took_ms += clock_mono_ms(mime->clock) - begun_ms;
	if (mime->message.took_ms <= mime->limits.time_ms || mime->stopped)
		return;
	mime_flaw(mime, mime->leaf.part, MIME_FLAW_TIME);
	mime->stopped = true;
}

void
mime_header(struct mime *mime, const char *name, const char *value)
{
	int64_t begun_ms;

	if (mime->stopped)
		return;
	begun_ms = clock_mono_ms(mime->clock);
	mime_field_of_part(mime, name, value);
	mime_field_keep(mime, name, value, false);
	spend(mime, begun_ms);
}

/* begin_body - the header of the message is complete */
static void
begin_body(struct mime *mime)
{
	mime->body_begun = true;
	mime->place = IN_BODY;
	if (!(mime->wants & MIME_OF_BODY))
		mime->stopped = true;
	else
		mime_part_begin(mime);
}

void
mime_body(struct mime *mime, const unsigned char *chunk, size_t length)
{
	const char *bytes = (const char *)chunk;

	while (length > 0 && !mime->stopped) {
		size_t slice = length < SLICE ? length : SLICE;
		int64_t begun_ms = clock_mono_ms(mime->clock);

		if (!mime->body_begun)
			begin_body(mime);
		if (!mime->stopped)
			mime_split(mime, bytes, slice);
		spend(mime, begun_ms);
		bytes += slice;
		length -= slice;
	}
}

bool
mime_wants_more(const struct mime *mime)
{
	if (mime->stopped || !(mime->wants & MIME_OF_BODY))
		return false;
	return mime->wants & (MIME_PARTS | MIME_NAMES) ||
	       mime->message.text < mime->limits.text_size;
}

const struct mime_message *
mime_end(struct mime *mime)
{
	int64_t begun_ms;

	if (mime->ended)
		return &mime->message;
	mime->ended = true;
	begun_ms = clock_mono_ms(mime->clock);
	if (!mime->body_begun)
		begin_body(mime);
	if (mime->wants & MIME_OF_BODY)
		mime_split_end(mime);
	spend(mime, begun_ms);
	return &mime->message;
}
