/*
 * ctl - the commands of mailreevectl to its main().
 *
 * Each command is one function that gets the words behind its name (argv[0]
 * is the name), prints to stdout, complains to stderr, and returns the exit
 * status: of sysexits(3), or as mailreevectl(8) tells.
 */
#ifndef MAILREEVE_CTL_H
#define MAILREEVE_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/env.h"

struct config;
struct json;

/* options in front of the command */
struct ctl_common {
	const char *config_path;
	bool json;
};

int ctl_abuse(const struct ctl_common *common, int argc, char **argv);
int ctl_allow(const struct ctl_common *common, int argc, char **argv);
int ctl_check(const struct ctl_common *common, int argc, char **argv);
int ctl_config(const struct ctl_common *common, int argc, char **argv);
int ctl_explain(const struct ctl_common *common, int argc, char **argv);
int ctl_feed(const struct ctl_common *common, int argc, char **argv);
int ctl_greylist(const struct ctl_common *common, int argc, char **argv);
int ctl_limit(const struct ctl_common *common, int argc, char **argv);
int ctl_replies(const struct ctl_common *common, int argc, char **argv);
int ctl_reload(const struct ctl_common *common, int argc, char **argv);
int ctl_stats(const struct ctl_common *common, int argc, char **argv);

/* ctl_usage - complain, with a hint to --help; returns EX_USAGE. */
int ctl_usage(const char *command, const char *what, const char *word);
/* ctl_unknown - the same about a word that is none of count names. */
int ctl_unknown(const char *command, const char *what, const char *word,
    const char *const *names, size_t count);

/* ctl_print - JSON as one line of standard output; takes it over. */
void ctl_print(struct json *json);

/* ctl_services - those of a tool that serves nobody; see ctl_unload(). */
void ctl_services(struct env *env);
/*
 * ctl_load - the configuration of common->config_path with services of its
 * own; problems go to stderr. NULL after an error. env is the caller's
 * storage; ctl_unload() gives all back.
 */
struct config *ctl_load(const struct ctl_common *common, struct env *env);
void ctl_unload(struct config *config, struct env *env);

#endif
