/*
 * control_store - operations on the store for mailreevectl.
 */
#ifndef MAILREEVE_CONTROL_STORE_H
#define MAILREEVE_CONTROL_STORE_H

struct json;
struct store;

/*
 * control_store - the command "store" of control.h; "ok" and what it says go
 * into answer. store may be NULL: nothing is stored.
 */
void control_store(struct store *store, const struct json *request,
    struct json *answer);

#endif
