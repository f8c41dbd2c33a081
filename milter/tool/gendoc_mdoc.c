/*
 * gendoc_mdoc - plain text to mdoc(7).
 *
 * mdoc wants each sentence on its own line, no blank lines, and nothing in a
 * text that it could take for a macro or an escape.
 */
#include <string.h>

#include "tool/gendoc.h"

/* add_line - one line of text with what roff would understand taken away */
static void
add_line(struct str *out, const char *line, size_t length)
{
	if (length > 0 && (line[0] == '.' || line[0] == '\''))
		str_add(out, "\\&");
	for (size_t i = 0; i < length; i++)
		if (line[i] == '\\')
			str_add(out, "\\e");
		else
			str_add_char(out, line[i]);
	str_add_char(out, '\n');
}

/* sentence_length - up to its full stop, the paragraph's end or the text's */
static size_t
sentence_length(const char *text)
{
	size_t n;

	for (n = 0; text[n] != '\0' && text[n] != '\n'; n++)
		if (n > 0 && strchr(".:?", text[n - 1]) != NULL &&
		    text[n] == ' ' && text[n + 1] >= 'A' && text[n + 1] <= 'Z')
			break;
	return n;
}

void
gendoc_text(struct str *out, const char *text)
{
	size_t length;

	while (text[0] != '\0') {
		if (text[0] == '\n') {
			text += strspn(text, "\n");
			if (text[0] != '\0')
				str_add(out, ".Pp\n");
			continue;
		}
		length = sentence_length(text);
		add_line(out, text, length);
		text += length + (text[length] == ' ');
	}
}

void
gendoc_word(struct str *out, const char *text)
{
	str_add(out, " \"\\&");
	for (; *text != '\0'; text++)
		if (*text == '\\')
			str_add(out, "\\e");
		else if (*text == '"')
			str_add(out, "\\(dq");
		else
			str_add_char(out, *text);
	str_add_char(out, '"');
}

void
gendoc_display(struct str *out, const char *text)
{
	size_t length;

	bool blank = true;

	str_add(out, ".Bd -literal -offset indent\n");
	while (text[0] != '\0') {
		length = strcspn(text, "\n");
		if (text[0] == '[' && !blank)
			str_add_char(out, '\n');
		blank = length == 0;
		add_line(out, text, length);
		text += length + (text[length] == '\n');
	}
	str_add(out, ".Ed\n");
}
