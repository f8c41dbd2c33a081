/*
 * uribl - the links of a message in DNS lists.
 *
 * Reasons: uribl.ip, uribl.domain.
 *
 * Lists are parts of one policy, [uribl.LIST]. All questions go out at once
 * when the message is complete; one listing is enough, and the rest is not
 * waited for. What is not known decides nothing: if a list is silent that
 * might have listed something, on_error does.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "policies/uribl.h"

/* prepare - the links of these settings, and their questions */
static void
prepare(const struct pctx *p, struct uribl_message *message)
{
	if (message->settings == p->settings || p->txn->message->mime == NULL)
		return;
	*message = (struct uribl_message){ .settings = p->settings };
	if (uribl_links(p, message))
		uribl_ask(p, message);
}

/* ask - before the judges of the end of a message are heard */
static void
ask(struct pctx *p)
{
	prepare(p, p->message_scratch);
}

/* show_host - one that is looked up */
static void
show_host(const struct pctx *p, const struct uribl_host *host)
{
	const struct mime_link *link = host->link;

	policy_input(p, "link", "%s in line %u, part %u: %s%s%s", link->host,
	    link->line, link->part->number, link->url,
	    host->domain != NULL ? ", domain " : "",
	    host->domain != NULL ? host->domain : "");
}

/* show - hosts, and what lists said about them */
static void
show(const struct pctx *p, const struct uribl_message *message)
{
	if (!policy_traced(p))
		return;
	for (const struct uribl_host *h = message->hosts; h != NULL;
	     h = h->next)
		show_host(p, h);
	for (const struct uribl_slot *s = message->slots; s != NULL;
	     s = s->next)
		policy_input(p, dnslist_zone(s->list->list), "%s: %s",
		    s->subject,
		    s->read ? dnslist_says_name(s->says) : "no answer yet");
}

/* refuse - because of that listing */
static struct verdict
refuse(const struct pctx *p, const struct uribl_slot *slot)
{
	const struct mime_link *link = slot->host->link;
	bool by_domain = slot->list->checks & 1u << URIBL_ABOUT_DOMAIN;
	const char *zone = dnslist_zone(slot->list->list);
	struct verdict verdict =
	    verdict_refuse(by_domain ? URIBL_DOMAIN : URIBL_IP, NULL);

	verdict.detail =
	    arena_printf(p->arena, "%s,%s.%s", link->host, slot->subject, zone);
	verdict_value(&verdict, VALUE_KEY,
	    by_domain ? slot->host->domain : link->host);
	verdict_value(&verdict, VALUE_ZONE, zone);
	return verdict;
}

/* deadline_of - until when is waited */
static int64_t
deadline_of(const struct pctx *p)
{
	const struct uribl_settings *s = p->settings;
	int64_t deadline_ms = p->begun_ms + s->wait_ms;

	return deadline_ms < p->deadline_ms ? deadline_ms : p->deadline_ms;
}

/* decide - wait until something is listed, or all have answered */
static struct verdict
decide(const struct pctx *p, struct uribl_message *message)
{
	int64_t deadline_ms = deadline_of(p);
	const struct uribl_slot *slot;
	size_t open;

	do {
		slot = uribl_read(p, message, &open);
	} while (slot == NULL && open > 0 &&
		 dns_wait_some(message->pending, open, deadline_ms));
	if (slot != NULL)
		return refuse(p, slot);
	if (open > 0)
		uribl_give_up(message);
	slot = uribl_unsure(message);
	if (slot == NULL)
		return verdict_none();
	return verdict_trouble(TROUBLE_TEMPORARY,
	    arena_printf(p->arena, "%s: %s", dnslist_zone(slot->list->list),
		slot->subject));
}

/* judge - once for a message and its settings */
static struct verdict
judge(struct pctx *p)
{
	struct uribl_message *message = p->message_scratch;

	prepare(p, message);
	if (message->failed != NULL)
		return verdict_lookup(message->lookup, message->failed);
	if (message->verdict == NULL) {
		message->verdict =
		    arena_alloc(p->arena, sizeof(*message->verdict));
		*message->verdict = decide(p, message);
	}
	show(p, message);
	return *message->verdict;
}

/* reads - links; for settings of a scope the same */
static unsigned
reads(const void *settings, const struct part *parts, size_t part_count)
{
	(void)settings;
	(void)parts;
	(void)part_count;
	return MIME_LINKS;
}

#define AT(field) offsetof(struct uribl_settings, field)

static const struct name_code bare_names[] = {
	{ .name = "no", .code = MIME_LINK_WWW },
	{ .name = "path", .code = MIME_LINK_PATH },
	{ .name = "yes", .code = MIME_LINK_BARE },
	{ .name = NULL },
};

static const struct option options[] = {
	{
	    .name = "lines",
	    .type = OPTION_INT,
	    .offset = AT(lines),
	    .fallback = "20",
	    .min = 0,
	    .max = 1000000,
	    .unit = "lines",
	    .doc = "Links in so many lines from the begin of the message "
		   "are looked up: lines of text, as they are shown, of all "
		   "its parts, without the empty ones. 0: all that [mime] "
		   "text_size lets us see.",
	},
	{
	    .name = "hosts",
	    .type = OPTION_INT,
	    .offset = AT(hosts),
	    .fallback = "20",
	    .min = 1,
	    .max = 200,
	    .doc = "How many different hosts of a message are looked up; of "
		   "more, the first and the last.",
	},
	{
	    .name = "bare",
	    .type = OPTION_ENUM,
	    .offset = AT(bare),
	    .fallback = "path",
	    .names = bare_names,
	    .doc = "Whether a name in text without http:// or www. is a "
		   "link: no; path, if a path follows (example.com/pay); "
		   "yes, any name whose top-level domain exists. With yes, "
		   "words and signatures as \"St.Co\" are looked up.",
	},
	{
	    .name = "skip",
	    .type = OPTION_TABLES,
	    .offset = AT(skip),
	    .fallback = "",
	    .doc = "Hosts, domains and addresses that are not looked up: "
		   "those that much good mail links to. \".example.com\" has "
		   "its subdomains, too.",
	    .example = "file:/etc/mailreeve/good_links",
	},
	{
	    .name = "wait",
	    .type = OPTION_MILLIS,
	    .offset = AT(wait_ms),
	    .fallback = "4s",
	    .min = 0,
	    .max = 20000,
	    .doc = "How long answers are waited for.",
	},
	{ .name = NULL },
};

static const struct reason reasons[] = {
	[URIBL_IP] = {
	    .name = "uribl.ip",
	    .reply = "550 5.7.1 The message links to %{key}, whose address is "
		     "listed by %{zone} %{ref}",
	    .doc = "A link's host has an address that is in a DNS list.",
	},
	[URIBL_DOMAIN] = {
	    .name = "uribl.domain",
	    .reply = "550 5.7.1 The message links to %{key}, which is listed "
		     "by %{zone} %{ref}",
	    .doc = "A link's registered domain is in a DNS list of domains.",
	},
	{ .name = NULL },
};

const struct policy uribl_policy = {
	.name = "uribl",
	.summary = "links of the message in DNS lists",
	.doc =
	    "Looks up what a message links to: the registered domain of each "
	    "host in lists of domains, its addresses in lists of addresses. "
	    "Each list has a section [uribl.LIST]; without one nothing is "
	    "asked, and no message is read.\n\n"
	    "Links are found in text and in HTML (not in its comments and "
	    "scripts), in all that holds an address there, behind entities, "
	    "per-cent escapes, base64 and quoted-printable; of "
	    "http://bank.example@other.example/ the host is other.example, "
	    "and addresses may be written in any way that browsers take. "
	    "Names in other scripts become A-labels. An address of mail is "
	    "no link. Pages that lead on to others are not followed.\n\n"
	    "All questions are asked at once. The first listing refuses; "
	    "action = tag marks the message instead, score adds to others. A "
	    "list that is out of order is switched off as for dnsbl, and a "
	    "name server that is silent never refuses anybody.\n\n"
	    "Logged-in clients are not judged unless authenticated = judge; "
	    "clients that are never to be judged go into exempt.",
	.example = "[uribl]\n"
		   "skip = inline:{.w3.org .example.com}\n"
		   "[uribl.dbl]\n"
		   "zone = dbl.spamhaus.org\n"
		   "answers = 127.0.1.[2..6]\n"
		   "[uribl.surbl]\n"
		   "zone = multi.surbl.org\n"
		   "answers = 127.0.0.&8, 127.0.0.&16, 127.0.0.&64\n"
		   "test_listed = test.surbl.org\n"
		   "[uribl.sbl]\n"
		   "zone = sbl.spamhaus.org\n"
		   "checks = ip\n",
	.flags = POLICY_CLIENT_CHECK,
	.stage = STEP_EOM,
	.options = options,
	.parts = &uribl_parts,
	.reasons = reasons,
	.settings_size = sizeof(struct uribl_settings),
	.message_scratch = sizeof(struct uribl_message),
	.hooks = {
	    { .step = STEP_EOM, .ask = ask },
	    {
		.step = STEP_EOM,
		.judge = judge,
		.rule = REFUSE_IF_ALL,
		.reads = reads,
	    },
	},
};
