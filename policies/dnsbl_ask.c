/*
 * dnsbl_ask - questions to lists, and what came back.
 *
 * All lists are asked about a subject as soon as it is known: the client and
 * its name at CONNECT, the greeting at HELO, the sender at MAIL. What is asked
 * then is kept with the connection, or with the message for the sender. A
 * judge that finds that nothing was asked (the session was to be spared, but
 * a recipient's scope wants it judged) asks for itself, and keeps that with
 * the message: a question lives as long as its arena.
 *
 * Names without a dot and address literals are in no list of domains, and
 * private addresses are somebody else's in every network.
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/domain.h"
#include "base/mem.h"
#include "policies/dnsbl.h"

/*
 * Greetings that are asked about at once, and kept with the connection. Who
 * has more of them waits for the judge to ask.
 */
#define GREETINGS_ASKED 3

static const char *const about_words[ABOUT_MAX] = {
	[ABOUT_CLIENT] = "client",
	[ABOUT_NAME] = "name",
	[ABOUT_HELO] = "helo",
	[ABOUT_SENDER] = "sender",
};

/* list_of - what stands behind a part */
static const struct dnsbl_list *
list_of(const struct pctx *p, size_t part)
{
	return p->parts[part].settings;
}

/* wants - whether a list is to be asked about a subject of this client */
static bool
wants(const struct pctx *p, const struct dnsbl_list *list,
    enum dnsbl_about about)
{
	if (list->list == NULL || !(list->checks & 1u << about) ||
	    !dnslist_is_on(list->list))
		return false;
	return about != ABOUT_CLIENT || list->ipv6 ||
	       p->txn->connection.client.family == 4;
}

/* ask - all lists about a subject; "" is no subject */
static void
ask(const struct pctx *p, struct dnsbl_asked *asked, enum dnsbl_about about,
    const char *subject)
{
	asked->subject = subject;
	asked->at_ms = clock_mono_ms(p->env->clock);
	asked->slot = NULL;
	for (size_t i = 0; i < p->part_count && subject[0] != '\0'; i++) {
		const struct dnsbl_list *list = list_of(p, i);

		if (!wants(p, list, about))
			continue;
		if (asked->slot == NULL)
			asked->slot = arena_alloc(p->arena,
			    p->part_count * sizeof(*asked->slot));
		asked->slot[i].question =
		    dnslist_ask(list->list, p->arena, subject, DNS_A);
	}
}

/* domain_subject - a name as lists of domains know it, or "" */
static const char *
domain_subject(const char *name, struct arena *arena)
{
	const char *folded;
	struct netaddr addr;

	if (name[0] == '[' || strchr(name, '.') == NULL ||
	    netaddr_parse(&addr, name))
		return "";
	folded = domain_fold(name, arena);
	return folded != NULL ? folded : "";
}

/* subject_of - the text of a subject in this session, or "" */
static const char *
subject_of(const struct pctx *p, enum dnsbl_about about)
{
	const struct connection *conn = &p->txn->connection;
	const struct message *message = p->txn->message;
	char reversed[64];

	if (conn->client.family == 0 || netaddr_is_private(&conn->client))
		return "";
	switch (about) {
	case ABOUT_CLIENT:
		return arena_strdup(p->arena,
		    netaddr_reversed(&conn->client, reversed));
	case ABOUT_NAME:
		return domain_subject(conn->client_name, p->arena);
	case ABOUT_HELO:
		return domain_subject(conn->helo, p->arena);
	default:
		return message != NULL
			   ? domain_subject(message->sender.domain, p->arena)
			   : "";
	}
}

/* is_listed - what an answer says that is there already */
static bool
is_listed(const struct dnsbl_list *list, const struct dnsbl_slot *slot)
{
	const struct dns_answer *answer;
	int weight;

	if (slot->question == NULL || !dns_is_ready(slot->question))
		return false;
	answer = dns_wait(slot->question, 0);
	return dnslist_read(list->list, answer) == DNSLIST_LISTED &&
	       dnslist_filters_weigh(&list->filters, answer, &weight) &&
	       weight > 0;
}

/*
 * ask_texts - of the lists that have the client, before a judge needs them:
 * only few clients are listed, and for those the text comes in time
 */
static void
ask_texts(const struct pctx *p)
{
	struct dnsbl_connection *kept = p->connection_scratch;
	const struct dnsbl_asked *asked = &kept->asked[ABOUT_CLIENT];

	for (size_t i = 0; asked->slot != NULL && i < p->part_count; i++)
		if (dnsbl_text_wants_txt(list_of(p, i)) &&
		    is_listed(list_of(p, i), &asked->slot[i]))
			dnslist_ask(list_of(p, i)->list, p->arena,
			    asked->subject, DNS_TXT);
}

void
dnsbl_ask_client(struct pctx *p)
{
	struct dnsbl_connection *kept = p->connection_scratch;

	ask(p, &kept->asked[ABOUT_CLIENT], ABOUT_CLIENT,
	    subject_of(p, ABOUT_CLIENT));
	ask(p, &kept->asked[ABOUT_NAME], ABOUT_NAME, subject_of(p, ABOUT_NAME));
}

void
dnsbl_ask_helo(struct pctx *p)
{
	struct dnsbl_connection *kept = p->connection_scratch;
	struct dnsbl_asked *asked = &kept->asked[ABOUT_HELO];
	const char *subject = subject_of(p, ABOUT_HELO);

	if (p->txn->connection.helo_count > GREETINGS_ASKED) {
		asked->subject = NULL;
		return;
	}
	/* the same again, as after STARTTLS, is asked already */
	if (asked->subject == NULL || strcmp(asked->subject, subject) != 0)
		ask(p, asked, ABOUT_HELO, subject);
	ask_texts(p);
}

void
dnsbl_ask_sender(struct pctx *p)
{
	struct dnsbl_message *kept = p->message_scratch;

	ask(p, &kept->asked[ABOUT_SENDER], ABOUT_SENDER,
	    subject_of(p, ABOUT_SENDER));
	ask_texts(p);
}

struct dnsbl_asked *
dnsbl_asked(const struct pctx *p, enum dnsbl_about about)
{
	struct dnsbl_connection *connection = p->connection_scratch;
	struct dnsbl_message *message = p->message_scratch;

	return connection->asked[about].subject != NULL
		   ? &connection->asked[about]
		   : &message->asked[about];
}

void
dnsbl_ask_rest(struct pctx *p)
{
	for (int i = 0; i < ABOUT_MAX; i++) {
		enum dnsbl_about about = (enum dnsbl_about)i;
		struct dnsbl_asked *asked = dnsbl_asked(p, about);

		if (asked->subject == NULL)
			ask(p, asked, about, subject_of(p, about));
	}
}

/* read_slot - take in an answer; true when the question is still open */
static bool
read_slot(const struct dnsbl_list *list, struct dnsbl_slot *slot)
{
	const struct dns_answer *answer;

	if (slot->question == NULL || slot->read)
		return false;
	if (!dns_is_ready(slot->question))
		return dnslist_is_on(list->list);
	answer = dns_wait(slot->question, 0);
	slot->read = true;
	slot->says = dnslist_read(list->list, answer);
	if (slot->says == DNSLIST_LISTED &&
	    !dnslist_filters_weigh(&list->filters, answer, &slot->weight))
		slot->says = DNSLIST_CLEAN;
	if (!slot->noted)
		dnslist_note(list->list, slot->says, answer);
	slot->noted = true;
	return false;
}

size_t
dnsbl_read(const struct pctx *p, struct dns_question **pending)
{
	size_t count = 0;

	for (int about = 0; about < ABOUT_MAX; about++) {
		struct dnsbl_slot *slot =
		    dnsbl_asked(p, (enum dnsbl_about)about)->slot;

		for (size_t i = 0; slot != NULL && i < p->part_count; i++)
			if (read_slot(list_of(p, i), &slot[i]))
				pending[count++] = slot[i].question;
	}
	return count;
}

void
dnsbl_give_up(const struct pctx *p)
{
	const struct dnsbl_settings *s = p->settings;
	int64_t now_ms = clock_mono_ms(p->env->clock);

	for (int about = 0; about < ABOUT_MAX; about++) {
		struct dnsbl_asked *asked =
		    dnsbl_asked(p, (enum dnsbl_about)about);

		if (asked->slot == NULL || now_ms - asked->at_ms < s->wait_ms)
			continue;
		for (size_t i = 0; i < p->part_count; i++) {
			struct dnsbl_slot *slot = &asked->slot[i];

			if (slot->question == NULL || slot->noted)
				continue;
			slot->noted = true;
			dnslist_note(list_of(p, i)->list, DNSLIST_SILENT, NULL);
		}
	}
}

/* show_slot - what a list said about a subject; its answer is shown by the
 * service that asked */
static void
show_slot(const struct pctx *p, size_t part, enum dnsbl_about about,
    const struct dnsbl_slot *slot)
{
	const char *name = p->parts[part].name;

	if (!slot->read)
		policy_input(p, name, "%s: no answer yet", about_words[about]);
	else
		policy_input(p, name, "%s: %s, weight %d", about_words[about],
		    dnslist_says_name(slot->says), slot->weight);
}

void
dnsbl_show(const struct pctx *p)
{
	for (size_t i = 0; policy_traced(p) && i < p->part_count; i++) {
		const struct dnsbl_list *list = list_of(p, i);

		if (list->list != NULL && !dnslist_is_on(list->list))
			policy_input(p, p->parts[i].name, "off: %s",
			    dnslist_why(list->list, p->arena));
		for (int about = 0; about < ABOUT_MAX; about++) {
			const struct dnsbl_slot *slot =
			    dnsbl_asked(p, (enum dnsbl_about)about)->slot;

			if (slot != NULL && slot[i].question != NULL)
				show_slot(p, i, (enum dnsbl_about)about,
				    &slot[i]);
		}
	}
}
