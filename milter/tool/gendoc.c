/*
 * gendoc - documents from the tables of options, reasons and values.
 *
 *   gendoc ini            etc/mailreeve.ini
 *   gendoc replies        etc/replies/mailreeve.ini
 *   gendoc man FILE.in    a manual page: the file, with each line
 *                         '.\" GENERATED part' replaced by that part
 *   gendoc PART           one such part: options, common, index, policies,
 *                         reasons, values
 *
 * `make docs` runs it and t/check/docs.t sees to it that what is committed is
 * what it prints. Exit code 0; 64 for wrong arguments, 66 for a page that
 * cannot be read, 65 for one that names an unknown part.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/mem.h"
#include "base/str.h"
#include "reply/reply.h"
#include "tool/gendoc.h"

#define MARK ".\\\" GENERATED "

/* print_replies - the native replies of all reasons */
static void
print_replies(struct str *out, struct arena *arena)
{
	const struct reason_table *tables;
	size_t count;

	tables = config_reason_tables(arena, &count);
	reply_book_print_native(tables, count, out);
}

static const struct {
	const char *name;
	void (*print)(struct str *out, struct arena *arena);
} parts[] = {
	{ "ini", gendoc_ini },
	{ "replies", print_replies },
	{ "options", gendoc_core },
	{ "common", gendoc_common },
	{ "index", gendoc_index },
	{ "policies", gendoc_policies },
	{ "reasons", gendoc_reasons },
	{ "values", gendoc_values },
};

/* print_part - by name; false if there is none */
static bool
print_part(const char *name, struct str *out, struct arena *arena)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i].name, name) == 0) {
			parts[i].print(out, arena);
			return true;
		}
	return false;
}

/* print_line - of a page: as it is, or the part that it asks for */
static bool
print_line(char *line, struct str *out, struct arena *arena)
{
	if (strncmp(line, MARK, strlen(MARK)) != 0) {
		str_add(out, line);
		return true;
	}
	line[strcspn(line, "\n")] = '\0';
	return print_part(line + strlen(MARK), out, arena);
}

/* print_page - a page with its parts; an exit code */
static int
print_page(const char *path, struct str *out, struct arena *arena)
{
	const char *slash = strrchr(path, '/');
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	int code = EX_OK;

	if (file == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return EX_NOINPUT;
	}
	str_addf(out, ".\\\" Made of %s by \"make docs\"; edit that.\n",
	    slash != NULL ? slash + 1 : path);
	while (code == EX_OK && getline(&line, &size, file) >= 0)
		if (!print_line(line, out, arena)) {
			fprintf(stderr, "%s: unknown part: %s\n", path, line);
			code = EX_DATAERR;
		}
	free(line);
	fclose(file);
	return code;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(4096);
	struct str out = STR_INIT;
	int code = EX_OK;

	if (argc == 3 && strcmp(argv[1], "man") == 0)
		code = print_page(argv[2], &out, arena);
	else if (argc != 2 || !print_part(argv[1], &out, arena))
		code = EX_USAGE;
	if (code == EX_OK)
		fputs(str_text(&out), stdout);
	else if (code == EX_USAGE)
		fputs("usage: gendoc PART | gendoc man FILE.in\n", stderr);
	str_fini(&out);
	arena_free(arena);
	return code;
}
