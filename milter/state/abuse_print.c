/*
 * abuse_print - a ban, for people and for programs.
 */
#include "state/abuse_print.h"

#include <stdio.h>

#include "base/clock.h"
#include "policies/abuse.h"
#include "service/json.h"

struct json *
abuse_print_json(const char *subject, const struct abuse_ban *ban)
{
	struct json *json = json_new_object();

	json_add_text(json, "client", subject);
	json_add_text(json, "cause",
	    names_name(abuse_cause_names, (int)ban->cause, "manual"));
	json_add_int(json, "since", ban->since_s);
	json_add_int(json, "until", ban->since_s + ban->for_s);
	json_add_int(json, "times", ban->times);
	json_add_int(json, "count", ban->count);
	json_add_text(json, "note", ban->note);
	return json;
}

void
abuse_print(const char *subject, const struct abuse_ban *ban)
{
	char until[32];

	clock_date(ban->since_s + ban->for_s, until, sizeof(until));
	printf("%-24s %-10s until %s times=%lld count=%lld%s%s\n", subject,
	    names_name(abuse_cause_names, (int)ban->cause, "manual"), until,
	    (long long)ban->times, (long long)ban->count,
	    ban->note[0] != '\0' ? " # " : "", ban->note);
}
