/*
 * daemon_listen - the socket where MTAs find us.
 *
 * libmilter opens the socket, shows its descriptor to nobody and closes it
 * only together with all sessions (smfi_stop). We need the descriptor twice:
 *
 *   - TCP_NODELAY, which accepted sockets inherit: without it each header that
 *     we add waits 40 ms for the MTA's delayed ACK, because libmilter writes
 *     it and the final answer one by one;
 *   - to refuse new clients while old ones are served to their end. A socket
 *     that nobody can reach takes the descriptor's place. This is done in a
 *     signal handler on libmilter's own accepting thread: so it cannot happen
 *     while that thread is in accept(2), and its poll(2), which would keep the
 *     old socket alive, ends with EINTR.
 *
 * libmilter logs why it cannot listen to syslog only; we look ourselves, so
 * that the one who starts us sees it.
 */
#include "daemon/daemon_listen.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/mta_milter.h"
#include "session/config.h"

#define DESCRIPTORS 1024 /* more are not open when we begin */
#define REFUSE_SIGNAL SIGUSR2

static struct {
	int fd;     /* libmilter's listening socket */
	char *path; /* ours to remove, or NULL */
	dev_t device;
	ino_t inode;
	int nowhere; /* takes its place */
	sem_t moved;
} listening = { .fd = -1, .nowhere = -1 };

const char *
daemon_listen_path(const char *socket)
{
	if (strncmp(socket, "unix:", 5) == 0)
		return socket + 5;
	if (strncmp(socket, "local:", 6) == 0)
		return socket + 6;
	return strchr(socket, ':') == NULL ? socket : NULL;
}

/* is_listening - whether a descriptor is a socket in that state */
static bool
is_listening(int fd)
{
	int yes = 0;
	socklen_t size = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 &&
	       yes != 0;
}

/* somebody_listens - on a Unix socket; when in doubt, yes */
static bool
somebody_listens(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	bool refused;
	int fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return true;
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return true;
	refused = connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 &&
		  errno == ECONNREFUSED;
	close(fd);
	return !refused;
}

/* clear_path - remove what an earlier daemon left behind */
static int
clear_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return EX_OK;
	if (!S_ISSOCK(st.st_mode)) {
		log_error("%s is there and is no socket", path);
		return EX_CANTCREAT;
	}
	if (somebody_listens(path)) {
		log_error("another process listens on %s", path);
		return EX_UNAVAILABLE;
	}
	if (unlink(path) < 0) {
		log_error("cannot remove the old socket %s: %s", path,
		    strerror(errno));
		return EX_CANTCREAT;
	}
	return EX_OK;
}

/* try_address - listen as libmilter would; 0 or the reason why not */
static int
try_address(const struct sockaddr *name, socklen_t size)
{
	int fd = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1, reason = 0;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, name, size) < 0 || listen(fd, 1) < 0)
		reason = errno;
	close(fd);
	return reason;
}

/* why_not_path - the reason for a Unix socket */
static const char *
why_not_path(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int reason;

	if (strlen(path) >= sizeof(name.sun_path))
		return "the path is too long for a socket";
	strcpy(name.sun_path, path);
	reason = try_address((struct sockaddr *)&name, sizeof(name));
	if (reason != 0)
		return strerror(reason);
	unlink(path);
	return "see syslog";
}

/* why_not_inet - the reason for "inet:PORT@HOST" */
static const char *
why_not_inet(char *socket)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE };
	struct addrinfo *found;
	char *port = strchr(socket, ':') + 1, *host = strchr(port, '@');
	int error;

	if (host != NULL) {
		*host++ = '\0';
		if (host[0] == '[') {
			host++;
			host[strcspn(host, "]")] = '\0';
		}
	}
	hints.ai_family =
	    strncasecmp(socket, "inet6", 5) == 0 ? AF_INET6 : AF_INET;
	error = getaddrinfo(host, port, &hints, &found);
	if (error != 0)
		return gai_strerror(error);
	error = try_address(found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return error != 0 ? strerror(error) : "see syslog";
}

/* complain - the likely reason why libmilter could not listen */
static void
complain(const char *socket)
{
	const char *path = daemon_listen_path(socket);
	char *copy = mem_strdup(socket);

	log_error("cannot listen on %s: %s", socket,
	    path != NULL ? why_not_path(path) : why_not_inet(copy));
	mem_free(copy);
}

/* find_descriptor - the socket that began to listen since before was filled */
static int
find_descriptor(const bool before[DESCRIPTORS])
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (!before[fd] && is_listening(fd))
			return fd;
	return -1;
}

/* no_delay - see above; the Unix kind has no such thing */
static void
no_delay(int fd)
{
	struct sockaddr_storage name = { .ss_family = AF_UNSPEC };
	socklen_t size = sizeof(name);
	int one = 1;

	if (getsockname(fd, (struct sockaddr *)&name, &size) < 0 ||
	    (name.ss_family != AF_INET && name.ss_family != AF_INET6))
		return;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
		log_warning("cannot set TCP_NODELAY: %s", strerror(errno));
}

/* give_path - mode and group of a Unix socket, and what we know it by */
static int
give_path(const char *path, mode_t mode, const char *group)
{
	const struct group *gr = NULL;
	struct stat st;

	if (group[0] != '\0' && (gr = getgrnam(group)) == NULL) {
		log_error("[milter] socket_group: there is no group \"%s\"",
		    group);
		return EX_NOUSER;
	}
	if ((gr != NULL && chown(path, (uid_t)-1, gr->gr_gid) < 0) ||
	    chmod(path, mode) < 0 || lstat(path, &st) < 0) {
		log_error("cannot give %s its group and mode: %s", path,
		    strerror(errno));
		return EX_NOPERM;
	}
	listening.path = mem_strdup(path);
	listening.device = st.st_dev;
	listening.inode = st.st_ino;
	return EX_OK;
}

/* open_socket - let libmilter listen, and find its descriptor */
static int
open_socket(const struct mta_milter *milter, const char *socket, int backlog)
{
	bool before[DESCRIPTORS];

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		before[fd] = is_listening(fd);
	if (!mta_milter_open(milter, socket, backlog)) {
		complain(socket);
		return EX_UNAVAILABLE;
	}
	listening.fd = find_descriptor(before);
	if (listening.fd < 0)
		log_warning("cannot find libmilter's socket: no TCP_NODELAY, "
			    "and a stop will cut sessions off");
	else
		no_delay(listening.fd);
	return EX_OK;
}

int
daemon_listen_open(const struct mta_milter *milter, const char *socket,
    const struct milter_settings *settings)
{
	const char *path = daemon_listen_path(socket);
	mode_t mode = (mode_t)strtol(settings->socket_mode, NULL, 8) & 0777;
	mode_t old;
	int error;

	if (path == NULL)
		return open_socket(milter, socket, (int)settings->backlog);
	error = clear_path(path);
	if (error != EX_OK)
		return error;
	/* nobody gets in before the group is right */
	old = umask(0777);
	error = open_socket(milter, socket, (int)settings->backlog);
	umask(old);
	if (error != EX_OK)
		return error;
	return give_path(path, mode, settings->socket_group);
}

/* open_nowhere - a socket that listens where nobody looks, and never waits */
static int
open_nowhere(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	/* a name of no length: the kernel picks one outside the file system */
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&name, sizeof(sa_family_t)) < 0 ||
	    listen(fd, 1) < 0) {
		log_warning("cannot make a socket: %s", strerror(errno));
		return -1;
	}
	return fd;
}

/* move - the handler on libmilter's accepting thread */
static void
move(int signal)
{
	int saved = errno;

	(void)signal;
	dup2(listening.nowhere, listening.fd);
	sem_post(&listening.moved);
	errno = saved;
}

/* remove_path - unless somebody put another socket there */
static void
remove_path(void)
{
	struct stat st;

	if (listening.path == NULL || lstat(listening.path, &st) < 0 ||
	    st.st_dev != listening.device || st.st_ino != listening.inode)
		return;
	if (unlink(listening.path) < 0)
		log_debug("cannot remove %s: %s", listening.path,
		    strerror(errno));
}

void
daemon_listen_refuse(pthread_t server)
{
	struct sigaction action = { .sa_handler = move,
		.sa_flags = SA_RESTART };

	if (listening.fd < 0)
		return;
	remove_path();
	listening.nowhere = open_nowhere();
	if (listening.nowhere < 0)
		return;
	sem_init(&listening.moved, 0, 0);
	sigaction(REFUSE_SIGNAL, &action, NULL);
	if (pthread_kill(server, REFUSE_SIGNAL) != 0)
		return;
	while (sem_wait(&listening.moved) < 0)
		continue; /* EINTR */
}
