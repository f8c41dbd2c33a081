/*
 * session_headers - header fields that are added and removed.
 *
 * Remembered while the message comes in and done when it is accepted: MTAs
 * take changes at end of message only. Fields are removed before any is added,
 * and those of one name from the last on, since removing moves those behind.
 */
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "session/session_internal.h"

/* for each the MTA looks through the whole message */
#define REMOVED_MAX 100

/* add_edit - as the first of a list */
static void
add_edit(struct session *session, struct header_edit **list,
    const struct header_edit *edit)
{
	struct header_edit *made;

	made = arena_alloc(session->message_arena, sizeof(*made));
	*made = *edit;
	made->next = *list;
	*list = made;
}

void
session_add_header(struct session *session, const char *name, const char *value)
{
	struct arena *arena = session->message_arena;
	const struct header_edit edit = {
		.name = arena_strdup(arena, name),
		.value = arena_strdup(arena, value),
	};

	add_edit(session, &session->added, &edit);
}

void
session_remove_header(struct session *session, const char *name, unsigned index)
{
	const struct header_edit *last = session->removed;
	const struct header_edit edit = {
		.name = arena_strdup(session->message_arena, name),
		.index = index,
	};

	/* another policy may have said so of the same field, just before */
	if (last != NULL && last->index == index &&
	    strcasecmp(last->name, name) == 0)
		return;
	if (!session_overdone(session, session->removals++, REMOVED_MAX,
		"header fields to remove from a message"))
		add_edit(session, &session->removed, &edit);
}

/* add_tags - a field for each reason that action = tag was for */
static void
add_tags(struct session *session)
{
	struct str value = STR_INIT;

	for (const struct tag *tag = session->tags; tag != NULL;
	     tag = tag->next) {
		char text[200];

		str_reset(&value);
		str_addf(&value, "%s", config_reason(tag->reason)->name);
		if (tag->text[0] != '\0')
			str_addf(&value, " (%s)",
			    str_printable(text, sizeof(text), tag->text));
		str_addf(&value, "; policy=%s session=%s", tag->instance->name,
		    session->id);
		session->ops->add_header(session->mta, SESSION_TAG_HEADER,
		    str_text(&value));
	}
	str_fini(&value);
}

bool
session_edit_headers(struct session *session)
{
	if (session->removals > REMOVED_MAX)
		return false;
	for (const struct header_edit *edit = session->removed; edit != NULL;
	     edit = edit->next)
		session->ops->delete_header(session->mta, edit->name,
		    (int)edit->index);
	/* the last one first: each goes above those that were inserted before
	 * it, and so they stand in the order of their making */
	for (const struct header_edit *edit = session->added; edit != NULL;
	     edit = edit->next)
		session->ops->insert_header(session->mta, edit->name,
		    edit->value);
	add_tags(session);
	return true;
}
