/*
 * test_mime_link - ways to write a link, and what only looks like one.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "t/lib/mime_read.h"

/* headers of a message of one part */
#define PLAIN "Content-Type: text/plain; charset=utf-8\n\n"
#define HTML "Content-Type: text/html; charset=utf-8\n\n"
#define QUOTED(type)                              \
	"Content-Type: " type "; charset=utf-8\n" \
	"Content-Transfer-Encoding: quoted-printable\n\n"
#define BASE64(type)                              \
	"Content-Type: " type "; charset=utf-8\n" \
	"Content-Transfer-Encoding: base64\n\n"

static const struct {
	const char *message;
	const char *found; /* "host host?": ? marks one without a scheme */
} rows[] = {
	/* plain text */
	{ PLAIN "see http://evil.test/ now", "evil.test" },
	{ PLAIN "see https://evil.test/a?b#c now", "evil.test" },
	{ PLAIN "see ftp://evil.test/x", "evil.test" },
	{ PLAIN "HTTP://EVIL.TEST/", "evil.test" },
	{ PLAIN "hTTps://Evil.Test", "evil.test" },
	{ PLAIN "http://evil.test", "evil.test" },
	{ PLAIN "http://evil.test.", "evil.test" },
	{ PLAIN "http://evil.test, and", "evil.test" },
	{ PLAIN "(http://evil.test)", "evil.test" },
	{ PLAIN "<http://evil.test>", "evil.test" },
	{ PLAIN "[http://evil.test]", "evil.test" },
	{ PLAIN "\"http://evil.test\"", "evil.test" },
	{ PLAIN "'http://evil.test';", "evil.test" },
	{ PLAIN "http://evil.test!", "evil.test" },
	{ PLAIN "http://evil.test?", "evil.test" },
	{ PLAIN "URL:http://evil.test/", "evil.test" },
	{ PLAIN "clickhttp://evil.test/", "evil.test" },
	{ PLAIN "*http://evil.test*", "evil.test" },
	{ PLAIN "http://evil.test:8080/x", "evil.test" },
	{ PLAIN "http://a.test http://b.test", "a.test b.test" },
	{ PLAIN "http://a.test\nhttp://a.test\n", "a.test" },
	{ PLAIN "http://good.test/http://evil.test/", "good.test evil.test" },
	{ PLAIN "http://bank.test@evil.test/", "evil.test" },
	{ PLAIN "http://bank.test:pw@evil.test/", "evil.test" },
	{ PLAIN "http://a@b@evil.test/", "evil.test" },
	{ PLAIN "http://bank.test%2f@evil.test/", "evil.test" },
	{ PLAIN "http://ev%69l.test/", "evil.test" },
	{ PLAIN "http://evil%2etest/", "evil.test" },
	{ PLAIN "http://%65%76%69%6c.test/", "evil.test" },
	{ PLAIN "http:\\\\evil.test\\x", "evil.test" },
	{ PLAIN "http:///evil.test/", "evil.test" },
	{ PLAIN "http://sub.domain.evil.test/", "sub.domain.evil.test" },
	{ PLAIN "http://under_score.evil.test/", "under_score.evil.test" },
	{ PLAIN "http://x-.evil.test/", "evil.test" },
	{ PLAIN "http://-x.evil.test/", "evil.test" },
	/* addresses */
	{ PLAIN "http://203.0.113.5/", "203.0.113.5" },
	{ PLAIN "http://3405803781/", "203.0.113.5" },
	{ PLAIN "http://0xCB007105/", "203.0.113.5" },
	{ PLAIN "http://0313.0.0161.05/", "203.0.113.5" },
	{ PLAIN "http://203.28933/", "203.0.113.5" },
	{ PLAIN "http://0xcb.0.0x71.5/", "203.0.113.5" },
	{ PLAIN "http://[2001:db8::1]/", "2001:db8::1" },
	{ PLAIN "http://[::ffff:203.0.113.5]:80/", "203.0.113.5" },
	{ PLAIN "http://u@203.0.113.5:81/", "203.0.113.5" },
	{ PLAIN "http://999.0.113.5/", "" },
	{ PLAIN "http://1.2.3.4.5/", "" },
	/* IDNA */
	{ PLAIN "http://b\xC3\xBC"
		"cher.test/",
	    "xn--bcher-kva.test" },
	{ PLAIN "http://B\xC3\x9C"
		"CHER.test/",
	    "xn--bcher-kva.test" },
	{ PLAIN "http://xn--bcher-kva.test/", "xn--bcher-kva.test" },
	{ PLAIN "http://b%C3%BCcher.test/", "xn--bcher-kva.test" },
	{ PLAIN "http://evil\xE3\x80\x82test/", "evil.test" },
	{ PLAIN "http://\xEF\xBD\x85vil.test/", "evil.test" },
	{ PLAIN "http://ev\xC2\xADil.test/", "evil.test" },
	{ PLAIN "\xE8\xAF\xB7http://evil.test\xE8\xAF\xB7\xE7\x82\xB9",
	    "evil.test" },
	{ PLAIN "\xE2\x80\x9Chttp://evil.test\xE2\x80\x9D", "evil.test" },
	{ PLAIN "http://evil.test\xE2\x80\xA6", "evil.test" },
	/* without a scheme */
	{ PLAIN "www.evil.test", "www.evil.test?" },
	{ PLAIN "see WWW.Evil.Test, there", "www.evil.test?" },
	{ PLAIN "www2.evil.test/x", "www2.evil.test?" },
	{ PLAIN "evil.test/pay", "evil.test?" },
	{ PLAIN "evil.test:8080/pay", "evil.test?" },
	{ PLAIN "go to evil.test now", "evil.test?" },
	{ PLAIN "evil.test.", "evil.test?" },
	/* not links */
	{ PLAIN "mail alice@example.test today", "" },
	{ PLAIN "mailto:alice@example.test", "" },
	{ PLAIN "a sentence.with no blank", "sentence.with?" },
	{ PLAIN "e.g. i.e. U.S. 3.14 1.2.3", "" },
	{ PLAIN "http://localhost/", "" },
	{ PLAIN "http:///", "" },
	{ PLAIN "http://", "" },
	{ PLAIN "http:/evil", "" },
	{ PLAIN "://evil", "" },
	{ PLAIN "www.", "" },
	{ PLAIN "example[.]test hxxp", "" },
	{ PLAIN "..... ---- ____", "" },
	{ PLAIN "/usr/share/doc/readme.txt", "" },
	/* HTML */
	{ HTML "<a href=\"http://evil.test/\">x</a>", "evil.test" },
	{ HTML "<a href='http://evil.test/'>x</a>", "evil.test" },
	{ HTML "<a href=http://evil.test/>x</a>", "evil.test" },
	{ HTML "<A HREF = \"http://evil.test\">x</A>", "evil.test" },
	{ HTML "<a\nhref\n=\n'http://evil.test'>", "evil.test" },
	{ HTML "<a class=x href=//evil.test/p>", "evil.test" },
	{ HTML "<a href='\\\\evil.test/p'>", "evil.test" },
	{ HTML "<a href='/\\evil.test/p'>", "evil.test" },
	{ HTML "<a href='http:evil.test/p'>", "evil.test" },
	{ HTML "<a href='http:/evil.test/p'>", "evil.test" },
	{ HTML "<a href='  http://ev\til\n.test/p'>", "evil.test" },
	{ HTML "<a href='http&#58;//evil&#x2e;test/'>", "evil.test" },
	{ HTML "<a href='http&colon;&sol;&sol;evil&period;test'>",
	    "evil.test" },
	{ HTML "<a href='&#104;&#116;&#116;&#112;://evil.test'>", "evil.test" },
	{ HTML "<a href='http://ev&shy;il.test/'>", "evil.test" },
	{ HTML "<a href='http://bank.test&#64;evil.test/'>", "evil.test" },
	{ HTML "<a href='http://x.test/?u=http%3A%2F%2Fevil.test%2F'>",
	    "x.test evil.test" },
	{ HTML "<img src='http://evil.test/p.gif' alt=x>", "evil.test" },
	{ HTML "<form action='http://evil.test/post'>", "evil.test" },
	{ HTML "<body background='http://evil.test/b.png'>", "evil.test" },
	{ HTML "<base href='http://evil.test/'><a href='x'>", "evil.test" },
	{ HTML "<meta http-equiv=refresh content='0;url=http://evil.test/'>",
	    "evil.test" },
	{ HTML "<div style='background:url(http://evil.test/b)'>x",
	    "evil.test" },
	{ HTML "<a href='javascript:location=\"http://evil.test\"'>",
	    "evil.test" },
	{ HTML "<area href='https://evil.test'><br/>", "evil.test" },
	{ HTML "<svg><a xlink:href='http://evil.test'>", "evil.test" },
	{ HTML "<a href='http://evil.test'", "evil.test" },
	{ HTML "<p>see http://evil.test</p>", "evil.test" },
	{ HTML "<p>see http://e<b></b>vil.test</p>", "evil.test" },
	{ HTML "<p>http://evil.<!-- x -->test</p>", "evil.test" },
	{ HTML "<p>www.evil.test<br>next</p>", "www.evil.test?" },
	{ HTML "a<p>one.test</p><p>two.test</p>", "one.test? two.test?" },
	{ HTML "<a href='http://a.test'>http://b.test</a>", "a.test b.test" },
	/* not links in HTML */
	{ HTML "<a href='page.html'>x</a>", "" },
	{ HTML "<a href='/path/page.html'>x</a>", "" },
	{ HTML "<a href='#top'>x</a>", "" },
	{ HTML "<a href='mailto:alice@example.test'>x</a>", "" },
	{ HTML "<a href='cid:part1@example.test'>x</a>", "" },
	{ HTML "<a href='tel:+123'>x</a>", "" },
	{ HTML "<img alt='http://evil.test'>", "" },
	{ HTML "<!-- http://evil.test -->", "" },
	{ HTML "<!-- a > http://evil.test -->", "" },
	{ HTML "<script>var a='http://evil.test'</script>", "" },
	{ HTML "<style>a{b:url(http://evil.test)}</style>x", "" },
	{ HTML "<script>a</scrip></script>http://evil.test", "evil.test" },
	/* encodings of transfer */
	{ QUOTED("text/plain") "http://ev=\nil.test/", "evil.test" },
	{ QUOTED("text/plain") "http://ev=\r\nil=2Etest/", "evil.test" },
	{ QUOTED("text/plain") "=68=74=74=70://evil.test/", "evil.test" },
	{ QUOTED("text/html") "<a href=3D\"http://ev=\nil.test\">",
	    "evil.test" },
	{ BASE64("text/plain") "aHR0cDovL2V2aWwudGVzdC8=", "evil.test" },
	{ BASE64("text/plain") "aHR0cDov\r\nL2V2\r\naWwudGVzdC8=\r\n",
	    "evil.test" },
	{ BASE64("text/html") "PGEgaHJlZj0iaHR0cDovL2V2aWwudGVzdC8iPng8L2E+",
	    "evil.test" },
	{ "Content-Type: text/plain; charset=utf-16le\n"
	  "Content-Transfer-Encoding: base64\n\n"
	  "aAB0AHQAcAA6AC8ALwBlAHYAaQBsAC4AdABlAHMAdAA=",
	    "evil.test" },
	{ "Content-Type: text/plain; charset=utf-7\n\n"
	  "http:+AC8ALw-evil.test/",
	    "evil.test" },
	{ "Content-Type: text/plain; charset=iso-8859-1\n\n"
	  "http://b\xFC"
	  "cher.test/",
	    "xn--bcher-kva.test" },
	/* structure */
	{ "\nhttp://evil.test/", "evil.test" },
	{ "Content-Type: multipart/alternative; boundary=b\n\n"
	  "--b\n\nhttp://a.test\n--b\nContent-Type: text/html\n\n"
	  "<a href=http://b.test>\n--b--\n",
	    "a.test b.test" },
	{ "Content-Type: multipart/mixed\n\nhttp://evil.test", "evil.test" },
	{ "Content-Type: application/octet-stream; name=a.html\n\n"
	  "<a href=http://evil.test>",
	    "evil.test" },
	{ "Content-Type: image/png\n\nhttp://evil.test", "" },
	{ "Content-Type: message/rfc822\n\nSubject: x\n\nhttp://evil.test",
	    "evil.test" },
};

/* describe - the hosts that were found */
static const char *
describe(const struct mime_message *message, struct arena *arena)
{
	struct str text = STR_INIT;
	const char *kept;

	for (const struct mime_link *l = message->links; l != NULL; l = l->next)
		str_addf(&text, "%s%s%s", text.length > 0 ? " " : "", l->host,
		    l->form != MIME_LINK_URL ? "?" : "");
	kept = arena_strdup(arena, str_text(&text));
	str_fini(&text);
	return kept;
}

/* found - in a message that is handed in by chunks */
static const char *
found(const char *message, size_t chunk, struct arena *arena)
{
	return describe(mime_read(&mime_read_limits, MIME_LINKS, message,
			    strlen(message), chunk, arena),
	    arena);
}

/* complain - about one row */
static unsigned
complain(size_t row, const char *whole, const char *bytes)
{
	print_message("# %s\n# should be \"%s\", is \"%s\", byte by byte "
		      "\"%s\"\n",
	    rows[row].message, rows[row].found, whole, bytes);
	return 1;
}

/* every row, whole and byte by byte */
static void
test_rows(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena *arena = arena_new(4096);
		const char *whole = found(rows[i].message, SIZE_MAX, arena);
		const char *bytes = found(rows[i].message, 1, arena);

		if (strcmp(whole, rows[i].found) != 0 ||
		    strcmp(bytes, whole) != 0)
			wrong += complain(i, whole, bytes);
		arena_free(arena);
	}
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return unit_run(tests);
}
