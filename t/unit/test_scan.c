/*
 * test_scan - what clamd, spamd and rspamd may answer.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "base/mem.h"
#include "scan/scan_clamd.h"
#include "scan/scan_head.h"
#include "scan/scan_rspamd.h"
#include "scan/scan_spamd.h"

static const struct {
	const char *text;
	enum scan_result result;
	const char *detail; /* the signature, or why; NULL: none */
} clamd_rows[] = {
	{ "stream: OK", SCAN_OK, NULL },
	{ "stream: Eicar-Test-Signature FOUND", SCAN_OK,
	    "Eicar-Test-Signature" },
	{ "Eicar FOUND", SCAN_OK, "Eicar" },
	{ "stream: two words FOUND", SCAN_OK, "two words" },
	{ "stream: bad\r\nname\001 FOUND", SCAN_OK, "bad??name?" },
	{ "INSTREAM size limit exceeded. ERROR", SCAN_TOO_LARGE, NULL },
	{ "stream: Can't allocate memory ERROR", SCAN_FAILED,
	    "Can't allocate memory" },
	{ "COMMAND READ TIMED OUT ERROR", SCAN_FAILED,
	    "COMMAND READ TIMED OUT" },
	{ "", SCAN_BROKEN, NULL },
	{ "OK", SCAN_BROKEN, NULL },
	{ "stream: OK ", SCAN_BROKEN, NULL },
	{ "stream: OK FOUNDS", SCAN_BROKEN, NULL },
	{ "stream:  FOUND", SCAN_BROKEN, NULL },
	{ "stream: FOUND", SCAN_OK, "stream:" },
	{ "UNKNOWN COMMAND", SCAN_BROKEN, NULL },
	{ "HTTP/1.1 200 OK", SCAN_BROKEN, NULL },
};

static void
clamd(void **state)
{
	struct arena *arena = arena_new(1024);
	char text[1000];
	const char *signature, *why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(clamd_rows); i++) {
		const char *detail;

		if (scan_clamd_parse(clamd_rows[i].text,
			strlen(clamd_rows[i].text), arena, &signature,
			&why) != clamd_rows[i].result)
			fail_msg("%s", clamd_rows[i].text);
		detail = signature != NULL ? signature : why;
		if (clamd_rows[i].detail == NULL)
			assert_null(detail);
		else
			assert_string_equal(detail, clamd_rows[i].detail);
	}
	memset(text, 'x', sizeof(text));
	memcpy(text + sizeof(text) - 6, " FOUND", 6);
	assert_int_equal(scan_clamd_parse(text, sizeof(text), arena, &signature,
			     &why),
	    SCAN_OK);
	assert_int_equal(strlen(signature), CLAMD_SIGNATURE_MAX);
	arena_free(arena);
}

#define SPAMD(code, head, body) "SPAMD/1.1 " code "\r\n" head "\r\n" body

static const struct {
	const char *text;
	enum scan_result result;
	int64_t score, required;
	enum scan_action action;
	const char *symbols;
} spamd_rows[] = {
	{ SPAMD("0 EX_OK", "Content-length: 9\r\nSpam: True ; 15.2 / 5.0\r\n",
	      "A,B_C,D\r\n"),
	    SCAN_OK, 15200, 5000, SCAN_TAG, "A,B_C,D" },
	{ SPAMD("0 EX_OK", "Spam: False ; -2.1 / 5.0\r\n", ""), SCAN_OK, -2100,
	    5000, SCAN_PASS, "" },
	{ "SPAMD/1.5 0 EX_OK\nspam: Yes ; 7 / 5\n\nA\n", SCAN_OK, 7000, 5000,
	    SCAN_TAG, "A" },
	{ SPAMD("0 EX_OK", "SPAM:True ; 5 / 5\r\n", "A\001B"), SCAN_OK, 5000,
	    5000, SCAN_TAG, "A?B" },
	/* more came than was declared */
	{ SPAMD("0 EX_OK", "Content-length: 1\r\nSpam: True ; 5 / 5\r\n", "AB"),
	    SCAN_OK, 5000, 5000, SCAN_TAG, "A" },
	{ SPAMD("0 EX_OK", "Content-length: 9\r\nSpam: True ; 5 / 5\r\n", "A"),
	    SCAN_BROKEN, 0, 0, SCAN_PASS, NULL },
	{ SPAMD("0 EX_OK", "Content-length: x\r\nSpam: True ; 5 / 5\r\n", ""),
	    SCAN_BROKEN, 0, 0, SCAN_PASS, NULL },
	{ SPAMD("0 EX_OK",
	      "Content-length: 99999999999999999999\r\nSpam: True ; 5 / 5\r\n",
	      ""),
	    SCAN_BROKEN, 0, 0, SCAN_PASS, NULL },
	{ SPAMD("75 EX_TEMPFAIL", "", ""), SCAN_FAILED, 0, 0, SCAN_PASS, NULL },
	{ SPAMD("0 EX_OK", "", ""), SCAN_BROKEN, 0, 0, SCAN_PASS, NULL },
	{ SPAMD("0 EX_OK", "Spam: True\r\n", ""), SCAN_BROKEN, 0, 0, SCAN_PASS,
	    NULL },
	{ SPAMD("0 EX_OK", "Spam: True ; nan / 5.0\r\n", ""), SCAN_BROKEN, 0, 0,
	    SCAN_PASS, NULL },
	{ SPAMD("0 EX_OK", "Spam: True ; 5.0 / 5.0 x\r\n", ""), SCAN_OK, 5000,
	    5000, SCAN_TAG, "" },
	{ "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 5 / 5", SCAN_BROKEN, 0, 0,
	    SCAN_PASS, NULL },
	{ "SPAMD/1.1\r\n\r\n", SCAN_BROKEN, 0, 0, SCAN_PASS, NULL },
	{ "HTTP/1.1 200 OK\r\n\r\n", SCAN_BROKEN, 0, 0, SCAN_PASS, NULL },
	{ "", SCAN_BROKEN, 0, 0, SCAN_PASS, NULL },
};

static void
spamd(void **state)
{
	struct arena *arena = arena_new(1024);
	struct scan_spam spam;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(spamd_rows); i++) {
		if (scan_spamd_parse(spamd_rows[i].text,
			strlen(spamd_rows[i].text), arena,
			&spam) != spamd_rows[i].result)
			fail_msg("row %zu", i);
		if (spamd_rows[i].result != SCAN_OK)
			continue;
		if (spam.score != spamd_rows[i].score ||
		    spam.required != spamd_rows[i].required ||
		    spam.action != spamd_rows[i].action)
			fail_msg("row %zu: %lld", i, (long long)spam.score);
		assert_string_equal(spam.symbols, spamd_rows[i].symbols);
	}
	arena_free(arena);
}

static const struct {
	const char *json; /* behind a good head */
	enum scan_result result;
	int64_t score;
	enum scan_action action;
	const char *symbols, *reply, *subject;
} rspamd_rows[] = {
	{ "{\"score\":15.25,\"required_score\":15,\"action\":\"reject\","
	  "\"symbols\":{\"A\":{\"score\":1},\"B\":{}}}",
	    SCAN_OK, 15250, SCAN_REJECT, "A,B", "", "" },
	{ "{\"score\":-1e-9,\"action\":\"No Action\",\"symbols\":[]}", SCAN_OK,
	    0, SCAN_PASS, "", "", "" },
	{ "{\"score\":5,\"action\":\"soft reject\",\"messages\":"
	  "{\"smtp_message\":\"Try\\r\\nagain\"}}",
	    SCAN_OK, 5000, SCAN_DEFER, "", "Try??again", "" },
	{ "{\"score\":6,\"action\":\"rewrite subject\",\"subject\":\"*** x\"}",
	    SCAN_OK, 6000, SCAN_SUBJECT, "", "", "*** x" },
	{ "{\"score\":1e300,\"action\":\"greylist\",\"messages\":[1]}", SCAN_OK,
	    SCAN_SCORE_MAX, SCAN_DEFER, "", "", "" },
	{ "{\"score\":-1e300,\"action\":\"discard\"}", SCAN_OK, -SCAN_SCORE_MAX,
	    SCAN_DROP, "", "", "" },
	{ "{\"score\":\"7\",\"action\":\"reject\"}", SCAN_BROKEN, 0, SCAN_PASS,
	    "", "", "" },
	{ "{\"score\":7,\"action\":\"explode\"}", SCAN_BROKEN, 0, SCAN_PASS, "",
	    "", "" },
	{ "{\"score\":7,\"action\":7}", SCAN_BROKEN, 0, SCAN_PASS, "", "", "" },
	{ "{\"score\":7}", SCAN_BROKEN, 0, SCAN_PASS, "", "", "" },
	{ "{\"error\":\"bad\"}", SCAN_BROKEN, 0, SCAN_PASS, "", "", "" },
	{ "[]", SCAN_BROKEN, 0, SCAN_PASS, "", "", "" },
	{ "7", SCAN_BROKEN, 0, SCAN_PASS, "", "", "" },
	{ "", SCAN_BROKEN, 0, SCAN_PASS, "", "", "" },
	{ "{\"score\":7,\"action\":\"reject\"", SCAN_BROKEN, 0, SCAN_PASS, "",
	    "", "" },
};

static void
rspamd(void **state)
{
	struct arena *arena = arena_new(1024);
	struct scan_spam spam;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rspamd_rows); i++) {
		const char *text = arena_printf(arena,
		    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		    strlen(rspamd_rows[i].json), rspamd_rows[i].json);

		if (scan_rspamd_parse(text, strlen(text), arena, &spam) !=
		    rspamd_rows[i].result)
			fail_msg("row %zu", i);
		if (rspamd_rows[i].result != SCAN_OK)
			continue;
		assert_int_equal(spam.score, rspamd_rows[i].score);
		assert_int_equal(spam.action, rspamd_rows[i].action);
		assert_string_equal(spam.symbols, rspamd_rows[i].symbols);
		assert_string_equal(spam.reply, rspamd_rows[i].reply);
		assert_string_equal(spam.subject, rspamd_rows[i].subject);
	}
	arena_free(arena);
}

static void
http_codes(void **state)
{
	static const struct {
		const char *text;
		enum scan_result result;
	} rows[] = {
		{ "HTTP/1.0 200 OK\n\n{\"score\":1,\"action\":\"reject\"}",
		    SCAN_OK },
		{ "HTTP/1.0 403 Forbidden\r\n\r\n", SCAN_FAILED },
		{ "HTTP/1.0 500 Error\r\n\r\n{\"score\":1}", SCAN_FAILED },
		{ "HTTP/1.0 302 Found\r\n\r\n", SCAN_BROKEN },
		{ "HTTP/1.0 99999 What\r\n\r\n", SCAN_BROKEN },
		{ "HTTP/1.0 -1 What\r\n\r\n", SCAN_BROKEN },
		{ "SPAMD/1.1 200 OK\r\n\r\n", SCAN_BROKEN },
	};
	struct arena *arena = arena_new(1024);
	struct scan_spam spam;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (scan_rspamd_parse(rows[i].text, strlen(rows[i].text), arena,
			&spam) != rows[i].result)
			fail_msg("row %zu", i);
	arena_free(arena);
}

static void
numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t milli;
		const char *printed; /* NULL: no number */
	} rows[] = {
		{ "0", 0, "0.0" },
		{ "5.0", 5000, "5.0" },
		{ "-1.25", -1250, "-1.3" },
		{ "+1.2", 1200, "1.2" },
		{ ".5", 500, "0.5" },
		{ "7.", 7000, "7.0" },
		{ "1.23456", 1234, "1.2" },
		{ "-0.04", -40, "0.0" },
		{ "999999.96", 999999960, "1000000.0" },
		{ "99999999999999999999", SCAN_SCORE_MAX, "1000000.0" },
		{ "-99999999999999999999", -SCAN_SCORE_MAX, "-1000000.0" },
		{ "", 0, NULL },
		{ ".", 0, NULL },
		{ "-", 0, NULL },
		{ "1e5", 0, NULL },
		{ "nan", 0, NULL },
		{ "1,5", 0, NULL },
		{ " 1", 0, NULL },
	};
	struct arena *arena = arena_new(1024);
	int64_t milli;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool good = scan_milli(rows[i].text, &milli);

		if (good != (rows[i].printed != NULL))
			fail_msg("%s", rows[i].text);
		if (!good)
			continue;
		assert_int_equal(milli, rows[i].milli);
		assert_string_equal(scan_milli_text(milli, arena),
		    rows[i].printed);
	}
	arena_free(arena);
}

static void
servers(void **state)
{
	static const struct {
		const char *text;
		const char *why; /* NULL: good */
	} rows[] = {
		{ "unix:/run/clamd.ctl", NULL },
		{ "127.0.0.1:3310, [::1]:3310 unix:/a", NULL },
		{ "", "there is none" },
		{ " , ", "there is none" },
		{ "/run/clamd.ctl", "written unix:/path or host:port" },
		{ "unix:run", "written unix:/path or host:port" },
		{ "127.0.0.1", "written unix:/path or host:port" },
		{ "127.0.0.1:", "written unix:/path or host:port" },
		{ "127.0.0.1:99999", "a port is 1 to 65535" },
		{ "unix:/a unix:/a unix:/a unix:/a unix:/a unix:/a unix:/a "
		  "unix:/a unix:/a",
		    "too many servers" },
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct scan_servers *made =
		    scan_servers_new("clamd", rows[i].text, &why);

		if ((made != NULL) != (rows[i].why == NULL))
			fail_msg("%s", rows[i].text);
		if (made == NULL)
			assert_string_equal(why, rows[i].why);
		scan_servers_unref(scan_servers_ref(made));
		scan_servers_unref(made);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clamd),
		cmocka_unit_test(spamd),
		cmocka_unit_test(rspamd),
		cmocka_unit_test(http_codes),
		cmocka_unit_test(numbers),
		cmocka_unit_test(servers),
	};

	return unit_run(tests);
}
