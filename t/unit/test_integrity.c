/*
 * test_integrity - lines and boundaries, in chunks that are cut anywhere.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "policies/integrity.h"

#define MAX_LINE 20

/* flaws by letter: C bare CR, L bare LF, N NUL, G long line, E ended */
static const struct {
	const char *text;
	size_t length; /* 0: strlen */
	const char *flaws;
} bodies[] = {
	{ "", 0, "" },
	{ "one\r\ntwo\r\n", 0, "" },
	{ "one", 0, "" },
	{ "one\ntwo\r\n", 0, "L" },
	{ "\n", 0, "L" },
	{ "one\rtwo\r\n", 0, "C" },
	{ "one\r\r\n", 0, "C" },
	{ "one\r", 0, "C" },
	{ "\r\n\r\n.\r\n", 0, "" },
	{ "a\n.\r\nb\r.\r\n", 0, "CL" },
	{ "a\0b\r\n", 5, "N" },
	{ "12345678901234567890\r\n", 0, "" },
	{ "12345678901234567890", 0, "" },
	{ "123456789012345678901\r\n", 0, "G" },
	{ "1\r\n123456789012345678901", 0, "G" },
	{ "--b--\r\n", 0, "E" },
	{ "--b--", 0, "E" },
	{ "--b-", 0, "" },
	{ "--b\r\n--\r\n", 0, "" },
	{ "x--b--\r\n", 0, "" },
	{ "\r\n--b--  \r\nepilogue", 0, "E" },
	{ "--c--\r\n---b--\r\n--b--\r\n", 0, "E" },
	{ "--B--\r\n", 0, "" },
	{ "--b--\r\n\r", 0, "CE" },
};

/* flaws_of - letters of what was seen */
static void
flaws_of(const struct integrity_body *body, char out[8])
{
	if (body->seen[FLAW_BARE_CR] || body->after_cr)
		*out++ = 'C';
	if (body->seen[FLAW_BARE_LF])
		*out++ = 'L';
	if (body->seen[FLAW_NUL])
		*out++ = 'N';
	if (body->seen[FLAW_LONG_LINE])
		*out++ = 'G';
	if (body->ended)
		*out++ = 'E';
	*out = '\0';
}

static void
chunks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		const char *text = bodies[i].text;
		size_t length =
		    bodies[i].length != 0 ? bodies[i].length : strlen(text);

		/* cut at each two places */
		for (size_t a = 0; a <= length; a++) {
			for (size_t b = a; b <= length; b++) {
				struct integrity_body body = { .line = 0 };
				char flaws[8];

				assert_true(integrity_type(&body,
				    "multipart/mixed; boundary=b"));
				integrity_chunk(&body, text, a, MAX_LINE);
				integrity_chunk(&body, text + a, b - a,
				    MAX_LINE);
				integrity_chunk(&body, text + b, length - b,
				    MAX_LINE);
				flaws_of(&body, flaws);
				if (strcmp(flaws, bodies[i].flaws) != 0)
					fail_msg("body %zu at %zu, %zu: %s", i,
					    a, b, flaws);
			}
		}
	}
}

/* "-" is no multipart, "" one without a boundary that can be */
static const struct {
	const char *value, *mark;
} types[] = {
	{ "text/plain; boundary=b", "-" },
	{ "", "-" },
	{ "multipart", "-" },
	{ "multipart/mixed", "" },
	{ "multipart/mixed;", "" },
	{ "multipart/mixed; boundary", "" },
	{ "multipart/mixed; boundary=", "" },
	{ "multipart/mixed; boundary=;x=y", "" },
	{ "multipart/mixed; boundary=\"\"", "" },
	{ "multipart/mixed; boundary=\"open", "--open--" },
	{ "multipart/mixed; boundary=b", "--b--" },
	{ " (c) Multipart/Mixed;\n\tBoundary = b (c)", "--b--" },
	{ "multipart/mixed (a;boundary=c); boundary=b", "--b--" },
	{ "multipart/mixed; a=\"b;boundary=c\"; boundary=d", "--d--" },
	{ "multipart/mixed; a=\"\\\"\";boundary=\"d e\"", "--d e--" },
	{ "multipart/mixed; xboundary=b", "" },
	{ "multipart/mixed; boundary=b; boundary=c", "--b--" },
	{ "multipart/mixed; ;; ; boundary=b", "--b--" },
	{ "multipart/mixed; boundary="
	  "0123456789012345678901234567890123456789012345678901234567890123"
	  "456789",
	    "--0123456789012345678901234567890123456789012345678901234567890123"
	    "456789--" },
	{ "multipart/mixed; boundary="
	  "0123456789012345678901234567890123456789012345678901234567890123"
	  "4567890",
	    "" },
};

static void
content_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct integrity_body body = { .line = 0 };
		bool multipart = integrity_type(&body, types[i].value);

		if (multipart !=
		    (types[i].mark[0] != '-' || types[i].mark[1] == '-'))
			fail_msg("%s: %d", types[i].value, multipart);
		if (multipart &&
		    (strlen(types[i].mark) != body.mark_length ||
			memcmp(types[i].mark, body.mark, body.mark_length)))
			fail_msg("%s: %.*s", types[i].value,
			    (int)body.mark_length, body.mark);
	}
}

static void
fields(void **state)
{
	static const struct {
		const char *value; /* of "X: " */
		const char *flaws;
	} rows[] = {
		{ "one", "" },
		{ "one\n two\n\tthree", "" },
		{ "one\r\n two", "" },
		{ "one\rtwo", "C" },
		{ "one\r", "C" },
		{ "12345678901234567", "" },
		{ "123456789012345678", "G" },
		{ "one\n 1234567890123456789", "" },
		{ "one\n 12345678901234567890", "G" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct integrity_body body = { .line = 0 };
		char flaws[8];

		integrity_field(&body, "X", rows[i].value, MAX_LINE);
		flaws_of(&body, flaws);
		if (strcmp(flaws, rows[i].flaws) != 0)
			fail_msg("field %zu: %s", i, flaws);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks),
		cmocka_unit_test(content_types),
		cmocka_unit_test(fields),
	};

	return unit_run(tests);
}
