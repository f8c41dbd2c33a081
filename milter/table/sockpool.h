/*
 * sockpool - connections to one server, kept and used again.
 */
#ifndef MAILREEVE_SOCKPOOL_H
#define MAILREEVE_SOCKPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct clock;
struct sockpool;

/* what came of a step of I/O */
enum sock {
	SOCK_OK,
	SOCK_CLOSED,  /* the other side hung up */
	SOCK_LATE,    /* the deadline passed */
	SOCK_REFUSED, /* nobody there, or unreachable */
};

/*
 * sockpool_unix, sockpool_inet - a pool for a path; for a host (name or
 * address) and port. A name is looked up now and never again, because
 * getaddrinfo(3) knows no deadline. NULL and *why when that fails.
 */
struct sockpool *sockpool_unix(const char *path, const char **why);
struct sockpool *sockpool_inet(const char *host, const char *port,
    const char **why);
/* sockpool_free - closes what is idle; nothing may be taken. */
void sockpool_free(struct sockpool *pool);

/*
 * sockpool_take - a connection for this thread alone, an idle one unless
 * fresh is asked for. *used tells an idle one: its server may have closed it
 * at any time, so one that fails before it answered proves nothing.
 */
enum sock sockpool_take(struct sockpool *pool, bool fresh,
    const struct clock *clock, int64_t deadline_ms, int *fd, bool *used);
/*
 * sockpool_begin - a new connection to the address of that number (from 0; a
 * host may have several), without waiting: it may be on its way, and whoever
 * writes or reads sees what became of it. SOCK_LATE: the queue of a local
 * server is full, try again a little later; SOCK_REFUSED; SOCK_CLOSED: there is
 * no such address. sockpool_drop() ends it.
 */
enum sock sockpool_begin(const struct sockpool *pool, size_t number, int *fd);
/* sockpool_give - back, in a state in which it can be used again. */
void sockpool_give(struct sockpool *pool, int fd);
/* sockpool_drop - close one that cannot. */
void sockpool_drop(int fd);

/* sock_write - all bytes. */
enum sock sock_write(int fd, const void *data, size_t length,
    const struct clock *clock, int64_t deadline_ms);
/* sock_read - some bytes, at least one, into *got. */
enum sock sock_read(int fd, void *data, size_t size, size_t *got,
    const struct clock *clock, int64_t deadline_ms);

#endif
