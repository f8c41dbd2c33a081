/*
 * control_client - ask the running daemon (see daemon/control.h).
 */
#ifndef MAILREEVE_CONTROL_CLIENT_H
#define MAILREEVE_CONTROL_CLIENT_H

struct json;
struct str;

/*
 * control_client_ask - one command to the daemon at that socket; its answer,
 * which the caller frees. NULL when there is none, with the reason for people
 * in error. The answer's "ok" tells whether the command came to anything.
 */
struct json *control_client_ask(const char *path, const char *command,
    struct str *error);
/* control_client_request - the same with a whole request, which is borrowed. */
struct json *control_client_request(const char *path,
    const struct json *request, struct str *error);

#endif
