/*
 * fuzz_ini - any text as an ini file: no crash, and what is read is whole.
 *
 * Texts with an include are left out: they would read the machine's files.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "service/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* check_whole - every text is there, and no entry lies behind its section */
static void
check_whole(const struct ini_section *section)
{
	for (; section != NULL; section = section->next) {
		if (section->name[0] == '\0' || section->at.line == 0)
			abort();
		for (const struct ini_entry *e = section->entries; e != NULL;
		     e = e->next)
			if (e->key[0] == '\0' || e->value == NULL ||
			    e->at.line <= section->at.line)
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(4096);
	struct problems *problems = problems_new();
	char *text = arena_strndup(arena, (const char *)data, size);

	if (strcasestr(text, "include") == NULL)
		check_whole(ini_read_text(text, "fuzz.ini", arena, problems));
	problems_free(problems);
	arena_free(arena);
	return 0;
}
