/*
 * spam - what the parts of the policy spam know of one another.
 */
#ifndef MAILREEVE_SPAM_H
#define MAILREEVE_SPAM_H

#include "policy/policy.h"
#include "scan/scan.h"

enum { SPAM_REJECTED, SPAM_UNAVAILABLE };

enum { SCANNER_NONE, SCANNER_RSPAMD, SCANNER_SPAMD };
enum { JUDGE_SCORE, JUDGE_SCANNER };
enum { FIELDS_NONE, FIELDS_TAGGED, FIELDS_ALL };

struct scan_job;
struct scan_servers;

struct spam_settings {
	int scanner;
	const char *servers, *user;
	int64_t timeout_ms, max_size;
	int judge_by;
	int64_t reject, quarantine, tag;
	int fields;
	const char *subject;
	struct scan_servers *pool; /* derived */
};

struct spam_scratch {
	bool asked;               /* the scanner, once for each message */
	struct scan_job *job;     /* NULL: the message is too large */
	bool scanned;             /* the answer was waited for */
	enum scan_result result;  /* and is this */
	struct scan_spam found;   /* SCAN_OK */
	const char *seen_subject; /* the first Subject field, or NULL */
	unsigned forged[3];       /* fields with our names, by number */
	bool told;                /* our fields were added */
};

/* what is done, worst last */
enum spam_height { SPAM_NO, SPAM_TAG, SPAM_HOLD, SPAM_DEFER, SPAM_REJECT };

extern const struct option spam_options[];

/* spam_prepare, spam_release, spam_check - for the descriptor. */
void spam_prepare(void *settings, const void *global,
    const struct config_facts *facts, struct problems *problems);
void spam_release(void *settings);
void spam_check(const void *settings, const struct config_facts *facts,
    struct origin at, struct problems *problems);

/* spam_ask - have the scanner begin; spam_scan - and wait for its answer. */
void spam_ask(struct pctx *p);
void spam_scan(struct pctx *p);

/* spam_symbols - the scanner's, whole ones of at most max bytes; or "". */
const char *spam_symbols(struct pctx *p, size_t max);
/* spam_look - an observer of the fields that we change or make. */
void spam_look(struct pctx *p);
/* spam_tell - what was found, in fields of a message that is no spam. */
void spam_tell(struct pctx *p, int64_t score);
/* spam_edits - the fields of one that is. */
const struct verdict_edit *spam_edits(struct pctx *p, int64_t score);

#endif
