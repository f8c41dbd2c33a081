/*
 * reply - the one gate: a reason and values in, an SMTP reply out.
 *
 * reply_make()          expand, make printable, fold
 * reply_is_temporary()  class of the code alone
 * reply_text()          a reply on one line, for logs
 * reply_check()         one template as the operator writes it
 * reply_source(), reply_written(), reply_alternative()
 * reply_book_print_native()
 *                       where texts are from, and what they are
 *
 * What goes out was made of a template that compiled, so code and enhanced
 * code are good; what strangers' values bring in is dealt with here: every
 * byte that is not printable ASCII becomes '?', and the text is folded at
 * blanks, or cut inside a word when there is no blank, so that no line is
 * longer than RFC 5321 4.5.3.1.5 permits with what Sendmail puts around it.
 */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/ini.h"
#include "reply/reply_book.h"

/*
 * A line on the wire: code, '-' or ' ', enhanced code, ' ', text, CR LF. Where
 * no enhanced code is documented Sendmail puts in X.0.0.
 */
#define WIRE_LINE 512
#define WIRE_CODE 4
#define WIRE_END 2
#define WIRE_XCODE strlen("5.0.0 ")
/* Sendmail: "<address>... " before the text of 450, 550, 553 */
#define WIRE_ADDRESS strlen("<>... ")
#define LINE_MIN 64

#define EXPANDED_SIZE (REPLY_LINES * WIRE_LINE)

/* says_nothing - empty, blank, or a value that is not there */
static bool
says_nothing(const char *text)
{
	return text[strspn(text, " -")] == '\0';
}

/* line_room - bytes of text on a line of the reply */
static size_t
line_room(const struct reply *reply)
{
	size_t xcode =
	    reply->xcode[0] != '\0' ? strlen(reply->xcode) + 1 : WIRE_XCODE;

	return WIRE_LINE - WIRE_CODE - WIRE_END - xcode;
}

/*
 * address_room - bytes that Sendmail takes from the first line. A refusal of
 * the sender is most often given at RCPT: the longer address counts.
 */
static size_t
address_room(int code, enum reply_place place,
    const struct reply_values *values)
{
	static const enum reply_value addresses[] = { VALUE_SENDER,
		VALUE_RECIPIENT };
	size_t longest = 0;

	if (place == REPLY_PLACE_MESSAGE ||
	    (code != 450 && code != 550 && code != 553))
		return 0;
	for (size_t i = 0; i < 2; i++) {
		const char *address = values->text[addresses[i]];

		if (address != NULL && strlen(address) > longest)
			longest = strlen(address);
	}
	return longest + WIRE_ADDRESS;
}

/*
 * line_length - how much of text makes the next line: up to the last blank
 * that fits, or all that fits when there is none. A per-cent sign counts
 * twice, for libmilter wants it doubled and takes 980 bytes.
 */
static size_t
line_length(const char *text, size_t room)
{
	size_t width = 0, blank = 0, i;

	for (i = 0; text[i] != '\0'; i++) {
		width += text[i] == '%' ? 2 : 1;
		if (text[i] == ' ' && width <= room + 1)
			blank = i;
		if (width > room)
			break;
	}
	if (text[i] == '\0' || blank == 0)
		return i;
	return blank;
}

/* fold - the text as lines; a 421 has one: Sendmail ignores more at connect */
static void
fold(struct reply *reply, const char *text, size_t address, struct arena *arena)
{
	size_t limit = reply->code == 421 ? 1 : REPLY_LINES;
	size_t whole = line_room(reply);
	size_t room = address + LINE_MIN < whole ? whole - address : LINE_MIN;

	for (text += strspn(text, " "); *text != '\0' && reply->lines < limit;
	     text += strspn(text, " ")) {
		size_t length = line_length(text, room), end = length;

		while (end > 1 && text[end - 1] == ' ')
			end--;
		reply->line[reply->lines++] = arena_strndup(arena, text, end);
		text += length;
		room = whole;
	}
}

/*
 * fill_xcode - where no enhanced code is written Postfix takes a digit that
 * begins the text ("203.0.113.5 is listed") for one, and calls the reply
 * malformed when it is not of the code's class: X.0.0 keeps them apart.
 */
static void
fill_xcode(struct reply *reply, const char *text)
{
	if (reply->xcode[0] != '\0' || *text < '0' || *text > '9')
		return;
	strcpy(reply->xcode, reply->code < 500 ? "4.0.0" : "5.0.0");
}

/* reply_make - expand, make printable, fold */
void
reply_make(const struct reply_book *book, unsigned reason,
    enum reply_place place, const struct reply_values *values,
    struct arena *arena, struct reply *out)
{
	const struct reply_template *template =
	    &reply_book_find(book, reason, place)->template;
	const struct reply_template *native =
	    &reply_book_row(book, reason)->native.template;
	char expanded[EXPANDED_SIZE], printable[EXPANDED_SIZE];
	const char *text;

	reply_template_expand(template, values, expanded, sizeof(expanded));
	if (says_nothing(expanded))
		reply_template_expand(native, values, expanded,
		    sizeof(expanded));
	str_printable(printable, sizeof(printable), expanded);
	text = printable + strspn(printable, " ");
	if (says_nothing(text))
		text = "Refused";
	*out = (struct reply){ .code = template->code };
	memcpy(out->xcode, template->xcode, sizeof(out->xcode));
	fill_xcode(out, text);
	fold(out, text, address_room(out->code, place, values), arena);
}

/* reply_is_temporary - class of the code alone */
bool
reply_is_temporary(const struct reply_book *book, unsigned reason,
    enum reply_place place)
{
	return reply_book_find(book, reason, place)->template.code < 500;
}

/* reply_source - file and line, or "native" */
const char *
reply_source(const struct reply_book *book, unsigned reason,
    enum reply_place place)
{
	return reply_book_find(book, reason, place)->source;
}

/* reply_written - the template */
const char *
reply_written(const struct reply_book *book, unsigned reason,
    enum reply_place place)
{
	return reply_book_find(book, reason, place)->template.written;
}

/* reply_alternative - a further wording that the system documents */
const char *
reply_alternative(const struct reply_book *book, unsigned reason, size_t n)
{
	const struct reply_row *row = reply_book_row(book, reason);

	if (n == 0 || n >= REPLY_WORDINGS || row->system[n] == NULL)
		return NULL;
	return row->system[n]->template.written;
}

/* reply_text - on one line */
void
reply_text(const struct reply *reply, struct str *out)
{
	str_addf(out, "%d", reply->code);
	if (reply->xcode[0] != '\0')
		str_addf(out, " %s", reply->xcode);
	for (size_t i = 0; i < reply->lines; i++)
		str_addf(out, "%s%s", i == 0 ? " " : " / ", reply->line[i]);
}

/* reply_check - one template */
bool
reply_check(const char *template, struct origin at, struct problems *problems)
{
	struct arena *arena = arena_new(1024);
	struct reply_template compiled;
	bool good =
	    reply_template_compile(&compiled, template, arena, at, problems);

	arena_free(arena);
	return good;
}

/* reply_book_print_native - the tables as a file of etc/replies/ */
void
reply_book_print_native(const struct reason_table *tables, size_t count,
    struct str *out)
{
	str_add(out,
	    "; The native replies, \"replies = mailreeve\". Generated from\n"
	    "; the tables of reasons; changes belong in [replies] of\n"
	    "; mailreeve.ini.\n\n"
	    "[system]\n"
	    "name = mailreeve\n"
	    "document = best current practice: RFC 5321, 3463, 4954, 7372, "
	    "7505\n");
	for (size_t i = 0; i < count; i++)
		for (const struct reason *r = tables[i].reasons;
		     r->name != NULL; r++) {
			str_addf(out, "\n[%s]\n; %s\nreply = ", r->name,
			    r->doc);
			ini_escape(r->reply, out);
			str_add_char(out, '\n');
		}
}
