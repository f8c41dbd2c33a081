/*
 * daemon_arguments - mailreeve's command line.
 *
 * Wrong ones end the program with EX_USAGE and the list of right ones.
 */
#include "daemon/daemon_arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/* usage - to out */
static void
usage(FILE *out, const char *path)
{
	fprintf(out,
	    "usage: mailreeve [-f [-S]] [-c file] [-s socket]\n"
	    "       mailreeve -n [-c file]\n"
	    "       mailreeve -C [-d] [-c file]\n"
	    "       mailreeve -v | -h\n"
	    "\n"
	    "  -c, --config FILE    the ini (%s)\n"
	    "  -f, --foreground     stay, and log to stderr\n"
	    "  -S, --syslog         with -f: log to syslog\n"
	    "  -s, --socket SOCKET  listen there, whatever the ini says:\n"
	    "                       inet:PORT@HOST or unix:/path\n"
	    "  -n, --check          check the ini and what it names\n"
	    "  -C, --print          print what the ini sets\n"
	    "  -d, --defaults       with -C: also what it does not set\n"
	    "  -v, --version\n"
	    "  -h, --help\n",
	    path);
}

struct daemon_arguments
daemon_arguments(int argc, char **argv, const char *path)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "socket", required_argument, NULL, 's' },
		{ "syslog", no_argument, NULL, 'S' },
		{ "check", no_argument, NULL, 'n' },
		{ "print", no_argument, NULL, 'C' },
		{ "defaults", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct daemon_arguments args = { .path = path };
	int c;

	while ((c = getopt_long(argc, argv, "c:fs:SnCdvh", options, NULL)) >= 0)
		switch (c) {
		case 'c':
			args.path = optarg;
			break;
		case 'f':
			args.foreground = true;
			break;
		case 's':
			args.socket = optarg;
			break;
		case 'S':
			args.syslog = true;
			break;
		case 'n':
			args.job = JOB_CHECK;
			break;
		case 'C':
			args.job = JOB_PRINT;
			break;
		case 'd':
			args.defaults = true;
			break;
		case 'v':
			puts("mailreeve " MAILREEVE_VERSION);
			exit(EX_OK);
		case 'h':
			usage(stdout, path);
			exit(EX_OK);
		default:
			usage(stderr, path);
			exit(EX_USAGE);
		}
	if (optind < argc || (args.defaults && args.job != JOB_PRINT)) {
		usage(stderr, path);
		exit(EX_USAGE);
	}
	return args;
}
