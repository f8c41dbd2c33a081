/*
 * daemon_arguments - mailreeve's command line.
 *
 *   mailreeve [-f [-S]] [-c FILE] [-s SOCKET]   serve
 *   mailreeve -n [-c FILE]                      check the configuration
 *   mailreeve -C [-d] [-c FILE]                 print it, -d with all defaults
 *   mailreeve -v | --version | -h | --help
 */
#ifndef MAILREEVE_DAEMON_ARGUMENTS_H
#define MAILREEVE_DAEMON_ARGUMENTS_H

#include <stdbool.h>

enum daemon_job { JOB_SERVE, JOB_CHECK, JOB_PRINT };

struct daemon_arguments {
	enum daemon_job job;
	bool defaults;
	const char *path;
	const char *socket;
	bool foreground;
	bool syslog; /* in the foreground, too */
};

/*
 * daemon_arguments - or the end of the program. path is the ini when none is
 * named.
 */
struct daemon_arguments daemon_arguments(int argc, char **argv,
    const char *path);

#endif
