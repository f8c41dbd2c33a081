/*
 * fuzz_esmtp - any bytes as parameters of MAIL and RCPT.
 *
 * The input is one parameter a line. Held to be true: one that is valid has
 * no space or control byte, and its own value is found by its own name.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/esmtp.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* check - one parameter */
static void
check(const char *parameter, struct arena *arena)
{
	const char *const args[] = { parameter, NULL };
	size_t length = strcspn(parameter, "=");
	const char *value =
	    esmtp_parameter(args, arena_strndup(arena, parameter, length));
	bool mail = esmtp_parameter_is_valid(parameter, true);
	bool rcpt = esmtp_parameter_is_valid(parameter, false);

	if (value == NULL ||
	    strcmp(value, parameter + length + (parameter[length] == '=')) != 0)
		abort();
	for (; (mail || rcpt) && *parameter != '\0'; parameter++) {
		if ((unsigned char)*parameter <= ' ' || *parameter == 0x7f)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(512);
	char *text = arena_strndup(arena, (const char *)data, size);
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")) != NULL)
		check(line, arena);
	arena_free(arena);
	return 0;
}
