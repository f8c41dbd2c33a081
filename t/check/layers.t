#!/usr/bin/env python3
"""layers.t - includes point down, libraries are known in one place.

1. A quoted include names a header from milter/ or from the top, of the own
   folder or of a lower layer.
2. A policy knows no other policy, nor sessions or the daemon.
3. The header of an outside library is included by one source, or by sources
   of one name (ini.c, ini_file.c). Headers of libc are in LIBC; whatever is in
   neither list is an offence, so that no library comes in unseen.
4. Calls that have one place are made there only.
"""

import os.path
import re
import sys

from house import ROOT, Tap, code, read, sources

LAYERS = ["milter/base", "milter/table", "milter/service", "milter/reply",
          "milter/dns", "milter/spf", "milter/store", "milter/mime",
          "milter/scan", "milter/srs", "milter/policy",
          "policies", "milter/session", "milter/daemon",
          # mailreevectl and what it is made of
          "milter/state", "milter/feed", "milter/explain", "milter/tool"]
# what nobody else uses
APART = "milter/daemon"

LIBRARIES = re.compile(
    r"ini\.h|pcre2\.h|lmdb\.h|idn2\.h|jansson\.h|libmilter/|systemd/"
    r"|libpsl\.h|zip\.h|ares|hiredis/|spf2/|gmime/|microhttpd\.h|openssl/|cmocka\.h"
    r"|sanitizer/")
LIBC = set("""
    arpa/inet.h arpa/nameser.h ctype.h dirent.h dlfcn.h endian.h errno.h fcntl.h ftw.h
    getopt.h glob.h grp.h iconv.h inttypes.h libgen.h limits.h malloc.h math.h netdb.h
    netinet/in.h
    netinet/tcp.h poll.h pthread.h pwd.h regex.h sched.h semaphore.h setjmp.h
    signal.h spawn.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h
    stdint.h stdio.h stdlib.h string.h strings.h sys/epoll.h sys/eventfd.h
    sys/file.h sys/inotify.h sys/mman.h sys/prctl.h sys/queue.h sys/random.h
    sys/resource.h sys/socket.h sys/stat.h sys/syscall.h sys/time.h
    sys/timerfd.h sys/types.h sys/uio.h sys/un.h sys/wait.h sysexits.h
    syslog.h termios.h time.h unistd.h
    """.split())

# libraries that two sources of different names may include
SHARED = {"lmdb.h": {"store", "table"}}

# function -> the one file that may call it; None: nobody
PLACES = {
    "milter/base/clock.c": "clock_gettime gettimeofday time getrandom rand "
                           "random srand localtime localtime_r gmtime "
                           "gmtime_r mktime",
    "milter/base/mem.c": "malloc calloc realloc reallocarray strdup strndup "
                         "asprintf vasprintf",
    "milter/base/log.c": "openlog syslog vsyslog",
    None: "gets sprintf vsprintf strcat strtok system popen alloca setjmp "
          "gethostbyname inet_ntoa inet_aton",
}


def includes():
    """(path, line, header, quoted) of every include of the product."""
    for path in sources("milter", "policies"):
        for number, line in enumerate(read(path).split("\n"), 1):
            match = re.match(r'\s*#\s*include\s+(["<])([^">]+)', line)
            if match:
                yield path, number, match[2], match[1] == '"'


def home(header):
    """Where a quoted header lies, or None."""
    for path in (f"milter/{header}", header):
        if "/" in header and (ROOT / path).is_file():
            return path
    return None


def upward(path, header):
    """What is wrong with a quoted include, or None."""
    target = home(header)
    if target is None:
        return f"no milter/{header} and no {header}"
    mine, other = os.path.dirname(path), os.path.dirname(target)
    if mine == other:
        return None
    if other not in LAYERS:
        return f"{other} is no layer"
    if other == APART or LAYERS.index(other) > LAYERS.index(mine):
        return f"{mine} is below or beside {other}"
    return None


def stem(path):
    """"ini" of milter/service/ini_file.c: what sources of one name share."""
    return os.path.basename(path).split(".")[0].split("_")[0]


def strangers(path, header):
    """Whether a policy's source includes another policy's header."""
    return (path.startswith("policies/") and header.startswith("policies/")
            and header != "policies/registry.h" and stem(path) != stem(header))


def libraries():
    """Offences against one place for a library, and unknown headers."""
    users = {}
    for path, number, header, quoted in includes():
        if quoted or header in LIBC:
            continue
        library = LIBRARIES.match(header)
        if library is None:
            yield f"{path}:{number}: <{header}> is in no list"
        else:
            users.setdefault(library[0], set()).add(path)
    for library, paths in sorted(users.items()):
        places = {(os.path.dirname(path), stem(path)) for path in paths}
        if len(places) > 1 and {name for _, name in places} != \
                SHARED.get(library):
            yield f"<{library}>: {', '.join(sorted(paths))}"


def misplaced():
    """Calls of functions that have one place, elsewhere."""
    place = {name: file for file, names in PLACES.items()
             for name in names.split()}
    for path in sources("milter", "policies", ends=(".c",)):
        for number, line in enumerate(code(read(path)).split("\n"), 1):
            for name in re.findall(r"(?<![\w.>])(\w+)\s*\(", line):
                if name in place and place[name] != path:
                    yield f"{path}:{number}: {name}()"


def main():
    """All of it."""
    tap = Tap()
    quoted = [row for row in includes() if row[3]]
    tap.check("there are includes to look at",
              [] if len(quoted) > 50 else [f"only {len(quoted)}"])
    tap.check("quoted includes point down",
              (f"{path}:{number}: \"{header}\": {upward(path, header)}"
               for path, number, header, _ in quoted if upward(path, header)))
    tap.check("policies do not know each other",
              (f"{path}:{number}: \"{header}\""
               for path, number, header, _ in quoted
               if strangers(path, header)))
    tap.check("each library is included in one place", libraries())
    tap.check("calls that have one place are made there", misplaced())
    return tap.done()


sys.exit(main())
