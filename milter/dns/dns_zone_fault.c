/*
 * dns_zone_fault - answers that are spoilt, each in its own way.
 *
 * What servers, middleboxes and attackers have sent, or could.
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "dns/dns.h"
#include "dns/dns_zone_internal.h"

/* first_record - where the first record's fixed part is; 0 without answers */
static size_t
first_record(const struct zone_packet *packet)
{
	char name[DNS_NAME_SIZE];
	size_t at = packet->answers_at;

	if (packet->answers == 0 ||
	    !dns_name_read(packet->data, packet->length, &at, name))
		return 0;
	return at;
}

/* put_cname - one more step of a chain */
static void
put_cname(struct zone_packet *packet, const char *from, const char *to)
{
	const struct zone_record cname = { .type = DNS_CNAME,
		.ttl = 60,
		.name = to };

	packet->answers += zone_put_record(packet, from, &cname);
}

/* restart - without answers */
static void
restart(struct zone_packet *packet)
{
	packet->length = packet->answers_at;
	packet->answers = packet->authority = 0;
}

/* no bytes at all (c-ares: CVE-2023-32067) */
static void
spoil_empty(struct zone_packet *packet)
{
	packet->length = 0;
}

/* less than a header */
static void
spoil_short(struct zone_packet *packet)
{
	packet->length = 7;
}

/* random bytes behind the question */
static void
spoil_random(struct zone_packet *packet)
{
	packet->length = packet->answers_at + 100;
	clock_random(packet->data + packet->answers_at, 100);
	packet->answers = 3;
	zone_put_counts(packet);
}

/* another id: for somebody else, or forged */
static void
spoil_id(struct zone_packet *packet)
{
	packet->data[0] ^= 0xff;
}

/* an answer to another question */
static void
spoil_question(struct zone_packet *packet)
{
	if (packet->data[DNS_HEAD] > 0)
		packet->data[DNS_HEAD + 1] ^= 0x11;
}

/* the question with another type */
static void
spoil_type(struct zone_packet *packet)
{
	packet->data[packet->answers_at - 3] ^= 0x3f;
}

/* no question in it */
static void
spoil_unasked(struct zone_packet *packet)
{
	size_t question = packet->answers_at - DNS_HEAD;

	memmove(packet->data + DNS_HEAD, packet->data + packet->answers_at,
	    packet->length - packet->answers_at);
	packet->length -= question;
	dns_put16(packet->data + 4, 0);
}

/* our own question, sent back */
static void
spoil_query(struct zone_packet *packet)
{
	restart(packet);
	zone_put_counts(packet);
	packet->data[2] &= 0x7f;
}

/* cut in the middle of the last record */
static void
spoil_cut(struct zone_packet *packet)
{
	if (packet->length > packet->answers_at)
		packet->length -= 3;
	else
		dns_put16(packet->data + 6, 1);
}

/* a name that is a pointer to itself */
static void
spoil_pointer(struct zone_packet *packet)
{
	packet->data[packet->answers_at] = 0xc0;
	packet->data[packet->answers_at + 1] = (uint8_t)packet->answers_at;
	packet->length = packet->answers_at + 2 + DNS_RR_FIXED;
	memset(packet->data + packet->answers_at + 2, 0, DNS_RR_FIXED);
	dns_put16(packet->data + 6, 1);
}

/* a label of a kind that there is not (RFC 1035 4.1.4) */
static void
spoil_label(struct zone_packet *packet)
{
	spoil_pointer(packet);
	packet->data[packet->answers_at] = 0x80;
}

/* more records promised than there are */
static void
spoil_count(struct zone_packet *packet)
{
	dns_put16(packet->data + 6, UINT16_MAX);
}

/* data that is shorter than its type */
static void
spoil_rdata(struct zone_packet *packet)
{
	size_t at = first_record(packet);

	if (at == 0)
		return;
	packet->answers = 1;
	packet->authority = 0;
	zone_put_counts(packet);
	dns_put16(packet->data + at + 8, 1);
	packet->length = at + DNS_RR_FIXED + 1;
	packet->data[packet->length - 1] = 9;
}

/* records of a name that nobody asked about */
static void
spoil_owner(struct zone_packet *packet)
{
	const uint8_t bytes[] = { 127, 0, 0, 2 };
	const struct zone_record record = { .type = packet->type,
		.ttl = 60,
		.data = bytes,
		.length = sizeof bytes };

	restart(packet);
	packet->answers +=
	    zone_put_record(packet, "somebody.else.test", &record);
	zone_put_counts(packet);
}

/* records of another class */
static void
spoil_class(struct zone_packet *packet)
{
	size_t at = first_record(packet);

	if (at > 0)
		dns_put16(packet->data + at + 2, 3);
}

/* CNAMEs in a circle */
static void
spoil_loop(struct zone_packet *packet)
{
	restart(packet);
	put_cname(packet, packet->name, "one.loop.test");
	put_cname(packet, "one.loop.test", "two.loop.test");
	put_cname(packet, "two.loop.test", packet->name);
	zone_put_counts(packet);
}

/* CNAMEs without end */
static void
spoil_chain(struct zone_packet *packet)
{
	char from[] = "a.chain.test", to[] = "b.chain.test";

	restart(packet);
	put_cname(packet, packet->name, from);
	for (unsigned i = 0; i < 20; i++) {
		put_cname(packet, from, to);
		from[0]++;
		to[0]++;
	}
	zone_put_counts(packet);
}

/* thousands of addresses */
static void
spoil_many(struct zone_packet *packet)
{
	const uint8_t bytes[] = { 127, 0, 0, 2 };
	const struct zone_record record = { .type = packet->type,
		.ttl = 60,
		.data = bytes,
		.length = sizeof bytes };

	restart(packet);
	while (packet->answers < 3000 &&
	       zone_put_record(packet, packet->name, &record))
		packet->answers++;
	zone_put_counts(packet);
}

/* one text of 60 KB, well-formed */
static void
spoil_huge(struct zone_packet *packet)
{
	const struct zone_record record = { .type = DNS_TXT, .ttl = 60 };
	const size_t length = 240 * 250;

	restart(packet);
	packet->answers += zone_put_record(packet, packet->name, &record);
	zone_put_counts(packet);
	dns_put16(packet->data + packet->length - 2, (unsigned)length);
	memset(packet->data + packet->length, 'x', length);
	for (size_t at = 0; at < length; at += 250)
		packet->data[packet->length + at] = 249;
	packet->length += length;
}

/* said to be incomplete, over TCP too */
static void
spoil_truncated(struct zone_packet *packet)
{
	dns_put16(packet->data + 2,
	    dns_get16(packet->data + 2) | DNS_FLAG_TRUNCATED);
}

static const struct {
	const char *name;
	void (*spoil)(struct zone_packet *packet);
} kinds[] = {
	{ "empty", spoil_empty },
	{ "short", spoil_short },
	{ "random", spoil_random },
	{ "id", spoil_id },
	{ "question", spoil_question },
	{ "type", spoil_type },
	{ "unasked", spoil_unasked },
	{ "query", spoil_query },
	{ "cut", spoil_cut },
	{ "pointer", spoil_pointer },
	{ "label", spoil_label },
	{ "count", spoil_count },
	{ "rdata", spoil_rdata },
	{ "owner", spoil_owner },
	{ "class", spoil_class },
	{ "loop", spoil_loop },
	{ "chain", spoil_chain },
	{ "many", spoil_many },
	{ "huge", spoil_huge },
	{ "truncated", spoil_truncated },
};

bool
zone_garbage_kind(const char *name, unsigned *kind)
{
	for (*kind = 0; *kind < sizeof kinds / sizeof kinds[0]; ++*kind)
		if (strcasecmp(kinds[*kind].name, name) == 0)
			return true;
	return false;
}

void
zone_spoil(struct zone_packet *packet, unsigned kind)
{
	kinds[kind].spoil(packet);
}
