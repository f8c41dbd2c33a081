/*
 * problem - what is wrong with what the operator wrote.
 *
 * A list of ready lines in the order of the complaints, errors counted.
 * Used by one thread at a time.
 */
#include <stdarg.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/problem.h"

struct problem {
	char *line;
	bool is_error;
};

struct problems {
	struct problem *list;
	size_t count, room, errors;
};

/* problems_new - an empty list */
struct problems *
problems_new(void)
{
	return mem_alloc(sizeof(struct problems));
}

/* problems_free - the end of the list and its lines */
void
problems_free(struct problems *problems)
{
	size_t i;

	if (problems == NULL)
		return;
	for (i = 0; i < problems->count; i++)
		mem_free(problems->list[i].line);
	mem_free(problems->list);
	mem_free(problems);
}

/* add - one line; what cannot be known of the origin is left out */
static void __attribute__((format(printf, 4, 0))) add(struct problems *problems,
    struct origin at, bool is_error, const char *format, va_list list)
{
	struct str line = STR_INIT;

	if (at.file != NULL && at.line > 0)
		str_addf(&line, "%s:%u: ", at.file, at.line);
	else if (at.file != NULL)
		str_addf(&line, "%s: ", at.file);
	str_add(&line, is_error ? "error: " : "warning: ");
	str_addv(&line, format, list);
	if (problems->count == problems->room) {
		problems->room = problems->room * 2 + 8;
		problems->list = mem_resize(problems->list,
		    problems->room * sizeof *problems->list);
	}
	problems->list[problems->count++] = (struct problem){
		.line = line.data,
		.is_error = is_error,
	};
	problems->errors += is_error;
}

/* problems_error - the file cannot be used */
void
problems_error(struct problems *problems, struct origin at, const char *format,
    ...)
{
	va_list list;

	va_start(list, format);
	add(problems, at, true, format, list);
	va_end(list);
}

/* problems_warning - the file can be used, but look */
void
problems_warning(struct problems *problems, struct origin at,
    const char *format, ...)
{
	va_list list;

	va_start(list, format);
	add(problems, at, false, format, list);
	va_end(list);
}

/* problems_errors - how many errors */
size_t
problems_errors(const struct problems *problems)
{
	return problems->errors;
}

/* problems_count - how many lines */
size_t
problems_count(const struct problems *problems)
{
	return problems->count;
}

/* problems_line - the n-th line */
const char *
problems_line(const struct problems *problems, size_t n, bool *is_error)
{
	*is_error = problems->list[n].is_error;
	return problems->list[n].line;
}
