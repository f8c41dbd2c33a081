/*
 * store_remote - the embedded store of a daemon that runs, for a tool.
 *
 * A backend as others are (store_backend.h), so that a tool has no other code
 * for it. Each sending is one line to the daemon's control socket, or some: a
 * line bears a few dozen operations. The daemon serves one client at a time,
 * so nobody stays connected.
 *
 * Diagnostics: what was sent in vain is STORE_UNAVAILABLE; why is logged.
 */
#include "state/store_remote.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/json.h"
#include "state/control_client.h"
#include "store/store_backend.h"
#include "store/store_wire.h"

#define OPS_IN_LINE 16 /* a value may take four kilobytes */

struct remote {
	char *control;
	void *file; /* the embedded backend, read-only */
};

/* ask - the daemon; NULL, and a line in the log, when it does not answer */
static struct json *
ask(const struct remote *remote, const char *part, struct json *value)
{
	struct json *request = json_new_object(), *answer;
	struct str error = STR_INIT;

	json_add_text(request, "command", "store");
	if (part != NULL)
		json_add(request, part, value);
	answer = control_client_request(remote->control, request, &error);
	if (answer != NULL && json_get_text(answer, "error") != NULL) {
		str_add(&error, json_get_text(answer, "error"));
		json_free(answer);
		answer = NULL;
	}
	if (answer == NULL)
		log_error("store: %s", str_text(&error));
	str_fini(&error);
	json_free(request);
	return answer;
}

/* send_some - operations from first to before end */
static void
send_some(const struct remote *remote, struct store_op *first,
    const struct store_op *end)
{
	struct json *ops = json_new_array(), *answer;
	const struct json *answers;
	size_t number = 0;

	for (struct store_op *op = first; op != end; op = op->next)
		json_append(ops, store_wire_ask(op));
	answer = ask(remote, "ops", ops);
	answers = answer != NULL ? json_get(answer, "answers") : NULL;
	for (struct store_op *op = first; op != end; op = op->next, number++) {
		if (answers != NULL && number < json_count(answers)) {
			store_wire_take(json_at(answers, number), op);
			continue;
		}
		op->result = STORE_UNAVAILABLE;
		op->state = OP_DONE;
	}
	json_free(answer);
}

/* remote_send - all, by lines */
static void *
remote_send(void *self, struct store_op *first, struct arena *arena)
{
	(void)arena;
	while (first != NULL) {
		struct store_op *end = first;

		for (int i = 0; i < OPS_IN_LINE && end != NULL; i++)
			end = end->next;
		send_some(self, first, end);
		first = end;
	}
	return NULL;
}

/* remote_post - is no different */
static void
remote_post(void *self, struct store_op *first)
{
	remote_send(self, first, NULL);
}

/* remote_wait - never called: nothing is under way */
static void
remote_wait(void *self, struct store_op *op, int64_t deadline_ms)
{
	(void)self;
	(void)op;
	(void)deadline_ms;
}

/* remote_end - as remote_wait() */
static void
remote_end(void *self, void *sending)
{
	(void)self;
	(void)sending;
}

/* remote_scan - the file, after all is in it; leases are not */
static bool
remote_scan(void *self, const struct store_names *names, const char *policy,
    int64_t now_s, bool (*each)(void *context, const struct store_item *item),
    void *context)
{
	const struct remote *remote = self;

	json_free(ask(remote, NULL, NULL));
	return store_embedded_backend.scan(remote->file, names, policy, now_s,
	    each, context);
}

/* remote_forget - by the daemon */
static int64_t
remote_forget(void *self, const struct store_names *names, const char *policy,
    const char *subject)
{
	struct json *what = json_new_object(), *answer;
	int64_t count;

	(void)names;
	json_add_text(what, "policy", policy);
	json_add_text(what, "subject", subject);
	answer = ask(self, "forget", what);
	if (answer == NULL)
		return -1;
	count = json_get_int(answer, "count", -1);
	json_free(answer);
	return count;
}

/* remote_stats - of the file */
static void
remote_stats(void *self, struct json *object)
{
	const struct remote *remote = self;

	store_embedded_backend.stats(remote->file, object);
}

/* remote_close - the file */
static void
remote_close(void *self)
{
	struct remote *remote = self;

	store_embedded_backend.close(remote->file);
	mem_free(remote->control);
	mem_free(remote);
}

static const struct store_backend remote_backend = {
	.name = "remote",
	.send = remote_send,
	.wait = remote_wait,
	.end = remote_end,
	.post = remote_post,
	.scan = remote_scan,
	.forget = remote_forget,
	.stats = remote_stats,
	.close = remote_close,
};

struct store *
store_remote_new(const struct store_settings *settings, const char *control,
    struct clock *clock, char **why)
{
	void *file = store_embedded_backend.open(settings, clock, true, why);
	struct remote *remote;

	if (file == NULL)
		return NULL;
	remote = mem_alloc(sizeof(*remote));
	remote->control = mem_strdup(control);
	remote->file = file;
	return store_new_on(settings, clock, &remote_backend, remote);
}
