/*
 * store_redis_script - the operations of the store, in Lua, for Redis.
 *
 * Each script has one key. Time is an argument; scripts never ask for it.
 * What they take and give stands with each in store_redis_script.c.
 */
#ifndef MAILREEVE_STORE_REDIS_SCRIPT_H
#define MAILREEVE_STORE_REDIS_SCRIPT_H

enum script {
	SCRIPT_WINDOW,
	SCRIPT_TRIPLET,
	SCRIPT_ENTRY,
	SCRIPT_LEASE,
	SCRIPT_SCORE,
	SCRIPT_SHOW, /* what a key holds, for tools */
	SCRIPTS,
};

/* script_text - in Lua */
const char *script_text(enum script script);
/* script_name - as Redis calls it once it has seen the text */
const char *script_name(enum script script);

#endif
