/*
 * dns_packet - the fixed parts of DNS packets.
 */
#include <string.h>

#include "dns/dns_packet.h"

size_t
dns_packet_query(uint8_t out[DNS_QUERY_MAX], uint16_t id, const char *name,
    unsigned type, bool edns)
{
	size_t at;

	memset(out, 0, DNS_QUERY_MAX);
	dns_put16(out, id);
	dns_put16(out + 2, DNS_FLAG_RECURSE);
	dns_put16(out + 4, 1);
	dns_put16(out + 10, edns ? 1 : 0);
	at = DNS_HEAD + dns_name_write(out + DNS_HEAD, name);
	dns_put16(out + at, type);
	dns_put16(out + at + 2, DNS_CLASS_IN);
	at += 4;
	if (!edns)
		return at;
	/* the root's name is the zero byte that is there already */
	dns_put16(out + at + 1, DNS_TYPE_OPT);
	dns_put16(out + at + 3, DNS_UDP_MAX);
	return at + DNS_EDNS;
}

bool
dns_packet_answers(const uint8_t *packet, size_t length, const char *name,
    unsigned type)
{
	char asked[DNS_NAME_SIZE];
	size_t at = DNS_HEAD;

	if (length < DNS_HEAD || dns_get16(packet + 4) != 1 ||
	    (dns_get16(packet + 2) & DNS_FLAG_ANSWER) == 0)
		return false;
	if (!dns_name_read(packet, length, &at, asked) || length - at < 4)
		return false;
	return dns_get16(packet + at) == type &&
	       dns_get16(packet + at + 2) == DNS_CLASS_IN &&
	       strcmp(asked, name) == 0;
}
