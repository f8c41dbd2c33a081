/*
 * driver - runs a fuzz target over files, without libFuzzer.
 *
 *     .build/t/fuzz_NAME [FILE|FOLDER ...]
 *
 * Without arguments it takes the folder t/fuzz/corpus/NAME. Prints TAP, one
 * test a file; a target that finds something ends the program.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned count, failed;

/* report - one line of TAP */
static void
report(int ok, const char *path)
{
	failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ++count, path);
	fflush(stdout);
}

/* run_file - the target on the bytes of one file */
static void
run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct str text = STR_INIT;
	char chunk[4096];
	uint8_t *exact;
	size_t got;

	if (file == NULL) {
		report(0, path);
		return;
	}
	while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
		str_add_n(&text, chunk, got);
	fclose(file);
	/* exactly as long as the input, so that reading on is seen */
	exact = malloc(text.length > 0 ? text.length : 1);
	memcpy(exact, str_text(&text), text.length);
	printf("# %s\n", path);
	fflush(stdout);
	report(LLVMFuzzerTestOneInput(exact, text.length) == 0, path);
	free(exact);
	str_fini(&text);
}

/* run - a file, or the files of a folder by name */
static void
run(const char *path)
{
	struct dirent **entry;
	struct str inner = STR_INIT;
	struct stat status;
	int n, i;

	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
		run_file(path);
		return;
	}
	n = scandir(path, &entry, NULL, alphasort);
	for (i = 0; i < n; i++) {
		if (entry[i]->d_name[0] != '.') {
			str_reset(&inner);
			str_addf(&inner, "%s/%s", path, entry[i]->d_name);
			run_file(str_text(&inner));
		}
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	str_fini(&inner);
}

int
main(int argc, char **argv)
{
	struct str corpus = STR_INIT;
	int i;

	for (i = 1; i < argc; i++)
		run(argv[i]);
	if (argc == 1) {
		str_addf(&corpus, "t/fuzz/corpus/%s",
		    program_invocation_short_name + strlen("fuzz_"));
		run(str_text(&corpus));
		str_fini(&corpus);
	}
	if (count == 0)
		report(0, "there are inputs");
	printf("1..%u\n", count);
	return failed > 0;
}
