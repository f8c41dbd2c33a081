/*
 * milter_client - the MTA's half of the milter protocol, for tests.
 *
 * Speaks version 2 to 6 as Postfix and Sendmail do: negotiates, sends macros
 * before their step, leaves out the steps that the milter does not want
 * (SMFIP_NO*), does not wait where it does not answer (SMFIP_NR_*), and sends
 * only those macros that the milter asked for. Blocking, one connection, not
 * thread-safe. Out of memory ends the program.
 *
 *     struct milter_client *c = milter_client_open("inet:8899@127.0.0.1");
 *     milter_client_negotiate(c, NULL);
 *     milter_client_macro(c, MILTER_CONNECT, "j", "mx.example.test");
 *     milter_client_connect(c, "mail.remote.test", "203.0.113.5", 40000);
 *     milter_client_helo(c, "mail.remote.test");
 *     milter_client_mail(c, (const char *[]){ "<a@sender.test>", NULL });
 *     if (milter_client_rcpt(c, rcpt)->action == 'y')
 *             puts(milter_client_answer(c)->text);
 *     milter_client_quit(c);
 *     milter_client_close(c);
 */
#ifndef MAILREEVE_T_MILTER_CLIENT_H
#define MAILREEVE_T_MILTER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* commands, as on the wire */
enum milter_command {
	MILTER_ABORT = 'A',
	MILTER_BODY = 'B',
	MILTER_CONNECT = 'C',
	MILTER_MACRO = 'D',
	MILTER_EOM = 'E',
	MILTER_HELO = 'H',
	MILTER_QUIT_NC = 'K', /* quit, a new session follows */
	MILTER_HEADER = 'L',
	MILTER_MAIL = 'M',
	MILTER_EOH = 'N',
	MILTER_OPTNEG = 'O',
	MILTER_QUIT = 'Q',
	MILTER_RCPT = 'R',
	MILTER_DATA = 'T',
	MILTER_UNKNOWN = 'U',
};

/* protocol flags (SMFIP_*), as on the wire */
enum milter_protocol {
	MILTER_NOCONNECT = 0x1,
	MILTER_NOHELO = 0x2,
	MILTER_NOMAIL = 0x4,
	MILTER_NORCPT = 0x8,
	MILTER_NOBODY = 0x10,
	MILTER_NOHDRS = 0x20,
	MILTER_NOEOH = 0x40,
	MILTER_NR_HDR = 0x80,
	MILTER_NOUNKNOWN = 0x100,
	MILTER_NODATA = 0x200,
	MILTER_SKIP = 0x400,
	MILTER_RCPT_REJ = 0x800,
	MILTER_NR_CONN = 0x1000,
	MILTER_NR_HELO = 0x2000,
	MILTER_NR_MAIL = 0x4000,
	MILTER_NR_RCPT = 0x8000,
	MILTER_NR_DATA = 0x10000,
	MILTER_NR_UNKN = 0x20000,
	MILTER_NR_EOH = 0x40000,
	MILTER_NR_BODY = 0x80000,
	MILTER_HDR_LEADSPC = 0x100000,
	MILTER_PROTOCOL_ALL = 0x1fffff,
};

/* action flags (SMFIF_*), as on the wire */
enum milter_action {
	MILTER_ADDHDRS = 0x1,
	MILTER_CHGBODY = 0x2,
	MILTER_ADDRCPT = 0x4,
	MILTER_DELRCPT = 0x8,
	MILTER_CHGHDRS = 0x10,
	MILTER_QUARANTINE = 0x20,
	MILTER_CHGFROM = 0x40,
	MILTER_ADDRCPT_PAR = 0x80,
	MILTER_SETSYMLIST = 0x100,
	MILTER_ACTIONS_ALL = 0x1ff,
};

/* what the MTA offers, and what the milter chose */
struct milter_options {
	uint32_t version;
	uint32_t actions;
	uint32_t protocol;
};

/* what became of a command */
enum milter_answer_action {
	MILTER_NOT_SENT = 0, /* the milter did not want this step */
	MILTER_NO_REPLY = 1, /* sent; the milter said it would not answer */
	MILTER_LOST = 2,     /* connection closed or broken */
	MILTER_TIMEOUT = 3,  /* no answer within the timeout */
	MILTER_CONTINUE = 'c',
	MILTER_ACCEPT = 'a',
	MILTER_REJECT = 'r',   /* plain, without a reply */
	MILTER_TEMPFAIL = 't', /* plain */
	MILTER_DISCARD = 'd',
	MILTER_REPLYCODE = 'y',
	MILTER_SKIPPED = 's',
};

struct milter_answer {
	int action;       /* enum milter_answer_action, or another byte */
	int code;         /* 550 for 'y'; else 0 */
	const char *text; /* "550 5.7.1 text", lines joined by "\r\n", or "" */
};

/* what the milter did to the message, in order */
struct milter_change {
	char type; /* 'h' add, 'i' insert, 'm' change header, 'q' quarantine,
		      'p' progress; '+', '-', 'b', 'e', '2' others */
	uint32_t index; /* 'i', 'm' */
	char *name;     /* of the header; else "" */
	char *value;    /* of the header; the quarantine's reason; else "" */
};

struct milter_client;

/*
 * milter_client_open - connect to "inet:PORT@HOST", "inet6:PORT@HOST" or
 * "unix:/path" as libmilter writes them. NULL and errno when refused.
 */
struct milter_client *milter_client_open(const char *socket);
/* milter_client_close - close the socket; NULL is legal. No QUIT is sent. */
void milter_client_close(struct milter_client *client);
/* milter_client_timeout - of each wait for an answer; 10 s at first. */
void milter_client_timeout(struct milter_client *client, int ms);
int milter_client_fd(const struct milter_client *client);

/*
 * milter_client_negotiate - offer (NULL: version 6 and everything) and read
 * the choice. False when the milter closed or answered nonsense.
 */
bool milter_client_negotiate(struct milter_client *client,
    const struct milter_options *offer);
/* milter_client_chosen - the milter's choice. */
const struct milter_options *milter_client_chosen(
    const struct milter_client *client);
/*
 * milter_client_wants_macro - whether the milter's list for this command has
 * the name, or there is no list for it (then the MTA's default applies).
 */
bool milter_client_wants_macro(const struct milter_client *client,
    enum milter_command command, const char *name);
/* milter_client_macro_list - the list as asked for, or NULL. */
const char *milter_client_macro_list(const struct milter_client *client,
    enum milter_command command);

/*
 * milter_client_macro - the value that is sent with each such command from
 * now on, if the milter wants it; NULL takes it back.
 */
void milter_client_macro(struct milter_client *client,
    enum milter_command command, const char *name, const char *value);
/* milter_client_macros_clear - take back all of one command. */
void milter_client_macros_clear(struct milter_client *client,
    enum milter_command command);

/*
 * The steps. The answer is valid until the next call. address NULL: no
 * network client. Lists are NULL-terminated.
 */
const struct milter_answer *milter_client_connect(struct milter_client *client,
    const char *name, const char *address, uint16_t port);
const struct milter_answer *milter_client_helo(struct milter_client *client,
    const char *helo);
const struct milter_answer *milter_client_mail(struct milter_client *client,
    const char *const *argv);
const struct milter_answer *milter_client_rcpt(struct milter_client *client,
    const char *const *argv);
const struct milter_answer *milter_client_data(struct milter_client *client);
const struct milter_answer *milter_client_header(struct milter_client *client,
    const char *name, const char *value);
const struct milter_answer *milter_client_eoh(struct milter_client *client);
/* milter_client_body - any length; sent in chunks of 65535 bytes. */
const struct milter_answer *milter_client_body(struct milter_client *client,
    const void *text, size_t length);
const struct milter_answer *milter_client_eom(struct milter_client *client);
const struct milter_answer *milter_client_unknown(struct milter_client *client,
    const char *command);
/* no answer is waited for */
void milter_client_abort(struct milter_client *client);
void milter_client_quit(struct milter_client *client);
void milter_client_quit_nc(struct milter_client *client);

/* milter_client_answer - the last one again. */
const struct milter_answer *milter_client_answer(
    const struct milter_client *client);
/* milter_client_changes - of the last end of message. */
const struct milter_change *
milter_client_changes(const struct milter_client *client, size_t *count);

/*
 * For malformed traffic: bytes as they are, a packet with any command, the
 * next packet whatever it is (0 and the command, MILTER_LOST or
 * MILTER_TIMEOUT).
 */
bool milter_client_raw(struct milter_client *client, const void *bytes,
    size_t length);
bool milter_client_packet(struct milter_client *client, int command,
    const void *payload, size_t length);
int milter_client_read(struct milter_client *client, int *command);

#endif
