/*
 * ini_file - the text of a file of the operator's; for ini.c.
 */
#ifndef MAILREEVE_INI_FILE_H
#define MAILREEVE_INI_FILE_H

#include <sys/types.h>

struct ini_file {
	char *text; /* ends with a NUL; free with mem_free() */
	dev_t device;
	ino_t inode;
};

/* ini_file_read - NULL, or why it cannot be read (text is NULL then). */
const char *ini_file_read(const char *path, struct ini_file *out);

#endif
