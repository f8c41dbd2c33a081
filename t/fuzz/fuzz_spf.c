/*
 * fuzz_spf - SPF checks of any records, explanations and names.
 *
 * Lines of the input: the record of a.test; the record of every name below
 * b.test; the explanation at every name below c.test; the sender's local
 * part; the HELO name; the name of the client. Lines may be missing. The first
 * byte chooses IPv4 or IPv6.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "dns/dns.h"
#include "dns/dns_zone.h"
#include "spf/spfcheck.h"
#include "t/lib/spf_cases.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINE_RECORD, LINE_OTHERS, LINE_TEXT, LINE_LOCAL, LINE_HELO, LINE_PTR };
#define LINES (LINE_PTR + 1)
#define LINE_MAX_BYTES 15000 /* what a zone takes */
#define STRING_BYTES 250

#define FIXED                          \
	"a.test A 203.0.113.5\n"       \
	"a.test MX 1 mx.a.test\n"      \
	"mx.a.test AAAA 2001:db8::5\n" \
	"*.b.test A 192.0.2.1\n"       \
	"*.b.test MX 1 mx.b.test\n"    \
	"mx.test TXT \"v=spf1 mx -all\"\n"

/* one line of the input */
struct line {
	const uint8_t *data;
	size_t length;
};

/* cut_lines - the input's lines; what is missing is empty */
static void
cut_lines(struct line line[LINES], const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < LINES; i++) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t length = end != NULL ? (size_t)(end - data) : size;

		line[i].data = data;
		line[i].length =
		    length < LINE_MAX_BYTES ? length : LINE_MAX_BYTES;
		data += length + (end != NULL ? 1 : 0);
		size -= length + (end != NULL ? 1 : 0);
	}
}

/* add_bytes - a word of a zone; \DDD for all but letters and digits */
static void
add_bytes(struct str *zone, const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((data[i] | 0x20) >= 'a' && (data[i] | 0x20) <= 'z')
			str_add_char(zone, (char)data[i]);
		else
			str_addf(zone, "\\%03u", data[i]);
	}
}

/* add_txt - a TXT record */
static void
add_txt(struct str *zone, const char *name, const struct line *line)
{
	if (line->length > 0 && line->data[0] == '!')
		return;
	str_addf(zone, "%s TXT", name);
	for (size_t i = 0; i == 0 || i < line->length; i += STRING_BYTES) {
		size_t left = line->length - i;

		str_add(zone, " \"");
		add_bytes(zone, line->data + i,
		    left < STRING_BYTES ? left : STRING_BYTES);
		str_add(zone, "\"");
	}
	str_add(zone, "\n");
}

/* make_dns - the zone of these lines */
static struct dns *
make_dns(const struct line line[LINES])
{
	struct dns *dns = dns_new(clock_system());
	struct str zone = STR_INIT, why = STR_INIT;

	str_add(&zone, FIXED);
	add_txt(&zone, "a.test", &line[LINE_RECORD]);
	add_txt(&zone, "*.b.test", &line[LINE_OTHERS]);
	add_txt(&zone, "*.c.test", &line[LINE_TEXT]);
	if (line[LINE_PTR].length > 0 && line[LINE_PTR].length < 60) {
		str_add(&zone, "5.113.0.203.in-addr.arpa PTR mx.a.test\n"
			       "5.113.0.203.in-addr.arpa PTR ");
		add_bytes(&zone, line[LINE_PTR].data, line[LINE_PTR].length);
		str_add(&zone, ".test\n");
	}
	if (!dns_use_zone(dns, str_text(&zone), &why)) {
		printf("%s\n", str_text(&why));
		abort();
	}
	str_fini(&zone);
	str_fini(&why);
	return dns;
}

/* text_of - a line without NUL bytes, which no SMTP command can bring */
static const char *
text_of(const struct line *line, struct arena *arena)
{
	return arena_strndup(arena, (const char *)line->data,
	    line->length < 1000 ? line->length : 1000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line line[LINES];
	struct arena *arena = arena_new(4096);
	struct spf_query query = { .clock = clock_system() };
	const struct spf_answer *answer;
	const char *why;

	cut_lines(line, data + (size > 0 ? 1 : 0), size - (size > 0 ? 1 : 0));
	query.dns = make_dns(line);
	netaddr_parse(&query.client,
	    size > 0 && data[0] == '6' ? "2001:db8::5" : "203.0.113.5");
	query.domain = "a.test";
	query.local = text_of(&line[LINE_LOCAL], arena);
	query.helo = text_of(&line[LINE_HELO], arena);
	query.hostname = "mx.example.test";
	query.local_policy = "";
	query.deadline_ms = clock_mono_ms(clock_system()) + 5000;
	answer = spf_check(&query, arena);
	why = spf_cases_unsound(answer);
	if (why != NULL || strncmp(answer->problem, "libspf2", 7) == 0) {
		printf("%s %s %s\n", why != NULL ? why : "", answer->problem,
		    answer->mechanism);
		abort();
	}
	arena_free(arena);
	dns_free(query.dns);
	return 0;
}
