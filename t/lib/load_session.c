/*
 * load_session - what a session of the load generator says.
 *
 * Macros are those that mailreeve asks for, with the values of a Postfix.
 */
#include "load_session.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "t/lib/milter_client.h"

#define BODY_LINE "All work and no play makes a milter a dull program.\r\n"
#define BODY_LINES 78 /* about 4 kB */

/* mix - a number that looks random and is the same each time */
static uint64_t
mix(uint64_t n)
{
	n += 0x9e3779b97f4a7c15u;
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
	return n ^ (n >> 31);
}

/* packet_begin - the place of a packet, for packet_end() */
static size_t
packet_begin(struct str *out, char command)
{
	size_t at = out->length;

	str_add_n(out, "\0\0\0\0", 4);
	str_add_char(out, command);
	return at;
}

/* packet_end - its length is known now */
static void
packet_end(struct str *out, size_t at)
{
	uint32_t length = htonl((uint32_t)(out->length - at - 4));

	memcpy(out->data + at, &length, 4);
}

/* add_word - with its terminator */
static void
add_word(struct str *out, const char *word)
{
	str_add_n(out, word, strlen(word) + 1);
}

/* add_words - a packet of words; NULL ends them */
static void
add_words(struct str *out, char command, const char *const *words)
{
	size_t at = packet_begin(out, command);

	for (; *words != NULL; words++)
		add_word(out, *words);
	packet_end(out, at);
}

/* add_macros - pairs of name and value */
static void
add_macros(struct str *out, char command, const char *const *pairs)
{
	size_t at = packet_begin(out, MILTER_MACRO);

	str_add_char(out, command);
	for (; *pairs != NULL; pairs++)
		add_word(out, *pairs);
	packet_end(out, at);
}

/* add_queue_id - as the macro of a step */
static void
add_queue_id(const struct load_session *session, char command, struct str *out)
{
	char id[32];

	snprintf(id, sizeof(id), "%08X%02lX", (unsigned)session->number,
	    session->message & 0xff);
	add_macros(out, command, (const char *[]){ "i", id, NULL });
}

/* host_of - the client's name */
static void
host_of(const struct load_session *session, char out[64])
{
	snprintf(out, 64, "mx%u.remote.test",
	    (unsigned)(mix(session->number) % 100000));
}

/* put_optneg - everything is offered */
static void
put_optneg(const struct load_session *session, struct str *out)
{
	const uint32_t offer[3] = { htonl(6), htonl(MILTER_ACTIONS_ALL),
		htonl(MILTER_PROTOCOL_ALL) };
	size_t at = packet_begin(out, MILTER_OPTNEG);

	(void)session;
	str_add_n(out, (const char *)offer, sizeof(offer));
	packet_end(out, at);
}

/* put_connect - a confirmed name and an address of 11.0.0.0/8 */
static void
put_connect(const struct load_session *session, struct str *out)
{
	uint64_t h = mix(session->number);
	uint16_t port = htons(25000);
	char address[48], host[64];
	size_t at;

	snprintf(address, sizeof(address), "11.%u.%u.%u", (unsigned)(h & 255),
	    (unsigned)(h >> 8 & 255), 1 + (unsigned)(h >> 16) % 254);
	host_of(session, host);
	add_macros(out, MILTER_CONNECT,
	    (const char *[]){ "j", "mx.example.test", "{daemon_name}", "smtpd",
		"{daemon_addr}", "127.0.0.1", "{daemon_port}", "25", "v",
		"Postfix 3.7.11", "{client_ptr}", host, "{client_resolve}",
		"OK", NULL });
	at = packet_begin(out, MILTER_CONNECT);
	add_word(out, host);
	str_add_char(out, '4');
	str_add_n(out, (const char *)&port, 2);
	add_word(out, address);
	packet_end(out, at);
}

/* put_helo - with the client's name */
static void
put_helo(const struct load_session *session, struct str *out)
{
	char host[64];

	host_of(session, host);
	add_words(out, MILTER_HELO, (const char *[]){ host, NULL });
}

/* put_mail - a sender in one of 100 domains or in its own, with a size */
static void
put_mail(const struct load_session *session, struct str *out)
{
	uint64_t h = mix(session->number + (uint64_t)session->message);
	char sender[64];

	snprintf(sender, sizeof(sender), "<s%u@d%u.sender.test>",
	    (unsigned)(h >> 32), (unsigned)(session->own_domain ? h : h % 100));
	add_words(out, MILTER_MAIL,
	    (const char *[]){ sender, "SIZE=5000", NULL });
}

/* put_rcpt - the next recipient */
static void
put_rcpt(const struct load_session *session, struct str *out)
{
	char address[64], path[80], id[32];

	snprintf(address, sizeof(address), "r%u.%ld@example.test",
	    (unsigned)(mix(session->number) >> 32), session->recipient);
	snprintf(path, sizeof(path), "<%s>", address);
	snprintf(id, sizeof(id), "%08X", (unsigned)session->number);
	add_macros(out, MILTER_RCPT,
	    (const char *[]){ "i", id, "{rcpt_mailer}", "smtp", "{rcpt_host}",
		"example.test", "{rcpt_addr}", address, NULL });
	add_words(out, MILTER_RCPT, (const char *[]){ path, NULL });
}

/* put_data - with the queue id */
static void
put_data(const struct load_session *session, struct str *out)
{
	add_queue_id(session, MILTER_DATA, out);
	load_put_command(out, MILTER_DATA);
}

/* put_header - the next field of LOAD_HEADERS */
static void
put_header(const struct load_session *session, struct str *out)
{
	static const char *const fields[][3] = {
		{ "Received",
		    "from mail.remote.test (mail.remote.test [192.0.2.1])\n\t"
		    "by mx.example.test (Postfix) with ESMTP id 4F0C2;\n\t"
		    "Sat, 21 Nov 2026 09:00:00 +0000 (UTC)" },
		{ "From", "Sender <s@d1.sender.test>" },
		{ "To", "alice@example.test" },
		{ "Subject", "a message of the load generator" },
		{ "Date", "Sat, 21 Nov 2026 09:00:00 +0000" },
		{ "Message-ID", "<4F0C2.1@d1.sender.test>" },
		{ "MIME-Version", "1.0" },
		{ "Content-Type", "text/plain; charset=utf-8" },
		{ "X-Load", "some more text to make up a usual header" },
	};
	const size_t last = sizeof(fields) / sizeof(*fields) - 1;
	size_t n = (size_t)session->header;

	add_words(out, MILTER_HEADER, fields[n < last ? n : last]);
}

/* put_eoh - with the queue id */
static void
put_eoh(const struct load_session *session, struct str *out)
{
	add_queue_id(session, MILTER_EOH, out);
	load_put_command(out, MILTER_EOH);
}

/* put_body - in one chunk; no two are the same, nor alike to a fuzzy hash */
static void
put_body(const struct load_session *session, struct str *out)
{
	size_t at = packet_begin(out, MILTER_BODY);

	for (uint64_t i = 0; i < 4; i++)
		str_addf(out, "%016llx\r\n",
		    (unsigned long long)mix(session->number * 4 + i));
	for (int i = 0; i < BODY_LINES; i++)
		str_add(out, BODY_LINE);
	packet_end(out, at);
}

/* put_eom - with the queue id */
static void
put_eom(const struct load_session *session, struct str *out)
{
	add_queue_id(session, MILTER_EOM, out);
	load_put_command(out, MILTER_EOM);
}

static const struct {
	const char *name;
	void (*put)(const struct load_session *session, struct str *out);
	uint32_t no, nr;
	bool paced;
} steps[] = {
	[LOAD_OPTNEG] = { "optneg", put_optneg, 0, 0, false },
	[LOAD_CONNECT] = { "connect", put_connect, MILTER_NOCONNECT,
	    MILTER_NR_CONN, false },
	[LOAD_HELO] = { "helo", put_helo, MILTER_NOHELO, MILTER_NR_HELO, true },
	[LOAD_MAIL] = { "mail", put_mail, MILTER_NOMAIL, MILTER_NR_MAIL, true },
	[LOAD_RCPT] = { "rcpt", put_rcpt, MILTER_NORCPT, MILTER_NR_RCPT, true },
	[LOAD_DATA] = { "data", put_data, MILTER_NODATA, MILTER_NR_DATA, true },
	[LOAD_HEADER] = { "header", put_header, MILTER_NOHDRS, MILTER_NR_HDR,
	    true },
	[LOAD_EOH] = { "eoh", put_eoh, MILTER_NOEOH, MILTER_NR_EOH, false },
	[LOAD_BODY] = { "body", put_body, MILTER_NOBODY, MILTER_NR_BODY,
	    false },
	[LOAD_EOM] = { "eom", put_eom, 0, 0, false },
	[LOAD_END] = { .name = "end" },
};

void
load_put(const struct load_session *session, enum load_step step,
    struct str *out)
{
	steps[step].put(session, out);
}

void
load_put_command(struct str *out, char command)
{
	packet_end(out, packet_begin(out, command));
}

bool
load_is_sent(enum load_step step, uint32_t protocol)
{
	return (protocol & steps[step].no) == 0;
}

bool
load_is_answered(enum load_step step, uint32_t protocol)
{
	return (protocol & steps[step].nr) == 0;
}

bool
load_is_paced(enum load_step step)
{
	return steps[step].paced;
}

const char *
load_step_name(enum load_step step)
{
	return steps[step].name;
}
