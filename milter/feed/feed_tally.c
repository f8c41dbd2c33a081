/*
 * feed_tally - logins by client, until they are recorded.
 *
 * Two hash tables of fixed size, by open addressing. The second remembers
 * failures that Dovecot's authentication service has told: Postfix asks it
 * and logs the same failure in its own words, as do the login services when
 * the client goes. What is not told again is forgotten; when a group of slots
 * is full the oldest gives way, so that a client is at worst counted twice.
 */
#include "feed/feed_tally.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "feed/login_line.h"

#define SLOTS 4096u
#define TOLD_SLOTS 4096u
#define TOLD_GROUP 4u
#define TOLD_MS (5 * 60 * 1000)

struct told {
	struct netaddr client; /* family 0: free */
	int64_t count, at_ms;
};

struct feed_tally {
	uint64_t seed; /* so that nobody can choose clients of one slot */
	size_t used;
	struct feed_count slot[SLOTS];
	struct told told[TOLD_SLOTS];
};

struct feed_tally *
feed_tally_new(void)
{
	struct feed_tally *tally = mem_alloc(sizeof(*tally));

	clock_random(&tally->seed, sizeof(tally->seed));
	return tally;
}

void
feed_tally_free(struct feed_tally *tally)
{
	mem_free(tally);
}

/* mix - so that every bit of a word counts (the last step of SplitMix64) */
static uint64_t
mix(uint64_t word)
{
	word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9u;
	word = (word ^ word >> 27) * 0x94d049bb133111ebu;
	return word ^ word >> 31;
}

/* hash - of an address */
static uint64_t
hash(const struct feed_tally *tally, const struct netaddr *client)
{
	uint64_t words[2];

	memcpy(words, client->byte, sizeof(words));
	return mix(mix(words[0] ^ tally->seed) ^ words[1] ^ client->family);
}

/* slot_of - a client's, perhaps a free one; NULL: no room for another */
static struct feed_count *
slot_of(struct feed_tally *tally, const struct netaddr *client,
    const struct abuse_settings *settings)
{
	uint64_t place = hash(tally, client);

	for (;; place++) {
		struct feed_count *slot = &tally->slot[place % SLOTS];

		if (netaddr_equal(&slot->client, client))
			return slot;
		if (slot->client.family != 0)
			continue;
		if (tally->used == FEED_TALLY_MOST)
			return NULL;
		tally->used++;
		slot->client = *client;
		slot->settings = settings;
		return slot;
	}
}

/* told_of - what is remembered of a client, or the slot that it gets */
static struct told *
told_of(struct feed_tally *tally, const struct netaddr *client)
{
	size_t group = hash(tally, client) % (TOLD_SLOTS / TOLD_GROUP);
	struct told *slot = &tally->told[group * TOLD_GROUP], *oldest = slot;

	for (size_t i = 0; i < TOLD_GROUP; i++) {
		if (netaddr_equal(&slot[i].client, client))
			return &slot[i];
		if (slot[i].at_ms < oldest->at_ms)
			oldest = &slot[i];
	}
	*oldest = (struct told){ .client = *client };
	return oldest;
}

/* new_failures - those of a line that were not told before */
static int64_t
new_failures(struct feed_tally *tally, const struct netaddr *client,
    const struct login_line *line, int64_t now_ms)
{
	struct told *told = told_of(tally, client);
	int64_t known;

	if (now_ms - told->at_ms > TOLD_MS)
		told->count = 0;
	if (line->by_auth_service) {
		told->count += line->count;
		told->at_ms = now_ms;
		return line->count;
	}
	known = told->count < line->count ? told->count : line->count;
	told->count -= known;
	return line->count - known;
}

bool
feed_tally_add(struct feed_tally *tally, const struct login_line *line,
    const struct abuse_settings *settings, int64_t now_ms)
{
	struct netaddr client = line->client;
	struct feed_count *slot;

	if (client.family == 6)
		netaddr_mask(&client, 64);
	slot = slot_of(tally, &client, settings);
	if (slot == NULL)
		return false;
	if (line->good)
		slot->good = true;
	else
		slot->failed += new_failures(tally, &client, line, now_ms);
	return true;
}

bool
feed_tally_put_back(struct feed_tally *tally, const struct feed_count *count)
{
	struct feed_count *slot =
	    slot_of(tally, &count->client, count->settings);

	if (slot == NULL)
		return false;
	slot->failed += count->failed;
	slot->good = slot->good || count->good;
	return true;
}

size_t
feed_tally_take(struct feed_tally *tally, struct feed_count *out)
{
	size_t count = 0;

	for (size_t i = 0; i < SLOTS && tally->used > 0; i++) {
		const struct feed_count *slot = &tally->slot[i];

		if (slot->client.family != 0 &&
		    (slot->failed > 0 || slot->good))
			out[count++] = *slot;
	}
	if (tally->used > 0)
		memset(tally->slot, 0, sizeof(tally->slot));
	tally->used = 0;
	return count;
}
