/*
 * esmtp - the parameters behind the path of MAIL and RCPT.
 *
 * One row for each parameter whose form we know, with the function that knows
 * it. Others need only have the general form, since an MTA that offers an
 * extension checks it, and one that does not refuses the parameter itself.
 */
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/esmtp.h"

#define ENVID_MAX 100 /* RFC 3461 4.4 */
#define ORCPT_MAX 500 /* RFC 3461 4.2 */

/* is_digit, is_alpha, is_hex - in ASCII, whatever the locale */
static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* digits - how many digits a text begins with */
static size_t
digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* is_number - 1 to max digits and nothing else */
static bool
is_number(const char *text, size_t max)
{
	size_t length = digits(text);

	return length >= 1 && length <= max && text[length] == '\0';
}

/* is_one_of - one word of a NULL-terminated list, case ignored */
static bool
is_one_of(const char *word, size_t length, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (strlen(*list) == length &&
		    strncasecmp(*list, word, length) == 0)
			return true;
	}
	return false;
}

/* is_xtext - RFC 3461 4: printable, "+" is followed by two hex digits */
static bool
is_xtext(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '!' || *text > '~' || *text == '=')
			return false;
		if (*text == '+' && (!is_hex(text[1]) || !is_hex(text[2])))
			return false;
	}
	return true;
}

/* is_size - RFC 1870 section 3 */
static bool
is_size(const char *value)
{
	return is_number(value, 20);
}

/* is_body - RFC 6152, RFC 3030 */
static bool
is_body(const char *value)
{
	static const char *const known[] = { "7BIT", "8BITMIME", "BINARYMIME",
		NULL };

	return is_one_of(value, strlen(value), known);
}

/* is_ret - RFC 3461 4.3 */
static bool
is_ret(const char *value)
{
	static const char *const known[] = { "FULL", "HDRS", NULL };

	return is_one_of(value, strlen(value), known);
}

/* is_envid - RFC 3461 4.4 */
static bool
is_envid(const char *value)
{
	return strlen(value) <= ENVID_MAX && is_xtext(value);
}

/* is_auth - RFC 4954 section 5 */
static bool
is_auth(const char *value)
{
	return strcmp(value, "<>") == 0 || is_xtext(value);
}

/* is_absent - for parameters that take no value */
static bool
is_absent(const char *value)
{
	return *value == '\0';
}

/* is_priority - RFC 6710 section 2, -9 to 9 */
static bool
is_priority(const char *value)
{
	if (value[0] == '-')
		return value[1] != '0' && is_number(value + 1, 1);
	return is_number(value, 1);
}

/* is_seconds - RFC 4865 section 4.1 HOLDFOR */
static bool
is_seconds(const char *value)
{
	return is_number(value, 9);
}

/* is_date - RFC 4865 section 4.1 HOLDUNTIL, a date as in RFC 3339 */
static bool
is_date(const char *value)
{
	static const char form[] = "0000-00-00T00:00:00";
	size_t i;

	for (i = 0; form[i] != '\0'; i++) {
		if (form[i] == '0' ? !is_digit(value[i]) : value[i] != form[i])
			return false;
	}
	value += i;
	if (*value == '.' && digits(value + 1) > 0)
		value += 1 + digits(value + 1);
	return strcmp(value, "Z") == 0;
}

/* is_by - RFC 2852 section 4: seconds, ";", mode, perhaps trace */
static bool
is_by(const char *value)
{
	static const char *const modes[] = { "R", "N", "RT", "NT", NULL };
	size_t length;

	if (*value == '+' || *value == '-')
		value++;
	length = digits(value);
	if (length < 1 || length > 9 || value[length] != ';')
		return false;
	value += length + 1;
	return is_one_of(value, strlen(value), modes);
}

/* is_notify - RFC 3461 4.1: NEVER alone, or a list of the others */
static bool
is_notify(const char *value)
{
	static const char *const known[] = { "SUCCESS", "FAILURE", "DELAY",
		NULL };
	size_t length;

	if (strcasecmp(value, "NEVER") == 0)
		return true;
	for (;;) {
		length = strcspn(value, ",");
		if (!is_one_of(value, length, known))
			return false;
		if (value[length] == '\0')
			return true;
		value += length + 1;
	}
}

/* is_orcpt - RFC 3461 4.2: type ";" xtext; RFC 6533 for the type utf-8 */
static bool
is_orcpt(const char *value)
{
	size_t length = strcspn(value, ";"), i;

	if (length == 0 || value[length] == '\0' || strlen(value) > ORCPT_MAX)
		return false;
	for (i = 0; i < length; i++) {
		if (!is_alpha(value[i]) && !is_digit(value[i]) &&
		    value[i] != '-')
			return false;
	}
	if (length == 5 && strncasecmp(value, "utf-8", 5) == 0)
		return value[length + 1] != '\0';
	return is_xtext(value + length + 1);
}

static const struct {
	const char *name;
	bool mail, rcpt;
	bool (*is_valid)(const char *value);
} known[] = {
	{ .name = "SIZE", .mail = true, .is_valid = is_size },
	{ .name = "BODY", .mail = true, .is_valid = is_body },
	{ .name = "RET", .mail = true, .is_valid = is_ret },
	{ .name = "ENVID", .mail = true, .is_valid = is_envid },
	{ .name = "AUTH", .mail = true, .is_valid = is_auth },
	{ .name = "SMTPUTF8", .mail = true, .is_valid = is_absent },
	{ .name = "REQUIRETLS", .mail = true, .is_valid = is_absent },
	{ .name = "MT-PRIORITY", .mail = true, .is_valid = is_priority },
	{ .name = "HOLDFOR", .mail = true, .is_valid = is_seconds },
	{ .name = "HOLDUNTIL", .mail = true, .is_valid = is_date },
	{ .name = "BY", .mail = true, .is_valid = is_by },
	{ .name = "NOTIFY", .rcpt = true, .is_valid = is_notify },
	{ .name = "ORCPT", .rcpt = true, .is_valid = is_orcpt },
};

/* has_general_form - RFC 5321 4.1.2: keyword, perhaps "=" and a value */
static bool
has_general_form(const char *parameter, size_t length)
{
	size_t i;
	unsigned char c;

	if (!is_alpha(parameter[0]) && !is_digit(parameter[0]))
		return false;
	for (i = 0; i < length; i++) {
		if (!is_alpha(parameter[i]) && !is_digit(parameter[i]) &&
		    parameter[i] != '-')
			return false;
	}
	if (parameter[length] == '\0')
		return true;
	if (parameter[length + 1] == '\0')
		return false;
	/* bytes over 127 are UTF-8 (RFC 6531 3.3) */
	for (i = length + 1; parameter[i] != '\0'; i++) {
		c = (unsigned char)parameter[i];
		if (c < '!' || c == '=' || c == 0x7f)
			return false;
	}
	return true;
}

/* value_of - the value behind a name of that length, "" if there is none */
static const char *
value_of(const char *parameter, size_t length)
{
	return parameter[length] == '=' ? parameter + length + 1 : "";
}

/* esmtp_parameter - look a parameter up */
const char *
esmtp_parameter(const char *const *args, const char *name)
{
	size_t length = strlen(name);

	for (; args != NULL && *args != NULL; args++) {
		if (strncasecmp(*args, name, length) == 0 &&
		    ((*args)[length] == '=' || (*args)[length] == '\0'))
			return value_of(*args, length);
	}
	return NULL;
}

/* esmtp_parameter_is_valid - whether a parameter may stand there like that */
bool
esmtp_parameter_is_valid(const char *parameter, bool mail)
{
	size_t length = strcspn(parameter, "="), i;

	if (!has_general_form(parameter, length))
		return false;
	for (i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strlen(known[i].name) == length &&
		    strncasecmp(known[i].name, parameter, length) == 0)
			return (mail ? known[i].mail : known[i].rcpt) &&
			       known[i].is_valid(value_of(parameter, length));
	}
	return true;
}
