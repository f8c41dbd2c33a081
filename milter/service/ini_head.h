/*
 * ini_head - "[name.instance scope]" of an ini file to an empty section.
 *
 * Only ini.c uses it.
 */
#ifndef MAILREEVE_INI_HEAD_H
#define MAILREEVE_INI_HEAD_H

#include "base/problem.h"

struct arena;
struct ini_lines;
struct ini_section;

/*
 * ini_head_read - a section of the head in hand. *wrong is NULL, or what is
 * amiss; there is a section all the same.
 */
struct ini_section *ini_head_read(const struct ini_lines *lines,
    struct origin at, struct arena *arena, const char **wrong);

#endif
