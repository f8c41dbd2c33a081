/*
 * mailbox - the mailbox that an address stands for.
 *
 * What stands behind a "+" is for its owner to sort by; signed bounce
 * addresses have a tag in front.
 */
#include "base/mailbox.h"

#include <string.h>

#include "base/mem.h"

/* begins - text behind a prefix, or NULL */
static const char *
begins(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

/* behind - what follows the next separator, or NULL */
static const char *
behind(const char *text, const char *separator)
{
	const char *place = text != NULL ? strstr(text, separator) : NULL;

	return place != NULL ? place + strlen(separator) : NULL;
}

const char *
mailbox_local(const struct mailaddr *address, struct arena *arena)
{
	size_t length = strlen(address->address);
	size_t domain = strlen(address->domain);

	/* not up to the last "@": a broken literal may have one, too */
	if (domain == 0 || length <= domain)
		return address->address;
	return arena_strndup(arena, address->address, length - domain - 1);
}

const char *
mailbox_without_tag(const char *local, struct arena *arena)
{
	static const struct {
		const char *prefix, *separator;
	} forms[] = {
		{ "prvs=", "=" },
		{ "msprvs1=", "=" },
		{ "btv1==", "==" },
	};
	const char *core, *tag;

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		core =
		    behind(begins(local, forms[i].prefix), forms[i].separator);
		if (core != NULL && core[0] != '\0')
			return core;
	}
	/* as earlier drafts had it: prvs=user/TAG */
	core = begins(local, "prvs=");
	tag = core != NULL ? strrchr(core, '/') : NULL;
	if (tag == NULL || tag == core)
		return local;
	return arena_strndup(arena, core, (size_t)(tag - core));
}

const char *
mailbox_without_extension(const char *local, struct arena *arena)
{
	size_t length = strcspn(local, "+");

	return length > 0 ? arena_strndup(arena, local, length) : local;
}

const char *
mailbox_join(const char *local, const char *domain, struct arena *arena)
{
	if (domain[0] == '\0')
		return local;
	return arena_printf(arena, "%s@%s", local, domain);
}

const char *
mailbox_of(const struct mailaddr *address, struct arena *arena)
{
	const char *local =
	    mailbox_without_tag(mailbox_local(address, arena), arena);

	return mailbox_join(mailbox_without_extension(local, arena),
	    address->domain, arena);
}
