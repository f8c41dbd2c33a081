"""world - a private machine for one test: real mail servers, nothing shared.

A child process in namespaces of its own: no network but its own loopback
(so that any port and any client address is free to use), its own /etc, /dev,
/run and /var/spool in memory, its own host name, its own processes. Neither
a server's configuration nor its queue, pid file or log can be the machine's,
and whatever ends the test, the kernel then ends every process and forgets
every file in it.

    world.run(main)           run main() in a world, exit with its status
    world.start(main) -> pid  the same beside us; os.waitpid() it

Root makes a world directly. Others need sudo without a password, or user
namespaces with subordinate ids (package uidmap, /etc/subuid).
"""

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import traceback

HOSTNAME = "mx.example.test"
NETWORKS = ("203.0.113.1/24", "198.51.100.1/24")
REPO = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1

WAYS_TO_ROOT = (["unshare", "--map-root-user", "--map-auto"],
                ["sudo", "-n", "--preserve-env"])

libc = ctypes.CDLL(None, use_errno=True)

PASSWD = """\
root:x:0:0:root:/:/bin/sh
mail:x:8:8:mail:/:/usr/sbin/nologin
postfix:x:101:101:postfix:/:/usr/sbin/nologin
mailreeve:x:103:103:mailreeve:/:/usr/sbin/nologin
guest:x:65534:65534:guest:/:/usr/sbin/nologin
"""
GROUP = """\
root:x:0:
tty:x:5:
mail:x:8:
postfix:x:101:
postdrop:x:102:
mailreeve:x:103:
nogroup:x:65534:
"""
ETC = {
    "passwd": PASSWD,
    "group": GROUP,
    "hosts": f"127.0.0.1 localhost\n::1 localhost\n203.0.113.1 {HOSTNAME}\n",
    "hostname": HOSTNAME + "\n",
    "resolv.conf": "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n"
                     "services: files\nprotocols: files\n",
    "aliases": "postmaster: root\n",
}
# of the machine's /etc, what programs cannot do without
ETC_KEPT = ("ld.so.cache", "services", "protocols", "localtime",
            "alternatives", "ssl/openssl.cnf", "mime.types")


def check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def mount(source, target, kind=None, flags=0, data=None):
    def text(value):
        return None if value is None else value.encode()
    check(libc.mount(text(source), text(target), text(kind),
                     ctypes.c_ulong(flags), text(data)), f"mount {target}")


def end_with_parent(sig):
    libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(sig))


def write(path, text, mode=0o644):
    """Write a small file, with its folders."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def make_dev():
    """A /dev with the harmless devices only; /dev/log will be ours."""
    new = "/run/dev"
    os.makedirs(new + "/shm")
    for name in ("null", "zero", "full", "random", "urandom"):
        write(f"{new}/{name}", "")
        mount(f"/dev/{name}", f"{new}/{name}", flags=MS_BIND)
    for name, target in (("fd", "fd"), ("stdin", "fd/0"),
                         ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink("/proc/self/" + target, f"{new}/{name}")
    mount(new, "/dev", flags=MS_BIND | MS_REC)


def make_etc():
    """An /etc with made-up users and hosts, and no mail server's files."""
    new = "/run/etc"
    for name in ETC_KEPT:
        old, to = os.path.join("/etc", name), os.path.join(new, name)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        if os.path.isdir(old):
            shutil.copytree(old, to, symlinks=True)
        elif os.path.exists(old):
            shutil.copy(old, to)
    for name, text in ETC.items():
        write(f"{new}/{name}", text)
    mount(new, "/etc", flags=MS_BIND)


def set_up():
    """Turn fresh namespaces into a small mail host."""
    os.umask(0o022)
    mount(None, "/", flags=MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc")
    for folder in ("/run", "/var/spool"):
        mount("tmpfs", folder, "tmpfs", data="mode=755")
    make_dev()
    make_etc()
    check(libc.sethostname(HOSTNAME.encode(), len(HOSTNAME)), "sethostname")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for network in NETWORKS:
        subprocess.run(["ip", "addr", "add", network, "dev", "lo"], check=True)
    os.makedirs("/run/tmp")
    os.chmod("/run/tmp", 0o1777)
    for name in [n for n in os.environ if n.startswith(("LC_", "LANG"))]:
        del os.environ[name]
    os.environ.update(TMPDIR="/run/tmp", HOME="/run", TZ="UTC",
                      PATH="/usr/sbin:/usr/bin:/sbin:/bin")
    # servers close all that may be open; some machines allow a million
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))


def add_client_address(address):
    """Let a test connect from this IPv6 address (IPv4 networks are there)."""
    subprocess.run(["ip", "-6", "addr", "replace", address + "/128", "dev",
                    "lo", "nodad"], check=True)


def guarded(function):
    """Call function(), give its exit status, print what it raised."""
    try:
        return function() or 0
    except SystemExit as e:
        if isinstance(e.code, str):
            print(e.code, file=sys.stderr)
        return e.code if isinstance(e.code, int) else 1
    except KeyboardInterrupt:
        return 130
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def first_process(main):
    def go():
        set_up()
        return main()
    os._exit(guarded(go))


def keeper(main):
    """Make the namespaces, their first process, and wait for it."""
    end_with_parent(signal.SIGKILL)
    try:
        check(libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC
                           | CLONE_NEWPID | CLONE_NEWNET), "unshare")
    except PermissionError as e:
        sys.exit(f"{e}: mail servers are tested in namespaces, which this "
                 "machine (a container?) does not let us make")
    pid = os.fork()
    if pid == 0:
        end_with_parent(signal.SIGKILL)
        first_process(main)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255


def start(main):
    """Run main() in a new world beside us; gives the process to wait for."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os._exit(guarded(lambda: keeper(main)))
    return pid


def works(command):
    """Can it be run, without a question?"""
    return shutil.which(command[0]) is not None and subprocess.run(
        command + ["true"], stdin=subprocess.DEVNULL, capture_output=True,
        check=False).returncode == 0


def become_root():
    """Run this program again as root of a user namespace, or as root."""
    if os.geteuid() == 0:
        return
    for way in WAYS_TO_ROOT:
        if works(way):
            os.execvp(way[0], way + [sys.executable] + sys.argv)
    sys.exit("mail servers need root, sudo without a password, or user "
             "namespaces with subordinate ids (package uidmap, /etc/subuid)")


def run(main):
    """Run main() in a world and exit with its status."""
    end_with_parent(signal.SIGTERM)
    become_root()
    pid = start(main)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
