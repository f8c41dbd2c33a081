/*
 * fuzz_srs - any bytes as a local part.
 *
 * Held to be true: case does not count, nothing is good that has no "=" and a
 * stamp, and what is no SRS address is so at any time.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "srs/srs.h"

#define NOW (20778LL * 86400)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* secrets - "tops3cret", by way of a file */
static struct srs_secrets *
secrets(void)
{
	static struct srs_secrets *made;
	char path[] = "/tmp/fuzz.XXXXXX";
	const char *why;
	int fd;

	if (made != NULL)
		return made;
	fd = mkstemp(path);
	if (fd < 0 || write(fd, "tops3cret\n", 10) != 10)
		abort();
	close(fd);
	made = srs_secrets_read(path, &why);
	unlink(path);
	return made;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct srs_rules rules = {
		.secrets = secrets(),
		.hash_min = 4,
		.max_days = 21,
	};
	struct arena *arena = arena_new(512);
	char *local = arena_strndup(arena, (const char *)data, size);
	enum srs_found found = srs_check(&rules, local, NOW);
	enum srs_found later = srs_check(&rules, local, NOW + 50 * 86400);

	if ((found == SRS_NONE) != (later == SRS_NONE))
		abort();
	if (found == SRS_GOOD && strchr(local, '=') == NULL)
		abort();
	if (srs_check(&rules, str_lower(local), NOW) != found)
		abort();
	arena_free(arena);
	return 0;
}
