/*
 * session_raw - the message is kept as it comes, for judges that hand it on.
 *
 * One buffer for all of them, as large as the largest wants it, and only where
 * one will be heard (session_spares()). It grows as the message does and ends
 * with it.
 */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "scan/scan.h"
#include "session/session_internal.h"

struct raw {
	struct str text;
	size_t max;
	bool in_body;
	struct scan_message message;
};

/* raw_free - with the message's arena */
static void
raw_free(void *argument)
{
	struct raw *raw = argument;

	str_fini(&raw->text);
}

/* keeps - the most that a judge who will be heard wants */
static int64_t
keeps(const struct session *session)
{
	const struct plan *plan = &session->config->plan[STEP_EOM];
	int64_t bytes = 0;

	for (size_t i = 0; i < plan->judge_count; i++)
		if (plan->judges[i].keeps > bytes &&
		    !session_spares(session, plan->judges[i].instance))
			bytes = plan->judges[i].keeps;
	return bytes;
}

/* keeper - of the current message; NULL where nobody wants it */
static struct raw *
keeper(struct session *session)
{
	int64_t max;

	if (session->config->keeps == 0 || session->raw_asked)
		return session->raw;
	session->raw_asked = true;
	max = keeps(session);
	if (max == 0)
		return NULL;
	session->raw = arena_alloc(session->message_arena, sizeof(struct raw));
	session->raw->max = (size_t)max;
	arena_defer(session->message_arena, raw_free, session->raw);
	return session->raw;
}

/* add - as much as there is room for */
static void
add(struct raw *raw, const char *data, size_t length)
{
	size_t room = raw->max - raw->text.length;

	if (length > room) {
		raw->message.cut = true;
		length = room;
	}
	str_add_n(&raw->text, data, length);
}

void
session_raw_header(struct session *session, const char *name, const char *value)
{
	struct raw *raw = keeper(session);
	size_t length;

	if (raw == NULL)
		return;
	add(raw, name, strlen(name));
	add(raw, ": ", 2);
	/* folds come with LF alone */
	for (;; value += length + 1) {
		length = strcspn(value, "\n");
		add(raw, value,
		    length - (length > 0 && value[length - 1] == '\r'));
		add(raw, "\r\n", 2);
		if (value[length] == '\0')
			return;
	}
}

void
session_raw_body(struct session *session, const unsigned char *chunk,
    size_t length)
{
	struct raw *raw = keeper(session);

	if (raw == NULL)
		return;
	if (!raw->in_body)
		add(raw, "\r\n", 2);
	raw->in_body = true;
	add(raw, (const char *)chunk, length);
}

bool
session_raw_has_enough(const struct session *session)
{
	return session->raw == NULL || session->raw->message.cut;
}

void
session_raw_end(struct session *session)
{
	struct raw *raw = keeper(session);

	if (raw == NULL)
		return;
	if (!raw->in_body)
		add(raw, "\r\n", 2);
	raw->message.data = str_text(&raw->text);
	raw->message.length = raw->text.length;
	session->txn.message->raw = &raw->message;
}
