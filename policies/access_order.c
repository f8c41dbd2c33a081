/*
 * access_order - which of all lists decides.
 *
 * The order is fixed, so that "why did my allow entry not help" has an answer
 * (trusted networks never come here):
 *   1. a block entry marked "force", from the global level inwards;
 *   2. then by level, the closest first: the recipient's address, its domain,
 *      login, sender address, sender domain, client, listener, global;
 *      in each level first the allow lists, then the block lists.
 * The lists of a level stand in its section ([access rcpt=...]); lists kept by
 * users and domains belong to the recipient's two levels.
 *
 * A table that fails leaves a gap in this order. The gap is the verdict unless
 * what follows makes it meaningless: a block entry after a failed block list,
 * an allow entry after a failed allow list.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "policy/sender_spf.h"
#include "policies/access.h"

#define LEVELS (SUBJECT_GLOBAL + 1)

enum kind { ALLOW, BLOCK };

/* options by what they list, for the log and for `explain` */
static const char *const list_names[2][LIST_MAX] = {
	[ALLOW] = {
	    [LIST_CLIENTS] = "allow_clients",
	    [LIST_HELO] = "allow_helo",
	    [LIST_SENDERS] = "allow_senders",
	    [LIST_RECIPIENTS] = "allow_recipients",
	    [LIST_HEADER_FROM] = "allow_header_from",
	},
	[BLOCK] = {
	    [LIST_CLIENTS] = "block_clients",
	    [LIST_HELO] = "block_helo",
	    [LIST_SENDERS] = "block_senders",
	    [LIST_RECIPIENTS] = "block_recipients",
	    [LIST_HEADER_FROM] = "block_header_from",
	},
};
static const char *const kept_names[2][KEEPER_MAX] = {
	[ALLOW] = { "user_allow", "domain_allow" },
	[BLOCK] = { "user_block", "domain_block" },
};

/* one level, and what its block lists say */
struct level {
	enum subject subject;
	const struct access_settings *settings; /* NULL: no such section */
	struct origin at;
	struct verdict block;
	bool forced;
};

/* what one list of a level holds */
struct found {
	struct access_hit hit;
	const struct access_settings *settings; /* whose list it is */
	const char *option;
	unsigned reason;
	bool kept, senders;
};

/* block_reason - of a list that stands in a section */
static unsigned
block_reason(enum access_list list, enum subject subject)
{
	switch (list) {
	case LIST_CLIENTS:
		return ACCESS_CLIENT;
	case LIST_HELO:
		return ACCESS_HELO;
	case LIST_RECIPIENTS:
		return ACCESS_RECIPIENT;
	case LIST_HEADER_FROM:
		return ACCESS_HEADER_FROM;
	default:
		return subject <= SUBJECT_RCPT_DOMAIN ? ACCESS_SENDER_POLICY
						      : ACCESS_SENDER;
	}
}

/* kept_reason - of a list that a user or a domain keeps */
static unsigned
kept_reason(enum access_list list, enum access_keeper keeper, bool by_domain)
{
	if (keeper == KEEPER_USER && list == LIST_HEADER_FROM)
		return ACCESS_USER_HEADER_FROM;
	if (keeper == KEEPER_USER)
		return by_domain ? ACCESS_USER_SENDER_DOMAIN
				 : ACCESS_USER_SENDER;
	if (list == LIST_HEADER_FROM)
		return ACCESS_HEADER_FROM;
	return by_domain ? ACCESS_SENDER_DOMAIN : ACCESS_SENDER_POLICY;
}

/* has_word - whether a table's value has this word */
static bool
has_word(const char *value, const char *word)
{
	const char *next;
	size_t length;

	while ((next = str_next_word(&value, " \t,", &length)) != NULL)
		if (length == strlen(word) &&
		    strncasecmp(next, word, length) == 0)
			return true;
	return false;
}

/* add_entry - what matched, and where that stands */
static void
add_entry(struct verdict *verdict, const struct level *level,
    const struct found *found)
{
	verdict->settings = found->settings;
	verdict_entry(verdict, &found->hit.answer);
	if (verdict->entry.file == NULL)
		verdict->entry = level->at;
	if (found->hit.from != NULL)
		verdict_value(verdict, VALUE_ADDRESS, found->hit.from);
}

/* find_listed - in the list of the level's section */
static bool
find_listed(const struct pctx *p, const struct level *level, enum kind kind,
    enum access_list list, struct found *found)
{
	const struct access_settings *s = level->settings;

	if (s == NULL)
		return false;
	access_find(p, list, kind == BLOCK ? &s->block[list] : &s->allow[list],
	    &found->hit);
	found->settings = s;
	found->option = list_names[kind][list];
	found->reason = block_reason(list, level->subject);
	found->kept = false;
	found->senders = list == LIST_SENDERS;
	return found->hit.lookup != LOOKUP_NOT_FOUND;
}

/* kept_by - user_block or its kin in one section, or NULL */
static struct table *
kept_by(const struct access_settings *s, enum access_keeper keeper,
    enum kind kind)
{
	return kind == BLOCK ? s->kept_block[keeper] : s->kept_allow[keeper];
}

/* find_kept - in the list that the recipient or its domain keeps */
static bool
find_kept(const struct pctx *p, const struct level *level, enum kind kind,
    enum access_list list, struct found *found)
{
	enum access_keeper keeper = level->subject == SUBJECT_RCPT_ADDRESS
					? KEEPER_USER
					: KEEPER_DOMAIN;
	const struct access_settings *s = NULL;

	if (level->subject > SUBJECT_RCPT_DOMAIN || p->txn->recipient == NULL ||
	    (list != LIST_SENDERS && list != LIST_HEADER_FROM))
		return false;
	for (int i = 0; i < LEVELS; i++) {
		s = policy_settings_at(p, (enum subject)i, NULL);
		if (s != NULL && kept_by(s, keeper, kind) != NULL)
			break;
		s = NULL;
	}
	if (s == NULL || (list == LIST_HEADER_FROM && !s->kept_header_from))
		return false;
	access_find_kept(p, list, kept_by(s, keeper, kind), keeper,
	    &found->hit);
	found->settings = s;
	found->option = kept_names[kind][keeper];
	found->reason = kept_reason(list, keeper, found->hit.by_domain);
	found->kept = true;
	found->senders = list == LIST_SENDERS;
	return found->hit.lookup != LOOKUP_NOT_FOUND;
}

/* find_next - the next entry or failure in a level's lists of one kind */
static bool
find_next(const struct pctx *p, const struct level *level, enum kind kind,
    unsigned lists, unsigned *n, struct found *found)
{
	while (*n < 2 * LIST_MAX) {
		enum access_list list = (enum access_list)(*n / 2);
		bool kept = (*n)++ % 2 != 0;

		if (lists & LIST_BIT(list) &&
		    (kept ? find_kept(p, level, kind, list, found)
			  : find_listed(p, level, kind, list, found)))
			return true;
	}
	return false;
}

/* ask_blocks - all block lists of a level, until one forces */
static void
ask_blocks(const struct pctx *p, unsigned lists, struct level *level)
{
	struct found found;
	unsigned n = 0;

	while (
	    !level->forced && find_next(p, level, BLOCK, lists, &n, &found)) {
		if (found.hit.lookup != LOOKUP_FOUND) {
			if (level->block.kind == VERDICT_NONE)
				level->block = verdict_lookup(found.hit.lookup,
				    found.hit.table);
			continue;
		}
		level->forced =
		    !found.kept && has_word(found.hit.answer.value, "force");
		if (level->block.kind == VERDICT_REFUSE && !level->forced)
			continue;
		level->block = verdict_refuse(found.reason, found.option);
		add_entry(&level->block, level, &found);
	}
}

/* skips_of - "greylist,dnsbl" up to white space, as words */
static struct words
skips_of(const char *list, struct arena *arena)
{
	const char **word =
	    arena_alloc(arena, (strlen(list) / 2 + 1) * sizeof(*word));
	struct words words = { .word = word };
	const char *next;
	size_t length;

	list = arena_strndup(arena, list, strcspn(list, " \t"));
	while ((next = str_next_word(&list, ",", &length)) != NULL)
		word[words.count++] = arena_strndup(arena, next, length);
	return words;
}

/* default_skips - allow_skips of the section, else of [access], else all */
static struct words
default_skips(const struct pctx *p, const struct access_settings *s)
{
	static const char *const all[] = { "all" };

	if (s->allow_skips.count == 0)
		s = policy_settings_at(p, SUBJECT_GLOBAL, NULL);
	if (s->allow_skips.count > 0)
		return s->allow_skips;
	return (struct words){ .word = all, .count = 1 };
}

/*
 * own_bit - this policy. No allow entry skips it: a client allowed for all at
 * CONNECT must still meet the block list of a recipient.
 */
static unsigned long long
own_bit(void)
{
	static const char *const name[] = { "access" };
	const struct words self = { .word = name, .count = 1 };
	const char *unknown;
	unsigned long long bits = 0;

	policy_skip_bits(&self, &bits, &unknown);
	return bits;
}

/* allow - the verdict of an allow entry; its value may say what it skips */
static struct verdict
allow(const struct pctx *p, const struct level *level,
    const struct found *found)
{
	struct verdict verdict = {
		.kind = VERDICT_ALLOW,
		.option = found->option,
	};
	struct words skips = default_skips(p, found->settings);
	const char *list, *unknown = "";

	list = found->kept ? NULL : strstr(found->hit.answer.value, "skip=");
	if (list != NULL)
		skips = skips_of(list + strlen("skip="), p->arena);
	if (!policy_skip_bits(&skips, &verdict.skip, &unknown))
		return verdict_trouble(TROUBLE_CONFIG,
		    arena_printf(p->arena, "%s: %s: skip= names no policy: %s",
			found->option, found->hit.answer.key, unknown));
	verdict.skip &= ~own_bit();
	add_entry(&verdict, level, found);
	return verdict;
}

/*
 * proven - whether an entry that was found counts: one for a sender may need
 * SPF to say that the client is the sender's. *verdict: what stood in the way.
 */
static bool
proven(const struct pctx *p, const struct found *found, struct verdict *verdict)
{
	const struct access_settings *all =
	    policy_settings_at(p, SUBJECT_GLOBAL, NULL);
	const struct spf_answer *spf;

	*verdict = verdict_none();
	if (!found->senders ||
	    (!found->settings->senders_spf && !all->senders_spf))
		return true;
	spf = sender_spf(p, SENDER_SPF_WAIT_MS);
	policy_input(p, "spf", "%s for the entry %s of %s",
	    spf_result_name(spf->result), found->hit.answer.key, found->option);
	if (sender_spf_unknown(spf))
		*verdict = verdict_trouble(TROUBLE_TEMPORARY,
		    "SPF of a sender that is allowed");
	return spf->result == SPF_PASS;
}

/* ask_allows - all allow lists of a level, until one allows */
static struct verdict
ask_allows(const struct pctx *p, unsigned lists, const struct level *level)
{
	struct verdict verdict = verdict_none(), trouble;
	struct found found;
	unsigned n = 0;

	while (find_next(p, level, ALLOW, lists, &n, &found)) {
		trouble = verdict_lookup(found.hit.lookup, found.hit.table);
		if (found.hit.lookup == LOOKUP_FOUND &&
		    proven(p, &found, &trouble))
			return allow(p, level, &found);
		if (verdict.kind == VERDICT_NONE)
			verdict = trouble;
	}
	return verdict;
}

/* weigh - the levels from the closest on: allow before block in each */
static struct verdict
weigh(const struct pctx *p, unsigned lists, const struct level *levels)
{
	struct verdict no_block = verdict_none(), no_allow = verdict_none();
	struct verdict verdict;

	for (int i = 0; i < LEVELS; i++) {
		verdict = ask_allows(p, lists, &levels[i]);
		if (verdict.kind == VERDICT_ALLOW)
			return no_block.kind != VERDICT_NONE ? no_block
							     : verdict;
		if (no_allow.kind == VERDICT_NONE)
			no_allow = verdict;
		verdict = levels[i].block;
		if (verdict.kind == VERDICT_REFUSE)
			return no_allow.kind != VERDICT_NONE ? no_allow
							     : verdict;
		if (no_block.kind == VERDICT_NONE)
			no_block = verdict;
	}
	return no_block.kind != VERDICT_NONE ? no_block : no_allow;
}

struct verdict
access_decide(struct pctx *p, unsigned lists)
{
	struct level levels[LEVELS];
	struct level *level;

	for (int i = LEVELS - 1; i >= 0; i--) {
		level = &levels[i];
		*level = (struct level){ .subject = (enum subject)i };
		level->settings =
		    policy_settings_at(p, level->subject, &level->at);
		ask_blocks(p, lists, level);
		if (level->forced)
			return level->block;
	}
	return weigh(p, lists, levels);
}
