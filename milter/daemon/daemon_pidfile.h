/*
 * daemon_pidfile - one daemon at a time, and where to find it.
 */
#ifndef MAILREEVE_DAEMON_PIDFILE_H
#define MAILREEVE_DAEMON_PIDFILE_H

/*
 * daemon_pidfile_write - our process id into path, "" = none. Returns an exit
 * code of sysexits.h, after a line in the log when it is not EX_OK:
 * EX_UNAVAILABLE when another process holds the file.
 */
int daemon_pidfile_write(const char *path);
/* daemon_pidfile_remove - at the end; empties it where it cannot be removed. */
void daemon_pidfile_remove(void);

#endif
