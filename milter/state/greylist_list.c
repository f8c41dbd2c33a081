/*
 * greylist_list - what is stored for the policy greylist, filtered, printed.
 *
 * A store may hold millions of triplets: each is printed as it comes. Names of
 * which the store has only hashes are shown as "?", and no filter sees them.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/domain.h"
#include "base/mem.h"
#include "service/json.h"
#include "state/greylist_list.h"

#define MINUTES 16 /* bytes of "2026-11-21 10:20" */

const struct name_code greylist_state_names[] = {
	{ .name = "waits", .code = GREYLIST_WAITS },
	{ .name = "ready", .code = GREYLIST_READY },
	{ .name = "late", .code = GREYLIST_LATE },
	{ .name = "known", .code = GREYLIST_KNOWN },
	{ .name = "counts", .code = GREYLIST_COUNTS },
	{ .name = "auto", .code = GREYLIST_AUTO },
	{ .name = "allowed", .code = GREYLIST_ALLOWED },
	{ .name = NULL },
};

/* one thing that is stored, taken apart; texts NULL: a hash, or none */
struct row {
	enum greylist_state state;
	const char *client, *sender, *recipient, *why;
	int64_t first_s, last_s, passes, until_s;
};

/* ---- reading ---- */

/* state_of - of a triplet */
static enum greylist_state
state_of(const struct greylist_listing *listing, const struct row *row)
{
	int64_t age = listing->now_s - row->first_s;

	if (row->passes > 0)
		return GREYLIST_KNOWN;
	if (age < listing->settings->delay_s)
		return GREYLIST_WAITS;
	return age <= listing->settings->window_s ? GREYLIST_READY
						  : GREYLIST_LATE;
}

/* state_of_count - whether a source has passed often enough */
static enum greylist_state
state_of_count(const struct row *row, int64_t enough)
{
	return enough > 0 && row->passes >= enough ? GREYLIST_AUTO
						   : GREYLIST_COUNTS;
}

/* read_parties - sender and recipient of a triplet's key */
static void
read_parties(const char *rest, struct row *row, struct arena *arena)
{
	/* recipients are ours, and have no quoted ">" */
	const char *divider = strrchr(rest, '>');

	if (divider == NULL)
		return;
	row->sender = arena_strndup(arena, rest, (size_t)(divider - rest));
	row->recipient = arena_strdup(arena, divider + 1);
}

/* read_triplet - of a contact or of passes; false: none of ours */
static bool
read_triplet(const struct greylist_listing *listing,
    const struct store_item *item, struct row *row)
{
	const struct greylist_settings *s = listing->settings;

	row->first_s = json_get_int(item->fields, "first", 0);
	row->last_s = json_get_int(item->fields, "last", 0);
	row->passes = json_get_int(item->fields, "passes", 0);
	if (strcmp(item->policy, GREYLIST_TRIPLET) == 0) {
		row->state = state_of(listing, row);
		read_parties(item->rest, row, listing->arena);
	} else if (strcmp(item->policy, GREYLIST_DOMAIN) == 0) {
		row->state = state_of_count(row, s->auto_domain);
		if (item->rest[0] != '\0')
			row->sender =
			    arena_printf(listing->arena, "@%s", item->rest);
	} else if (strcmp(item->policy, GREYLIST_NETWORK) == 0) {
		row->state = state_of_count(row, s->auto_network);
	} else {
		return false;
	}
	return true;
}

/* read_allowed - "SINCE WHY" */
static bool
read_allowed(const struct store_item *item, struct row *row)
{
	const char *value = json_get_text(item->fields, "value");
	long long since = 0;
	int length = 0;

	if (strcmp(item->policy, GREYLIST_ALLOW) != 0 || value == NULL ||
	    sscanf(value, "%lld %n", &since, &length) != 1)
		return false;
	row->state = GREYLIST_ALLOWED;
	row->first_s = row->last_s = since;
	row->why = value + length;
	return true;
}

/* read_item - false: none of ours */
static bool
read_item(const struct greylist_listing *listing, const struct store_item *item,
    struct row *row)
{
	*row = (struct row){ .until_s = listing->now_s + item->ttl_s };
	if (item->subject[0] != '\0')
		row->client = item->subject;
	if (strcmp(item->verb, "triplet") == 0)
		return read_triplet(listing, item, row);
	return strcmp(item->verb, "entry") == 0 && read_allowed(item, row);
}

/* ---- filtering ---- */

/* is_client - the source itself, or one that it is in */
static bool
is_client(const struct greylist_client *wanted, const char *client)
{
	struct netprefix prefix;
	bool strict_only;

	if (!wanted->is_network)
		return domain_is_under(client, wanted->subject);
	if (!netprefix_parse(&prefix, client, &strict_only))
		return false;
	return netprefix_has(&wanted->prefix, &prefix.addr) ||
	       netprefix_has(&prefix, &wanted->prefix.addr);
}

/* is_party - an address, or all of "@domain" and below */
static bool
is_party(const char *wanted, const char *party)
{
	const char *at = strrchr(party, '@');

	if (wanted[0] != '@')
		return strcmp(wanted, party) == 0;
	return at != NULL && domain_is_under(at + 1, wanted + 1);
}

/* takes - whether the filter does; *hashed: it cannot know */
static bool
takes(const struct greylist_filter *filter, const struct row *row, bool *hashed)
{
	bool no_parties = row->sender == NULL || row->recipient == NULL;

	*hashed = false;
	if (filter->state != GREYLIST_ANY && filter->state != row->state)
		return false;
	if (row->client == NULL) {
		*hashed = filter->client != NULL || filter->sender != NULL ||
			  filter->recipient != NULL;
		return !*hashed;
	}
	if (filter->client != NULL && !is_client(filter->client, row->client))
		return false;
	if (no_parties && (filter->sender != NULL || filter->recipient != NULL))
		return false;
	if (filter->sender != NULL && !is_party(filter->sender, row->sender))
		return false;
	return filter->recipient == NULL ||
	       (row->recipient != NULL &&
		   is_party(filter->recipient, row->recipient));
}

/* ---- printing ---- */

/* party_of - an address as one writes it; "?": it is not known */
static const char *
party_of(const char *party, struct arena *arena)
{
	if (party == NULL)
		return NULL;
	return party[0] == '@' ? party : arena_printf(arena, "<%s>", party);
}

/* minutes_of - "2026-11-21 10:20" */
static const char *
minutes_of(int64_t time_s, struct arena *arena)
{
	char date[40];

	clock_date(time_s, date, sizeof(date));
	return arena_strndup(arena, date, MINUTES);
}

/* print_row - a line for people */
static void
print_row(const struct row *row, struct arena *arena)
{
	bool is_contact = row->state <= GREYLIST_KNOWN;
	const char *sender = party_of(row->sender, arena);
	const char *recipient = party_of(row->recipient, arena);

	printf("%-8s %s %s %s %6lld  %s",
	    names_name(greylist_state_names, (int)row->state, "?"),
	    minutes_of(row->first_s, arena), minutes_of(row->last_s, arena),
	    minutes_of(row->until_s, arena), (long long)row->passes,
	    row->client != NULL ? row->client : "?");
	if (is_contact && sender == NULL)
		sender = recipient = "?";
	if (sender != NULL)
		printf(" %s", sender);
	if (recipient != NULL)
		printf(" %s", recipient);
	if (row->why != NULL && row->why[0] != '\0')
		printf(" # %s", row->why);
	printf("\n");
}

/* print_json - the same for programs */
static void
print_json(const struct row *row, bool first)
{
	struct json *json = json_new_object();
	char *text;

	json_add_text(json, "state",
	    names_name(greylist_state_names, (int)row->state, "?"));
	json_add_text(json, "client", row->client);
	json_add_text(json, "sender", row->sender);
	json_add_text(json, "recipient", row->recipient);
	json_add_int(json, "first", row->first_s);
	json_add_int(json, "last", row->last_s);
	json_add_int(json, "until", row->until_s);
	json_add_int(json, "passes", row->passes);
	json_add_text(json, "why", row->why);
	text = json_print(json);
	printf("%s%s", first ? "" : ",\n", text);
	mem_free(text);
	json_free(json);
}

void
greylist_list_begin(struct greylist_listing *listing)
{
	listing->arena = arena_new(4096);
	if (listing->json)
		printf("[");
	else
		printf("%-8s %-*s %-*s %-*s %6s  CLIENT SENDER RECIPIENT\n",
		    "STATE", MINUTES, "FIRST SEEN", MINUTES, "LAST SEEN",
		    MINUTES, "KEPT UNTIL", "PASSES");
}

void
greylist_list_end(struct greylist_listing *listing)
{
	if (listing->json)
		printf("]\n");
	if (listing->hidden > 0)
		fprintf(stderr,
		    "mailreevectl greylist: of %llu more the store has only "
		    "hashes of names; --client, --sender and --recipient "
		    "together find one of them\n",
		    (unsigned long long)listing->hidden);
	arena_free(listing->arena);
}

bool
greylist_list_item(void *context, const struct store_item *item)
{
	struct greylist_listing *listing = context;
	struct row row;
	bool hashed;

	arena_reset(listing->arena);
	if (!read_item(listing, item, &row))
		return true;
	if (!takes(&listing->filter, &row, &hashed)) {
		listing->hidden += hashed;
		return true;
	}
	if (listing->json)
		print_json(&row, listing->printed == 0);
	else
		print_row(&row, listing->arena);
	listing->printed++;
	return true;
}

/* add_times - of a triplet that was looked at, as those of a scan */
static void
add_times(struct store_item *item, struct json *fields,
    const struct store_triplet_answer *answer,
    const struct greylist_listing *listing)
{
	const struct greylist_settings *s = listing->settings;
	int64_t until_s = answer->passes > 0
			      ? answer->last_s + s->lifetime_s
			      : answer->first_s + s->window_s + s->window_s / 4;

	json_add_int(fields, "first", answer->first_s);
	json_add_int(fields, "last", answer->last_s);
	json_add_int(fields, "passes", answer->passes);
	item->ttl_s = until_s - listing->now_s;
	item->fields = fields;
}

enum store_result
greylist_list_look(struct greylist_listing *listing, struct store *store,
    int64_t deadline_ms)
{
	const struct greylist_filter *filter = &listing->filter;
	const struct greylist_settings *s = listing->settings;
	struct arena *arena = arena_new(1024);
	struct store_item item = {
		.verb = "triplet",
		.policy = GREYLIST_TRIPLET,
		.subject = filter->client->subject,
		.rest = greylist_rest(filter->sender, filter->recipient, arena),
	};
	const struct store_triplet ask = {
		.key = { .policy = item.policy,
		    .subject = item.subject,
		    .rest = item.rest },
		.delay_s = s->delay_s,
		.window_s = s->window_s,
		.lifetime_s = s->lifetime_s,
		.only_look = true,
	};
	struct store_triplet_answer answer;
	enum store_result result;
	struct json *fields;

	result =
	    store_wait_triplet(store_add_triplet(store_batch_new(store, arena),
				   &ask),
		deadline_ms, &answer, NULL);
	if (result == STORE_OK && answer.state != TRIPLET_NEW) {
		fields = json_new_object();
		add_times(&item, fields, &answer, listing);
		greylist_list_item(listing, &item);
		json_free(fields);
	}
	arena_free(arena);
	return result;
}
