/*
 * table_text - the lines of a table's file, the items of an inline table.
 *
 * A file is read piece by piece, so that loading takes no memory for its
 * text. What a file of lines cannot hold is an error with its line: a NUL
 * byte (UTF-16, or no text at all), a line over TABLE_LINE_MAX. A BOM and the
 * CR of CRLF are dropped. What is no plain file (a folder, a FIFO that would
 * hang the reader, a device) and what is larger than TABLE_FILE_MAX is refused
 * before the first byte.
 *
 * Diagnostics: to the problems of the caller; after TABLE_ERRORS_MAX errors
 * the rest is not read.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "table/table_text.h"
#include "table/table_type.h"

#define WHITE " \t\v\f"
#define SEPARATORS " \t\r\n\v\f,"
#define ROOM (4 * TABLE_LINE_MAX)

static const char bom[] = "\xef\xbb\xbf";

/* table_open_regular - without waiting for what is no plain file */
int
table_open_regular(const char *path, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat info;

	if (fd < 0) {
		*why = strerror(errno);
		return -1;
	}
	*why = NULL;
	if (fstat(fd, &info) != 0)
		*why = strerror(errno);
	else if (S_ISDIR(info.st_mode))
		*why = "it is a folder";
	else if (!S_ISREG(info.st_mode))
		*why = "it is not a plain file";
	if (*why == NULL)
		return fd;
	close(fd);
	return -1;
}

/* is_small - whether the file may be loaded */
static bool
is_small(const struct table_lines *lines)
{
	struct stat info;

	if (fstat(lines->fd, &info) != 0 || info.st_size <= TABLE_FILE_MAX)
		return true;
	problems_error(lines->problems, lines->at,
	    "the file has %lld MB; the most that is loaded is %lld MB",
	    (long long)info.st_size >> 20, TABLE_FILE_MAX >> 20);
	return false;
}

/* table_lines_open - before the first line */
bool
table_lines_open(struct table_lines *lines, const struct table_source *source,
    struct problems *problems)
{
	const char *why;

	*lines = (struct table_lines){
		.fd = -1,
		.problems = problems,
		.at = { .file = source->name },
	};
	if (source->text != NULL) {
		lines->end = source->text_length;
		lines->data = mem_alloc(lines->end + 1);
		memcpy(lines->data, source->text, lines->end);
		lines->at_end = true;
		return true;
	}
	lines->fd = table_open_regular(source->name, &why);
	if (lines->fd < 0) {
		problems_error(problems, source->at, "cannot read %s: %s",
		    source->name, why);
		return false;
	}
	if (!is_small(lines)) {
		close(lines->fd);
		return false;
	}
	lines->size = ROOM;
	lines->data = mem_alloc(lines->size + 1);
	return true;
}

/* fill - read on; false when there is no more, or no room for more */
static bool
fill(struct table_lines *lines)
{
	ssize_t got;

	if (lines->at_end)
		return false;
	if (lines->start > 0) {
		memmove(lines->data, lines->data + lines->start,
		    lines->end - lines->start);
		lines->end -= lines->start;
		lines->start = 0;
	}
	if (lines->end == lines->size)
		return false;
	do {
		got = read(lines->fd, lines->data + lines->end,
		    lines->size - lines->end);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		table_lines_error(lines, "cannot read: %s", strerror(errno));
	if (got <= 0)
		lines->at_end = true;
	else
		lines->end += (size_t)got;
	return got > 0;
}

/* end_of_line - the line break behind start; NULL if none is read */
static char *
end_of_line(struct table_lines *lines)
{
	char *end;
	size_t from = 0;

	for (;;) {
		end = memchr(lines->data + lines->start + from, '\n',
		    lines->end - lines->start - from);
		if (end != NULL)
			return end;
		from = lines->end - lines->start;
		if (!fill(lines))
			return NULL;
	}
}

/* skip_long - pass over a line that does not fit */
static void
skip_long(struct table_lines *lines)
{
	char *end;

	table_lines_error(lines, "the line is longer than %d bytes",
	    TABLE_LINE_MAX);
	do {
		lines->start = lines->end;
		end = end_of_line(lines);
	} while (end == NULL && !lines->at_end);
	lines->start =
	    end != NULL ? (size_t)(end - lines->data) + 1 : lines->end;
}

/* read_line - the next line, terminated; NULL at the end of the file */
static char *
read_line(struct table_lines *lines, size_t *length)
{
	char *end, *line;

	end = end_of_line(lines);
	if (end == NULL && lines->start == lines->end)
		return NULL;
	lines->at.line++;
	if (end == NULL && !lines->at_end) {
		skip_long(lines);
		*length = 0;
		return lines->data + lines->size;
	}
	line = lines->data + lines->start;
	if (end == NULL)
		end = lines->data + lines->end;
	*length = (size_t)(end - line);
	*end = '\0';
	lines->start += *length + 1;
	if (lines->start > lines->end)
		lines->start = lines->end;
	return line;
}

/* checked - whether the line is text of a sane length */
static bool
checked(struct table_lines *lines, const char *line, size_t length)
{
	if (memchr(line, '\0', length) != NULL) {
		table_lines_error(lines,
		    "the line holds a NUL byte: is this a text file in UTF-8?");
		return false;
	}
	if (length > TABLE_LINE_MAX) {
		table_lines_error(lines, "the line is longer than %d bytes",
		    TABLE_LINE_MAX);
		return false;
	}
	return true;
}

/* table_lines_next - the next line that holds something */
char *
table_lines_next(struct table_lines *lines)
{
	size_t length;
	char *line;

	while (lines->errors < TABLE_ERRORS_MAX &&
	       (line = read_line(lines, &length)) != NULL) {
		if (!checked(lines, line, length))
			continue;
		if (length > 0 && line[length - 1] == '\r')
			line[length - 1] = '\0';
		if (lines->at.line == 1 &&
		    strncmp(line, bom, sizeof bom - 1) == 0)
			line += sizeof bom - 1;
		line += strspn(line, WHITE);
		if (*line != '\0' && *line != '#')
			return line;
	}
	return NULL;
}

/* table_lines_error - something is wrong with the current line */
void
table_lines_error(struct table_lines *lines, const char *format, ...)
{
	struct str text = STR_INIT;
	va_list list;

	if (lines->errors >= TABLE_ERRORS_MAX)
		return;
	va_start(list, format);
	str_addv(&text, format, list);
	va_end(list);
	problems_error(lines->problems, lines->at, "%s", str_text(&text));
	str_fini(&text);
	if (++lines->errors == TABLE_ERRORS_MAX)
		problems_error(lines->problems, lines->at,
		    "too many errors, the rest was not read");
}

/* table_lines_close - false when there was an error */
bool
table_lines_close(struct table_lines *lines)
{
	if (lines->fd >= 0)
		close(lines->fd);
	mem_free(lines->data);
	lines->data = NULL;
	return lines->errors == 0;
}

/*
 * quoted_end - the end of the quoted text that begins behind open; both
 * quotes become spaces. NULL and *wrong if it does not end well.
 */
static char *
quoted_end(char *open, const char **wrong)
{
	char *end = strchr(open + 1, '"');

	if (end == NULL) {
		*wrong = "a quote is not closed";
		return NULL;
	}
	*open = ' ';
	*end++ = ' ';
	if (*end != '\0' && strchr(SEPARATORS, *end) == NULL) {
		*wrong = "behind a closing quote comes a space or a comma";
		return NULL;
	}
	return end;
}

/* with_until - where an item ends, its until=DATE included */
static char *
with_until(char *end)
{
	char *word = end + strspn(end, SEPARATORS);

	if (strncmp(word, "until=", strlen("until=")) != 0)
		return end;
	while (end < word)
		*end++ = ' ';
	return word + strcspn(word, SEPARATORS);
}

/* table_item_next - the next item of a list in braces */
char *
table_item_next(char **cursor, char **rest, const char **wrong)
{
	char *key = *cursor + strspn(*cursor, SEPARATORS);
	char *end = key + strcspn(key, SEPARATORS "=");
	char *key_end = end;

	*wrong = NULL;
	if (*key == '\0')
		return NULL;
	if (end == key || strncmp(key, "until=", strlen("until=")) == 0) {
		*wrong = "a key is missing";
		return NULL;
	}
	if (*end == '=')
		end = end[1] == '"' ? quoted_end(end + 1, wrong)
				    : end + strcspn(end, SEPARATORS);
	if (end == NULL)
		return NULL;
	end = with_until(end);
	*cursor = *end != '\0' ? end + 1 : end;
	*end = '\0';
	*rest = key_end < end ? key_end + 1 : end;
	*key_end = '\0';
	return key;
}
