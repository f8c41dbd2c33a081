/*
 * mime_link - a link to its host, as a browser finds it (WHATWG URL 3.5).
 *
 * Percent escapes are undone, the name is mapped and turned to A-labels, and
 * a name that ends in a number is an address of version 4 in any of its forms:
 * 0xC0.0.2.1, 3221225985, 0300.2.1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "base/mem.h"
#include "mime/mime_internal.h"

#define HOST_MAX 400 /* bytes as written */
#define FOLDS_MAX 6

#define URL_KEPT 200

/* is_number - "12", "0x1f": what makes a name an address */
static bool
is_number(const char *text)
{
	if (text[0] == '0' && (text[1] | 0x20) == 'x')
		return text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] ==
		       '\0';
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* parse_v4 - WHATWG's IPv4 parser; false when it is none */
static bool
parse_v4(const char *host, struct netaddr *out)
{
	unsigned long long part[4], value = 0;
	unsigned count = 0;
	char *end;

	for (;;) {
		if (count == 4 || *host < '0' || *host > '9')
			return false;
		part[count++] = strtoull(host, &end, 0);
		if (*end != '.')
			break;
		host = end + 1;
	}
	if (*end != '\0' || part[count - 1] >= 1ULL << 8 * (5 - count))
		return false;
	for (unsigned i = 0; i + 1 < count; i++) {
		if (part[i] > 255)
			return false;
		value |= part[i] << (24 - 8 * i);
	}
	value |= part[count - 1];
	*out = (struct netaddr){ .family = 4 };
	for (unsigned i = 0; i < 4; i++)
		out->byte[i] = (uint8_t)(value >> (24 - 8 * i));
	return true;
}

/* is_address - a host that is no name; *wrong: and no address either */
static bool
is_address(const char *host, struct netaddr *out, bool *wrong)
{
	const char *last = strrchr(host, '.');
	char text[NETADDR_TEXT_SIZE];

	*wrong = false;
	*out = (struct netaddr){ .family = 0 };
	if (host[0] == '[') {
		snprintf(text, sizeof(text), "%.*s",
		    (int)strcspn(host + 1, "]"), host + 1);
		*wrong = !netaddr_parse(out, text);
		return true;
	}
	if (!is_number(last != NULL ? last + 1 : host))
		return false;
	*wrong = !parse_v4(host, out);
	return true;
}

/* has_dots - three of them: an address that text shows as one */
static bool
has_dots(const char *name)
{
	unsigned dots = 0;

	for (; *name != '\0'; name++)
		dots += *name == '.';
	return dots == 3;
}

/* is_top - whether a name ends in what can be a top-level domain */
static bool
is_top(const char *host)
{
	const char *label = strrchr(host, '.');
	size_t length;

	if (label == NULL)
		return false;
	label++;
	length = strlen(label);
	if (strncmp(label, "xn--", 4) == 0)
		return true;
	return length >= 2 &&
	       strspn(label, "abcdefghijklmnopqrstuvwxyz") == length;
}

/*
 * fold - a name to A-labels. Browsers and the DNS take labels that begin or
 * end with a hyphen; what is left of such a label is enough to be listed.
 */
static const char *
fold(struct mime *mime, char *host)
{
	const char *folded = NULL;

	for (int i = 0; host != NULL && folded == NULL && i < FOLDS_MAX; i++) {
		folded = domain_fold(host, mime->arena);
		host = strchr(host, '.');
		if (host != NULL)
			host++;
	}
	return folded;
}

/*
 * cut_text - in a text without blanks between words (Chinese, quotation marks)
 * the name ends where ASCII ends, if it ends in ASCII at all
 */
static void
cut_text(char *host)
{
	char *dot = strrchr(host, '.');
	char *wide = dot;

	if (dot == NULL)
		return;
	while (*wide != '\0' && (unsigned char)*wide < 0x80)
		wide++;
	if (*wide != '\0' && wide > dot + 2)
		*wide = '\0';
}

/* same - the link of that host, if there is one */
static struct mime_link *
same(const struct mime *mime, const char *host)
{
	for (struct mime_link *l = mime->message.links; l != NULL; l = l->next)
		if (strcmp(l->host, host) == 0)
			return l;
	return NULL;
}

/* add - one link */
static void
add(struct mime *mime, const struct mime_link *found, const char *url,
    size_t url_length)
{
	struct mime_link *link = same(mime, found->host);
	char text[URL_KEPT + 1];

	if (link != NULL) {
		if (found->form < link->form)
			link->form = found->form;
		return;
	}
	if (mime->message.link_count >= mime->limits.links) {
		mime_flaw(mime, mime->leaf.part, MIME_FLAW_LINKS);
		return;
	}
	link = arena_alloc(mime->arena, sizeof(*link));
	*link = *found;
	link->host = arena_strdup(mime->arena, found->host);
	link->part = mime->leaf.part;
	link->line = mime->line_now;
	url = arena_strndup(mime->arena, url,
	    url_length < URL_KEPT ? url_length : URL_KEPT);
	link->url =
	    arena_strdup(mime->arena, str_printable(text, sizeof(text), url));
	if (mime->last_link != NULL)
		mime->last_link->next = link;
	else
		mime->message.links = link;
	mime->last_link = link;
	mime->message.link_count++;
}

/* add_address - of a link */
static void
add_address(struct mime *mime, struct mime_link *found, const char *url,
    size_t url_length)
{
	char text[NETADDR_TEXT_SIZE];

	found->host = netaddr_format(&found->address, text);
	add(mime, found, url, url_length);
}

void
mime_link_host(struct mime *mime, const char *host, size_t length,
    enum mime_link_form form, const char *url, size_t url_length)
{
	struct mime_link found = { .form = form };
	char text[HOST_MAX + 1];
	const char *name = text;
	bool wrong;

	if (length == 0 || length > HOST_MAX)
		return;
	length = form == MIME_LINK_URL ? mime_link_unescape(host, length, text)
				       : (memcpy(text, host, length), length);
	while (length > 0 && strchr(".-_", text[length - 1]) != NULL)
		length--;
	text[length] = '\0';
	cut_text(text);
	if (text[0] != '[')
		name = fold(mime, text);
	if (name == NULL)
		return;
	if (is_address(name, &found.address, &wrong)) {
		if (!wrong && (form == MIME_LINK_URL || has_dots(name)))
			add_address(mime, &found, url, url_length);
		return;
	}
	found.host = name;
	if (is_top(name) || (form == MIME_LINK_URL && strchr(name, '.')))
		add(mime, &found, url, url_length);
}
