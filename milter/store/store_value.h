/*
 * store_value - what the embedded store keeps under a key.
 *
 * Packed: a byte of schema and verb, then numbers of seven bits a byte (the
 * high bit: more follow), so that a triplet takes 13 bytes. What cannot be
 * unpacked (another schema, damage) counts as absent.
 *
 * Leases are not kept here: store_leases.h.
 */
#ifndef MAILREEVE_STORE_VALUE_H
#define MAILREEVE_STORE_VALUE_H

#include "store/store_backend.h"

#define WINDOW_BUCKETS 60

struct window_tier {
	int64_t period_s;
	size_t buckets; /* oldest first */
	struct {
		int64_t start_s;
		int64_t count;
	} bucket[WINDOW_BUCKETS];
};
struct window_value {
	size_t tiers;
	struct window_tier tier[STORE_TIERS];
};
struct triplet_value {
	int64_t first_s, last_s;
	int64_t passes;
};
struct entry_value {
	const char *text; /* not terminated; borrowed */
	size_t length;
};
struct score_value {
	double good, bad; /* at the time at_s */
	int64_t at_s, half_life_s, events;
};

struct store_value {
	enum store_verb verb; /* VERB_MAX: there is none */
	int64_t expires_s;    /* gone from this second on */
	/* by verb; not initialised where nothing was unpacked */
	union {
		struct window_value window;
		struct triplet_value triplet;
		struct entry_value entry;
		struct score_value score;
	} is;
};

/* the most that store_value_pack() writes */
#define STORE_PACKED_SIZE 4096

/*
 * store_value_unpack - false, and VERB_MAX, for what makes no sense. Texts are
 * borrowed from the bytes.
 */
bool store_value_unpack(const void *bytes, size_t length,
    struct store_value *value);
/* store_value_pack - the bytes; how many. */
size_t store_value_pack(const struct store_value *value,
    unsigned char out[STORE_PACKED_SIZE]);
/*
 * store_value_head - what a sweep has to know, without unpacking the rest:
 * when it ends, and whether it is a first contact that did not come back in
 * the first half of its time. False as above.
 */
bool store_value_head(const void *bytes, size_t length, int64_t now_s,
    int64_t *expires_s, bool *is_dull);
/* store_value_fields - for store_scan(); the caller frees them. */
struct json *store_value_fields(const struct store_value *value, int64_t now_s);

/* what store_apply() did to the value */
enum store_change {
	STORE_SAME,
	STORE_CHANGED,
	STORE_DELETED,
};

/*
 * store_apply - carry an operation (not a lease) out on the value under its
 * key, by its now_s, and answer it. Texts of the answer are copied to the
 * operation's arena.
 */
enum store_change store_apply(struct store_op *op, struct store_value *value);
/* store_apply_window - the part in store_window.c */
enum store_change store_apply_window(const struct store_window *ask,
    int64_t now_s, struct store_value *value,
    struct store_window_answer *answer);
/* store_window_count - of a tier, what counts now */
int64_t store_window_count(const struct window_tier *tier, int64_t now_s);

#endif
