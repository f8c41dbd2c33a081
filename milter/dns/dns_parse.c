/*
 * dns_parse - what a name server's packet says.
 *
 * First all records of the answer are noted by their place, then the CNAMEs
 * are followed from the name that was asked, in whatever order they stand,
 * then the records that belong to the end of the chain are copied into one
 * block. The authority section is read only when there are none, for the SOA
 * that says how long that holds.
 */
#include <string.h>

#include "base/domain.h"
#include "base/mem.h"
#include "dns/dns_parse_internal.h"

/* verdict - an outcome without records */
static struct dns_outcome
verdict(enum dns_result result)
{
	return (struct dns_outcome){ .result = result };
}

/* read_rr - the record at reader->at */
static bool
read_rr(struct reader *reader, struct rr *rr)
{
	char name[DNS_NAME_SIZE];
	const uint8_t *fixed;

	rr->owner = reader->at;
	if (!dns_name_read(reader->packet, reader->length, &reader->at, name) ||
	    reader->length - reader->at < DNS_RR_FIXED)
		return false;
	fixed = reader->packet + reader->at;
	rr->type = dns_get16(fixed);
	rr->class = dns_get16(fixed + 2);
	rr->ttl = dns_get32(fixed + 4);
	if (rr->ttl > INT32_MAX)
		rr->ttl = 0; /* RFC 2181 8 */
	rr->length = dns_get16(fixed + 8);
	rr->data = reader->at + DNS_RR_FIXED;
	if (rr->length > reader->length - rr->data)
		return false;
	reader->at = rr->data + rr->length;
	return true;
}

/* read_answers - note the records of the answer section */
static bool
read_answers(struct reader *reader)
{
	size_t count = dns_get16(reader->packet + 6);

	if (count > DNS_RECORDS_MAX)
		return false;
	if (count > 0)
		reader->rr = mem_array(count, sizeof *reader->rr);
	for (; reader->count < count; reader->count++)
		if (!read_rr(reader, &reader->rr[reader->count]))
			return false;
	return true;
}

/* has_records - the end of the chain has what was asked for */
static bool
has_records(const struct reader *reader)
{
	for (size_t i = 0; i < reader->count; i++)
		if (parse_belongs(reader, &reader->rr[i], reader->type))
			return true;
	return false;
}

/* next_cname - one step along the chain; false if it cannot be gone */
static bool
next_cname(struct reader *reader, const struct rr *cname)
{
	char target[DNS_NAME_SIZE];

	if (!parse_name(reader, cname, 0, target))
		return false;
	if (cname->ttl < reader->ttl)
		reader->ttl = cname->ttl;
	strcpy(reader->name, target);
	reader->led = true;
	return true;
}

/* find_cname - that of the end of the chain; two of them contradict */
static bool
find_cname(const struct reader *reader, const struct rr **cname)
{
	*cname = NULL;
	for (size_t i = 0; i < reader->count; i++) {
		if (!parse_belongs(reader, &reader->rr[i], DNS_CNAME))
			continue;
		if (*cname != NULL)
			return false;
		*cname = &reader->rr[i];
	}
	return true;
}

/* follow - to where the CNAMEs end; false if they do not, or contradict */
static bool
follow(struct reader *reader)
{
	const struct rr *cname;

	for (unsigned n = 0; !has_records(reader); n++) {
		if (!find_cname(reader, &cname))
			return false;
		if (cname == NULL)
			return true;
		if (n == DNS_CNAMES_MAX || !next_cname(reader, cname))
			return false;
	}
	return true;
}

/* found - an answer with records */
static struct dns_outcome
found(struct reader *reader)
{
	struct dns_outcome outcome = { .result = DNS_FOUND, .has_ttl = true };

	if (!parse_records(reader))
		return verdict(DNS_INVALID);
	outcome.ttl_s = reader->ttl;
	if (reader->found > 0)
		parse_pack(reader, &outcome);
	else
		outcome.result = reader->null_mx ? DNS_NULL_MX : DNS_INVALID;
	return outcome;
}

/* soa_ttl - how long "no" holds, by a SOA record (RFC 2308 5) */
static bool
soa_ttl(const struct reader *reader, const struct rr *rr, uint32_t *ttl)
{
	char name[DNS_NAME_SIZE];
	size_t at = rr->owner;
	uint32_t minimum;

	if (rr->type != DNS_TYPE_SOA || rr->class != DNS_CLASS_IN ||
	    !dns_name_read(reader->packet, reader->length, &at, name) ||
	    (name[0] != '\0' && !domain_is_under(reader->name, name)))
		return false;
	at = rr->data;
	for (unsigned i = 0; i < 2; i++) /* MNAME and RNAME */
		if (!dns_name_read(reader->packet, reader->length, &at, name))
			return false;
	if (at + 20 != rr->data + rr->length)
		return false;
	minimum = dns_get32(reader->packet + at + 16);
	*ttl = minimum < rr->ttl ? minimum : rr->ttl;
	return true;
}

/*
 * not_found - no such name, or no such records. A list of name servers without
 * a SOA is a referral (RFC 2308 2.2): that server does not look for us.
 */
static struct dns_outcome
not_found(struct reader *reader, enum dns_result result)
{
	struct dns_outcome outcome = verdict(result);
	size_t count = dns_get16(reader->packet + 8);
	bool referral = false;
	uint32_t ttl;
	struct rr rr;

	for (; count > 0; count--) {
		if (!read_rr(reader, &rr))
			return verdict(DNS_INVALID);
		referral = referral || rr.type == DNS_TYPE_NS;
		if (!soa_ttl(reader, &rr, &ttl))
			continue;
		outcome.has_ttl = true;
		outcome.ttl_s = ttl < reader->ttl ? ttl : reader->ttl;
		return outcome;
	}
	if (referral && result == DNS_NO_DATA && !reader->led)
		return verdict(DNS_TEMPORARY);
	return outcome;
}

/* judge - a packet whose head and question are in order */
static struct dns_outcome
judge(struct reader *reader, enum dns_code code)
{
	if (!read_answers(reader) || !follow(reader))
		return verdict(DNS_INVALID);
	if (code == DNS_CODE_NO_NAME) /* of the last name: RFC 6604 */
		return has_records(reader) ? verdict(DNS_INVALID)
					   : not_found(reader, DNS_NO_NAME);
	if (has_records(reader))
		return found(reader);
	/* records, but for a name that nobody asked about */
	if (reader->count > 0 && !reader->led)
		return verdict(DNS_INVALID);
	return not_found(reader, DNS_NO_DATA);
}

/* parse - a packet with nothing known of it */
static struct dns_outcome
parse(struct reader *reader, const char *name)
{
	const uint8_t *packet = reader->packet;
	unsigned flags;
	enum dns_code code;

	if (!dns_packet_answers(packet, reader->length, name, reader->type))
		return verdict(DNS_INVALID);
	flags = dns_get16(packet + 2);
	code = flags & DNS_FLAG_CODE;
	if (code != DNS_CODE_OK && code != DNS_CODE_NO_NAME)
		return verdict(DNS_TEMPORARY);
	if ((flags & (DNS_FLAG_OPCODE | DNS_FLAG_TRUNCATED)) != 0)
		return verdict(DNS_INVALID);
	reader->at = DNS_HEAD;
	if (!dns_name_read(packet, reader->length, &reader->at, reader->name))
		return verdict(DNS_INVALID);
	reader->at += 4;
	return judge(reader, code);
}

struct dns_outcome
dns_parse(const uint8_t *packet, size_t length, const char *name,
    enum dns_type type)
{
	struct reader reader = {
		.packet = packet,
		.length = length,
		.type = type,
		.ttl = INT32_MAX,
		.texts = STR_INIT,
	};
	struct dns_outcome outcome = parse(&reader, name);

	str_fini(&reader.texts);
	mem_free(reader.rr);
	mem_free(reader.records);
	mem_free(reader.offset);
	return outcome;
}

void
dns_outcome_fini(struct dns_outcome *outcome)
{
	mem_free(outcome->records);
	*outcome = verdict(DNS_TEMPORARY);
}
