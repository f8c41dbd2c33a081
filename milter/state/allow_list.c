/*
 * allow_list - who is let by, and why: for mailreevectl.
 *
 * What users wrote and what was entered by hand stand side by side. Of names
 * that are hashed nothing can be told.
 */
#include "state/allow_list.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "policies/autoallow.h"
#include "service/json.h"
#include "store/store.h"

/* what an item tells */
struct row {
	bool by_hand;
	const char *sender, *whom, *skip, *why;
	int64_t until_s;
};

/* takes - whether the filter does */
static bool
takes(const struct allow_listing *listing, const struct row *row)
{
	return (listing->sender == NULL ||
		   strcmp(listing->sender, row->sender) == 0) &&
	       (listing->whom == NULL || strcmp(listing->whom, row->whom) == 0);
}

/* print_text - for people */
static void
print_text(const struct row *row)
{
	char date[40];

	clock_date(row->until_s, date, sizeof(date));
	printf("%s -> %s until %s %s%s%s%s\n",
	    row->sender[0] != '\0' ? row->sender : "(hashed)",
	    row->whom[0] != '\0' ? row->whom : "(hashed)", date,
	    row->by_hand ? "skips " : "was written to", row->skip,
	    row->why[0] != '\0' ? " # " : "", row->why);
}

/* print_json - an element of the array */
static void
print_json(const struct allow_listing *listing, const struct row *row)
{
	struct json *object = json_new_object();
	char *text;

	json_add_text(object, "sender", row->sender);
	json_add_text(object, "for", row->whom);
	json_add_bool(object, "by_hand", row->by_hand);
	json_add_text(object, "skip", row->skip);
	json_add_text(object, "why", row->why);
	json_add_int(object, "until", row->until_s);
	text = json_print(object);
	printf("%s%s", listing->printed > 0 ? ",\n " : "", text);
	mem_free(text);
	json_free(object);
}

/* print_item - for store_scan() */
static bool
print_item(void *context, const struct store_item *item)
{
	struct allow_listing *listing = context;
	const char *value = json_get_text(item->fields, "value");
	struct arena *arena;
	struct row row;
	size_t length;

	if (strcmp(item->verb, "entry") != 0 || value == NULL ||
	    strcmp(item->policy, AUTOALLOW_REF) == 0)
		return true;
	arena = arena_new(1024);
	length = strcspn(value, "#");
	row = (struct row){
		.by_hand = strcmp(item->policy, AUTOALLOW_HAND) == 0,
		.sender = item->subject,
		.whom = item->rest != NULL ? item->rest : "",
		.skip = arena_strndup(arena, value,
		    length > 0 && value[length] == '#' ? length - 1 : length),
		.why = value + length + strspn(value + length, "# "),
		.until_s = listing->now_s + item->ttl_s,
	};
	if (takes(listing, &row)) {
		if (listing->json)
			print_json(listing, &row);
		else
			print_text(&row);
		listing->printed++;
	}
	arena_free(arena);
	return true;
}

bool
allow_list(struct allow_listing *listing, struct store *store)
{
	bool good;

	if (listing->json)
		printf("[");
	good = store_scan(store, AUTOALLOW_SENT, print_item, listing);
	if (listing->json)
		printf("]\n");
	else if (good && listing->printed == 0)
		printf("nobody\n");
	return good;
}
