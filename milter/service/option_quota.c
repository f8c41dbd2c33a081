/*
 * option_quota - the kind of options that say how much in what time.
 */
#include "base/str.h"
#include "service/option_kind.h"

/* parse_quota, print_quota, describe_quota - "100/1h 1000/1d" */
static bool
parse_quota(const struct option_input *input, void *field)
{
	if (!quota_parse(field, input->value))
		return option_wrong(input, input->value, NULL);
	return true;
}

static void
print_quota(const struct option *option, const void *field, struct str *out)
{
	(void)option;
	quota_print(field, out);
}

static void
describe_quota(const struct option *option, struct str *out)
{
	(void)option;
	str_add(out, "none, or up to four of NUMBER/TIME (as 100/1h) with "
		     "different times in s, m, h, d or w");
}

const struct option_kind option_quota = {
	.size = sizeof(struct quota),
	.parse = parse_quota,
	.print = print_quota,
	.describe = describe_quota,
};
