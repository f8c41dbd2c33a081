/*
 * option_number - kinds of options that are numbers: truth, counts, times and
 * sizes.
 *
 * Times and sizes are numbers with a unit, or several ("1h30m"), kept in the
 * smallest unit. The range of a row is written in that unit as well.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "service/option_kind.h"

struct unit {
	const char *name; /* NULL ends */
	int64_t factor;
};

/* largest first, as they are tried for printing */
static const struct unit duration_units[] = {
	{ .name = "w", .factor = 7 * 24 * 3600 },
	{ .name = "d", .factor = 24 * 3600 },
	{ .name = "h", .factor = 3600 },
	{ .name = "m", .factor = 60 },
	{ .name = "s", .factor = 1 },
	{ .name = "", .factor = 1 },
	{ .name = NULL },
};
static const struct unit millis_units[] = {
	{ .name = "m", .factor = 60 * 1000 },
	{ .name = "s", .factor = 1000 },
	{ .name = "ms", .factor = 1 },
	{ .name = NULL },
};
static const struct unit size_units[] = {
	{ .name = "G", .factor = 1 << 30 },
	{ .name = "M", .factor = 1 << 20 },
	{ .name = "K", .factor = 1 << 10 },
	{ .name = "", .factor = 1 },
	{ .name = NULL },
};

static const struct name_code truths[] = {
	{ .name = "yes", .code = true },
	{ .name = "no", .code = false },
	{ .name = "on", .code = true },
	{ .name = "off", .code = false },
	{ .name = "true", .code = true },
	{ .name = "false", .code = false },
	{ .name = NULL },
};

/* is_in_range - a row without a range takes all */
static bool
is_in_range(const struct option *option, int64_t number)
{
	if (option->min == 0 && option->max == 0)
		return true;
	return number >= option->min && number <= option->max;
}

/* is_open - a range whose end is only that of a type */
static bool
is_open(const struct option *option)
{
	return option->max == INT32_MAX || option->max == INT64_MAX;
}

/* unit_factor - of a unit's name of that length; 0 if there is none */
static int64_t
unit_factor(const struct unit *units, const char *name, size_t length)
{
	for (; units->name != NULL; units++)
		if (strlen(units->name) == length &&
		    strncasecmp(units->name, name, length) == 0)
			return units->factor;
	return 0;
}

/* parse_part - one number with its unit at *cursor, added to *sum */
static bool
parse_part(const char **cursor, const struct unit *units, int64_t *sum)
{
	const char *name;
	size_t length;
	int64_t factor, number;
	char *end;

	if (**cursor < '0' || **cursor > '9')
		return false;
	errno = 0;
	number = strtoll(*cursor, &end, 10);
	if (errno != 0)
		return false;
	name = end;
	length = strcspn(name, "0123456789");
	factor = unit_factor(units, name, length);
	if (factor == 0 && (number != 0 || length > 0))
		return false; /* but a bare 0 needs no unit */
	*cursor = name + length;
	return !__builtin_mul_overflow(number, factor, &number) &&
	       !__builtin_add_overflow(*sum, number, sum);
}

/* parse_units - a number with units, in range */
static bool
parse_units(const struct option_input *input, const struct unit *units,
    int64_t *out)
{
	const char *cursor = input->value;
	int64_t sum = 0;

	do {
		if (!parse_part(&cursor, units, &sum))
			return option_wrong(input, input->value, NULL);
	} while (cursor[0] != '\0');
	if (!is_in_range(input->option, sum))
		return option_wrong(input, input->value, NULL);
	*out = sum;
	return true;
}

/* print_units - in the largest unit that leaves no rest */
static void
print_units(int64_t number, const struct unit *units, struct str *out)
{
	while (number != 0 && number % units->factor != 0)
		units++;
	if (number == 0)
		str_add(out, "0");
	else
		str_addf(out, "%" PRId64 "%s", number / units->factor,
		    units->name);
}

/* describe_range - ", 1m to 7d" */
static void
describe_range(const struct option *option, const struct unit *units,
    struct str *out)
{
	if (option->min == 0 && option->max == 0)
		return;
	str_add(out, ", ");
	print_units(option->min, units, out);
	str_add(out, is_open(option) ? " or more" : " to ");
	if (!is_open(option))
		print_units(option->max, units, out);
}

/* parse_bool, print_bool, describe_bool - yes and no */
static bool
parse_bool(const struct option_input *input, void *field)
{
	bool *out = field;
	int code;

	if (!names_code(truths, input->value, &code))
		return option_wrong(input, input->value, truths);
	*out = code;
	return true;
}

static void
print_bool(const struct option *option, const void *field, struct str *out)
{
	const bool *truth = field;

	(void)option;
	str_add(out, *truth ? "yes" : "no");
}

static void
describe_bool(const struct option *option, struct str *out)
{
	(void)option;
	str_add(out, "yes or no");
}

/* parse_int, print_int, describe_int - a whole number */
static bool
parse_int(const struct option_input *input, void *field)
{
	int64_t *out = field;
	int64_t number;
	char *end;

	errno = 0;
	number = strtoll(input->value, &end, 10);
	if (errno != 0 || end == input->value || *end != '\0' ||
	    !is_in_range(input->option, number))
		return option_wrong(input, input->value, NULL);
	*out = number;
	return true;
}

static void
print_int(const struct option *option, const void *field, struct str *out)
{
	const int64_t *number = field;

	(void)option;
	str_addf(out, "%" PRId64, *number);
}

static void
describe_int(const struct option *option, struct str *out)
{
	str_add(out, "a number");
	if (option->unit != NULL)
		str_addf(out, " of %s", option->unit);
	if (is_open(option))
		str_addf(out, ", %" PRId64 " or more", option->min);
	else if (option->min != 0 || option->max != 0)
		str_addf(out, ", %" PRId64 " to %" PRId64, option->min,
		    option->max);
}

/* parse_duration, print_duration, describe_duration - seconds, with a unit */
static bool
parse_duration(const struct option_input *input, void *field)
{
	return parse_units(input, duration_units, field);
}

static void
print_duration(const struct option *option, const void *field, struct str *out)
{
	const int64_t *number = field;

	(void)option;
	print_units(*number, duration_units, out);
}

static void
describe_duration(const struct option *option, struct str *out)
{
	str_add(out, "a time in s, m, h, d or w");
	describe_range(option, duration_units, out);
}

/* parse_millis, print_millis, describe_millis - milliseconds, with a unit */
static bool
parse_millis(const struct option_input *input, void *field)
{
	return parse_units(input, millis_units, field);
}

static void
print_millis(const struct option *option, const void *field, struct str *out)
{
	const int64_t *number = field;

	(void)option;
	print_units(*number, millis_units, out);
}

static void
describe_millis(const struct option *option, struct str *out)
{
	str_add(out, "a time in ms, s or m");
	describe_range(option, millis_units, out);
}

/* parse_size, print_size, describe_size - bytes, with a unit */
static bool
parse_size(const struct option_input *input, void *field)
{
	return parse_units(input, size_units, field);
}

static void
print_size(const struct option *option, const void *field, struct str *out)
{
	const int64_t *number = field;

	(void)option;
	print_units(*number, size_units, out);
}

static void
describe_size(const struct option *option, struct str *out)
{
	str_add(out, "a size in bytes, K, M or G");
	describe_range(option, size_units, out);
}

const struct option_kind option_bool = {
	.size = sizeof(bool),
	.parse = parse_bool,
	.print = print_bool,
	.describe = describe_bool,
};
const struct option_kind option_int = {
	.size = sizeof(int64_t),
	.parse = parse_int,
	.print = print_int,
	.describe = describe_int,
};
const struct option_kind option_duration = {
	.size = sizeof(int64_t),
	.parse = parse_duration,
	.print = print_duration,
	.describe = describe_duration,
};
const struct option_kind option_millis = {
	.size = sizeof(int64_t),
	.parse = parse_millis,
	.print = print_millis,
	.describe = describe_millis,
};
const struct option_kind option_size = {
	.size = sizeof(int64_t),
	.parse = parse_size,
	.print = print_size,
	.describe = describe_size,
};
