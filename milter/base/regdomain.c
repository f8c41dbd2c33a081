/*
 * regdomain - the domain that somebody has registered.
 *
 * libpsl is included here and nowhere else. The list is the system's
 * (package publicsuffix) if that is newer than the library's own; it is read
 * once, when it is first needed, and read by all threads from then on.
 *
 * Diagnostics: without any list the process ends.
 */
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include <libpsl.h>

#include "base/log.h"
#include "base/netaddr.h"
#include "base/regdomain.h"

static const psl_ctx_t *list;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* load - the newest list that there is */
static void
load(void)
{
	list = psl_latest(NULL);
	if (list == NULL)
		log_fatal("no public suffix list (libpsl)");
}

const char *
regdomain(const char *domain)
{
	struct netaddr addr;

	/* the list's last rule, "*", would take the 2.1 of an address */
	if (strchr(domain, '.') == NULL || netaddr_parse(&addr, domain))
		return NULL;
	pthread_once(&once, load);
	return psl_registrable_domain(list, domain);
}

bool
regdomain_is_known(const char *domain)
{
	const char *top = strrchr(domain, '.');

	pthread_once(&once, load);
	return top != NULL && psl_is_public_suffix2(list, top + 1,
				  PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE);
}
