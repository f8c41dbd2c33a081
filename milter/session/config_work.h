/*
 * config_work - a snapshot while it is made; for config*.c.
 *
 * The parts, in the order in which they run: config_core (sections milter,
 * log, dns, store, directory), config_build (sections to instances; with
 * config_common and config_scope), config_order, config_plan, config_check.
 */
#ifndef MAILREEVE_CONFIG_WORK_H
#define MAILREEVE_CONFIG_WORK_H

#include "service/ini.h"
#include "reply/reply.h"
#include "session/config.h"

struct work {
	struct config *config;
	struct arena *arena; /* the snapshot's */
	struct problems *problems;
	struct option_context context;
	size_t written;   /* instances with a section in the ini: the first */
	bool core_is_bad; /* do not complain about what follows from it */
};

/* names that more than one part needs */
extern const struct name_code config_mode_names[];
extern const struct name_code config_action_names[];

/* the rows of [dns], for config_core_sections */
extern const struct option config_dns_rows[];
/* config_mime_rows - [mime]. */
extern const struct option config_mime_rows[];
/* those of [store] and [redis] */
extern const struct option config_store_rows[];
extern const struct option config_redis_rows[];
/* config_store_check - relations; reads the secrets. */
void config_store_check(struct work *work);

/* config_core - set the core sections. */
void config_core(struct work *work);
/* config_core_section - set one of them: a row of config_core_sections. */
void config_core_section(struct work *work, const struct core_section *core);
/* config_core_release - give their tables back. */
void config_core_release(struct config *config);

/* config_build - an instance for each policy, with its settings and scopes. */
void config_build(struct work *work);
/* config_build_release - give their tables back. */
void config_build_release(struct config *config);

/* config_parts_build - the parts of an instance: sections [name.part]. */
void config_parts_build(struct work *work, struct instance *instance);
/* config_parts_release - give back what they hold. */
void config_parts_release(struct instance *instance);

/* config_common_derive - act and score from action, which stands at `at`. */
bool config_common_derive(struct common *common, struct origin at,
    struct problems *problems);

/*
 * config_scope_parse - the scope of a section's head; NULL after a complaint.
 */
const struct scope *config_scope_parse(struct work *work,
    const struct ini_section *section);
/* config_scope_equal - whether two are met by the same sessions. */
bool config_scope_equal(const struct scope *a, const struct scope *b);

/* config_order - bring the instances in the order in which they are asked. */
void config_order(struct work *work);
/* config_hook_stores - whether a hook uses the store. */
bool config_hook_stores(const struct policy *policy, const struct hook *hook);
/* config_judge_step - where a judge of this instance runs. */
enum step config_judge_step(const struct instance *instance,
    const struct hook *hook);
/* config_plan - what runs at which step, and the rooms for scratch. */
void config_plan(struct work *work);
/* config_check - relations between what was set. */
void config_check(struct work *work);

/* config_reason_base - the number of the first reason of a policy. */
unsigned config_reason_base(unsigned policy);

/* config_section - the section of that head as read, or NULL. */
const struct ini_section *config_section(const struct config *config,
    const char *head);
/* config_origin - where a key of a section was written; else the file. */
struct origin config_origin(const struct config *config, const char *head,
    const char *key);
/*
 * config_unknown - "WHAT; did you mean NEAR?" with the nearest of the names.
 */
void config_unknown(struct work *work, struct origin at, const char *what,
    const char *word, const char *const *names, size_t count);
/* config_unknown_key - the same for a key among rows of options. */
void config_unknown_key(struct work *work, const struct ini_section *section,
    const struct ini_entry *entry, const struct option *rows,
    const struct option *more_rows);

#endif
