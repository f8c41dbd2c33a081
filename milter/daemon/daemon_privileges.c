/*
 * daemon_privileges - from root to the user of [milter], for good.
 *
 * A daemon that root starts opens its sockets and its pid file as root and
 * serves without a privilege left: other groups, ids, and whatever a set-id
 * program could give. One that somebody else starts runs as who it is.
 */
#include "daemon/daemon_privileges.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

/* complain - of a name that does not exist */
static int
complain(const char *what, const char *name)
{
	log_error(
	    "[milter] %s: there is no %s \"%s\": make it, or name another",
	    what, what, name);
	return EX_NOUSER;
}

int
daemon_privileges_find(const char *user, const char *group,
    struct daemon_identity *identity)
{
	const struct passwd *pw;
	const struct group *gr;

	*identity = (struct daemon_identity){ .user = user,
		.uid = geteuid(),
		.gid = getegid() };
	if (geteuid() != 0 || user[0] == '\0')
		return EX_OK;
	pw = getpwnam(user);
	if (pw == NULL)
		return complain("user", user);
	gr = group[0] != '\0' ? getgrnam(group) : NULL;
	if (group[0] != '\0' && gr == NULL)
		return complain("group", group);
	identity->drop = pw->pw_uid != 0;
	identity->uid = pw->pw_uid;
	identity->gid = gr != NULL ? gr->gr_gid : pw->pw_gid;
	return EX_OK;
}

int
daemon_privileges_drop(const struct daemon_identity *identity)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		log_warning("cannot give up set-id programs: %s",
		    strerror(errno));
	if (geteuid() != 0)
		return EX_OK;
	if (!identity->drop) {
		log_warning("running as root: set [milter] user");
		return EX_OK;
	}
	if (initgroups(identity->user, identity->gid) < 0 ||
	    setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
	    setresuid(identity->uid, identity->uid, identity->uid) < 0) {
		log_error("cannot become user %s: %s", identity->user,
		    strerror(errno));
		return EX_NOPERM;
	}
	if (setuid(0) == 0) {
		log_error("could become root again after becoming user %s",
		    identity->user);
		return EX_SOFTWARE;
	}
	return EX_OK;
}

void
daemon_privileges_folder(const char *path,
    const struct daemon_identity *identity)
{
	char *copy = mem_strdup(path);
	const char *folder = dirname(copy);

	if (geteuid() == 0 && mkdir(folder, 0755) == 0 &&
	    chown(folder, identity->uid, identity->gid) < 0)
		log_warning("cannot give %s to user %s: %s", folder,
		    identity->user, strerror(errno));
	mem_free(copy);
}
