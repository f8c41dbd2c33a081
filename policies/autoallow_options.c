/*
 * autoallow_options - the options of autoallow.
 */
#include "policies/autoallow.h"

#define SETTING(field) .offset = offsetof(struct autoallow_settings, field)

static const struct name_code who_names[] = {
	{ .name = "login", .code = AUTOALLOW_LOGIN },
	{ .name = "trusted", .code = AUTOALLOW_TRUSTED },
	{ .name = "local", .code = AUTOALLOW_LOCAL },
	{ .name = NULL },
};
static const struct name_code reference_names[] = {
	{ .name = "none", .code = AUTOALLOW_NO_REFERENCES },
	{ .name = "rejected", .code = AUTOALLOW_REJECTED },
	{ .name = "refused", .code = AUTOALLOW_REFUSED },
	{ .name = NULL },
};

const struct option autoallow_options[] = {
	{
	    .name = "lifetime",
	    .type = OPTION_DURATION,
	    SETTING(lifetime_s),
	    .fallback = "60d",
	    .min = 3600,
	    .max = 31536000,
	    .doc = "How long somebody is let by after a user last wrote to "
		   "him.",
	},
	{
	    .name = "record",
	    .type = OPTION_FLAGS,
	    SETTING(record),
	    .fallback = "login trusted local",
	    .names = who_names,
	    .doc = "Whose mail is remembered: that of clients who have logged "
		   "in, of trusted networks, of sendmail(1). With a directory "
		   "of domains only mail from these.",
	},
	{
	    .name = "recipients_max",
	    .type = OPTION_INT,
	    SETTING(recipients_max),
	    .fallback = "100",
	    .min = 1,
	    .max = 100000,
	    .unit = "recipients",
	    .doc = "A message to more is a mailing, and nothing is remembered "
		   "of it.",
	},
	{
	    .name = "skip",
	    .type = OPTION_WORDS,
	    SETTING(skip),
	    .fallback = "greylist reputation",
	    .doc = "Policies that do not judge mail to a user from those to "
		   "whom he wrote. Also what mailreevectl allow lets by when "
		   "nothing else is said.",
	    .example = "greylist reputation dnsbl",
	},
	{
	    .name = "references",
	    .type = OPTION_ENUM,
	    SETTING(references),
	    .fallback = "rejected",
	    .names = reference_names,
	    .doc = "What is kept of a refusal under the reference in its "
		   "reply, so that mailreevectl allow can find it: nothing; "
		   "what was refused for good; or also what was put off. "
		   "The addresses are kept as they are, also with [store] "
		   "hash_addresses.",
	},
	{
	    .name = "reference_time",
	    .type = OPTION_DURATION,
	    SETTING(reference_s),
	    .fallback = "3d",
	    .min = 60,
	    .max = 31536000,
	    .doc = "How long that is kept.",
	},
	{ .name = NULL },
};

void
autoallow_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems)
{
	const struct autoallow_settings *s = settings;
	const char *unknown, *near;
	unsigned long long bits;

	if (policy_skip_bits(&s->skip, &bits, &unknown))
		return;
	near = policy_nearest(unknown);
	at = policy_option_at(facts, "skip");
	problems_error(problems, at, "skip: no policy \"%s\"%s%s%s", unknown,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}
