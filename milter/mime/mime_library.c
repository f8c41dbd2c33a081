/*
 * mime_library - GMime and libzip, loaded when somebody wants messages read.
 */
#include "mime/mime_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "mime/mime.h"

struct mime_gmime gmime;
struct mime_zip zip;

/* a function, and where its address goes */
struct symbol {
	const char *name;
	size_t offset;
};

#define GMIME_SYMBOL(call) { #call, offsetof(struct mime_gmime, call) },
#define ZIP_SYMBOL(call) { #call, offsetof(struct mime_zip, call) },

static const struct symbol gmime_symbols[] = { GMIME_CALLS(GMIME_SYMBOL) };
static const struct symbol zip_symbols[] = { ZIP_CALLS(ZIP_SYMBOL) };

/* names of the files, the newest first: Debian 13 and 12 */
static const char *const gmime_files[] = { "libgmime-3.0.so.0", NULL };
static const char *const zip_files[] = { "libzip.so.5", "libzip.so.4", NULL };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *missing; /* what could not be loaded, or NULL */

/* open_one - the first of the files that is there */
static void *
open_one(const char *const *files)
{
	void *library = NULL;

	for (; library == NULL && *files != NULL; files++)
		library = dlopen(*files, RTLD_NOW | RTLD_LOCAL);
	return library;
}

/* find - all functions of a library; false: it is another one */
static bool
find(void *library, const struct symbol *symbols, size_t count, void *calls)
{
	for (size_t i = 0; i < count; i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (symbol == NULL)
			return false;
		/* what dlsym gives is a function, which C has no cast for */
		memcpy((char *)calls + symbols[i].offset, &symbol,
		    sizeof(symbol));
	}
	return true;
}

/* load - both, once in a program */
static void
load(void)
{
	void *library = open_one(gmime_files);

	if (library == NULL ||
	    !find(library, gmime_symbols,
		sizeof(gmime_symbols) / sizeof(*gmime_symbols), &gmime)) {
		missing = "GMime (libgmime-3.0) cannot be loaded";
		return;
	}
	library = open_one(zip_files);
	if (library == NULL ||
	    !find(library, zip_symbols,
		sizeof(zip_symbols) / sizeof(*zip_symbols), &zip)) {
		missing = "libzip cannot be loaded";
		return;
	}
	gmime.g_mime_init();
}

bool
mime_load(const char **why)
{
	pthread_once(&once, load);
	*why = missing;
	return missing == NULL;
}
