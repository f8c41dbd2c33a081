#!/usr/bin/python3
"""start.t - how the daemon starts, as whom, where it listens, and how it
says that it cannot."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402
import services  # noqa: E402
import world  # noqa: E402
from wire import Mta  # noqa: E402

OK, USAGE, NOUSER, UNAVAILABLE, CANTCREAT, CONFIG = 0, 64, 67, 69, 73, 78


def mailreeve(*words):
    """Run it to its end, or to that of the starter: a finished process."""
    return subprocess.run([bed.PROGRAM, *words], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, check=False)


class Background:
    """A daemon as root starts it at boot."""

    def __init__(self, folder, more=""):
        self.folder = folder
        self.ini = os.path.join(folder, "mailreeve.ini")
        self.pid_file = f"{folder}/run/pid"
        self.socket = f"{folder}/run/socket"
        world.write(self.ini, f"[milter]\nsocket = unix:{self.socket}\n"
                    f"pid_file = {self.pid_file}\n"
                    f"control = {folder}/run/control\n{more}\n{bed.BLOCK}"
                    f"[store]\npath = {folder}/store\n")

    def start(self, *more):
        return mailreeve("-c", self.ini, *more)

    @property
    def pid(self):
        with open(self.pid_file, encoding="ascii") as f:
            return int(f.read())

    def stop(self, number=signal.SIGTERM):
        """Whether it ended."""
        pid = self.pid
        os.kill(pid, number)
        return bed.wait_until(lambda: not running(pid))

    def answers(self):
        with Mta(self.socket) as mta:
            return mta.negotiate()


def running(pid):
    """A process that is none, or a zombie, does not run."""
    try:
        return bed.status(pid)["State"][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def arguments(tap, folder):
    """What needs no daemon: versions, help, checks, prints, mistakes."""
    got = mailreeve("-v")
    tap.ok(got.returncode == OK and got.stdout.startswith("mailreeve "),
           "-v", got)
    tap.equal(mailreeve("--version").stdout, got.stdout, "--version")
    tap.ok("usage:" in mailreeve("--help").stdout, "--help")
    for words in (["-x"], ["extra"], ["-d"], ["-c"]):
        got = mailreeve(*words)
        tap.ok(got.returncode == USAGE and "usage:" in got.stderr,
               f"wrong: {words}", got)
    good, bad = f"{folder}/good.ini", f"{folder}/bad.ini"
    world.write(good, bed.BLOCK)
    world.write(bad, "[milter]\nsocket = inet:1@127.0.0.1\nsokcet = x\n")
    tap.equal(mailreeve("-n", "-c", good).returncode, OK, "-n, good")
    got = mailreeve("-n", "-c", bad)
    tap.ok(got.returncode == CONFIG and f"{bad}:3: error:" in got.stderr
           and "socket" in got.stderr, "-n, bad: file, line, nearest name",
           got)
    got = mailreeve("-n", "-c", f"{folder}/missing.ini")
    tap.equal(got.returncode, CONFIG, "-n, missing")
    got = mailreeve("-C", "-c", good)
    tap.ok("block_senders = inline:{bad@sender.test}" in got.stdout
           and "backlog" not in got.stdout, "-C", got)
    got = mailreeve("-C", "-d", "-c", good)
    tap.ok("backlog = 512" in got.stdout, "-C -d", got)
    got = mailreeve("-c", bad)
    tap.ok(got.returncode == CONFIG and f"{bad}:3: error:" in got.stderr,
           "a start with a bad ini says so on the terminal", got)


def background(tap, folder):
    """As root: pid file, folder, privileges, syslog, one at a time."""
    log = services.MailLog()
    daemon = Background(folder)
    got = daemon.start()
    tap.ok(got.returncode == OK and got.stderr == "", "starts", got)
    tap.ok(daemon.answers(), "and serves at once")
    tap.ok(log.wait_for(rf"mailreeve\[{daemon.pid}\]: .*serves on"),
           "which is in syslog", log.lines)
    now = bed.status(daemon.pid)
    tap.equal(now["Uid"], ["103"] * 4, "user mailreeve")
    tap.equal(now["Gid"], ["103"] * 4, "group mailreeve")
    tap.equal(now["Groups"], ["103"], "no other group")
    for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        tap.equal(now[kind], ["0" * 16], f"no capability: {kind}")
    tap.equal(now["NoNewPrivs"], ["1"], "and no way to get any")
    tap.equal(os.readlink(f"/proc/{daemon.pid}/fd/2"), "/dev/null",
              "stderr is nowhere")
    tap.equal(os.readlink(f"/proc/{daemon.pid}/cwd"), "/", "folder /")
    first = daemon.pid
    got = daemon.start()
    tap.ok(got.returncode == UNAVAILABLE
           and f"already running as process {first}" in got.stderr,
           "a second one does not start", got)
    tap.ok(running(first) and daemon.answers(), "the first one goes on")
    os.kill(first, signal.SIGUSR1)
    tap.ok(log.wait_for("reloaded"), "reloads in its folder /", log.lines)
    tap.ok(daemon.stop(), "stops")
    tap.equal(os.listdir(f"{folder}/run"), [], "and leaves nothing")
    since = len(log.lines)
    with subprocess.Popen([bed.PROGRAM, "-f", "-S", "-c", daemon.ini],
                          stdin=subprocess.DEVNULL) as kept:
        tap.ok(log.wait_for(rf"mailreeve\[{kept.pid}\]: .*serves on", since),
               "-f -S: in the foreground, and in syslog", log.lines[since:])
        kept.terminate()


def closed(tap, folder):
    """A starter that has closed the standard descriptors."""
    daemon = Background(folder)
    code = subprocess.run(["sh", "-c", f"exec {bed.PROGRAM} -c {daemon.ini} "
                           "<&- >&- 2>&-"], check=False).returncode
    tap.equal(code, OK, "starts without standard descriptors")
    tap.ok(daemon.answers(), "and serves")
    for fd in range(3):
        tap.equal(os.readlink(f"/proc/{daemon.pid}/fd/{fd}"), "/dev/null",
                  f"descriptor {fd} is nowhere")
    tap.ok(daemon.stop(), "stops")


def leftovers(tap, folder):
    """After kill -9; and things in the way that are not ours."""
    daemon = Background(folder)
    daemon.start()
    os.kill(daemon.pid, signal.SIGKILL)
    bed.wait_until(lambda: not running(daemon.pid))
    tap.ok(os.path.exists(daemon.socket), "killed: the socket is left")
    got = daemon.start()
    tap.ok(got.returncode == OK and daemon.answers(), "it starts again", got)
    os.unlink(daemon.socket)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(daemon.socket)
        other.listen()
        tap.ok(daemon.stop(), "stops")
        tap.ok(os.path.exists(daemon.socket),
               "another's socket at its path is left alone")
        got = daemon.start()
        tap.ok(got.returncode == UNAVAILABLE and "another" in got.stderr,
               "a socket that somebody listens on is not taken", got)
        tap.ok(os.path.exists(daemon.socket), "nor removed")
    os.unlink(daemon.socket)
    world.write(daemon.socket, "text")
    got = daemon.start()
    tap.ok(got.returncode == CANTCREAT and "no socket" in got.stderr,
           "a file is not replaced", got)
    with open(daemon.socket, encoding="ascii") as f:
        tap.equal(f.read(), "text", "and stays what it was")


def sockets(tap, folder):
    """Mode and group of a Unix socket; reasons when TCP is not to be had."""
    for number, (mode, group, gid) in enumerate((
            ("0660", "postfix", 101), ("0666", "", 103), ("0600", "mail", 8))):
        daemon = Background(f"{folder}/{number}", f"socket_mode = {mode}\n"
                            f"socket_group = {group}\n")
        os.umask(0o077 if number else 0)
        tap.equal(daemon.start().returncode, OK, f"{mode} {group}: starts")
        os.umask(0o022)
        got = os.stat(daemon.socket)
        tap.equal(oct(stat.S_IMODE(got.st_mode)), oct(int(mode, 8)), "mode")
        if group:
            tap.equal(got.st_gid, gid, "group")
        control = os.stat(f"{folder}/{number}/run/control")
        tap.equal((control.st_uid, oct(stat.S_IMODE(control.st_mode))),
                  (103, "0o600"), "the control socket is the daemon's only")
        daemon.stop()
    daemon = Background(f"{folder}/x", "socket_group = nosuchgroup\n")
    tap.equal(daemon.start().returncode, NOUSER, "an unknown group")
    daemon = Background(f"{folder}/y", "user = nosuchuser\n")
    got = daemon.start()
    tap.ok(got.returncode == NOUSER and "nosuchuser" in got.stderr,
           "an unknown user", got)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 18891))
        other.listen()
        got = daemon_on(folder, "inet:18891@127.0.0.1")
        tap.ok(got.returncode == UNAVAILABLE
               and "Address already in use" in got.stderr,
               "a TCP port in use", got)
    for where in ("inet:18892@192.0.2.1", "inet:port@127.0.0.1",
                  "inet:18892@no.such.host", "unix:/no/such/folder/socket",
                  "unix:/" + "x" * 200, "what:is@this", "inet6:18892@[::2]"):
        got = daemon_on(folder, where)
        tap.ok(got.returncode in (UNAVAILABLE, CONFIG)
               and "error: " in got.stderr, f"cannot listen on {where[:40]}",
               got)


def daemon_on(folder, where):
    daemon = Background(f"{folder}/z", "user =\n")
    return mailreeve("-f", "-c", daemon.ini, "-s", where)


def foreground(tap, folder):
    """-f: no pid file, log to stderr, -s wins; as an ordinary user, too."""
    daemon = bed.Daemon(folder, milter=f"pid_file = {folder}/pid\nuser =")
    tap.ok(daemon.serves(), "serves")
    tap.ok(not os.path.exists(f"{folder}/pid"), "writes no pid file")
    tap.ok("running as root" in daemon.log(), "warns of being root")
    tap.equal(daemon.stop(), "", "ends well")
    daemon.start("-s", "inet:18893@127.0.0.1")
    with Mta(("127.0.0.1", 18893)) as mta:
        tap.ok(mta.negotiate(), "-s is where it listens")
    daemon.signal(signal.SIGINT)
    tap.equal(daemon.process.wait(), 0, "SIGINT ends it")
    os.chown(folder, 65534, 65534)
    shutil.rmtree(f"{folder}/store")
    log = f"{folder}/guest.log"
    # where the build stands, an ordinary user may not get
    program = shutil.copy(bed.PROGRAM, folder)
    with open(log, "wb") as f:
        guest = subprocess.Popen(
            [program, "-f", "-c", daemon.path], stdin=subprocess.DEVNULL,
            stdout=f, stderr=f, user=65534, group=65534, extra_groups=[])
    tap.ok(bed.wait_until(lambda: os.path.exists(daemon.address)),
           "an ordinary user may start it")
    bed.wait_until(lambda: " serves on " in read(log))
    tap.equal(bed.status(guest.pid)["Uid"], ["65534"] * 4, "as who it is")
    tap.ok(daemon.serves(), "and it serves")
    guest.terminate()
    tap.equal(guest.wait(), 0, "and ends")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def systemd(tap, folder):
    """What Type=notify waits for."""
    path = f"{folder}/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(path)
        notify.settimeout(20)
        os.environ["NOTIFY_SOCKET"] = path
        try:
            daemon = bed.Daemon(folder)
        finally:
            del os.environ["NOTIFY_SOCKET"]
        tap.ok(notify.recv(4096).startswith(b"READY=1\n"), "READY=1")
        daemon.signal(signal.SIGHUP)
        tap.ok(notify.recv(4096).startswith(b"RELOADING=1\n"), "RELOADING=1")
        tap.ok(notify.recv(4096).startswith(b"READY=1\n"), "and READY=1")
        daemon.signal(signal.SIGTERM)
        tap.ok(notify.recv(4096).startswith(b"STOPPING=1\n"), "STOPPING=1")
        tap.equal(daemon.process.wait(), 0, "ends well")


bed.run(arguments, background, closed, leftovers, sockets, foreground, systemd)
