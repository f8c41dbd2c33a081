/*
 * mime_zip - names in a ZIP archive, by libzip, from its end alone.
 *
 * The directory of an archive is its last part. While the archive passes,
 * only the last `archive_size` bytes are kept; libzip is shown a file of the
 * full length, of which what was not kept is zeros. It reads the end and the
 * directory, and nothing else; nothing is unpacked.
 */
#include <string.h>

#include "base/mem.h"
#include "mime/mime_internal.h"
#include "mime/mime_library.h"

#define NAME_KEPT 512
/* sizes of records (APPNOTE.TXT 4.3): the end, an entry, the end of ZIP64 and
 * where its number of entries is */
#define END_SIZE 22
#define ENTRY_SIZE 46
#define RECORD64_SIZE 56
#define RECORD64_COUNT 24

struct window {
	char *ring;
	size_t size;   /* of ring */
	size_t kept;   /* bytes in it, at the end */
	int64_t total; /* bytes that passed */
	int64_t at;    /* where libzip reads */
	char first[4];
	zip_error_t error;
};

/* release - what is not of the arena */
static void
release(void *argument)
{
	struct window *window = argument;

	mem_free(window->ring);
	window->ring = NULL;
}

struct window *
mime_window_new(struct mime *mime)
{
	struct window *window = arena_alloc(mime->arena, sizeof(*window));

	window->size = (size_t)mime->limits.archive_size;
	arena_defer(mime->arena, release, window);
	return window;
}

/* store - bytes to their place in the ring */
static void
store(struct window *window, const char *bytes, size_t length)
{
	size_t place, fits;

	if (length > window->size) {
		bytes += length - window->size;
		window->total += (int64_t)(length - window->size);
		length = window->size;
	}
	if (length == 0)
		return;
	place = (size_t)(window->total % (int64_t)window->size);
	fits = window->size - place;
	if (fits > length)
		fits = length;
	memcpy(window->ring + place, bytes, fits);
	memcpy(window->ring, bytes + fits, length - fits);
	window->total += (int64_t)length;
}

void
mime_window(struct window *window, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length && window->total + (int64_t)i < 4; i++)
		window->first[window->total + (int64_t)i] = bytes[i];
	if (window->ring == NULL)
		window->ring = mem_alloc(window->size);
	store(window, bytes, length);
}

/* read_at - for libzip; what was not kept is zeros */
static void
read_at(struct window *window, char *out, size_t length)
{
	int64_t before = window->total - (int64_t)window->kept;
	size_t zeros = 0;

	if (window->at < before)
		zeros = (uint64_t)(before - window->at) < length
			    ? (size_t)(before - window->at)
			    : length;
	memset(out, 0, zeros);
	window->at += (int64_t)zeros;
	if (length > zeros)
		memcpy(out + zeros, window->ring + (window->at - before),
		    length - zeros);
	window->at += (int64_t)(length - zeros);
}

/* source - the window as a file, in libzip's words */
static zip_int64_t
source(void *context, void *data, zip_uint64_t length, zip_source_cmd_t command)
{
	struct window *window = context;
	zip_stat_t *status = data;
	zip_int64_t offset;

	switch (command) {
	case ZIP_SOURCE_SUPPORTS:
		return zip.zip_source_make_command_bitmap(ZIP_SOURCE_OPEN,
		    ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
		    ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK,
		    ZIP_SOURCE_TELL, -1);
	case ZIP_SOURCE_OPEN:
		window->at = 0;
		return 0;
	case ZIP_SOURCE_READ:
		if ((int64_t)length > window->total - window->at)
			length = (zip_uint64_t)(window->total - window->at);
		read_at(window, data, length);
		return (zip_int64_t)length;
	case ZIP_SOURCE_SEEK:
		offset =
		    zip.zip_source_seek_compute_offset((zip_uint64_t)window->at,
			(zip_uint64_t)window->total, data, length,
			&window->error);
		if (offset < 0)
			return -1;
		window->at = offset;
		return 0;
	case ZIP_SOURCE_TELL:
		return window->at;
	case ZIP_SOURCE_STAT:
		zip.zip_stat_init(status);
		status->valid = ZIP_STAT_SIZE;
		status->size = (zip_uint64_t)window->total;
		return sizeof(*status);
	case ZIP_SOURCE_ERROR:
		return zip.zip_error_to_data(&window->error, data, length);
	default:
		return 0;
	}
}

/* add_name - one of the archive's */
static void
add_name(struct mime *mime, struct mime_part *part, struct mime_name **last,
    const zip_stat_t *status)
{
	struct mime_name *name = arena_alloc(mime->arena, sizeof(*name));

	name->name = arena_strndup(mime->arena, status->name,
	    strnlen(status->name, NAME_KEPT));
	if (status->valid & ZIP_STAT_SIZE && status->size < INT64_MAX)
		name->size = (int64_t)status->size;
	if (status->valid & ZIP_STAT_ENCRYPTION_METHOD &&
	    status->encryption_method != ZIP_EM_NONE)
		mime_flaw(mime, part, MIME_FLAW_LOCKED);
	if (*last != NULL)
		(*last)->next = name;
	else
		part->names = name;
	*last = name;
	mime->names++;
}

/* list - the names in it */
static void
list(struct mime *mime, struct mime_part *part, zip_t *archive)
{
	zip_int64_t count = zip.zip_get_num_entries(archive, 0);
	struct mime_name *last = NULL;
	zip_stat_t status;

	for (zip_int64_t i = 0; i < count; i++) {
		if (mime->names >= mime->limits.names) {
			mime_flaw(mime, part, MIME_FLAW_NAMES);
			return;
		}
		if (zip.zip_stat_index(archive, (zip_uint64_t)i, 0, &status) ==
			0 &&
		    status.valid & ZIP_STAT_NAME)
			add_name(mime, part, &last, &status);
	}
}

/* begins_as_archive - so that failing to read it is a flaw */
static bool
begins_as_archive(const struct window *window)
{
	return memcmp(window->first, "PK\3\4", 4) == 0 ||
	       memcmp(window->first, "PK\5\6", 4) == 0;
}

/* straighten - the ring, so that it begins at its begin */
static void
straighten(struct window *window)
{
	size_t turn = (size_t)(window->total % (int64_t)window->size);
	char *text;

	window->kept = window->size;
	if (window->total < (int64_t)window->size) {
		window->kept = (size_t)window->total;
		return;
	}
	text = mem_alloc(window->size);
	memcpy(text, window->ring + turn, window->size - turn);
	memcpy(text + window->size - turn, window->ring, turn);
	mem_free(window->ring);
	window->ring = text;
}

/* number - of eight bytes, the lowest first */
static uint64_t
number(const unsigned char *bytes)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | bytes[i];
	return value;
}

/*
 * is_sane - whether libzip may see it. It believes the number of entries that
 * a ZIP64 record claims, and makes room for them before it reads one.
 */
static bool
is_sane(const struct window *window)
{
	const char *at = window->ring, *end = at + window->kept;

	if (window->kept < END_SIZE ||
	    memmem(at, window->kept, "PK\5\6", 4) == NULL)
		return false;
	while ((at = memmem(at, (size_t)(end - at), "PK\6\6", 4)) != NULL) {
		if (end - at >= RECORD64_SIZE &&
		    number((const unsigned char *)at + RECORD64_COUNT) >
			window->kept / ENTRY_SIZE)
			return false;
		at++;
	}
	return true;
}

/* open_archive - what is in the window, or NULL */
static zip_t *
open_archive(struct window *window)
{
	zip_source_t *file;
	zip_t *archive;

	file = zip.zip_source_function_create(source, window, NULL);
	if (file == NULL)
		return NULL;
	archive = zip.zip_open_from_source(file, ZIP_RDONLY, NULL);
	if (archive == NULL)
		zip.zip_source_free(file);
	return archive;
}

void
mime_window_end(struct mime *mime, struct window *window,
    struct mime_part *part)
{
	zip_t *archive = NULL;

	zip.zip_error_init(&window->error);
	if (window->ring != NULL) {
		straighten(window);
		if (is_sane(window))
			archive = open_archive(window);
	}
	if (archive != NULL) {
		part->kind = MIME_ARCHIVE;
		list(mime, part, archive);
		zip.zip_discard(archive);
	} else if (begins_as_archive(window)) {
		part->kind = MIME_ARCHIVE;
		mime_flaw(mime, part, MIME_FLAW_ARCHIVE);
	}
	zip.zip_error_fini(&window->error);
	release(window);
}
