/*
 * config_order - the order in which policies are asked.
 *
 * It begins as that of the registry, named instances in the order of the ini.
 * Policies whose sections stand in another order in the ini change places
 * among each other, and the others keep theirs: so that a section with one key
 * for one policy does not bring that policy before all others. Then what
 * [milter] order names comes first.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "session/config_work.h"

/* insert - into a list that is sorted by number, then by place */
static void
insert(const struct instance **list, size_t count,
    const struct instance *instance)
{
	/* instances come in the order of their places */
	while (count > 0 && list[count - 1]->number > instance->number) {
		list[count] = list[count - 1];
		count--;
	}
	list[count] = instance;
}

/* is_named - whether a word of `order` means this instance */
static bool
is_named(const struct instance *instance, const char *word)
{
	return strcasecmp(word, instance->name) == 0 ||
	       strcasecmp(word, instance->policy->name) == 0;
}

/* move_named - what a word names to the place `to`; how many were moved */
static size_t
move_named(const struct instance **list, size_t count, size_t to,
    const char *word)
{
	size_t moved = 0;

	for (size_t i = to; i < count; i++) {
		const struct instance *instance = list[i];

		if (!is_named(instance, word))
			continue;
		for (size_t k = i; k > to + moved; k--)
			list[k] = list[k - 1];
		list[to + moved++] = instance;
	}
	return moved;
}

/* is_ahead - whether a word of `order` names what an earlier word did */
static bool
is_ahead(const struct instance *const *list, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (is_named(list[i], word))
			return true;
	return false;
}

/* follow_order - [milter] order */
static void
follow_order(struct work *work, const struct instance **list, size_t count)
{
	const struct words *order = &work->config->milter.order;
	struct origin at = config_origin(work->config, "milter", "order");
	const char **names = arena_alloc(work->arena, count * sizeof(*names));
	size_t to = 0, moved;

	for (size_t i = 0; i < count; i++)
		names[i] = list[i]->name;
	for (size_t i = 0; i < order->count; i++) {
		const char *word = order->word[i];

		moved = move_named(list, count, to, word);
		if (moved == 0 && is_ahead(list, to, word))
			problems_error(work->problems, at,
			    "order: \"%s\" is named twice", word);
		else if (moved == 0)
			config_unknown(work, at,
			    arena_printf(work->arena, "order: no policy \"%s\"",
				word),
			    word, names, count);
		to += moved;
	}
}

void
config_order(struct work *work)
{
	struct config *config = work->config;
	size_t count = config->instance_count, next = 0;
	const struct instance **list =
	    arena_alloc(work->arena, count * sizeof(*list));
	struct instance *ordered =
	    arena_alloc(work->arena, count * sizeof(*ordered));

	for (size_t i = 0; i < count; i++)
		insert(list, i, &config->instances[i]);
	for (size_t i = 0; i < count; i++)
		if (list[i] < config->instances + work->written)
			list[i] = &config->instances[next++];
	follow_order(work, list, count);
	for (size_t i = 0; i < count; i++)
		ordered[i] = *list[i];
	config->instances = ordered;
}
