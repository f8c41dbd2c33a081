/*
 * config - an immutable, counted snapshot of everything that was configured.
 *
 * A session takes the snapshot in force when it begins and drops it when it
 * ends. A reload builds a new one completely, checks it, and swaps a pointer;
 * a bad file changes nothing.
 */
#ifndef MAILREEVE_CONFIG_H
#define MAILREEVE_CONFIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "policy/policy.h"
#include "table/directory.h"
#include "dns/dns.h"
#include "service/option.h"
#include "store/store.h"

struct ini_section;

/* where the ini is when nobody says otherwise */
#define CONFIG_DEFAULT_PATH SYSCONFDIR "/mailreeve/mailreeve.ini"

enum mode { MODE_ENFORCE, MODE_MONITOR };
enum action {
	ACTION_REPLY,
	ACTION_TEMPFAIL,
	ACTION_TAG,
	ACTION_SCORE,
	ACTION_QUARANTINE,
	ACTION_DISCARD,
};
enum on_error { ON_ERROR_PASS, ON_ERROR_DEFER, ON_ERROR_LOCAL };
enum judge_whom { WHOM_SKIP, WHOM_JUDGE };

/* the options common to all policies; rows in config_common.c */
struct common {
	bool enabled;
	int mode;           /* enum mode */
	const char *action; /* as written: "score 3" */
	int on_error;       /* enum on_error */
	int stage;          /* enum step */
	int trusted;        /* enum judge_whom */
	int authenticated;
	struct matches exempt;
	/* derived from action */
	enum action act;
	int score;
};

/* one scope of a section: every part must match */
struct scope_part {
	enum subject subject;
	const char *text;        /* folded address, domain, login, listener */
	bool subdomains;         /* ".example.test" */
	struct netprefix prefix; /* client= */
};
struct scope {
	size_t parts;
	struct scope_part part[4];
};

/* settings in force in one scope */
struct section {
	struct common common;
	void *settings;
	const struct scope *scope; /* NULL: global */
	const char *scope_text;    /* "rcpt=example.test", "" */
	struct origin at;          /* the section's head */
	struct origin *origins;    /* by option row: own, then common */
};

/* one policy, or one named instance of it */
struct instance {
	const struct policy *policy;
	const struct option *common_rows; /* with this policy's defaults */
	const char *name;                 /* "greylist", "ratelimit.login" */
	unsigned number;      /* of the policy in the registry: skip bit */
	unsigned reason_base; /* of its first reason in the book */
	struct section global;
	struct section *scopes;
	size_t scope_count;
	struct part *parts; /* in the order of the ini */
	size_t part_count;
	bool scopes_by_recipient;  /* some scope has a part rcpt= */
	bool scored;               /* some policy has action = score */
	size_t connection_scratch; /* offset into the session's block */
	size_t message_scratch;
	unsigned hooks_wanted; /* bit = index into policy->hooks */
};

/* one hook of one instance at the step where it runs */
struct plan_row {
	const struct instance *instance;
	const struct hook *hook;
	unsigned reads; /* of enum mime_want, of all its settings */
	int64_t keeps;  /* bytes of the message, the most of all of them */
};
struct plan {
	const struct plan_row *asks, *observers, *judges;
	size_t ask_count, observer_count, judge_count;
};

/* [milter] */
struct milter_settings {
	const char *socket;
	const char *socket_group;
	const char *socket_mode; /* octal */
	const char *user, *group;
	const char *pid_file;
	const char *control;  /* path of the control socket */
	const char *hostname; /* "" = the MTA's macro j */
	struct words order;
	int mode; /* enum mode */
	int64_t deadline_ms;
	struct networks trusted;
	const char *replies; /* system */
	const char *url;     /* %{url} */
	int64_t stop_timeout_s;
	int64_t backlog;
	int64_t table_check_s;
};

/* [log] */
enum log_accepted { ACCEPTED_NONE, ACCEPTED_SUMMARY, ACCEPTED_ALL };
struct log_settings {
	const char *facility;
	int level;
	int accepted;
	const char *decisions; /* file of JSON lines, "" = none */
};

/* [store] and [redis] */
struct store_section {
	struct store_settings settings; /* secrets: read from these files */
	const char *hash_secret_file;
	const char *redis_password_file;
};

struct config {
	atomic_uint references;
	struct arena *arena;
	const struct env *env;
	const char *path;
	struct milter_settings milter;
	struct log_settings log;
	struct dns_settings dns;
	struct store_section store;
	struct mime_limits mime;
	struct directory directory;
	struct reply_book *replies;
	struct ini_section *sections; /* as read, for -C */
	struct words folders;         /* searched for files of replies */
	struct instance *instances;   /* in the order they are asked */
	size_t instance_count;
	struct plan plan[STEP_MAX];
	size_t connection_scratch, message_scratch; /* bytes in all */
	unsigned failure_base;   /* of the chain's own reasons in the book */
	unsigned steps_seen;     /* STEP_BIT()s that some hook needs */
	unsigned steps_answered; /* STEP_BIT()s that may be refused */
	unsigned actions;        /* 1 << enum action, of all settings */
	bool edits_headers;      /* some policy does */
	bool notes_wanted;       /* some policy goes by policy_suspect() */
	unsigned mime_wants;     /* of enum mime_want, of all judges */
	int64_t keeps;           /* bytes of a message, the most of all */
};

/*
 * config_load - read, check and build. NULL when problems holds errors.
 * The result has one reference.
 */
struct config *config_load(const char *path, const struct env *env,
    struct problems *problems);
/*
 * config_control - [milter] control of that file, whatever else is wrong with
 * it; its default where the file cannot be read. The caller frees it.
 */
char *config_control(const char *path);
/* config_load_text - the same as config_load from memory (tests, tools). */
struct config *config_load_text(const char *text, const char *name,
    const struct env *env, struct problems *problems);
struct config *config_ref(struct config *config);
/* config_unref - free with the last reference; NULL is legal. */
void config_unref(struct config *config);

/*
 * config_uses_store - whether a policy that is in force needs the store, or it
 * was asked for.
 */
bool config_uses_store(const struct config *config);

/*
 * config_may_skip_body - whether the body is only read and kept for judges of
 * the end of a message: then it may be that not all of it is needed.
 */
bool config_may_skip_body(const struct config *config);

/* config_reason_count - reasons in the program: the chain's, all policies'. */
unsigned config_reason_count(void);
/* config_reason - the row of a reason's number. */
const struct reason *config_reason(unsigned number);
/* config_reason_tables - all of the program, the chain's first. */
const struct reason_table *config_reason_tables(struct arena *arena,
    size_t *count);

/* the snapshot in force */
struct config_holder;
struct config_holder *config_holder_new(struct config *config);
/* config_holder_take - a reference to it. */
struct config *config_holder_take(struct config_holder *holder);
/* config_holder_swap - takes over the reference; drops the old one. */
void config_holder_swap(struct config_holder *holder, struct config *config);
void config_holder_free(struct config_holder *holder);

/* option rows of the core sections and of the common options */
struct core_section {
	const char *name; /* "milter"; NULL ends */
	const char *doc;
	const struct option *options;
	size_t offset; /* in struct config */
};
extern const struct core_section config_core_sections[];
extern const struct option config_common_options[];
/*
 * config_common_rows - the common options as they hold for one policy: its
 * defaults, and the steps that its `stage` takes. In the order of
 * config_common_options, without `stage` (the last) if that is fixed.
 */
const struct option *config_common_rows(const struct policy *policy,
    struct arena *arena);

/*
 * config_print - as postconf: "[section]" and "key = value" lines; only what
 * was written, or with defaults everything. Readable by config_load() again.
 */
void config_print(const struct config *config, bool defaults, struct str *out);

#endif
