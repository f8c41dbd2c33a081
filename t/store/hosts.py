"""hosts - mailreeves that share a Redis, and the clock of all of them.

    hosts = Hosts(servers.folder + "/x", "servers = 127.0.0.1:6379", INI)
    one = hosts.start("one")
    hosts.move(3600)
"""

import json
import os
import signal
import struct
import subprocess
import sys

from play import BUILD, REPO
from servers import die_with_parent, wait_until

sys.path.append(os.path.join(REPO, "t/daemon"))

from wire import Mta  # noqa: E402 pylint: disable=C0413

INI = """\
[milter]
user =
socket = unix:{folder}/socket
control = {folder}/control
pid_file = {folder}/pid
[dns]
servers = 127.0.0.1:9
[sender]
enabled = no
[spf]
enabled = no
[rdns]
enabled = no
[tls]
enabled = no
[abuse]
enabled = no
[ratelimit]
enabled = no
[store]
path = {folder}/store
{store}
{more}
"""
REDIS = "backend = redis\n[redis]\n"


def move(clock, seconds):
    """A clock, of all hosts that have it, goes on."""
    fd = os.open(clock, os.O_RDWR | os.O_CREAT, 0o644)
    moved = struct.unpack("=q", os.pread(fd, 8, 0) or b"\0" * 8)[0]
    os.pwrite(fd, struct.pack("=q", moved + seconds), 0)
    os.close(fd)


class Hosts:
    """store: lines of [store], and of [redis] behind them."""

    def __init__(self, folder, store, more):
        self.folder, self.store, self.more = folder, store, more
        self.clock = os.path.join(folder, "clock")
        os.makedirs(folder)
        self.move(0)

    def move(self, seconds):
        """The clock of all goes on."""
        move(self.clock, seconds)

    def start(self, name):
        return Host(self, name)


class Mailreeve:
    """One in a folder of its own; start() again after an end. clock: a file
    that moves its wall clock."""

    def __init__(self, folder, ini, clock=None):
        self.folder = folder
        self.path = folder + "/mailreeve.ini"
        os.makedirs(folder + "/store", exist_ok=True)
        with open(self.path, "w", encoding="ascii") as file:
            file.write(ini)
        self.programs = BUILD
        self.environment = dict(os.environ)
        if clock:
            self.programs += "/t"
            self.environment["TEST_CLOCK"] = clock
        self.process = None
        self.start()

    def start(self):
        with open(self.folder + "/log", "wb") as log:
            self.process = subprocess.Popen(
                [f"{self.programs}/mailreeve", "-f", "-c", self.path],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env=self.environment, preexec_fn=die_with_parent)
        wait_until("mailreeve", lambda: " serves on " in self.log())

    def log(self):
        with open(self.folder + "/log", encoding="utf-8") as file:
            return file.read()

    def kill(self):
        """As if the power went."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(30)

    def ctl(self, *arguments, given="", status=0):
        """What mailreevectl prints; how it ended must be as it should."""
        done = subprocess.run(
            [f"{self.programs}/mailreevectl", "-c", self.path, *arguments],
            env=self.environment, input=given, capture_output=True, text=True,
            check=False, timeout=60)
        if done.returncode != status:
            return f"status {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout


class Host(Mailreeve):
    """One of those that share a store."""

    def __init__(self, hosts, name):
        folder = os.path.join(hosts.folder, name)
        super().__init__(folder, INI.format(
            folder=folder, store=hosts.store, more=hosts.more), hosts.clock)

    def sessions(self):
        """How many there are now."""
        return json.loads(self.ctl("--json", "stats"))["counters"][
            "sessions_now"]

    def mta(self):
        """A connection that has negotiated."""
        mta = Mta(self.folder + "/socket", 60)
        mta.negotiate()
        return mta
