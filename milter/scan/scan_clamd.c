/*
 * scan_clamd - ClamAV's daemon, by its command INSTREAM (clamd(8)).
 *
 * "zINSTREAM" and NUL, then chunks: four bytes of length, most significant
 * first, and so many bytes; a length of 0 ends it. The answer ends with NUL:
 *
 *     stream: OK
 *     stream: Eicar-Test-Signature FOUND
 *     INSTREAM size limit exceeded. ERROR
 *
 * The last comes in the middle of the stream, and then clamd hangs up. So we
 * look before each chunk whether it has said something.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "scan/scan_clamd.h"

#define CHUNK 65536
#define ANSWER_MAX 4096

/* what talk() is to know */
struct job {
	const struct scan_message *message;
	const char *signature, *why;
};

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

/* send_chunk - a length and so many bytes; 0 ends the stream */
static bool
send_chunk(const struct scan_link *link, const char *data, size_t length)
{
	uint32_t head = htonl((uint32_t)length);

	return scan_link_write(link, &head, sizeof(head)) &&
	       (length == 0 || scan_link_write(link, data, length));
}

/* send_message - as long as clamd listens */
static bool
send_message(const struct scan_link *link, const struct scan_message *message)
{
	static const char command[] = "zINSTREAM"; /* with its NUL */
	size_t at = 0, length;

	if (!scan_link_write(link, command, sizeof(command)))
		return false;
	for (; at < message->length; at += length) {
		length = message->length - at;
		if (length > CHUNK)
			length = CHUNK;
		if (scan_link_spoke(link) ||
		    !send_chunk(link, message->data + at, length))
			return false;
	}
	return send_chunk(link, NULL, 0);
}

/* talk - the whole exchange on one connection */
static enum scan_result
talk(const struct scan_link *link, void *context)
{
	struct job *job = context;
	enum scan_result result = SCAN_UNAVAILABLE;
	struct str answer = STR_INIT;

	/* when it hung up while we sent, it may have said why */
	send_message(link, job->message);
	if (scan_link_read(link, &answer, ANSWER_MAX, is_whole)) {
		size_t length = answer.length;

		length -= is_whole(answer.data, length);
		result = scan_clamd_parse(answer.data, length,
		    link->time->arena, &job->signature, &job->why);
	}
	str_fini(&answer);
	return result;
}

enum scan_result
scan_clamd(struct scan_servers *servers, const struct scan_message *message,
    const struct scan_time *time, const char **signature, const char **why)
{
	struct job job = { .message = message };
	enum scan_result result = scan_servers_ask(servers, time, talk, &job);

	*signature = job.signature;
	*why = job.why;
	return result;
}
