/*
 * dns_parse - what a name server's packet says.
 *
 * First all records of the answer are noted by their place, then the CNAMEs
 * are followed from the name that was asked, in whatever order they stand,
 * then the records that belong to the end of the chain are copied into one
 * block. The authority section is read only when there are none, for the SOA
 * that says how long that holds.
 */
#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/str.h"
#include "service/dns_packet.h"
#include "service/dns_parse.h"

/* a record by its place */
struct rr {
	size_t owner; /* offset of its name */
	size_t data;
	size_t length; /* of data */
	unsigned type, class;
	uint32_t ttl;
};

struct reader {
	const uint8_t *packet;
	size_t length;
	size_t at;
	enum dns_type type;       /* asked for */
	char name[DNS_NAME_SIZE]; /* the end of the chain so far */
	bool led;                 /* by a CNAME at least */
	uint32_t ttl;
	struct rr *rr;
	size_t count;
	/* what is found; a text is known by its offset in texts plus one */
	struct dns_record *records;
	size_t *offset;
	size_t found;
	bool null_mx;
	struct str texts;
};

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

/* belongs - a record of that type whose owner is the end of the chain */
static bool
belongs(const struct reader *reader, const struct rr *rr, unsigned type)
{
	char owner[DNS_NAME_SIZE];
	size_t at = rr->owner;

	return rr->type == type && rr->class == DNS_CLASS_IN &&
	       dns_name_read(reader->packet, reader->length, &at, owner) &&
	       strcmp(owner, reader->name) == 0;
}

/* has_records - the end of the chain has what was asked for */
static bool
has_records(const struct reader *reader)
{
	for (size_t i = 0; i < reader->count; i++)
		if (belongs(reader, &reader->rr[i], reader->type))
			return true;
	return false;
}

/* read_name - a name that fills data from skip on to its end */
static bool
read_name(const struct reader *reader, const struct rr *rr, size_t skip,
    char out[DNS_NAME_SIZE])
{
	size_t at = rr->data + skip;

	return rr->length > skip &&
	       dns_name_read(reader->packet, reader->length, &at, out) &&
	       at == rr->data + rr->length;
}

/* next_cname - one step along the chain; false if it cannot be gone */
static bool
next_cname(struct reader *reader, const struct rr *cname)
{
	char target[DNS_NAME_SIZE];

	if (!read_name(reader, cname, 0, target))
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
		if (!belongs(reader, &reader->rr[i], DNS_CNAME))
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

/* add_text - the text of the record that is being added */
static void
add_text(struct reader *reader, const char *text, size_t length)
{
	reader->offset[reader->found] = reader->texts.length + 1;
	reader->records[reader->found].length = length;
	str_add_n(&reader->texts, text, length);
	str_add_char(&reader->texts, '\0');
}

/* add_address - A and AAAA */
static bool
add_address(struct reader *reader, const struct rr *rr)
{
	struct netaddr *address = &reader->records[reader->found].address;

	if (rr->length != (rr->type == DNS_A ? 4 : 16))
		return false;
	address->family = rr->type == DNS_A ? 4 : 6;
	memcpy(address->byte, reader->packet + rr->data, rr->length);
	reader->found++;
	return true;
}

/* add_name - CNAME and PTR */
static bool
add_name(struct reader *reader, const struct rr *rr)
{
	char name[DNS_NAME_SIZE];

	if (!read_name(reader, rr, 0, name))
		return false;
	add_text(reader, name, strlen(name));
	reader->found++;
	return true;
}

/*
 * add_mx - the root as exchanger is no host. With preference 0 it says that
 * the domain takes no mail, if it stands alone (RFC 7505 3).
 */
static bool
add_mx(struct reader *reader, const struct rr *rr)
{
	char name[DNS_NAME_SIZE];
	uint16_t preference;

	if (!read_name(reader, rr, 2, name))
		return false;
	preference = dns_get16(reader->packet + rr->data);
	if (name[0] == '\0') {
		reader->null_mx = reader->null_mx || preference == 0;
		return true;
	}
	reader->records[reader->found].preference = preference;
	add_text(reader, name, strlen(name));
	reader->found++;
	return true;
}

/* add_txt - the strings of one record, joined (RFC 7208 3.3) */
static bool
add_txt(struct reader *reader, const struct rr *rr)
{
	const uint8_t *data = reader->packet + rr->data;
	size_t start = reader->texts.length, at = 0;

	if (rr->length == 0)
		return false; /* RFC 1035 3.3.14: one or more */
	for (; at < rr->length; at += data[at] + 1) {
		if (data[at] >= rr->length - at)
			return false;
		str_add_n(&reader->texts, (const char *)data + at + 1,
		    data[at]);
	}
	reader->offset[reader->found] = start + 1;
	reader->records[reader->found].length = reader->texts.length - start;
	str_add_char(&reader->texts, '\0');
	reader->found++;
	return true;
}

static const struct {
	enum dns_type type;
	bool (*add)(struct reader *reader, const struct rr *rr);
} kinds[] = {
	{ DNS_A, add_address },
	{ DNS_AAAA, add_address },
	{ DNS_CNAME, add_name },
	{ DNS_PTR, add_name },
	{ DNS_MX, add_mx },
	{ DNS_TXT, add_txt },
};

/* add - a record of the type that was asked for */
static bool
add(struct reader *reader, const struct rr *rr)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i].type == reader->type)
			return kinds[i].add(reader, rr);
	return false;
}

/* add_records - all that the end of the chain has; one bad one spoils all */
static bool
add_records(struct reader *reader)
{
	reader->records = mem_array(reader->count, sizeof *reader->records);
	reader->offset = mem_array(reader->count, sizeof *reader->offset);
	for (size_t i = 0; i < reader->count; i++) {
		const struct rr *rr = &reader->rr[i];

		if (!belongs(reader, rr, reader->type))
			continue;
		if (!add(reader, rr))
			return false;
		if (rr->ttl < reader->ttl)
			reader->ttl = rr->ttl;
	}
	return true;
}

/* pack - records and their texts into one block */
static void
pack(const struct reader *reader, struct dns_outcome *outcome)
{
	size_t bytes = reader->found * sizeof reader->records[0];
	char *texts;

	outcome->count = reader->found;
	outcome->bytes = bytes + reader->texts.length;
	outcome->records = mem_alloc(outcome->bytes);
	memcpy(outcome->records, reader->records, bytes);
	texts = (char *)outcome->records + bytes;
	if (reader->texts.length > 0)
		memcpy(texts, reader->texts.data, reader->texts.length);
	for (size_t i = 0; i < reader->found; i++)
		if (reader->offset[i] > 0)
			outcome->records[i].text =
			    texts + reader->offset[i] - 1;
}

/* found - an answer with records */
static struct dns_outcome
found(struct reader *reader)
{
	struct dns_outcome outcome = { .result = DNS_FOUND, .has_ttl = true };

	if (!add_records(reader))
		return verdict(DNS_INVALID);
	outcome.ttl_s = reader->ttl;
	if (reader->found > 0)
		pack(reader, &outcome);
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
	if (!dns_name_read(reader->packet, reader->length, &at, name) ||
	    !dns_name_read(reader->packet, reader->length, &at, name) ||
	    at + 20 != rr->data + rr->length)
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
