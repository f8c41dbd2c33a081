/*
 * config_plan - which hooks run at which step.
 *
 * A hook that no settings of its instance want drops out, and with it, if no
 * other needs it, the step: what is not asked for costs the MTA nothing. A
 * movable judge moves to the step of the instance's stage, if that is later.
 */
#include <string.h>

#include "base/mem.h"
#include "session/config_work.h"

#define SCRATCH_ALIGNMENT 16u

/* steps that carry the facts of the envelope: never left out */
#define ENVELOPE_STEPS                                                        \
	(STEP_BIT(STEP_CONNECT) | STEP_BIT(STEP_HELO) | STEP_BIT(STEP_MAIL) | \
	    STEP_BIT(STEP_RCPT))

/* has_function - the first hook without one ends the array */
static bool
has_function(const struct hook *hook)
{
	return hook->ask != NULL || hook->observe != NULL ||
	       hook->judge != NULL;
}

/* acts - whether one section's settings are in force, with something to do */
static bool
acts(const struct instance *instance, const struct section *section)
{
	const struct policy *policy = instance->policy;

	return section->common.enabled &&
	       (instance->scored || policy->idle == NULL ||
		   !policy->idle(section->settings));
}

/* wants - whether one section's settings want a hook */
static bool
wants(const struct instance *instance, const struct section *section,
    const struct hook *hook)
{
	if (!acts(instance, section))
		return false;
	return hook->wanted == NULL || hook->wanted(section->settings);
}

/* is_wanted - by the global settings or those of a scope */
static bool
is_wanted(const struct instance *instance, const struct hook *hook)
{
	if (hook->early && instance->global.common.stage > (int)hook->step)
		return false;
	if (wants(instance, &instance->global, hook))
		return true;
	for (size_t i = 0; i < instance->scope_count; i++)
		if (wants(instance, &instance->scopes[i], hook))
			return true;
	return false;
}

/* choose_hooks - the bits of those that are wanted */
static void
choose_hooks(struct instance *instance)
{
	const struct hook *hooks = instance->policy->hooks;

	if (instance->policy->parts != NULL && instance->part_count == 0)
		return;
	for (unsigned i = 0; i < POLICY_HOOKS && has_function(&hooks[i]); i++)
		if (is_wanted(instance, &hooks[i]))
			instance->hooks_wanted |= 1u << i;
}

/* add_action - what the settings of one section may do to messages */
static void
add_action(struct config *config, const struct instance *instance,
    const struct section *section)
{
	const struct policy *policy = instance->policy;

	unsigned lessers = 0;

	config->actions |= 1u << section->common.act;
	if (acts(instance, section) && policy->lessers != NULL)
		lessers = policy->lessers(section->settings);
	if (lessers & 1u << LESSER_TAG)
		config->actions |= 1u << ACTION_TAG;
	if (lessers & 1u << LESSER_QUARANTINE)
		config->actions |= 1u << ACTION_QUARANTINE;
	if (acts(instance, section) && policy->edits_headers != NULL &&
	    policy->edits_headers(section->settings))
		config->edits_headers = true;
}

/* add_actions - what the settings of an instance may do to messages */
static void
add_actions(struct config *config, const struct instance *instance)
{
	add_action(config, instance, &instance->global);
	for (size_t i = 0; i < instance->scope_count; i++)
		add_action(config, instance, &instance->scopes[i]);
}

bool
config_hook_stores(const struct policy *policy, const struct hook *hook)
{
	return policy->flags & POLICY_STORE && !hook->storeless;
}

/* room - an instance's part of the session's scratch */
static size_t
room(size_t *total, size_t size)
{
	size_t offset = *total;

	*total += (size + SCRATCH_ALIGNMENT - 1) & ~(SCRATCH_ALIGNMENT - 1);
	return offset;
}

enum step
config_judge_step(const struct instance *instance, const struct hook *hook)
{
	enum step stage = (enum step)instance->global.common.stage;

	return hook->movable && stage > hook->step ? stage : hook->step;
}

/* a hook's list in the plan of its step */
enum list { LIST_ASKS, LIST_OBSERVERS, LIST_JUDGES };

/* list_of - a hook has one function */
static enum list
list_of(const struct hook *hook)
{
	if (hook->ask != NULL)
		return LIST_ASKS;
	return hook->observe != NULL ? LIST_OBSERVERS : LIST_JUDGES;
}

/* is_in - whether a hook of an instance belongs into a list of a step */
static bool
is_in(const struct instance *instance, unsigned number, enum step step,
    enum list list)
{
	const struct hook *hook = &instance->policy->hooks[number];

	return instance->hooks_wanted & 1u << number && list_of(hook) == list &&
	       config_judge_step(instance, hook) == step;
}

/* reads_of - what a hook looks at in a message, in any scope */
static unsigned
reads_of(const struct instance *instance, const struct hook *hook)
{
	unsigned bits = 0;

	if (hook->reads == NULL)
		return 0;
	if (wants(instance, &instance->global, hook))
		bits |= hook->reads(instance->global.settings, instance->parts,
		    instance->part_count);
	for (size_t i = 0; i < instance->scope_count; i++)
		if (wants(instance, &instance->scopes[i], hook))
			bits |= hook->reads(instance->scopes[i].settings,
			    instance->parts, instance->part_count);
	return bits;
}

/* most - of two */
static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* keeps_of - how much of a message a hook wants, in any scope */
static int64_t
keeps_of(const struct instance *instance, const struct hook *hook)
{
	int64_t bytes = 0;

	if (hook->keeps == NULL)
		return 0;
	if (wants(instance, &instance->global, hook))
		bytes = hook->keeps(instance->global.settings);
	for (size_t i = 0; i < instance->scope_count; i++)
		if (wants(instance, &instance->scopes[i], hook))
			bytes = most(bytes,
			    hook->keeps(instance->scopes[i].settings));
	return bytes;
}

/* add_rows - the hooks of one instance; allowing: those that only allow */
static struct plan_row *
add_rows(struct plan_row *rows, size_t *count, const struct instance *instance,
    enum step step, enum list list, bool allowing)
{
	for (unsigned h = 0; h < POLICY_HOOKS; h++) {
		const struct hook *hook = &instance->policy->hooks[h];

		if (!is_in(instance, h, step, list) ||
		    hook->allows_only != allowing)
			continue;
		rows = mem_resize(rows, (*count + 1) * sizeof(*rows));
		rows[(*count)++] = (struct plan_row){
			.instance = instance,
			.hook = hook,
			.reads = reads_of(instance, hook),
			.keeps = keeps_of(instance, hook),
		};
	}
	return rows;
}

/* notes_later - whether an instance notes things between a step and DATA */
static bool
notes_later(const struct instance *instance, enum step step)
{
	const struct policy *policy = instance->policy;

	if (!(policy->flags & POLICY_NOTES))
		return false;
	for (enum step later = step + 1; later <= STEP_DATA; later++)
		for (unsigned h = 0; h < POLICY_HOOKS; h++)
			if (is_in(instance, h, later, LIST_JUDGES))
				return true;
	return false;
}

/* drop - a row of a list */
static void
drop(struct plan_row *rows, size_t *count, size_t at)
{
	memmove(&rows[at], &rows[at + 1], (--*count - at) * sizeof(*rows));
}

/* move_behind_notes - the rows that ask for that, or out of the list */
static void
move_behind_notes(const struct config *config, struct plan_row *rows,
    size_t *count, enum step step)
{
	bool is_late = false;
	struct plan_row row;

	for (size_t i = 0; i < config->instance_count; i++)
		is_late |= notes_later(&config->instances[i], step);
	for (size_t i = *count; i-- > 0;) {
		if (!rows[i].hook->behind_notes)
			continue;
		row = rows[i];
		for (size_t last = *count; !is_late && --last > i;)
			if (rows[last].instance->policy->flags & POLICY_NOTES) {
				memmove(&rows[i], &rows[i + 1],
				    (last - i) * sizeof(*rows));
				rows[last] = row;
				break;
			}
		if (is_late)
			drop(rows, count, i);
	}
}

/*
 * collect - one list of one step, in the instances' order. Judges that only
 * allow come first: who is allowed is so wherever the sections stand.
 */
static const struct plan_row *
collect(struct work *work, enum step step, enum list list, size_t *count)
{
	const struct config *config = work->config;
	const struct instance *instances = config->instances;
	struct plan_row *rows = NULL, *kept;

	*count = 0;
	for (size_t i = 0; i < config->instance_count; i++)
		rows = add_rows(rows, count, &instances[i], step, list, true);
	for (size_t i = 0; i < config->instance_count; i++)
		rows = add_rows(rows, count, &instances[i], step, list, false);
	move_behind_notes(config, rows, count, step);
	kept = arena_alloc(work->arena, *count * sizeof(*rows));
	if (*count > 0)
		memcpy(kept, rows, *count * sizeof(*rows));
	mem_free(rows);
	return kept;
}

/* plan_step - the three lists of one step */
static void
plan_step(struct work *work, enum step step)
{
	struct config *config = work->config;
	struct plan *plan = &config->plan[step];

	plan->asks = collect(work, step, LIST_ASKS, &plan->ask_count);
	plan->observers =
	    collect(work, step, LIST_OBSERVERS, &plan->observer_count);
	plan->judges = collect(work, step, LIST_JUDGES, &plan->judge_count);
	if (plan->ask_count + plan->observer_count + plan->judge_count > 0)
		config->steps_seen |= STEP_BIT(step);
	for (size_t i = 0; i < plan->judge_count; i++) {
		const struct plan_row *row = &plan->judges[i];

		if (!row->hook->allows_only)
			config->steps_answered |= STEP_BIT(step);
		config->mime_wants |= row->reads;
		config->keeps = most(config->keeps, row->keeps);
	}
}

/* gives_scores - whether settings of an instance have action = score */
static bool
gives_scores(const struct instance *instance)
{
	const struct section *section = &instance->global;

	if (section->common.enabled && section->common.act == ACTION_SCORE)
		return true;
	for (size_t i = 0; i < instance->scope_count; i++) {
		section = &instance->scopes[i];
		if (section->common.enabled &&
		    section->common.act == ACTION_SCORE)
			return true;
	}
	return false;
}

/* note_scores - tell each instance whether there will be scores */
static void
note_scores(struct config *config)
{
	bool scored = false;

	for (size_t i = 0; i < config->instance_count; i++)
		scored = scored || gives_scores(&config->instances[i]);
	for (size_t i = 0; i < config->instance_count; i++)
		config->instances[i].scored = scored;
}

void
config_plan(struct work *work)
{
	struct config *config = work->config;
	const char *why;

	note_scores(config);
	for (size_t i = 0; i < config->instance_count; i++) {
		struct instance *instance = &config->instances[i];
		const struct policy *policy = instance->policy;

		choose_hooks(instance);
		if (instance->hooks_wanted == 0)
			continue;
		add_actions(config, instance);
		if (policy->flags & POLICY_READS_NOTES)
			config->notes_wanted = true;
		instance->connection_scratch = room(&config->connection_scratch,
		    policy->connection_scratch);
		instance->message_scratch =
		    room(&config->message_scratch, policy->message_scratch);
	}
	config->steps_seen = ENVELOPE_STEPS;
	for (int step = 0; step < STEP_MAX; step++)
		plan_step(work, (enum step)step);
	/* whether a message was taken is known at its end */
	if (config->steps_seen & (STEP_BIT(STEP_DECIDED) | STEP_BIT(STEP_END)))
		config->steps_seen |= STEP_BIT(STEP_EOM);
	if (config->keeps > 0)
		config->steps_seen |=
		    STEP_BIT(STEP_HEADER) | STEP_BIT(STEP_BODY);
	if (config->mime_wants != 0) {
		config->steps_seen |= STEP_BIT(STEP_HEADER);
		if (!mime_load(&why))
			problems_error(work->problems,
			    (struct origin){ .file = config->path },
			    "messages cannot be read: %s", why);
	}
	if (config->mime_wants & MIME_OF_BODY)
		config->steps_seen |= STEP_BIT(STEP_BODY);
	/* our header in arriving mail is forged, and taken out */
	if (config->actions & 1u << ACTION_TAG)
		config->steps_seen |= STEP_BIT(STEP_HEADER);
}
