/*
 * folder - a temporary folder of a test, with files in it.
 */
#ifndef MAILREEVE_FOLDER_H
#define MAILREEVE_FOLDER_H

#include <stddef.h>

#define FOLDER_PATH 256

struct folder {
	char path[FOLDER_PATH / 2];
	char last[FOLDER_PATH]; /* what folder_path() returned last */
};

/* folder_make - a new one under $TMPDIR or /tmp. */
void folder_make(struct folder *folder);
/* folder_remove - with all that is in it. */
void folder_remove(const struct folder *folder);
/* folder_path - of a file in it; valid until the next call. */
const char *folder_path(struct folder *folder, const char *name);
/*
 * folder_write - put a text in the place of a file, by rename(2), so that a
 * reader sees the old one or the new one.
 */
void folder_write(struct folder *folder, const char *name, const char *text);
/* folder_write_n - the same with any bytes. */
void folder_write_n(struct folder *folder, const char *name, const void *data,
    size_t size);

#endif
