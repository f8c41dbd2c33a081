/*
 * mime_library - GMime and libzip, loaded when somebody wants messages read.
 *
 * Both bring a dozen libraries with them, megabytes that a daemon without
 * content policies should not carry. A call is written gmime.g_mime_init().
 */
#ifndef MAILREEVE_MIME_LIBRARY_H
#define MAILREEVE_MIME_LIBRARY_H

#include <gmime/gmime.h>
#include <stdbool.h>
#include <stddef.h>
#include <zip.h>

/* macros in some versions of GLib */
#undef g_free
#undef g_object_unref

/* clang-format off */
#define GMIME_CALLS(CALL) \
	CALL(g_mime_init) \
	CALL(g_mime_utils_header_decode_text) \
	CALL(g_mime_content_type_parse) \
	CALL(g_mime_content_type_get_media_type) \
	CALL(g_mime_content_type_get_media_subtype) \
	CALL(g_mime_content_type_get_parameter) \
	CALL(g_mime_content_disposition_parse) \
	CALL(g_mime_content_disposition_get_disposition) \
	CALL(g_mime_content_disposition_get_parameter) \
	CALL(g_mime_content_encoding_from_string) \
	CALL(g_mime_encoding_init_decode) \
	CALL(g_mime_encoding_step) \
	CALL(g_mime_iconv_open) \
	CALL(g_mime_iconv_close) \
	CALL(g_object_unref) \
	CALL(g_free)
#define ZIP_CALLS(CALL) \
	CALL(zip_discard) \
	CALL(zip_error_fini) \
	CALL(zip_error_init) \
	CALL(zip_error_to_data) \
	CALL(zip_get_num_entries) \
	CALL(zip_open_from_source) \
	CALL(zip_source_free) \
	CALL(zip_source_function_create) \
	CALL(zip_source_make_command_bitmap) \
	CALL(zip_source_seek_compute_offset) \
	CALL(zip_stat_index) \
	CALL(zip_stat_init)
/* clang-format on */

#define MIME_LIBRARY_MEMBER(name) __typeof__(name) *name;

struct mime_gmime {
	GMIME_CALLS(MIME_LIBRARY_MEMBER)
};
struct mime_zip {
	ZIP_CALLS(MIME_LIBRARY_MEMBER)
};
extern struct mime_gmime gmime;
extern struct mime_zip zip;

#endif
