/*
 * registry - the one list of all policies, and their numbers.
 *
 * Cheap policies that know for sure stand first, so that a blocked client
 * costs no look-up; those that ask others or hold state stand later.
 */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "policies/registry.h"
#include "policy/policy.h"

/*
 * one line for each policy, in the order in which they are asked: those that
 * wait for the store come behind those that have questions for it, so that
 * all of them go out together
 */
/* clang-format off */
#define ALL_POLICIES(POLICY) \
	POLICY(access)       \
	POLICY(autoallow)    \
	POLICY(abuse)        \
	POLICY(commands)     \
	POLICY(helo)         \
	POLICY(sender)       \
	POLICY(auth)         \
	POLICY(tls)          \
	POLICY(size)         \
	POLICY(relay)        \
	POLICY(recipient)    \
	POLICY(srs)          \
	POLICY(rdns)         \
	POLICY(dnsbl)        \
	POLICY(spf)          \
	POLICY(reputation)   \
	POLICY(greylist)     \
	POLICY(ratelimit)    \
	POLICY(connlimit)    \
	POLICY(loop)         \
	POLICY(integrity)    \
	POLICY(content)      \
	POLICY(uribl)        \
	POLICY(virus)        \
	POLICY(spam)
/* clang-format on */

#define DECLARE(name) extern const struct policy name##_policy;
#define ENTER(name) &name##_policy,

ALL_POLICIES(DECLARE)

const struct policy *const policy_registry[] = { ALL_POLICIES(ENTER) NULL };

/* policy_bit - the bit of one name; 0 for a name that is no policy */
static unsigned long long
policy_bit(const char *name)
{
	for (unsigned i = 0; policy_registry[i] != NULL; i++)
		if (strcasecmp(policy_registry[i]->name, name) == 0)
			return 1ULL << i;
	return 0;
}

/* policy_all_bits - what "all" means in an allow entry */
static unsigned long long
policy_all_bits(void)
{
	unsigned long long bits = 0;

	for (unsigned i = 0; policy_registry[i] != NULL; i++)
		if (!(policy_registry[i]->flags & POLICY_GUARD))
			bits |= 1ULL << i;
	return bits;
}

/* policy_skip_bits - a list of names as bits */
bool
policy_skip_bits(const struct words *names, unsigned long long *bits,
    const char **unknown)
{
	unsigned long long bit;

	*bits = 0;
	for (size_t i = 0; i < names->count; i++) {
		bit = strcasecmp(names->word[i], "all") == 0
			  ? policy_all_bits()
			  : policy_bit(names->word[i]);
		if (bit == 0) {
			*unknown = names->word[i];
			return false;
		}
		*bits |= bit;
	}
	return true;
}

/* policy_nearest - what a wrong name may have meant */
const char *
policy_nearest(const char *name)
{
	static const size_t count =
	    sizeof(policy_registry) / sizeof(*policy_registry) - 1;
	const char *names[sizeof(policy_registry) / sizeof(*policy_registry)];

	for (size_t i = 0; i < count; i++)
		names[i] = policy_registry[i]->name;
	return str_nearest(name, names, count);
}
