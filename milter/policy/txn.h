/*
 * txn - the facts of one SMTP session, its current message, its recipients.
 *
 * Filled by session.c only; policies read. Texts are never NULL unless said
 * ("" = not known) and live in the arena of the connection or the message.
 * They come from strangers: anything may stand in them.
 */
#ifndef MAILREEVE_TXN_H
#define MAILREEVE_TXN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mailaddr.h"
#include "base/netaddr.h"
#include "mime/mime.h"
#include "policy/step.h"
#include "spf/spfcheck.h"

enum mta_kind { MTA_UNKNOWN, MTA_POSTFIX, MTA_SENDMAIL };

/* the MTA's own look-up of the client's name ({client_resolve}) */
enum client_resolve {
	RESOLVE_UNKNOWN, /* the MTA did not say */
	RESOLVE_OK,      /* name and address confirm each other */
	RESOLVE_FAIL,    /* no name */
	RESOLVE_FORGED,  /* a name that does not resolve back */
	RESOLVE_TEMP,    /* the look-up failed for now */
};

/* HELO or EHLO: no milter event tells. See greeting in session.c */
enum greeting {
	GREETING_NONE,    /* no greeting yet */
	GREETING_UNKNOWN, /* a greeting; the MTA hides which */
	GREETING_HELO,
	GREETING_EHLO,
};

struct connection {
	struct netaddr client; /* family 0: no network client, see local */
	uint16_t client_port;
	bool local_submission;   /* sendmail(1): never refused */
	bool trusted;            /* in [milter] trusted_networks */
	const char *client_name; /* confirmed name, lower case, or "" */
	const char *client_ptr;  /* name of the reverse look-up, or "" */
	enum client_resolve resolve;

	const char *helo;    /* as given; "" = none yet */
	unsigned helo_count; /* greetings with differing names */
	enum greeting greeting;

	const char *listener;      /* {daemon_name} at connect, or "" */
	const char *listener_addr; /* {daemon_addr} */
	uint16_t listener_port;    /* {daemon_port}, 0 = not known */
	const char *hostname;      /* ours: [milter] hostname, else macro j */
	enum mta_kind mta;

	const char *tls_version; /* "" = no TLS */
	const char *tls_cipher;
	int tls_bits;
	const char *tls_subject; /* verified certificate's subject, or "" */

	/* counted over the whole connection */
	unsigned messages; /* MAIL commands */
	unsigned unknown_commands;
	unsigned refused_recipients; /* for good, by the MTA or by us */
	const char *command;         /* STEP_UNKNOWN: verb or line as given */
};

struct recipient {
	struct recipient *next;
	struct mailaddr address;
	const char *path;              /* as given, brackets kept */
	const char *const *parameters; /* NULL-terminated */
	bool refused_by_mta;
	bool refused;            /* by us */
	bool discard;            /* to be dropped at end of message */
	unsigned long long skip; /* policies that an allow entry skips */
};

/* what the policy spf found, for policies behind it: policy_fact_spf() */
struct fact_spf {
	enum spf_result helo;   /* of the HELO name */
	enum spf_result sender; /* of the sender; of the HELO name for <> */
	const char *domain;     /* the sender's, whose policy it was; or "" */
};

/*
 * What a policy noted of the client for those behind it, the last one first:
 * policy_suspect(), policy_vouch().
 */
struct note {
	const struct note *next;
	const char *policy; /* instance: "dnsbl" */
	const char *why;    /* "zen=2" */
};

struct scan_message;

struct message {
	struct mailaddr sender;
	const char *const *parameters; /* NULL-terminated */
	const char *login;             /* {auth_authen}, "" = none */
	const char *auth_type;
	const char *auth_author;
	const char *queue_id;         /* "" until the MTA tells */
	int64_t declared_size;        /* SIZE=, -1 = none or not a number */
	int64_t size;                 /* bytes seen: header and body */
	unsigned headers;             /* fields seen */
	struct recipient *recipients; /* all, in order, refused ones too */
	struct recipient *last_recipient;
	unsigned accepted_recipients;
	unsigned refused_recipients; /* by the MTA or by us */
	int64_t score;               /* of action = score N, so far */
	struct fact_spf spf;
	const struct note *suspect, *vouched; /* NULL: nobody said so */
	/* at EOM, for judges that said by hook.reads what they want; NULL
	 * when nobody did */
	const struct mime_message *mime;
	/* the same for hook.keeps */
	const struct scan_message *raw;
	unsigned long long skip;
};

/* what was decided; a refusal, or at the end of a message */
enum decided_kind {
	DECIDED_ACCEPTED, /* a message */
	DECIDED_REJECTED, /* for good */
	DECIDED_DEFERRED,
	DECIDED_DISCARDED,
};
struct decided {
	enum decided_kind kind;
	enum step step;     /* at which */
	const char *policy; /* instance that refused; "" = nobody */
	const char *reason; /* "greylist.defer"; "" = none */
};

struct txn {
	struct connection connection;
	struct message *message; /* NULL outside a transaction */
	/*
	 * At STEP_RCPT and STEP_REFUSED; from DATA on the recipient whose
	 * settings are being judged, NULL where they are the same for all.
	 */
	struct recipient *recipient;
	const char *session_id; /* 12 characters; the log's session= */
	enum step step;
	/* STEP_HEADER: one field. STEP_BODY: one chunk. */
	const char *header_name, *header_value;
	const unsigned char *chunk;
	size_t chunk_length;
	/* STEP_DECIDED; the message and the recipient are still there */
	const struct decided *decided;
};

#endif
