/*
 * config_mime - [mime]: how much of a message is read.
 */
#include "session/config_work.h"

#define MIME(field) .offset = offsetof(struct mime_limits, field)

const struct option config_mime_rows[] = {
	{
	    .name = "header_size",
	    .type = OPTION_SIZE,
	    MIME(header_size),
	    .fallback = "64K",
	    .min = 1024,
	    .max = 16777216,
	    .doc = "Bytes of header fields that are decoded and kept for "
		   "rules. The rest of a longer header is not looked at.",
	},
	{
	    .name = "text_size",
	    .type = OPTION_SIZE,
	    MIME(text_size),
	    .fallback = "256K",
	    .min = 1024,
	    .max = 67108864,
	    .doc = "Bytes of decoded text that are read, of all text parts "
		   "together; text behind it is not looked at.",
	},
	{
	    .name = "parts",
	    .type = OPTION_INT,
	    MIME(parts),
	    .fallback = "200",
	    .min = 1,
	    .max = 10000,
	    .doc = "Parts of a message that are read.",
	},
	{
	    .name = "nesting",
	    .type = OPTION_INT,
	    MIME(nesting),
	    .fallback = "20",
	    .min = 1,
	    .max = 200,
	    .unit = "levels",
	    .doc = "How deep multiparts and messages may lie inside each "
		   "other and still be opened.",
	},
	{
	    .name = "links",
	    .type = OPTION_INT,
	    MIME(links),
	    .fallback = "200",
	    .min = 1,
	    .max = 10000,
	    .doc = "Links that are kept; one that is there already is not "
		   "kept again.",
	},
	{
	    .name = "names",
	    .type = OPTION_INT,
	    MIME(names),
	    .fallback = "500",
	    .min = 1,
	    .max = 10000,
	    .doc = "Names of files inside archives that are kept.",
	},
	{
	    .name = "archive_size",
	    .type = OPTION_SIZE,
	    MIME(archive_size),
	    .fallback = "64K",
	    .min = 1024,
	    .max = 16777216,
	    .doc = "Bytes of the end of a ZIP archive that are kept while it "
		   "passes: its directory is there. Archives whose directory "
		   "is larger are not opened. Nothing is unpacked.",
	},
	{
	    .name = "time",
	    .type = OPTION_MILLIS,
	    MIME(time_ms),
	    .fallback = "2s",
	    .min = 10,
	    .max = 60000,
	    .doc = "Time spent on reading a message, without the waiting for "
		   "its bytes; the rest of it is not read then.",
	},
	{ .name = NULL },
};

bool
config_may_skip_body(const struct config *config)
{
	const struct plan *plan = &config->plan[STEP_BODY];

	return (config->mime_wants & MIME_OF_BODY || config->keeps > 0) &&
	       plan->ask_count == 0 && plan->observer_count == 0;
}
