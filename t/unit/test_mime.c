/*
 * test_mime - what is read of messages: parts, texts, names, flaws, limits.
 */
#include "t/lib/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "t/lib/mime_read.h"

#define WANTS (MIME_FIELDS | MIME_PARTS | MIME_TEXT | MIME_NAMES)

/* an archive with a/readme.txt and invoice.exe */
#define ARCHIVE                                                                \
	"UEsDBBQAAAAAAAAAIVCGphA2BQAAAAUAAAAMAAAAYS9yZWFkbWUudHh0aGVsbG9QSwME" \
	"\n"                                                                   \
	"FAAAAAAAAAAhUMCAawUCAAAAAgAAAAsAAABpbnZvaWNlLmV4ZU1aUEsBAhQDFAAAAAAA" \
	"\n"                                                                   \
	"AAAhUIamEDYFAAAABQAAAAwAAAAAAAAAAAAAAIABAAAAAGEvcmVhZG1lLnR4dFBLAQIU" \
	"\n"                                                                   \
	"AxQAAAAAAAAAIVDAgGsFAgAAAAIAAAALAAAAAAAAAAAAAACAAS8AAABpbnZvaWNlLmV4" \
	"\n"                                                                   \
	"ZVBLBQYAAAAAAgACAHMAAABaAAAAAAA=\n"

/* the same in uuencode */
#define ARCHIVE_UU                                                           \
	"begin 644 x.zip\n"                                                  \
	"M4$L#!!0`````````(5\"&IA`V!0````4````,````82]R96%D;64N='AT:&5L\n"   \
	"M;&]02P,$%``````````A4,\"`:P4\"`````@````L```!I;G9O:6-E+F5X94U:\n"  \
	"M4$L!`A0#%``````````A4(:F$#8%````!0````P``````````````(`!````\n"    \
	"M`&$O<F5A9&UE+G1X=%!+`0(4`Q0`````````(5#`@&L%`@````(````+````\n"    \
	"M``````````\"``2\\```!I;G9O:6-E+F5X95!+!08``````@`\"`',```!:````\n" \
	"\"````\n"                                                           \
	"`\nend\n"

static const struct {
	const char *message;
	/* fields "Name=value;", parts "type[name]<text>{names}", "!flaw" */
	const char *found;
} rows[] = {
	/* fields */
	{ "Subject: plain\n\n", "Subject=plain;text/plain<>" },
	{ "Subject:  folded\n  line \n\n",
	    "Subject=folded  line;text/plain<>" },
	{ "Subject: =?utf-8?q?caf=C3=A9?=\n\n",
	    "Subject=caf\xC3\xA9;text/plain<>" },
	{ "Subject: =?iso-8859-1?b?5Pb8?= x\n\n",
	    "Subject=\xC3\xA4\xC3\xB6\xC3\xBC x;text/plain<>" },
	{ "Subject: =?utf-8?q?a?=\n =?utf-8?q?b?=\n\n",
	    "Subject=ab;text/plain<>" },
	{ "Subject: raw \xE4\n\n", "Subject=raw \xC3\xA4;text/plain<>" },
	{ "Subject: raw \xC3\xA4\n\n", "Subject=raw \xC3\xA4;text/plain<>" },
	/* text */
	{ "\nhello\n", "text/plain<hello|>" },
	{ "\nhello\r\nyou\r\n", "text/plain<hello|you|>" },
	{ "\na\rb\n", "text/plain<a|b|>" },
	{ "\ncaf\xE9\n", "text/plain<caf\xC3\xA9|>" },
	{ "Content-Type: text/plain; charset=utf-8\n\ncaf\xE9\n",
	    "text/plain<caf\xEF\xBF\xBD|>!charset" },
	{ "Content-Type: text/plain; charset=koi8-r\n\n\xC1\n",
	    "text/plain<\xD0\xB0|>" },
	{ "Content-Type: text/plain; charset=windows-1252\n\n\x80\n",
	    "text/plain<\xE2\x82\xAC|>" },
	{ "Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$\"\x1b(B\n",
	    "text/plain<\xE3\x81\x82|>" },
	{ "Content-Type: text/plain; charset=no-such\n\ncaf\xE9\n",
	    "text/plain<caf\xC3\xA9|>!charset" },
	{ "\n\xFF\xFE"
	  "h\001i\001",
	    "text/plain<\xC5\xA8\xC5\xA9>" },
	{ "Content-Transfer-Encoding: quoted-printable\n\na=\nb=3Dc=20\n",
	    "text/plain<ab=c |>" },
	{ "Content-Transfer-Encoding: quoted-printable\n\na=4Gb\n",
	    "text/plain<a=4Gb|>!encoding" },
	{ "Content-Transfer-Encoding: BASE64\n\naGVs\nbG8=\n",
	    "text/plain<hello>" },
	{ "Content-Transfer-Encoding: base64\n\naGVsbG8\n",
	    "text/plain<hello>!encoding" },
	{ "Content-Transfer-Encoding: base64\n\naG!VsbG8=\n",
	    "text/plain<hello>!encoding" },
	{ "Content-Transfer-Encoding: x-new\n\nhello\n",
	    "text/plain<hello|>!encoding" },
	{ "Content-Transfer-Encoding: x-uuencode\n\n"
	  "begin 644 a b.txt\n%:&5L;&\\ \n`\nend\nmore\n",
	    "text/plain[a b.txt]<hello>" },
	{ "Content-Type: text/plain; name=b.txt\n"
	  "Content-Transfer-Encoding: uuencode\n\n"
	  "See\r\n begin \r\nbegin 600 a\r\n#86)Cx\r\n#86\r\n$86)C86)C"
	  "\r\n`\r\nend\r\n",
	    "text/plain[b.txt]<abcabca>" },
	{ "Content-Transfer-Encoding: x-uue\n\nbeginn 600 a\n#86)C\n",
	    "text/plain<>!encoding" },
	{ "Content-Transfer-Encoding: x-uuencode\n\nbegin 600 a\n#86)C",
	    "text/plain[a]<abc>" },
	{ "Content-Type: application/zip\n"
	  "Content-Transfer-Encoding: x-uuencode\n\n" ARCHIVE_UU,
	    "application/zip[x.zip]{a/readme.txt invoice.exe}" },
	/* HTML */
	{ "Content-Type: text/html\n\n<p>a<b>b</b>  c<br>d</p>e &amp; f\n",
	    "text/html<ab c|d|e & f >" },
	{ "Content-Type: text/html\n\n<title>T</title><style>p{}</style><!-- "
	  "x -->a<script>b</script>c",
	    "text/html<T|a|c>" },
	{ "Content-Type: text/html\n\n1 < 2 &lt; 3 &unknown; &#x41;&#66 &",
	    "text/html<1 < 2 < 3 &unknown; AB >" },
	/* parts */
	{ "Content-Type: multipart/mixed; boundary=\"a b\"\n\nbefore\n--a b\n\n"
	  "one\n--a b  \nContent-Type: text/html\n\n<p>two\n--a b--\nafter\n",
	    "multipart/mixed text/plain<one|> text/html<two >" },
	{ "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--ab\n-\n--"
	  "\n---a\n--a--\n",
	    "multipart/mixed text/plain<one|--ab|-|--|---a|>" },
	{ "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n",
	    "multipart/mixed!unclosed text/plain<one|>" },
	{ "Content-Type: multipart/mixed; boundary=a\n\n--a\n"
	  "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nin\n--a\n\nout\n"
	  "--a--\n",
	    "multipart/mixed multipart/mixed!unclosed text/plain<in|> "
	    "text/plain<out|>" },
	{ "Content-Type: multipart/mixed\n\n--a\n\none\n",
	    "multipart/mixed<--a||one|>!boundary" },
	{ "Content-Type: message/rfc822\n\nSubject: in\nContent-Type: "
	  "text/html\n\n<p>x",
	    ">Subject=in;message/rfc822 text/html<x>" },
	{ "Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: "
	  "in\n\nx\n--a--\n",
	    ">Subject=in;multipart/digest message/rfc822 text/plain<x|>" },
	{ "Content-Type: multipart/mixed; boundary=a\n\n--a\nno field\n--a--\n",
	    "multipart/mixed text/plain<no field|>" },
	/* names */
	{ "Content-Type: application/pdf; name=\"a b.pdf\"\n\nx",
	    "application/pdf[a b.pdf]" },
	{ "Content-Type: application/pdf\nContent-Disposition: attachment; "
	  "filename*=utf-8''%C3%A4.pdf\n\nx",
	    "application/pdf[\xC3\xA4.pdf]" },
	{ "Content-Type: application/pdf; name*0=\"a\";\n name*1=\"b.pdf\"\n\n"
	  "x",
	    "application/pdf[ab.pdf]" },
	{ "Content-Type: application/pdf; name=\"=?utf-8?q?=C3=A4?=.pdf\"\n\nx",
	    "application/pdf[\xC3\xA4.pdf]" },
	{ "Content-Type: application/zip\nContent-Transfer-Encoding: "
	  "base64\n\n" ARCHIVE,
	    "application/zip{a/readme.txt invoice.exe}" },
	{ "Content-Type: image/png; name=x.png\nContent-Transfer-Encoding: "
	  "base64\n\n" ARCHIVE,
	    "image/png[x.png]{a/readme.txt invoice.exe}" },
	{ "Content-Type: application/zip\n\nPK\3\4xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	    "application/zip!archive" },
	{ "Content-Type: image/png\n\nnothing", "image/png" },
};

/* is_own_field - one of those that rows are about */
static bool
is_told(const struct mime_field *field)
{
	return strcmp(field->name, "Subject") == 0;
}

/* add_flaws - by name */
static void
add_flaws(struct str *text, unsigned flaws)
{
	for (const struct name_code *n = mime_flaw_names; n->name != NULL; n++)
		if (flaws & (unsigned)n->code)
			str_addf(text, "!%s", n->name);
}

/* add_part - as rows write it */
static void
add_part(struct str *text, const struct mime_part *part)
{
	str_addf(text, "%s%s", part->number > 1 ? " " : "", part->type);
	if (part->name[0] != '\0')
		str_addf(text, "[%s]", part->name);
	if (part->text != NULL) {
		str_add(text, "<");
		for (const char *c = part->text; *c != '\0'; c++)
			str_add_char(text, *c);
		for (char *c = text->data; *c != '\0'; c++)
			*c = *c == '\n' ? '|' : *c;
		str_add(text, ">");
	}
	for (const struct mime_name *n = part->names; n != NULL; n = n->next)
		str_addf(text, "%s%s%s", n == part->names ? "{" : " ", n->name,
		    n->next == NULL ? "}" : "");
	add_flaws(text, part->flaws);
}

/* describe - a message as rows write it */
static const char *
describe(const struct mime_message *message, struct arena *arena)
{
	struct str text = STR_INIT;
	const char *kept;

	for (const struct mime_field *f = message->fields; f != NULL;
	     f = f->next)
		if (is_told(f))
			str_addf(&text, "%s%s=%s;", f->inner ? ">" : "",
			    f->name, f->value);
	for (const struct mime_part *p = message->parts; p != NULL; p = p->next)
		add_part(&text, p);
	kept = arena_strdup(arena, str_text(&text));
	str_fini(&text);
	return kept;
}

/* every row, whole and byte by byte */
static void
test_rows(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena *arena = arena_new(4096);
		const char *message = rows[i].message;
		const char *whole =
		    describe(mime_read(&mime_read_limits, WANTS, message,
				 strlen(message), SIZE_MAX, arena),
			arena);
		const char *bytes =
		    describe(mime_read(&mime_read_limits, WANTS, message,
				 strlen(message), 1, arena),
			arena);

		if (strcmp(whole, rows[i].found) != 0 ||
		    strcmp(whole, bytes) != 0) {
			print_message("# row %zu should be\n#  %s, is\n#  %s, "
				      "byte by byte\n#  %s\n",
			    i, rows[i].found, whole, bytes);
			wrong++;
		}
		arena_free(arena);
	}
	assert_int_equal(wrong, 0);
}

/* the limits, one by one */
static void
test_limits(void **state)
{
	static const char parts[] =
	    "Subject: 12345678901234567890\nX: y\n"
	    "Content-Type: multipart/mixed; boundary=a\n\n"
	    "--a\n\n0123456789\n--a\n\nx\n--a\n\ny\n--a--\n";
	static const struct {
		unsigned flaw;
		struct mime_limits limits;
	} limited[] = {
		{ MIME_FLAW_HEADER, { .header_size = 60 } },
		{ MIME_FLAW_TEXT, { .text_size = 5 } },
		{ MIME_FLAW_PARTS, { .parts = 3 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(limited); i++) {
		struct mime_limits limits = mime_read_limits;
		struct arena *arena = arena_new(4096);
		const struct mime_message *message;

		if (limited[i].limits.header_size > 0)
			limits.header_size = limited[i].limits.header_size;
		if (limited[i].limits.text_size > 0)
			limits.text_size = limited[i].limits.text_size;
		if (limited[i].limits.parts > 0)
			limits.parts = limited[i].limits.parts;
		message = mime_read(&limits, WANTS, parts, sizeof(parts) - 1,
		    SIZE_MAX, arena);
		assert_int_equal(message->flaws & limited[i].flaw,
		    limited[i].flaw);
		assert_true(message->part_count <= limits.parts);
		assert_true(message->text <= limits.text_size);
		arena_free(arena);
	}
}

/* reading takes no longer than `time` */
static void
test_time(void **state)
{
	enum { SIZE = 8 << 20 };
	struct mime_limits limits = mime_read_limits;
	struct arena *arena = arena_new(4096);
	char *message = mem_alloc(SIZE);
	const struct mime_message *read;

	(void)state;
	memset(message, 'x', SIZE);
	for (size_t i = 70; i < SIZE; i += 70)
		message[i] = i % 700 == 0 ? '\n' : '<';
	memcpy(message, "Content-Type: text/html\n\n", 25);
	limits.text_size = SIZE;
	limits.time_ms = 1;
	read = mime_read(&limits, WANTS, message, SIZE, 65536, arena);
	assert_int_equal(read->flaws & MIME_FLAW_TIME, MIME_FLAW_TIME);
	assert_true(read->parts->size < SIZE - 65536);
	mem_free(message);
	arena_free(arena);
}

/* nor does waiting for the bytes count */
static void
test_waiting(void **state)
{
	struct mime_limits limits = mime_read_limits;
	struct arena *arena = arena_new(4096);
	struct clock *clock = clock_fake_new(0);
	struct mime *mime = mime_new(&limits, WANTS, clock, arena);

	(void)state;
	for (int i = 0; i < 100; i++) {
		clock_fake_advance(clock, limits.time_ms);
		mime_body(mime, (const unsigned char *)"hello\n", 6);
	}
	assert_int_equal(mime_end(mime)->flaws, 0);
	assert_int_equal(mime_end(mime)->text, 600);
	arena_free(arena);
	clock_fake_free(clock);
}

/* who wants the header only is done with it */
static void
test_wants(void **state)
{
	struct arena *arena = arena_new(4096);
	struct mime *mime =
	    mime_new(&mime_read_limits, MIME_FIELDS, NULL, arena);

	(void)state;
	assert_false(mime_wants_more(mime));
	mime = mime_new(&mime_read_limits, MIME_TEXT, NULL, arena);
	assert_true(mime_wants_more(mime));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_wants),
	};

	return unit_run(tests);
}
