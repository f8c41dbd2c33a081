/*
 * abuse_report - the command abuse report: a user says that a client sent
 * spam.
 *
 * The same message counts once: who presses a button twice, or forwards what
 * was reported, has no second vote. A copy that another user got differs in
 * its header, and counts.
 */
#include <stdio.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "explain/explain_message.h"
#include "feed/received.h"
#include "session/config.h"
#include "state/abuse_scope.h"
#include "tool/abuse_task.h"

/* deadline - of an answer of the store */
static int64_t
deadline(const struct abuse_task *task)
{
	return clock_mono_ms(task->env.clock) + ABUSE_ANSWER_MS;
}

/* mark_of - of a message, as part of a key */
static const char *
mark_of(const struct abuse_task *task, const char *text)
{
	struct digest_key *key = digest_key_new("");
	char mark[DIGEST_TEXT_SIZE];

	digest_text(key, "message", text, mark);
	digest_key_free(key);
	return arena_printf(task->arena, "message:%s", mark);
}

/* read_message - its client, and its mark; false after a complaint */
static bool
read_message(const struct abuse_task *task, struct netaddr *client,
    const char **mark)
{
	struct str text = STR_INIT;
	bool found = explain_message_read(task->message, &text);

	if (found && !received_client(str_text(&text),
			 &task->config->milter.trusted, client)) {
		fprintf(stderr,
		    "mailreevectl abuse: no Received field of this message "
		    "that our hosts wrote names a foreign client\n");
		found = false;
	}
	*mark = mark_of(task, str_text(&text));
	str_fini(&text);
	return found;
}

/* is_new - whether a message is reported for the first time */
static enum store_result
is_new(const struct abuse_task *task, const char *subject, const char *mark,
    const struct abuse_settings *settings, bool *new)
{
	struct store_batch *batch = store_batch_new(task->store, task->arena);
	struct store_entry_answer answer;
	enum store_result result =
	    store_wait_entry(abuse_add_entry(batch, false, subject, mark,
				 ENTRY_PUT_NEW, "",
				 settings->limit[CAUSE_REPORT].window_s),
		deadline(task), &answer, NULL);

	*new = result == STORE_OK && !answer.found;
	return result;
}

/* say - what came of a report */
static int
say(const struct abuse_task *task, const char *subject,
    const struct abuse_record *record)
{
	switch (record->outcome) {
	case ABUSE_BANNED:
		return abuse_task_say(task, subject, "banned", "is banned",
		    &record->ban);
	case ABUSE_IS_BANNED:
		return abuse_task_say(task, subject, "is_banned",
		    "was banned already", &record->ban);
	case ABUSE_PROTECTED:
		return abuse_task_say(task, subject, "protected",
		    "is not banned: somebody logged in from there", NULL);
	default:
		return abuse_task_say(task, subject, "noted", "was noted",
		    NULL);
	}
}

/* count - one more report of a client */
static int
count(const struct abuse_task *task, const struct abuse_deeds *deeds,
    const char *subject)
{
	struct abuse_record record;

	abuse_record(store_batch_new(task->store, task->arena), false,
	    clock_wall_s(task->env.clock), deadline(task), deeds, 1, &record,
	    task->arena);
	if (record.result != STORE_OK)
		return abuse_task_fail(record.result);
	return say(task, subject, &record);
}

int
abuse_task_report(struct abuse_task *task)
{
	struct abuse_deeds deeds = { .count = { [CAUSE_REPORT] = 1 } };
	char subject[ABUSE_SUBJECT_SIZE];
	enum store_result result = STORE_OK;
	const char *mark = NULL;
	bool new = true;

	if (task->message != NULL) {
		if (!read_message(task, &deeds.client, &mark))
			return EX_NOINPUT;
	} else if (!netaddr_parse(&deeds.client, task->word)) {
		return ctl_usage("abuse report", "not an address", task->word);
	}
	abuse_subject(&deeds.client, subject);
	if (!abuse_task_settings(task, &deeds.client, subject, &deeds.settings))
		return EX_USAGE;
	if (mark != NULL)
		result = is_new(task, subject, mark, deeds.settings, &new);
	if (result != STORE_OK)
		return abuse_task_fail(result);
	if (!new)
		return abuse_task_say(task, subject, "known",
		    "was reported with this message before", NULL);
	return count(task, &deeds, subject);
}
