/*
 * scan_clamd - ClamAV's daemon, by its command INSTREAM (clamd(8)).
 *
 * "zINSTREAM" and NUL, then chunks: four bytes of length, most significant
 * first, and so many bytes; a length of 0 ends it. One chunk is enough. The
 * answer ends with NUL:
 *
 *     stream: OK
 *     stream: Eicar-Test-Signature FOUND
 *     INSTREAM size limit exceeded. ERROR
 *
 * The last comes in the middle of the stream, and then clamd hangs up.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "scan/scan_clamd.h"

#define ANSWER_MAX 4096

static const char command[] = "zINSTREAM"; /* with its NUL */

/* ends_with - and *length is then what stands before it */
static bool
ends_with(const char *text, size_t *length, const char *end)
{
	size_t end_length = strlen(end);

	if (*length < end_length ||
	    memcmp(text + *length - end_length, end, end_length) != 0)
		return false;
	*length -= end_length;
	return true;
}

/* strip - "stream: " from the front */
static void
strip(const char **text, size_t *length)
{
	static const char stream[] = "stream: ";

	if (*length < sizeof(stream) - 1 ||
	    memcmp(*text, stream, sizeof(stream) - 1) != 0)
		return;
	*text += sizeof(stream) - 1;
	*length -= sizeof(stream) - 1;
}

enum scan_result
scan_clamd_parse(const char *text, size_t length, struct arena *arena,
    const char **signature, const char **why)
{
	static const char clean[] = "stream: OK";
	static const char limit[] = "INSTREAM size limit exceeded";

	*signature = *why = NULL;
	if (length == sizeof(clean) - 1 && memcmp(text, clean, length) == 0)
		return SCAN_OK;
	if (length >= sizeof(limit) - 1 &&
	    memcmp(text, limit, sizeof(limit) - 1) == 0)
		return SCAN_TOO_LARGE;
	if (ends_with(text, &length, " FOUND")) {
		strip(&text, &length);
		if (length == 0)
			return SCAN_BROKEN;
		*signature =
		    scan_printable(arena, text, length, CLAMD_SIGNATURE_MAX);
		return SCAN_OK;
	}
	if (!ends_with(text, &length, " ERROR"))
		return SCAN_BROKEN;
	strip(&text, &length);
	*why = scan_printable(arena, text, length, CLAMD_SIGNATURE_MAX);
	return SCAN_FAILED;
}

/* is_whole - the answer ends with NUL; old ones with LF */
static bool
is_whole(const char *text, size_t length)
{
	return length > 0 &&
	       (text[length - 1] == '\0' || text[length - 1] == '\n');
}

/* read_answer - its end is not of it */
static enum scan_result
read_answer(const char *text, size_t length, struct arena *arena, void *answer)
{
	struct scan_clamd *clamd = answer;

	length -= is_whole(text, length);
	return scan_clamd_parse(text, length, arena, &clamd->signature,
	    &clamd->why);
}

static const struct scan_talk talk = {
	.answer_max = ANSWER_MAX,
	.is_whole = is_whole,
	.read = read_answer,
};

/* begin - the command, and the length of the only chunk */
static const char *
begin(const struct scan_message *message, struct arena *arena, size_t *length)
{
	uint32_t chunk = htonl((uint32_t)message->length);
	char *text = arena_alloc(arena, sizeof(command) + sizeof(chunk));

	memcpy(text, command, sizeof(command));
	memcpy(text + sizeof(command), &chunk, sizeof(chunk));
	*length = sizeof(command) + sizeof(chunk);
	return text;
}

struct scan_job *
scan_clamd(struct scan_job **jobs, struct scan_servers *servers,
    const struct scan_message *message, const struct scan_time *time,
    struct scan_clamd *answer)
{
	static const char no_more[sizeof(uint32_t)];
	struct scan_request request = { .piece = {
					    [1] = { message->data,
						message->length },
					    [2] = { no_more, sizeof(no_more) },
					} };

	request.piece[0].data =
	    begin(message, time->arena, &request.piece[0].length);
	return scan_job_begin(jobs, servers, &talk, &request, time, answer);
}
