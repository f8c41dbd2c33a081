/*
 * dns_zone_answer - the packet that answers a question, from a zone text.
 */
#include <string.h>

#include "base/domain.h"
#include "dns/dns.h"
#include "dns/dns_zone_internal.h"

/* CNAMEs that are followed: more than dns_parse.c takes, to show that */
#define FOLLOW 20
#define UDP_DEFAULT 512 /* without EDNS (RFC 1035 4.2.1) */
#define POINTER 0xc000

/* put_name - compressed with the question's name, if that has no escapes
 * (then places in its text are places in the packet) */
static void
put_name(struct zone_packet *packet, const char *name)
{
	bool plain = strchr(packet->name, '\\') == NULL;
	uint8_t wire[DNS_NAME_WIRE];
	const char *rest = name, *at;
	size_t length = dns_name_write(wire, name);

	for (; plain && rest != NULL && *rest != '\0';
	     rest = domain_parent(rest)) {
		if (!domain_is_under(packet->name, rest))
			continue;
		at = packet->name + strlen(packet->name) - strlen(rest);
		length = (size_t)(rest - name);
		memcpy(packet->data + packet->length, wire, length);
		packet->length += length;
		dns_put16(packet->data + packet->length,
		    POINTER | (unsigned)(DNS_HEAD + (at - packet->name)));
		packet->length += 2;
		return;
	}
	memcpy(packet->data + packet->length, wire, length);
	packet->length += length;
}

bool
zone_put_record(struct zone_packet *packet, const char *owner,
    const struct zone_record *record)
{
	size_t most = 2 * DNS_NAME_WIRE + DNS_RR_FIXED + record->length, fixed;

	if (packet->size - packet->length < most)
		return false;
	put_name(packet, owner);
	fixed = packet->length;
	dns_put16(packet->data + fixed, record->type);
	dns_put16(packet->data + fixed + 2, DNS_CLASS_IN);
	dns_put32(packet->data + fixed + 4, record->ttl);
	packet->length += DNS_RR_FIXED;
	if (record->length > 0)
		memcpy(packet->data + packet->length, record->data,
		    record->length);
	packet->length += record->length;
	if (record->name != NULL)
		put_name(packet, record->name);
	dns_put16(packet->data + fixed + 8,
	    (unsigned)(packet->length - fixed - DNS_RR_FIXED));
	return true;
}

void
zone_put_counts(struct zone_packet *packet)
{
	dns_put16(packet->data + 4, 1);
	dns_put16(packet->data + 6, packet->answers);
	dns_put16(packet->data + 8, packet->authority);
	dns_put16(packet->data + 10, 0);
}

/* set_code - into the header */
static void
set_code(struct zone_packet *packet, unsigned code)
{
	unsigned flags = dns_get16(packet->data + 2) & ~DNS_FLAG_CODE;

	dns_put16(packet->data + 2, flags | code);
}

/* put_records - those of a type that a node has; the number */
static unsigned
put_records(struct zone_packet *packet, const char *owner,
    const struct zone_node *node, unsigned type)
{
	const struct zone_record *record;
	unsigned count = 0;

	for (record = node->records; record != NULL; record = record->next)
		if (record->type == type || type == ZONE_ANY)
			count += zone_put_record(packet, owner, record);
	packet->answers += count;
	return count;
}

/* put_nothing - a negative answer, with the SOA if there is one */
static void
put_nothing(struct zone_packet *packet, const struct dns_zone *zone,
    const char *name, bool exists)
{
	const char *owner;
	const struct zone_record *soa = zone_soa(zone, name, &owner);

	if (!exists)
		set_code(packet, DNS_CODE_NO_NAME);
	if (soa != NULL && zone_put_record(packet, owner, soa))
		packet->authority++;
}

/* cname_of - where a node's name leads; or NULL */
static const char *
cname_of(const struct zone_node *node)
{
	const struct zone_record *record = node->records;

	while (record != NULL && record->type != DNS_CNAME)
		record = record->next;
	return record != NULL ? record->name : NULL;
}

/* put_answer - as a recursive server: the CNAMEs and where they lead */
static void
put_answer(struct zone_packet *packet, const struct dns_zone *zone)
{
	const char *name = packet->name, *next;
	const struct zone_node *node = NULL;

	for (unsigned n = 0; n < FOLLOW; n++) {
		node = zone_find(zone, name);
		if (node == NULL)
			break;
		if (put_records(packet, name, node, packet->type) > 0)
			return;
		next = cname_of(node);
		if (next == NULL)
			break;
		put_records(packet, name, node, DNS_CNAME);
		name = next;
	}
	put_nothing(packet, zone, name, node != NULL);
}

/* read_query - what is asked; false if it is no question */
static bool
read_query(struct zone_packet *packet, const uint8_t *query, size_t length)
{
	size_t at = DNS_HEAD;

	if (length < DNS_HEAD || dns_get16(query + 4) != 1 ||
	    (dns_get16(query + 2) & (DNS_FLAG_ANSWER | DNS_FLAG_OPCODE)) != 0)
		return false;
	if (!dns_name_read(query, length, &at, packet->name) || length - at < 4)
		return false;
	packet->type = dns_get16(query + at);
	packet->answers_at = at + 4;
	packet->edns =
	    dns_get16(query + 10) == 1 &&
	    length - packet->answers_at >= DNS_EDNS &&
	    query[packet->answers_at] == 0 &&
	    dns_get16(query + packet->answers_at + 1) == DNS_TYPE_OPT;
	return true;
}

/* udp_most - what the one who asks takes over UDP */
static size_t
udp_most(const struct zone_packet *packet, const uint8_t *query)
{
	unsigned most = UDP_DEFAULT;

	if (packet->edns)
		most = dns_get16(query + packet->answers_at + 3);
	return most > UDP_DEFAULT ? most : UDP_DEFAULT;
}

/* begin - the head and the question */
static void
begin(struct zone_packet *packet, const uint8_t *query)
{
	unsigned asked = dns_get16(query + 2) & DNS_FLAG_RECURSE;

	memcpy(packet->data, query, packet->answers_at);
	packet->length = packet->answers_at;
	packet->answers = packet->authority = 0;
	dns_put16(packet->data + 2,
	    DNS_FLAG_ANSWER | DNS_FLAG_CAN_RECURSE | asked);
}

/* truncate - nothing but the bit that says: ask over TCP */
static void
truncate_answer(struct zone_packet *packet, const uint8_t *query)
{
	begin(packet, query);
	dns_put16(packet->data + 2,
	    dns_get16(packet->data + 2) | DNS_FLAG_TRUNCATED);
	zone_put_counts(packet);
}

/* trouble_of - what is to go wrong, the line read last first */
static struct zone_trouble
trouble_of(const struct dns_zone *zone, const struct zone_packet *packet)
{
	const struct zone_node *node = zone_find(zone, packet->name);
	const struct zone_trouble *trouble =
	    node != NULL ? node->troubles : NULL;

	while (trouble != NULL && trouble->type != packet->type &&
	       trouble->type != ZONE_ANY)
		trouble = trouble->next;
	return trouble != NULL ? *trouble
			       : (struct zone_trouble){ .fault = FAULT_NONE };
}

/* make_trouble - with a good answer; false when none is to be sent */
static bool
make_trouble(struct zone_packet *packet, const struct zone_trouble *trouble,
    const uint8_t *query)
{
	switch (trouble->fault) {
	case FAULT_TIMEOUT:
		return false;
	case FAULT_NOTCP:
	case FAULT_TRUNCATE:
		if (packet->tcp)
			return trouble->fault == FAULT_TRUNCATE;
		truncate_answer(packet, query);
		return true;
	case FAULT_NOEDNS:
		if (!packet->edns)
			return true;
		begin(packet, query);
		set_code(packet, DNS_CODE_FORMAT);
		zone_put_counts(packet);
		return true;
	case FAULT_CODE:
		begin(packet, query);
		set_code(packet, trouble->number);
		zone_put_counts(packet);
		return true;
	case FAULT_GARBAGE:
		zone_spoil(packet, trouble->number);
		return true;
	default:
		return true;
	}
}

size_t
dns_zone_answer(const struct dns_zone *zone, const uint8_t *query,
    size_t length, bool tcp, uint8_t out[DNS_ZONE_PACKET], unsigned *delay_ms,
    bool *empty)
{
	struct zone_packet packet = {
		.data = out,
		.size = DNS_ZONE_PACKET,
		.tcp = tcp,
	};
	struct zone_trouble trouble;

	*delay_ms = 0;
	*empty = false;
	if (!read_query(&packet, query, length))
		return 0;
	begin(&packet, query);
	put_answer(&packet, zone);
	zone_put_counts(&packet);
	trouble = trouble_of(zone, &packet);
	if (trouble.fault == FAULT_DELAY)
		*delay_ms = trouble.number;
	if (!make_trouble(&packet, &trouble, query))
		return 0;
	if (!tcp && packet.length > udp_most(&packet, query))
		truncate_answer(&packet, query);
	*empty = packet.length == 0;
	return packet.length;
}
