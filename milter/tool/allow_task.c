/*
 * allow_task - what the command allow does, once its words are read.
 *
 * What is let by stands in the store, where the policy autoallow looks it up,
 * on all hosts that share it.
 *
 * Diagnostics: complaints to standard error; exit status.
 */
#include "tool/allow_task.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/domain.h"
#include "base/mailbox.h"
#include "base/mem.h"
#include "base/str.h"
#include "policies/autoallow.h"
#include "service/json.h"
#include "state/allow_list.h"
#include "store/store.h"
#include "tool/ctl.h"

#define ANSWER_MS 5000

/* ---- the store ---- */

/* fail - it did not do it */
static int
fail(enum store_result result)
{
	fprintf(stderr,
	    "mailreevectl " ALLOW_NAME ": the store does not answer (%s)\n",
	    store_result_name(result));
	return EX_UNAVAILABLE;
}

/* entry - one operation, waited for */
static enum store_result
entry(struct allow_task *task, enum store_entry_verb verb, const char *policy,
    const char *subject, const char *rest, const char *value,
    struct store_entry_answer *answer)
{
	const struct store_entry op = {
		.key = { .policy = policy, .subject = subject, .rest = rest },
		.verb = verb,
		.value = value,
		.ttl_s = verb == ENTRY_PUT ? task->ttl_s : 0,
	};

	return store_wait_entry(
	    store_add_entry(store_batch_new(task->store, task->arena), &op),
	    clock_mono_ms(task->env.clock) + ANSWER_MS, answer, NULL);
}

/* ---- names ---- */

/* read_sender - an address as it is stored; NULL after a complaint */
static const char *
read_sender(const struct allow_task *task, const char *word)
{
	struct mailaddr address;

	mailaddr_parse(&address, word, task->arena);
	if (!address.is_null && address.domain[0] != '\0')
		return mailbox_of(&address, task->arena);
	ctl_usage(ALLOW_NAME, "not a sender's address", word);
	return NULL;
}

/* read_whom - an address, "@domain" or "*"; NULL after a complaint */
static const char *
read_whom(const struct allow_task *task, const char *word)
{
	struct mailaddr address;
	const char *domain;

	if (strcmp(word, AUTOALLOW_ALL) == 0)
		return AUTOALLOW_ALL;
	if (word[0] == '@') {
		domain = domain_fold(word + 1, task->arena);
		if (domain != NULL)
			return autoallow_domain(domain, task->arena);
	} else {
		mailaddr_parse(&address, word, task->arena);
		if (!address.is_null && address.domain[0] != '\0')
			return mailbox_of(&address, task->arena);
	}
	ctl_usage(ALLOW_NAME, "not an address, @domain or *", word);
	return NULL;
}

/* widen - a recipient to whom --for says; NULL after a complaint */
static const char *
widen(const struct allow_task *task, const char *recipient)
{
	static const char *const kinds[] = { "rcpt", "domain", "global" };
	const char *kind = task->for_text != NULL ? task->for_text : kinds[0];
	const char *at = strrchr(recipient, '@');

	if (strcmp(kind, "global") == 0)
		return AUTOALLOW_ALL;
	if (strcmp(kind, "rcpt") != 0 && strcmp(kind, "domain") != 0) {
		ctl_unknown(ALLOW_NAME, "for whom", kind, kinds, 3);
		return NULL;
	}
	if (at == NULL) {
		fprintf(stderr,
		    "mailreevectl " ALLOW_NAME ": it was refused before "
		    "a recipient was known: --for global?\n");
		return NULL;
	}
	return read_whom(task, strcmp(kind, "rcpt") == 0 ? recipient : at);
}

/* ---- add ---- */

/* skip_of - what is let by: as written, else the settings, and one more */
static const char *
skip_of(struct allow_task *task, const char *more)
{
	struct str text = STR_INIT;
	unsigned long long bits;
	const char *skip, *also;

	if (task->skip != NULL)
		return task->skip;
	for (size_t i = 0; i < task->settings->skip.count; i++)
		str_addf(&text, "%s%s", i > 0 ? " " : "",
		    task->settings->skip.word[i]);
	/* an instance's policy; what the chain refuses is of none */
	also = arena_strndup(task->arena, more, strcspn(more, "."));
	if (also[0] != '\0' && autoallow_skip(also, task->arena, &bits) &&
	    !words_have(&task->settings->skip, also))
		str_addf(&text, " %s", also);
	skip = arena_strdup(task->arena, str_text(&text));
	str_fini(&text);
	return skip;
}

/* tell - what was entered */
static void
tell(struct allow_task *task, const char *sender, const char *whom,
    const char *skip)
{
	int64_t until_s = clock_wall_s(task->env.clock) + task->ttl_s;
	struct json *row;
	char date[40];

	if (!task->json) {
		clock_date(until_s, date, sizeof(date));
		printf("%s -> %s until %s skips %s\n", sender, whom, date,
		    skip);
		return;
	}
	row = json_new_object();
	json_add_text(row, "sender", sender);
	json_add_text(row, "for", whom);
	json_add_text(row, "skip", skip);
	json_add_int(row, "until", until_s);
	json_append(task->told, row);
}

/* enter - one sender for one whom */
static int
enter(struct allow_task *task, const char *sender, const char *whom,
    const char *policy, const char *why)
{
	const char *skip = skip_of(task, policy);
	struct store_entry_answer answer;
	unsigned long long bits;
	enum store_result result;
	const char *value;

	if (!autoallow_skip(skip, task->arena, &bits))
		return ctl_usage(ALLOW_NAME, "not policies", skip);
	value = why[0] == '\0'
		    ? skip
		    : arena_printf(task->arena, "%s # %s", skip, why);
	result = entry(task, ENTRY_PUT, AUTOALLOW_HAND, sender, whom, value,
	    &answer);
	if (result != STORE_OK)
		return fail(result);
	tell(task, sender, whom, skip);
	return EX_OK;
}

/* why_of - as written, else the fallback */
static const char *
why_of(const struct allow_task *task, const char *fallback)
{
	return task->why != NULL ? task->why : fallback;
}

int
allow_task_add(struct allow_task *task)
{
	const char *sender = read_sender(task, task->word[0]);
	const char *whom =
	    sender != NULL ? read_whom(task, task->word[1]) : NULL;

	return whom != NULL ? enter(task, sender, whom, "", why_of(task, ""))
			    : EX_USAGE;
}

/* ---- a reference ---- */

/* enter_ref - one refusal of the session */
static int
enter_ref(struct allow_task *task, const char *value)
{
	const char *sender, *whom;
	struct autoallow_ref ref;

	if (!autoallow_ref_read(value, task->arena, &ref))
		return fail(STORE_BROKEN);
	if (ref.sender[0] == '\0') {
		fprintf(stderr,
		    "mailreevectl " ALLOW_NAME ": it had no sender (<>) "
		    "that could be let by\n");
		return EX_DATAERR;
	}
	sender = read_sender(task, ref.sender);
	whom = sender != NULL ? widen(task, ref.recipient) : NULL;
	if (whom == NULL)
		return EX_USAGE;
	return enter(task, sender, whom, ref.policy,
	    why_of(task, arena_printf(task->arena, "%s, ref %s", ref.reason,
			     task->word[0])));
}

int
allow_task_reference(struct allow_task *task)
{
	struct store_entry_answer answer;
	enum store_result result;
	int status;

	for (int number = 1; number <= AUTOALLOW_REFS; number++) {
		result = entry(task, ENTRY_GET, AUTOALLOW_REF, task->word[0],
		    arena_printf(task->arena, "%d", number), NULL, &answer);
		if (result != STORE_OK)
			return fail(result);
		if (!answer.found && number > 1)
			break;
		if (!answer.found) {
			fprintf(stderr,
			    "mailreevectl " ALLOW_NAME ": nothing is known of "
			    "\"%s\"\n",
			    task->word[0]);
			return EX_NOINPUT;
		}
		status = enter_ref(task, answer.value);
		if (status != EX_OK)
			return status;
	}
	return EX_OK;
}

/* ---- list, remove ---- */

int
allow_task_list(struct allow_task *task)
{
	struct allow_listing listing = {
		.json = task->json,
		.now_s = clock_wall_s(task->env.clock),
	};

	if (task->sender != NULL)
		listing.sender = read_sender(task, task->sender);
	if (task->rcpt != NULL)
		listing.whom = read_whom(task, task->rcpt);
	if ((task->sender != NULL && listing.sender == NULL) ||
	    (task->rcpt != NULL && listing.whom == NULL))
		return EX_USAGE;
	return allow_list(&listing, task->store) ? EX_OK
						 : fail(STORE_UNAVAILABLE);
}

int
allow_task_remove(struct allow_task *task)
{
	static const char *const kinds[] = { AUTOALLOW_HAND, AUTOALLOW_SENT };
	const char *sender = read_sender(task, task->word[0]);
	const char *whom =
	    sender != NULL ? read_whom(task, task->word[1]) : NULL;
	struct store_entry_answer answer;
	enum store_result result;
	int64_t count = 0;

	if (whom == NULL)
		return EX_USAGE;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		result = entry(task, ENTRY_DELETE, kinds[i], sender, whom, NULL,
		    &answer);
		if (result != STORE_OK)
			return fail(result);
		count += answer.found;
	}
	if (task->json)
		printf("{\"removed\": %lld}\n", (long long)count);
	else
		printf("%s -> %s %s\n", sender, whom,
		    count > 0 ? "is removed" : "was not there");
	return EX_OK;
}
