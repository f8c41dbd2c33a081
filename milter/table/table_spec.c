/*
 * table_spec - "type:name" taken apart.
 *
 * Knows all types, and what other programs call theirs, so that an error can
 * name the type that was meant; of a file that is not there it names the most
 * similar one in the same folder. Paths become absolute here: the daemon may
 * change its folder, and the file is watched for as long as it is used.
 *
 * Diagnostics: to the problems of the caller.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "table/table_spec.h"
#include "table/table_type.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define FILES_MAX 500 /* of a folder that are compared with a name */

static const struct table_type *const types[] = {
	&table_inline_type,
	&table_file_type,
	&table_cidr_type,
	&table_pcre_type,
	&table_lmdb_type,
	&table_socketmap_type,
};

/* the types of Postfix and others, and ours that serves instead */
static const struct {
	const char *theirs;
	const struct table_type *ours;
} foreign[] = {
	{ "hash", &table_lmdb_type },
	{ "btree", &table_lmdb_type },
	{ "cdb", &table_lmdb_type },
	{ "texthash", &table_file_type },
	{ "regexp", &table_pcre_type },
	{ "tcp", &table_socketmap_type },
	{ "mysql", &table_socketmap_type },
	{ "pgsql", &table_socketmap_type },
	{ "ldap", &table_socketmap_type },
};

/* nearest_type - the type that was most likely meant */
static const struct table_type *
nearest_type(const char *name)
{
	const char *names[COUNT(types)], *nearest;
	size_t i;

	for (i = 0; i < COUNT(foreign); i++) {
		if (strcmp(foreign[i].theirs, name) == 0)
			return foreign[i].ours;
	}
	for (i = 0; i < COUNT(types); i++)
		names[i] = types[i]->name;
	nearest = str_nearest(name, names, COUNT(types));
	for (i = 0; i < COUNT(types); i++) {
		if (names[i] == nearest)
			return types[i];
	}
	return NULL;
}

/* unknown_type - complain, with the nearest right one or all */
static void
unknown_type(const char *name, struct origin at, struct problems *problems)
{
	const struct table_type *nearest = nearest_type(name);
	struct str all = STR_INIT;
	size_t i;

	if (nearest != NULL) {
		problems_error(problems, at,
		    "unknown type of table \"%s\": try %s", name,
		    nearest->form);
		return;
	}
	for (i = 0; i < COUNT(types); i++)
		str_addf(&all, "%s%s", i > 0 ? ", " : "", types[i]->name);
	problems_error(problems, at,
	    "unknown type of table \"%s\": there are %s", name, str_text(&all));
	str_fini(&all);
}

/* find_type - the type before the colon, or NULL */
static const struct table_type *
find_type(const char *spec, struct origin at, struct problems *problems)
{
	const char *colon = strchr(spec, ':');
	const struct table_type *type = NULL;
	char *name;
	size_t i;

	if (colon == NULL || spec[0] == '/') {
		problems_error(problems, at,
		    "a table is written type:name, as %s%.100s",
		    spec[0] == '/' ? "file:" : "file:/etc/mailreeve/", spec);
		return NULL;
	}
	name = mem_strdup(spec);
	name[colon - spec] = '\0';
	for (i = 0; i < COUNT(types); i++) {
		if (strcmp(types[i]->name, name) == 0)
			type = types[i];
	}
	if (type == NULL)
		unknown_type(name, at, problems);
	mem_free(name);
	return type;
}

/* absolute - a path seen from the folder of file, from / on */
static char *
absolute(const char *path, const char *file)
{
	const char *slash = file != NULL ? strrchr(file, '/') : NULL;
	struct str out = STR_INIT;
	char here[PATH_MAX];

	if (path[0] != '/' && (slash == NULL || file[0] != '/') &&
	    getcwd(here, sizeof here) != NULL)
		str_addf(&out, "%s/", here);
	if (path[0] != '/' && slash != NULL)
		str_add_n(&out, file, (size_t)(slash + 1 - file));
	str_add(&out, path);
	return out.data;
}

/* is_there - whether a path names something that can be looked at */
static bool
is_there(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0;
}

/* with_suffix - path, or path with the suffix if only that is there */
static char *
with_suffix(char *path, const char *suffix)
{
	struct str longer = STR_INIT;

	if (suffix == NULL || is_there(path))
		return path;
	str_addf(&longer, "%s%s", path, suffix);
	if (!is_there(longer.data)) {
		str_fini(&longer);
		return path;
	}
	mem_free(path);
	return longer.data;
}

/* list_folder - the names in a folder */
static size_t
list_folder(const char *folder, char *names[FILES_MAX])
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	if (dir == NULL)
		return 0;
	while (count < FILES_MAX && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			names[count++] = mem_strdup(entry->d_name);
	}
	closedir(dir);
	return count;
}

/* missing_file - complain, with the most similar name of the folder */
static void
missing_file(const char *path, struct origin at, struct problems *problems)
{
	char *names[FILES_MAX], *folder = mem_strdup(path);
	char *slash = strrchr(folder, '/');
	const char *nearest;
	size_t count, i;

	*slash = '\0';
	count = list_folder(slash == folder ? "/" : folder, names);
	nearest = str_nearest(slash + 1, (const char *const *)names, count);
	if (nearest != NULL)
		problems_error(problems, at,
		    "there is no file %s: did you mean %s?", path, nearest);
	else
		problems_error(problems, at, "there is no file %s", path);
	for (i = 0; i < count; i++)
		mem_free(names[i]);
	mem_free(folder);
}

/* read_path - the name of a table that is a file */
static bool
read_path(struct table_spec *out, const char *path, struct origin at,
    struct problems *problems)
{
	out->name = with_suffix(absolute(path, at.file), out->type->suffix);
	if (is_there(out->name))
		return true;
	missing_file(out->name, at, problems);
	mem_free(out->name);
	return false;
}

/* read_braces - what stands between { and } */
static bool
read_braces(struct table_spec *out, const char *text, struct origin at,
    struct problems *problems)
{
	size_t length = strlen(text);

	if (!(out->type->flags & TABLE_BRACES) || text[length - 1] != '}') {
		problems_error(problems, at, "a table %s is written %s",
		    out->type->name, out->type->form);
		return false;
	}
	out->braces = true;
	out->name = mem_strdup(text + 1);
	out->name[length - 2] = '\0';
	return true;
}

/* table_spec_read - type, and name in its final form */
bool
table_spec_read(struct table_spec *out, const char *spec, struct origin at,
    struct problems *problems)
{
	const char *name;

	*out = (struct table_spec){ .type = find_type(spec, at, problems) };
	if (out->type == NULL)
		return false;
	name = strchr(spec, ':') + 1;
	name += strspn(name, " \t");
	if (*name == '{')
		return read_braces(out, name, at, problems);
	if (*name == '\0' || (out->type->flags & TABLE_NO_NAME)) {
		problems_error(problems, at, "a table %s is written %s",
		    out->type->name, out->type->form);
		return false;
	}
	if (out->type->flags & TABLE_IS_FILE)
		return read_path(out, name, at, problems);
	out->name = mem_strdup(name);
	return true;
}
