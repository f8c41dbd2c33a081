/*
 * daemon_privileges - from root to the user of [milter], for good.
 */
#ifndef MAILREEVE_DAEMON_PRIVILEGES_H
#define MAILREEVE_DAEMON_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/* whom to become; drop false: stay who we are */
struct daemon_identity {
	bool drop;
	const char *user;
	uid_t uid;
	gid_t gid;
};

/*
 * daemon_privileges_find - whom a daemon started as root becomes. user and
 * group are borrowed; user "" stays root, group "" is the user's own. Returns
 * an exit code of sysexits.h, after a line in the log when it is not EX_OK;
 * identity is who we are then.
 */
int daemon_privileges_find(const char *user, const char *group,
    struct daemon_identity *identity);
/* daemon_privileges_drop - become it, with no way back; an exit code. */
int daemon_privileges_drop(const struct daemon_identity *identity);
/*
 * daemon_privileges_folder - make the folder of path for that identity, if
 * root starts us and it is missing: /run is empty after a boot. Says nothing:
 * whoever needs the folder will.
 */
void daemon_privileges_folder(const char *path,
    const struct daemon_identity *identity);

#endif
