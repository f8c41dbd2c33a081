/*
 * session_mime - the message is read where judges of its end want it read.
 *
 * What is wanted is known when the header begins: by then it is clear which
 * judges will not be heard about this session (it is trusted, logged in), and
 * what only they want is not done.
 */
#include "session/chain_internal.h"
#include "session/scope.h"
#include "session/session_internal.h"

bool
session_spares(const struct session *session, const struct instance *instance)
{
	const struct section *section;

	if (instance->scopes_by_recipient)
		return false;
	section = scope_section(instance, &session->txn);
	return chain_spared(session, instance, section) != SKIPPED_NOT;
}

/* wants - of all judges that will be heard */
static unsigned
wants(const struct session *session)
{
	const struct plan *plan = &session->config->plan[STEP_EOM];
	unsigned bits = 0;

	for (size_t i = 0; i < plan->judge_count; i++)
		if (plan->judges[i].reads != 0 &&
		    !session_spares(session, plan->judges[i].instance))
			bits |= plan->judges[i].reads;
	return bits;
}

/* reader - of the current message; NULL where nobody wants it read */
static struct mime *
reader(struct session *session)
{
	const struct config *config = session->config;
	unsigned bits;

	if (config->mime_wants == 0 || session->mime_asked)
		return session->mime;
	session->mime_asked = true;
	bits = wants(session);
	if (bits != 0)
		session->mime = mime_new(&config->mime, bits,
		    session->env->clock, session->message_arena);
	return session->mime;
}

void
session_mime_header(struct session *session, const char *name,
    const char *value)
{
	struct mime *mime = reader(session);

	if (mime != NULL)
		mime_header(mime, name, value);
}

void
session_mime_body(struct session *session, const unsigned char *chunk,
    size_t length)
{
	struct mime *mime = reader(session);

	if (mime != NULL)
		mime_body(mime, chunk, length);
}

void
session_mime_end(struct session *session)
{
	struct mime *mime = reader(session);

	if (mime == NULL)
		return;
	session->txn.message->mime = mime_end(mime);
	if (session->trace != NULL && session->trace->message != NULL)
		session->trace->message(session->trace->context,
		    session->txn.message->mime);
}

bool
session_mime_has_enough(const struct session *session)
{
	return session->mime == NULL || !mime_wants_more(session->mime);
}
