/*
 * verdict - the constructors of what a judge says.
 *
 * Plain values: nothing is owned, every text is borrowed from a constant, a
 * table, or the message's arena.
 *
 * Diagnostics: more values than a verdict holds is a mistake in a policy and
 * ends the process.
 */
#include "base/log.h"
#include "policy/verdict.h"

/* verdict_none - no opinion */
struct verdict
verdict_none(void)
{
	return (struct verdict){ .kind = VERDICT_NONE };
}

/* verdict_refuse - a reason, and the option that made it one */
struct verdict
verdict_refuse(unsigned reason, const char *option)
{
	return (struct verdict){
		.kind = VERDICT_REFUSE,
		.reason = reason,
		.option = option,
	};
}

/* verdict_trouble - could not find out */
struct verdict
verdict_trouble(enum trouble trouble, const char *what)
{
	return (struct verdict){
		.kind = VERDICT_TROUBLE,
		.trouble = trouble,
		.detail = what,
	};
}

/* verdict_trouble_as - could not find out, in the policy's own words */
struct verdict
verdict_trouble_as(unsigned reason, enum trouble trouble, const char *what)
{
	struct verdict verdict = verdict_trouble(trouble, what);

	verdict.reason = reason;
	verdict.own_reason = verdict.soft = true;
	return verdict;
}

/* verdict_lookup - a failed look-up; found or not is no trouble */
struct verdict
verdict_lookup(enum lookup lookup, const struct table *table)
{
	switch (lookup) {
	case LOOKUP_FOUND:
	case LOOKUP_NOT_FOUND:
		break;
	case LOOKUP_TEMPORARY:
		return verdict_trouble(TROUBLE_TEMPORARY, table_spec(table));
	case LOOKUP_UNAVAILABLE:
		return verdict_trouble(TROUBLE_UNAVAILABLE, table_spec(table));
	case LOOKUP_BROKEN:
		return verdict_trouble(TROUBLE_INTERNAL, table_spec(table));
	case LOOKUP_CONFIG:
		return verdict_trouble(TROUBLE_CONFIG, table_spec(table));
	}
	return verdict_none();
}

/* verdict_store - a failed operation */
struct verdict
verdict_store(enum store_result result)
{
	switch (result) {
	case STORE_OK:
		break;
	case STORE_UNAVAILABLE:
		return verdict_trouble(TROUBLE_UNAVAILABLE, "store");
	case STORE_TIMEOUT:
		return verdict_trouble(TROUBLE_TEMPORARY, "store: time-out");
	case STORE_BROKEN:
		return verdict_trouble(TROUBLE_INTERNAL,
		    "store: an answer that makes no sense");
	}
	return verdict_none();
}

/* verdict_value - a value for the reply's text; the last word counts */
void
verdict_value(struct verdict *verdict, enum reply_value id, const char *text)
{
	size_t i;

	for (i = 0; i < verdict->values; i++) {
		if (verdict->value[i].id == id)
			break;
	}
	if (i == VERDICT_VALUES)
		log_fatal("verdict_value: more than %d values", VERDICT_VALUES);
	verdict->value[i].id = id;
	verdict->value[i].text = text;
	if (i == verdict->values)
		verdict->values++;
}

/* verdict_entry - the table's entry that decided */
void
verdict_entry(struct verdict *verdict, const struct table_answer *answer)
{
	verdict->entry = answer->at;
	if (verdict->detail == NULL)
		verdict->detail = answer->key;
	verdict_value(verdict, VALUE_KEY, answer->key);
	verdict_value(verdict, VALUE_NOTE, answer->note);
}
