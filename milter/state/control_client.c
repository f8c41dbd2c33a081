/*
 * control_client - ask the running daemon (see daemon/control.h).
 *
 * A reload may read large tables, so the answer is waited for as long as it
 * takes; a daemon that dies closes the socket.
 */
#include "state/control_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "service/json.h"

/* dial - a connected socket, or -1 with errno */
static int
dial(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, saved;

	if (strlen(path) >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* say - the request's line; false with errno */
static bool
say(int fd, const struct json *request)
{
	char *text = json_print(request);
	struct str line = STR_INIT;
	bool sent;

	str_addf(&line, "%s\n", text);
	/* short enough for the socket's buffer: it goes as a whole */
	sent = send(fd, line.data, line.length, MSG_NOSIGNAL) ==
	       (ssize_t)line.length;
	str_fini(&line);
	mem_free(text);
	return sent;
}

/* hear - the answer's line; false when it does not come */
static bool
hear(int fd, struct str *line)
{
	char buffer[4096];

	for (;;) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		str_add_n(line, buffer, (size_t)n);
		if (buffer[n - 1] == '\n')
			return true;
	}
}

struct json *
control_client_request(const char *path, const struct json *request,
    struct str *error)
{
	struct json *answer = NULL;
	struct str line = STR_INIT;
	int fd = dial(path);

	if (fd < 0 || !say(fd, request)) {
		str_addf(error, "no daemon answers at %s: %s%s", path,
		    strerror(errno),
		    errno == EACCES ? " (be root, or the daemon's user)" : "");
	} else if (!hear(fd, &line)) {
		str_addf(error, "the daemon at %s hung up", path);
	} else {
		answer = json_parse(line.data, line.length);
		if (answer == NULL)
			str_addf(error, "the daemon at %s makes no sense",
			    path);
	}
	str_fini(&line);
	if (fd >= 0)
		close(fd);
	return answer;
}

struct json *
control_client_ask(const char *path, const char *command, struct str *error)
{
	struct json *request = json_new_object(), *answer;

	json_add_text(request, "command", command);
	answer = control_client_request(path, request, error);
	json_free(request);
	return answer;
}
