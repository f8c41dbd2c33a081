/*
 * dns_parse_records - the records of an answer, each by its type.
 */
#include <string.h>

#include "base/mem.h"
#include "dns/dns_parse_internal.h"

bool
parse_belongs(const struct reader *reader, const struct rr *rr, unsigned type)
{
	char owner[DNS_NAME_SIZE];
	size_t at = rr->owner;

	return rr->type == type && rr->class == DNS_CLASS_IN &&
	       dns_name_read(reader->packet, reader->length, &at, owner) &&
	       strcmp(owner, reader->name) == 0;
}

bool
parse_name(const struct reader *reader, const struct rr *rr, size_t skip,
    char out[DNS_NAME_SIZE])
{
	size_t at = rr->data + skip;

	return rr->length > skip &&
	       dns_name_read(reader->packet, reader->length, &at, out) &&
	       at == rr->data + rr->length;
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

	if (!parse_name(reader, rr, 0, name))
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

	if (!parse_name(reader, rr, 2, name))
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

bool
parse_records(struct reader *reader)
{
	reader->records = mem_array(reader->count, sizeof *reader->records);
	reader->offset = mem_array(reader->count, sizeof *reader->offset);
	for (size_t i = 0; i < reader->count; i++) {
		const struct rr *rr = &reader->rr[i];

		if (!parse_belongs(reader, rr, reader->type))
			continue;
		if (!add(reader, rr))
			return false;
		if (rr->ttl < reader->ttl)
			reader->ttl = rr->ttl;
	}
	return true;
}

void
parse_pack(const struct reader *reader, struct dns_outcome *outcome)
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
