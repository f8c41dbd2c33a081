/*
 * daemon_listen - the socket where MTAs find us.
 */
#ifndef MAILREEVE_DAEMON_LISTEN_H
#define MAILREEVE_DAEMON_LISTEN_H

#include <pthread.h>

struct milter_settings;
struct mta_milter;

/*
 * daemon_listen_open - listen on socket ("inet:PORT@HOST", "unix:/path") with
 * the mode, group and backlog of settings. A Unix socket that nobody listens
 * on is replaced, one that somebody listens on never. Returns an exit code of
 * sysexits.h, after a line in the log when it is not EX_OK.
 */
int daemon_listen_open(const struct mta_milter *milter, const char *socket,
    const struct milter_settings *settings);
/*
 * daemon_listen_refuse - from now on clients are refused; connections that
 * there are live on. server is the thread in mta_milter_run(). Once.
 */
void daemon_listen_refuse(pthread_t server);
/* daemon_listen_path - of a socket in the file system; NULL for others. */
const char *daemon_listen_path(const char *socket);

#endif
