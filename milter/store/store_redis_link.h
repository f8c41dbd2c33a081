/*
 * store_redis_link - one connection to a Redis server: bytes out, replies in.
 *
 * The only file (with its TLS part) that knows hiredis' connections. Nothing
 * here waits but link_open() and link_exchange(), which take a deadline. Not
 * locked: a link belongs to one thread, or its user locks it.
 *
 * Times are of the system's monotonic clock, in ms.
 */
#ifndef MAILREEVE_STORE_REDIS_LINK_H
#define MAILREEVE_STORE_REDIS_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link;
struct resp;
struct redisContext;

#define REDIS_HOST 256
struct redis_address {
	char host[REDIS_HOST]; /* or the path of a Unix socket */
	int port;              /* 0: a path */
};
#define REDIS_ADDRESS_TEXT (REDIS_HOST + 16)

/*
 * redis_address_next - the next of "host:port [::1]:port unix:/path" after
 * *cursor; a missing port is fallback. False at the end, or, with *why, when
 * it is no address.
 */
bool redis_address_next(const char **cursor, int fallback,
    struct redis_address *address, const char **why);
/* redis_address_text - as the admin writes it; returns out. */
char *redis_address_text(const struct redis_address *address, char *out,
    size_t size);
/* redis_address_is - whether both are written the same. */
bool redis_address_is(const struct redis_address *a,
    const struct redis_address *b);

enum link_io {
	LINK_FINE,
	LINK_CLOSED,  /* hung up, or never there */
	LINK_GARBAGE, /* no Redis, or a reply over budget */
	LINK_LATE,    /* link_exchange: the deadline passed */
};

/* TLS, for link_open(); redis_tls_new() fails when hiredis has none */
struct redis_tls;
struct redis_settings;
struct redis_tls *redis_tls_new(const struct redis_settings *settings,
    const char **why);
void redis_tls_free(struct redis_tls *tls);
bool redis_tls_start(struct redis_tls *tls, struct redisContext *context);

#define LINK_WHY 160

/*
 * link_open - connected by the deadline, or NULL and why. The budget of a
 * reply is in bytes. tls may be NULL. A host name is looked up by
 * getaddrinfo(3), which knows no deadline: not for a session's thread.
 */
struct link *link_open(const struct redis_address *address,
    struct redis_tls *tls, size_t budget, int64_t deadline_ms, char *why);
void link_close(struct link *link);
/* link_set_budget - of the replies from now on. */
void link_set_budget(struct link *link, size_t budget);
/* link_add - commands (store_redis_command.h) to what goes out with the next
 * write; false when more waits there than a server that lives would leave. */
bool link_add(struct link *link, const char *bytes, size_t length);
/* link_write - what the socket takes; *left tells that something is left. */
enum link_io link_write(struct link *link, bool *left);
/* link_has_input - whether something was read that link_next() did not give. */
bool link_has_input(const struct link *link);
/* link_read - what is there, without waiting. */
enum link_io link_read(struct link *link);
/* link_next - the next whole reply that was read, or NULL; it is the
 * caller's. */
struct resp *link_next(struct link *link, enum link_io *io);
/*
 * link_exchange - write what was added and wait for count replies. They are
 * the caller's also when not all came: the others are NULL. What is there at
 * the deadline is taken, also by a thread that got no time before.
 */
enum link_io link_exchange(struct link *link, size_t count,
    struct resp **replies, int64_t deadline_ms);
/* link_io_text - for logs. */
const char *link_io_text(enum link_io io);

#endif
