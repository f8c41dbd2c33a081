/*
 * scan_job - a message at one scanner, while it is looked at.
 *
 * It is begun without waiting, and so may be several for one message; whoever
 * waits for one sees to it that all of them go on. A job ends with the arena
 * of its message, whatever has become of it: sockets are closed then.
 */
#ifndef MAILREEVE_SCAN_JOB_H
#define MAILREEVE_SCAN_JOB_H

#include "scan/scan_servers.h"

struct scan_job;

/* how a scanner is spoken to */
struct scan_talk {
	size_t answer_max;
	bool (*is_whole)(const char *text, size_t length);
	/* what an answer says, perhaps a short one; read for each server that
	 * gives one, until it comes to something */
	enum scan_result (*read)(const char *text, size_t length,
	    struct arena *arena, void *answer);
};

/* what it is told, in so many pieces; borrowed until the arena's end */
#define SCAN_PIECES 3
struct scan_request {
	struct {
		const char *data;
		size_t length;
	} piece[SCAN_PIECES];
};

/*
 * scan_job_begin - ask the first server that there is, and let what can be
 * sent be sent. *jobs are those of the message so far (NULL: none), which this
 * one joins. answer is for talk->read(), and lives as long as the arena.
 */
struct scan_job *scan_job_begin(struct scan_job **jobs,
    struct scan_servers *servers, const struct scan_talk *talk,
    const struct scan_request *request, const struct scan_time *time,
    void *answer);

/*
 * scan_job_wait - until the job is done, at its deadline at the latest. May be
 * called again. Of several servers' failures the last counts.
 */
enum scan_result scan_job_wait(struct scan_job *job);

#endif
