"""daemon - a mailreeve with one ini, as a milter for the tests."""

import os
import re
import signal
import struct
import subprocess
import time

from world import REPO, write

BUILD = os.path.join(REPO, os.environ.get("BUILD", ".build"))
SOCKET = "/run/milter/socket"
REPORTS = re.compile(r"Sanitizer|runtime error:|panic|fatal:")
PATIENCE = 20  # seconds


class Broken(Exception):
    """The daemon did not start, or not as it should."""


# without a name server to ask, nobody is asked
NO_DNS = """
[sender]
no_mx = no
null_mx = no
private_mx = no
[rdns]
enabled = no
[spf]
enabled = no
"""


class Daemon:
    """Runs from its making until stop(). folder holds its files.

    It listens on a name of its own, which is then renamed to SOCKET, where
    the mail server looks for it. So the next one can take over at once,
    while this one still ends.
    """

    count = 0

    program = "mailreeve"
    environment = None

    def __init__(self, ini, folder, socket=None):
        """socket: where to listen instead, in libmilter's spelling."""
        Daemon.count += 1
        self.folder = folder
        path = f"{SOCKET}.{Daemon.count}"
        self.ini = os.path.join(folder, "mailreeve.ini")
        self.log_path = os.path.join(folder, "mailreeve.log")
        self.lived = True  # until begin_to_stop(); None: killed by a test
        os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
        self.configure(ini)
        os.symlink(os.path.join(REPO, "etc/replies"),
                   os.path.join(folder, "replies"))
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [f"{BUILD}/{self.program}", "-f", "-c", self.ini,
                 "-s", socket or f"unix:{path}"], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE
        while " serves on " not in self.log():
            if not self.alive() or time.monotonic() > end:
                raise Broken("mailreeve does not start:\n" + self.log())
            time.sleep(0.002)
        if not socket:
            os.rename(path, SOCKET)

    def configure(self, ini):
        """Write the ini; reload() makes it hold. What is added stands
        behind it, so that line numbers stay."""
        added = {"pid_file": f"{self.folder}/pid",
                 "control": f"{self.folder}/control", "socket_mode": "0666"}
        if "[dns]" not in ini and NO_DNS not in ini:
            ini += NO_DNS
        if not re.search(r"(?m)^\[store\]\n([^\[].*\n|\n)*path\b", ini):
            ini += f"\n[store]\npath = {self.folder}/store\n"
            # the daemon has given up root's rights when it opens it
            os.makedirs(f"{self.folder}/store", exist_ok=True)
            os.chmod(f"{self.folder}/store", 0o777)
        write(self.ini, ini + "\n[milter]\n" + "".join(
            f"{key} = {value}\n" for key, value in added.items()
            if key not in ini))

    def reload(self):
        self.process.send_signal(signal.SIGUSR1)

    def alive(self):
        return self.process.poll() is None

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def logged(self, pattern, seconds=2):
        """The first log line that matches, waiting for it; or None."""
        end = time.monotonic() + seconds
        while True:
            for line in self.log().splitlines():
                if re.search(pattern, line):
                    return line
            if time.monotonic() > end:
                return None
            time.sleep(0.01)

    def kill(self):
        """An end that a test wants; it need not be checked."""
        self.lived = None
        self.process.kill()
        self.process.wait()

    def begin_to_stop(self):
        self.lived = self.alive()
        self.process.terminate()

    def stop(self):
        """Wait for the end; gives what was wrong with it, "" for nothing."""
        if self.lived and self.alive():
            self.begin_to_stop()
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "mailreeve does not stop"
        if not self.lived or status != 0:
            return f"mailreeve ended with {status}:\n{self.log()}"
        if REPORTS.search(self.log()):
            return "mailreeve reports:\n" + self.log()
        return ""


class MovableDaemon(Daemon):
    """One whose wall clock can be moved (t/lib/moved_clock.c)."""

    program = "t/mailreeve"

    def __init__(self, ini, folder):
        self.moved = 0
        self.clock = os.path.join(folder, "clock")
        self.environment = dict(os.environ, TEST_CLOCK=self.clock)
        self.advance(0)
        super().__init__(ini, folder)

    def advance(self, seconds):
        """The file keeps its length: who has mapped it sees it whole."""
        self.moved += seconds
        fd = os.open(self.clock, os.O_WRONLY | os.O_CREAT, 0o644)
        os.pwrite(fd, struct.pack("=q", self.moved), 0)
        os.close(fd)
