/*
 * dns_text - answers of name servers in words.
 */
#include "base/mem.h"
#include "base/names.h"
#include "base/str.h"
#include "dns/dns.h"

/* longer texts are cut, and so are long lists: it is for one line of people */
#define TEXT_SHOWN 255
#define RECORDS_SHOWN 16

static const struct name_code type_names[] = {
	{ .name = "A", .code = DNS_A },
	{ .name = "CNAME", .code = DNS_CNAME },
	{ .name = "PTR", .code = DNS_PTR },
	{ .name = "MX", .code = DNS_MX },
	{ .name = "TXT", .code = DNS_TXT },
	{ .name = "AAAA", .code = DNS_AAAA },
	{ .name = NULL },
};

static const struct name_code result_names[] = {
	{ .name = "found", .code = DNS_FOUND },
	{ .name = "no such name", .code = DNS_NO_NAME },
	{ .name = "no such record", .code = DNS_NO_DATA },
	{ .name = "null MX", .code = DNS_NULL_MX },
	{ .name = "temporary failure", .code = DNS_TEMPORARY },
	{ .name = "invalid answer", .code = DNS_INVALID },
	{ .name = NULL },
};

const char *
dns_result_name(enum dns_result result)
{
	return names_name(result_names, (int)result, "?");
}

const char *
dns_type_name(enum dns_type type)
{
	return names_name(type_names, (int)type, "?");
}

/* print_record - its data, as in a zone file */
static void
print_record(const struct dns_record *record, enum dns_type type,
    struct str *out)
{
	char address[NETADDR_TEXT_SIZE], text[TEXT_SHOWN + 1];

	if (record->text == NULL) {
		str_add(out, netaddr_format(&record->address, address));
		return;
	}
	str_printable(text, sizeof text, record->text);
	if (type == DNS_MX)
		str_addf(out, "%u %s", record->preference, text);
	else
		str_addf(out, type == DNS_TXT ? "\"%s\"" : "%s", text);
}

void
dns_answer_print(const struct dns_answer *answer, enum dns_type type,
    struct str *out)
{
	size_t shown = answer->count;

	if (answer->result != DNS_FOUND)
		str_add(out, dns_result_name(answer->result));
	if (shown > RECORDS_SHOWN)
		shown = RECORDS_SHOWN;
	for (size_t i = 0; i < shown; i++) {
		str_add(out, i > 0 ? " " : "");
		print_record(&answer->record[i], type, out);
	}
	if (shown < answer->count)
		str_addf(out, " and %zu more", answer->count - shown);
	if (answer->server[0] == '\0')
		return;
	str_addf(out, " (ttl %u s, ", answer->ttl_s);
	if (answer->cached)
		str_addf(out, "cached %u s ago, ", answer->age_s);
	str_addf(out, "%s, %u ms)", answer->server, answer->took_ms);
}
