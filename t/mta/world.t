#!/usr/bin/python3
"""world.t - a mail server's test leaves nothing behind, however it ends.

Starts each mail server in a world, ends the test in the middle, and looks
for processes, files, mounts and listening ports that were not there before.
"""

import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import world  # noqa: E402
from catalog import MTAS  # noqa: E402
from tap import Tap  # noqa: E402

PLACES = ("/etc/passwd", "/etc/hosts", "/etc/postfix", "/etc/mail",
          "/etc/sasl2", "/etc/ssl", "/run/cases", "/run/mail", "/run/milter",
          "/run/postfix", "/run/saslauthd", "/dev/log", "/var/spool/postfix",
          "/var/spool/mqueue", "/var/mail")
OURS = {f":{port:04X}" for port in (2525, 2526, 587)}
# the test to be interrupted: it tells which process namespace is its own
VICTIM = f"""
import os, sys, time
sys.path.insert(0, {HERE!r})
import host, world
def main():
    here = host.Host(sys.argv[1])
    with here.session() as session:
        session.mail("<a@sender.test>")
        print(os.readlink("/proc/self/ns/pid"), flush=True)
        time.sleep(60)
world.run(main)
"""


def listening():
    with open("/proc/net/tcp", encoding="ascii") as f:
        return {line.split()[1] for line in f if line.split()[3] == "0A"}


def state(path):
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def places():
    """When each was last changed; 0 for what is not there."""
    return {path: getattr(state(path), "st_mtime_ns", 0) for path in PLACES}


def mounts():
    with open("/proc/self/mounts", encoding="utf-8") as f:
        return f.read()


def lives_in(pid, namespace):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8",
                  errors="replace") as f:
            dead = f.read().rpartition(")")[2].split()[0] in "ZX"
        return not dead and os.readlink(f"/proc/{pid}/ns/pid") == namespace
    except OSError:
        return False


def processes(namespace):
    """How many live in it. Dead ones only wait for the machine's init."""
    return sum(lives_in(pid, namespace)
               for pid in filter(str.isdigit, os.listdir("/proc")))


def heed():
    """In the child: Ctrl-C counts, though who began all this may be a shell
    in whose background it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupt(mta, sig, tap):
    what = f"{mta}, {sig.name}"
    before, ports = (places(), mounts()), listening()
    victim = subprocess.Popen([sys.executable, "-c", VICTIM, mta],
                              stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL,
                              start_new_session=True, preexec_fn=heed)
    namespace = victim.stdout.readline().strip()
    tap.ok(processes(namespace) > 2, f"{what}: it runs", namespace)
    tap.ok(not OURS & {at[8:] for at in listening() - ports},
           f"{what}: its ports are not the machine's")
    if sig == signal.SIGINT:  # as a terminal does: to all in the foreground
        os.killpg(victim.pid, sig)
    else:
        victim.send_signal(sig)
    victim.wait()
    end = time.monotonic() + 5
    while processes(namespace) and time.monotonic() < end:
        time.sleep(0.02)
    tap.equal(processes(namespace), 0, f"{what}: no process is left")
    tap.equal((places(), mounts()), before, f"{what}: nor a file, nor a mount")


def main():
    tap = Tap()
    for mta in MTAS:
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            interrupt(mta, sig, tap)
    return tap.finish()


if __name__ == "__main__":
    world.become_root()
    sys.exit(main())
