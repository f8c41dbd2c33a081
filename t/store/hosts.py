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


class Hosts:
    """store: lines of [store], and of [redis] behind them."""

    def __init__(self, folder, store, more):
        self.folder, self.store, self.more = folder, store, more
        self.clock = os.path.join(folder, "clock")
        os.makedirs(folder)
        self.move(0)

    def move(self, seconds):
        """The clock of all goes on."""
        fd = os.open(self.clock, os.O_RDWR | os.O_CREAT, 0o644)
        moved = struct.unpack("=q", os.pread(fd, 8, 0) or b"\0" * 8)[0]
        os.pwrite(fd, struct.pack("=q", moved + seconds), 0)
        os.close(fd)

    def start(self, name):
        return Host(self, name)


class Host:
    """One mailreeve; start() again after an end."""

    def __init__(self, hosts, name):
        self.folder = os.path.join(hosts.folder, name)
        os.makedirs(self.folder + "/store", exist_ok=True)
        self.path = self.folder + "/mailreeve.ini"
        with open(self.path, "w", encoding="ascii") as file:
            file.write(INI.format(folder=self.folder, store=hosts.store,
                                  more=hosts.more))
        self.environment = dict(os.environ, TEST_CLOCK=hosts.clock)
        self.process = None
        self.start()

    def start(self):
        with open(self.folder + "/log", "wb") as log:
            self.process = subprocess.Popen(
                [f"{BUILD}/t/mailreeve", "-f", "-c", self.path], stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, env=self.environment,
                preexec_fn=die_with_parent)
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

    def ctl(self, *arguments, status=0):
        """What mailreevectl prints; how it ended must be as it should."""
        done = subprocess.run(
            [f"{BUILD}/t/mailreevectl", "-c", self.path, *arguments],
            env=self.environment, capture_output=True, text=True,
            check=False, timeout=60)
        if done.returncode != status:
            return f"status {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    def sessions(self):
        """How many there are now."""
        return json.loads(self.ctl("--json", "stats"))["counters"][
            "sessions_now"]

    def mta(self):
        """A connection that has negotiated."""
        mta = Mta(self.folder + "/socket", 60)
        mta.negotiate()
        return mta
