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
#include "policies/access.h"

#define LEVELS (SUBJECT_GLOBAL + 1)

/* options by what they list, for the log and for `explain` */
static const char *const block_names[LIST_MAX] = {
	[LIST_CLIENTS] = "block_clients",
	[LIST_HELO] = "block_helo",
	[LIST_SENDERS] = "block_senders",
	[LIST_RECIPIENTS] = "block_recipients",
	[LIST_HEADER_FROM] = "block_header_from",
};
static const char *const allow_names[LIST_MAX] = {
	[LIST_CLIENTS] = "allow_clients",
	[LIST_HELO] = "allow_helo",
	[LIST_SENDERS] = "allow_senders",
	[LIST_RECIPIENTS] = "allow_recipients",
	[LIST_HEADER_FROM] = "allow_header_from",
};
static const char *const kept_block_names[KEEPER_MAX] = {
	[KEEPER_USER] = "user_block",
	[KEEPER_DOMAIN] = "domain_block",
};
static const char *const kept_allow_names[KEEPER_MAX] = {
	[KEEPER_USER] = "user_allow",
	[KEEPER_DOMAIN] = "domain_allow",
};

/* one level, and what its block lists say */
struct level {
	enum subject subject;
	const struct access_settings *settings; /* NULL: no such section */
	struct origin at;
	struct verdict block;
	bool forced;
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
    const struct access_hit *hit)
{
	verdict_entry(verdict, &hit->answer);
	if (verdict->entry.file == NULL)
		verdict->entry = level->at;
	if (hit->from != NULL)
		verdict_value(verdict, VALUE_ADDRESS, hit->from);
}

/* add_block - one list's answer to what the level says so far */
static void
add_block(struct level *level, const struct access_hit *hit, unsigned reason,
    const char *option, bool forced)
{
	struct verdict verdict;

	if (hit->lookup == LOOKUP_NOT_FOUND)
		return;
	if (hit->lookup != LOOKUP_FOUND) {
		if (level->block.kind == VERDICT_NONE)
			level->block = verdict_lookup(hit->lookup, hit->table);
		return;
	}
	if (level->block.kind == VERDICT_REFUSE && !forced)
		return;
	verdict = verdict_refuse(reason, option);
	add_entry(&verdict, level, hit);
	level->block = verdict;
	level->forced = forced;
}

/* keeper_of - whose kept lists belong to a level; false: nobody's */
static bool
keeper_of(const struct pctx *p, enum subject subject,
    enum access_keeper *keeper)
{
	*keeper = subject == SUBJECT_RCPT_ADDRESS ? KEEPER_USER : KEEPER_DOMAIN;
	return subject <= SUBJECT_RCPT_DOMAIN && p->txn->recipient != NULL;
}

/* kept_table - user_block and its kin, of the closest section with one */
static struct table *
kept_table(const struct pctx *p, enum access_keeper keeper, bool block,
    enum access_list list)
{
	const struct access_settings *s;
	struct table *table;

	for (int subject = 0; subject < LEVELS; subject++) {
		s = policy_settings_at(p, (enum subject)subject, NULL);
		if (s == NULL)
			continue;
		table = block ? s->kept_block[keeper] : s->kept_allow[keeper];
		if (table != NULL)
			return list == LIST_SENDERS || s->kept_header_from
				   ? table
				   : NULL;
	}
	return NULL;
}

/* find_kept - look a kept list up, if there is one for this level and list */
static bool
find_kept(const struct pctx *p, enum subject subject, enum access_list list,
    bool block, struct access_hit *hit)
{
	enum access_keeper keeper;
	struct table *table;

	if ((list != LIST_SENDERS && list != LIST_HEADER_FROM) ||
	    !keeper_of(p, subject, &keeper))
		return false;
	table = kept_table(p, keeper, block, list);
	if (table == NULL)
		return false;
	access_find_kept(p, list, table, keeper, hit);
	return true;
}

/* ask_blocks - all block lists of a level, until one forces */
static void
ask_blocks(const struct pctx *p, unsigned lists, struct level *level)
{
	struct access_hit hit;
	enum access_keeper keeper;

	for (int n = 0; n < LIST_MAX && !level->forced; n++) {
		enum access_list list = (enum access_list)n;

		if (!(lists & LIST_BIT(list)))
			continue;
		if (level->settings != NULL) {
			access_find(p, list, &level->settings->block[list],
			    &hit);
			add_block(level, &hit,
			    block_reason(list, level->subject),
			    block_names[list],
			    hit.lookup == LOOKUP_FOUND &&
				has_word(hit.answer.value, "force"));
		}
		if (!find_kept(p, level->subject, list, true, &hit))
			continue;
		keeper_of(p, level->subject, &keeper);
		add_block(level, &hit, kept_reason(list, keeper, hit.by_domain),
		    kept_block_names[keeper], false);
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

/* default_skips - allow_skips of the level, else the global one, else all */
static struct words
default_skips(const struct pctx *p, const struct level *level)
{
	static const char *const all[] = { "all" };
	const struct access_settings *s = level->settings;

	if (s == NULL || s->allow_skips.count == 0)
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
allow(const struct pctx *p, const struct level *level, const char *option,
    const struct access_hit *hit, bool kept)
{
	struct verdict verdict = { .kind = VERDICT_ALLOW, .option = option };
	struct words skips = default_skips(p, level);
	const char *list, *unknown = "";

	list = kept ? NULL : strstr(hit->answer.value, "skip=");
	if (list != NULL)
		skips = skips_of(list + strlen("skip="), p->arena);
	if (!policy_skip_bits(&skips, &verdict.skip, &unknown))
		return verdict_trouble(TROUBLE_CONFIG,
		    arena_printf(p->arena, "%s: %s: skip= names no policy: %s",
			option, hit->answer.key, unknown));
	verdict.skip &= ~own_bit();
	add_entry(&verdict, level, hit);
	return verdict;
}

/* add_allow - one list's answer; true when it settles the level */
static bool
add_allow(const struct pctx *p, const struct level *level, const char *option,
    const struct access_hit *hit, bool kept, struct verdict *verdict)
{
	if (hit->lookup == LOOKUP_NOT_FOUND)
		return false;
	if (hit->lookup == LOOKUP_FOUND)
		*verdict = allow(p, level, option, hit, kept);
	else if (verdict->kind == VERDICT_NONE)
		*verdict = verdict_lookup(hit->lookup, hit->table);
	return verdict->kind == VERDICT_ALLOW;
}

/* ask_allows - all allow lists of a level, until one allows */
static struct verdict
ask_allows(const struct pctx *p, unsigned lists, const struct level *level)
{
	struct verdict verdict = verdict_none();
	struct access_hit hit;
	enum access_keeper keeper;

	for (int n = 0; n < LIST_MAX; n++) {
		enum access_list list = (enum access_list)n;

		if (!(lists & LIST_BIT(list)))
			continue;
		if (level->settings != NULL) {
			access_find(p, list, &level->settings->allow[list],
			    &hit);
			if (add_allow(p, level, allow_names[list], &hit, false,
				&verdict))
				break;
		}
		if (!find_kept(p, level->subject, list, false, &hit))
			continue;
		keeper_of(p, level->subject, &keeper);
		if (add_allow(p, level, kept_allow_names[keeper], &hit, true,
			&verdict))
			break;
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
