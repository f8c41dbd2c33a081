/*
 * domain - host and domain names as keys.
 *
 * libidn2 is included here and nowhere else. It is asked only for names that
 * are not ASCII; it maps them as UTS 46 says (case, width, other dots), turns
 * them to A-labels, and we check what it made like any other name.
 *
 * Diagnostics: out of memory in libidn2 ends the process.
 */
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <idn2.h>

#include "base/domain.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#define DOMAIN_MAX 255
#define LABEL_MAX 63
#define UNICODE_MAX 1024 /* bytes of UTF-8 that can still fold to a domain */

/* is_alnum - an ASCII letter or digit, in any locale */
static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* label_is_valid - letters, digits, hyphens that are neither first nor last */
static bool
label_is_valid(const char *label, size_t length, bool underscore_ok)
{
	size_t i;

	if (length == 0 || length > LABEL_MAX)
		return false;
	if (label[0] == '-' || label[length - 1] == '-')
		return false;
	for (i = 0; i < length; i++) {
		if (!is_alnum(label[i]) && label[i] != '-' &&
		    !(label[i] == '_' && underscore_ok))
			return false;
	}
	return true;
}

/* domain_is_valid - whether the form is that of a domain */
bool
domain_is_valid(const char *domain, bool underscore_ok)
{
	const char *label = domain;
	size_t length;

	if (strnlen(domain, DOMAIN_MAX + 1) > DOMAIN_MAX)
		return false;
	for (;;) {
		length = strcspn(label, ".");
		if (!label_is_valid(label, length, underscore_ok))
			return false;
		if (label[length] == '\0')
			return true;
		label += length + 1;
	}
}

/* to_ascii - A-labels of a domain in UTF-8; NULL if there are none */
static char *
to_ascii(const char *domain, struct arena *arena)
{
	uint8_t *ascii = NULL;
	char *copy;
	int rc;

	rc = idn2_lookup_u8((const uint8_t *)domain, &ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc == IDN2_MALLOC)
		log_fatal("libidn2: %s", idn2_strerror(rc));
	if (rc != IDN2_OK)
		return NULL;
	copy = arena_strdup(arena, (const char *)ascii);
	idn2_free(ascii);
	return copy;
}

/* domain_fold - the one spelling of a domain */
const char *
domain_fold(const char *domain, struct arena *arena)
{
	size_t length = strnlen(domain, UNICODE_MAX + 1);
	char *folded;

	if (length > UNICODE_MAX)
		return NULL;
	folded = str_is_ascii(domain) ? arena_strndup(arena, domain, length)
				      : to_ascii(domain, arena);
	if (folded == NULL)
		return NULL;
	length = strlen(folded);
	if (length > 0 && folded[length - 1] == '.')
		folded[length - 1] = '\0';
	if (!domain_is_valid(folded, true))
		return NULL;
	return str_lower(folded);
}

/* domain_is_under - by whole labels */
bool
domain_is_under(const char *name, const char *parent)
{
	size_t length = strlen(name), tail = strlen(parent);

	if (tail == 0 || tail > length ||
	    strcasecmp(name + length - tail, parent) != 0)
		return false;
	return tail == length || name[length - tail - 1] == '.';
}

/* domain_parent - without the first label */
const char *
domain_parent(const char *domain)
{
	const char *dot = strchr(domain, '.');

	return dot != NULL && dot[1] != '\0' ? dot + 1 : NULL;
}
