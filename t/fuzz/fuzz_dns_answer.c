/*
 * fuzz_dns_answer - any bytes as the answer of a name server.
 *
 * The first byte chooses the type that was asked for; the rest is the packet,
 * whose own question is taken for the one that was put. Held to be true: what
 * is found has records, and nothing else has; names are folded; texts end
 * where they say; all of it can be printed on one line.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "dns/dns_packet.h"
#include "dns/dns_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_CNAME, DNS_PTR,
	DNS_MX, DNS_TXT };

/* must - end the program when what is held to be true is not */
static void
must(bool truth)
{
	if (!truth)
		abort();
}

/* check_name - one that could be asked for again, or the root */
static void
check_name(const char *name, struct arena *arena)
{
	char folded[DNS_NAME_SIZE];

	must(name[0] == '\0' ||
	     (dns_name_fold(folded, name, arena) && strcmp(folded, name) == 0));
}

/* check_record - by the type that was asked for */
static void
check_record(const struct dns_record *record, enum dns_type type,
    struct arena *arena)
{
	bool address = type == DNS_A || type == DNS_AAAA;

	must(address == (record->text == NULL));
	must(record->address.family == (type == DNS_A         ? 4
					   : type == DNS_AAAA ? 6
							      : 0));
	if (address)
		return;
	must(record->text[record->length] == '\0');
	if (type != DNS_TXT) {
		must(strlen(record->text) == record->length);
		check_name(record->text, arena);
	}
}

/* check - what was read out of a packet */
static void
check(const struct dns_outcome *outcome, enum dns_type type)
{
	struct arena *arena = arena_new(512);
	struct str text = STR_INIT;
	const struct dns_answer answer = {
		.result = outcome->result,
		.count = outcome->count,
		.record = outcome->records,
		.server = "server",
	};

	must((outcome->result == DNS_FOUND) == (outcome->count > 0));
	must(outcome->result != DNS_NULL_MX || type == DNS_MX);
	must(outcome->ttl_s <= INT32_MAX);
	for (size_t i = 0; i < outcome->count; i++)
		check_record(&outcome->records[i], type, arena);
	dns_answer_print(&answer, type, &text);
	must(strpbrk(str_text(&text), "\r\n") == NULL);
	str_fini(&text);
	arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[DNS_NAME_SIZE] = "a.test";
	struct dns_outcome outcome;
	enum dns_type type;
	size_t at = DNS_HEAD;

	if (size < 1 || size > UINT16_MAX)
		return 0;
	type = types[data[0] % (sizeof types / sizeof types[0])];
	data++;
	size--;
	if (size < DNS_HEAD || !dns_name_read(data, size, &at, name))
		strcpy(name, "a.test");
	outcome = dns_parse(data, size, name, type);
	check(&outcome, type);
	dns_outcome_fini(&outcome);
	return 0;
}
