/*
 * folder - a temporary folder of a test, with files in it.
 *
 * Diagnostics: whatever fails ends the test program.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "t/lib/folder.h"

void
folder_make(struct folder *folder)
{
	const char *parent = getenv("TMPDIR");

	snprintf(folder->path, sizeof(folder->path), "%s/mailreeve-XXXXXX",
	    parent != NULL ? parent : "/tmp");
	if (mkdtemp(folder->path) == NULL)
		log_fatal("mkdtemp %s", folder->path);
}

/* remove_one - a file, or a folder that is empty by now */
static int
remove_one(const char *path, const struct stat *info, int type,
    struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	return remove(path);
}

void
folder_remove(const struct folder *folder)
{
	nftw(folder->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
folder_path(struct folder *folder, const char *name)
{
	snprintf(folder->last, sizeof(folder->last), "%s/%s", folder->path,
	    name);
	return folder->last;
}

void
folder_write_n(struct folder *folder, const char *name, const void *data,
    size_t size)
{
	char temporary[FOLDER_PATH];
	FILE *file;

	snprintf(temporary, sizeof(temporary), "%s/.new", folder->path);
	file = fopen(temporary, "w");
	if (file == NULL || fwrite(data, 1, size, file) != size ||
	    fclose(file) != 0 ||
	    rename(temporary, folder_path(folder, name)) != 0)
		log_fatal("cannot write %s", folder_path(folder, name));
}

void
folder_write(struct folder *folder, const char *name, const char *text)
{
	folder_write_n(folder, name, text, strlen(text));
}
