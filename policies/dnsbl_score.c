/*
 * dnsbl_score - what the lists come to together.
 *
 * Each list has one vote, however many addresses it answers and however many
 * subjects it is asked about: the weight that counts most of all that it said.
 * While it may say more, its vote is a range; the outcome is certain when the
 * sum of the lower ends reaches the threshold, or that of the upper ends does
 * not. An answer that fails to come leaves the range as it is, so that no
 * failure of the DNS decides against anybody.
 */
#include "policies/dnsbl.h"

/* if_stronger - what may come instead of what is known */
static int
if_stronger(int possible, int known)
{
	return dnslist_filter_counts_more(possible, known) ? possible : known;
}

struct dnsbl_vote
dnsbl_vote(const struct dnsbl_list *list, int known, bool more)
{
	if (!more)
		return (struct dnsbl_vote){ .low = known, .high = known };
	return (struct dnsbl_vote){
		.low = if_stronger(list->lowest, known),
		.high = if_stronger(list->highest, known),
	};
}

enum dnsbl_outcome
dnsbl_outcome(const struct dnsbl_vote *votes, size_t count, int64_t threshold)
{
	int64_t low = 0, high = 0;

	for (size_t i = 0; i < count; i++) {
		low += votes[i].low;
		high += votes[i].high;
	}
	if (low >= threshold)
		return DNSBL_REACHED;
	return high < threshold ? DNSBL_BELOW : DNSBL_UNSURE;
}
