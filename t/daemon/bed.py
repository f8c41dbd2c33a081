"""bed - the daemon in a world of its own, on the milter protocol.

A test is a list of functions; each gets a Tap and a folder of its own, and
runs as root in one world (t/mta/world.py) with made-up users. BUILD names the
build folder, so that the same tests run on instrumented programs.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time

REPO = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(REPO, "t/mta"))

import world  # noqa: E402
from tap import Tap  # noqa: E402
from wire import Mta  # noqa: E402

BUILD = os.path.join(REPO, os.environ.get("BUILD", ".build"))
PROGRAM = os.path.join(BUILD, "mailreeve")
LOAD = os.path.join(BUILD, "t/milterload")
SANITIZED = BUILD != os.path.join(REPO, ".build")
REPORTS = re.compile(r"Sanitizer|runtime error:|FATAL")
PATIENCE = 30

BLOCK = """\
[access]
block_senders = inline:{bad@sender.test}
[replies]
access.sender = 550 5.7.1 sender blocked
[spf]
enabled = no
"""


def wait_until(true, seconds=PATIENCE):
    """Whether true() became so in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def status(pid):
    """/proc/PID/status as a dictionary of words."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return {line.split(":")[0]: line.split(":")[1].split() for line in f}


class Daemon:
    """A mailreeve in the foreground, with an ini, in a folder."""

    preexec = None  # what its process calls first; a world needs nothing

    def __init__(self, folder, ini=BLOCK, milter="user =", socket=None):
        """milter: lines of its section; socket: TCP port in place of a
        Unix socket in the folder."""
        self.folder = folder
        self.path = os.path.join(folder, "mailreeve.ini")
        self.log_path = os.path.join(folder, "log")
        self.control = os.path.join(folder, "control")
        if socket:
            self.address, self.where = ("127.0.0.1",
                                        socket), f"inet:{socket}@127.0.0.1"
        else:
            self.address = os.path.join(folder, "socket")
            self.where = "unix:" + self.address
        self.milter = milter
        self.configure(ini)
        self.process = None
        self.since = 0  # where in the log the last start is
        self.start()

    def configure(self, ini):
        if "[store]" not in ini:
            ini += f"\n[store]\npath = {self.folder}/store\n"
        world.write(self.path, f"[milter]\nsocket = {self.where}\n"
                    f"control = {self.control}\n{self.milter}\n{ini}")

    def start(self, *more):
        with open(self.log_path, "ab") as log:
            self.since = log.tell()
            self.process = subprocess.Popen(
                [PROGRAM, "-f", "-c", self.path, *more],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=self.preexec)
        if not self.logged(" serves on "):
            raise RuntimeError("mailreeve does not start:\n" + self.log())

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.poll() is None

    def log(self):
        """Since the last start."""
        with open(self.log_path, "rb") as f:
            f.seek(self.since)
            return f.read().decode("utf-8", "replace")

    def logged(self, pattern, seconds=PATIENCE):
        """The first line that matches, waiting for it; None."""
        found = []

        def look():
            found[:] = [line for line in self.log().splitlines()
                        if re.search(pattern, line)]
            return found or not self.alive()
        wait_until(look, seconds)
        return found[0] if found else None

    def mta(self, seconds=20):
        return Mta(self.address, seconds)

    def serves(self, seconds=20):
        """Whether a usual session is judged as it should be."""
        with self.mta(seconds) as mta:
            if not mta.negotiate():
                return False
            mta.greet()
            good = mta.message()[-1] == "c"
            return good and mta.message("<bad@sender.test>")[1] == \
                "y 550 5.7.1 sender blocked"

    def ask(self, command):
        """The control socket's answer."""
        with Mta(self.control) as client:
            client.raw(json.dumps({"command": command}).encode() + b"\n")
            return json.loads(client.socket.makefile().readline())

    def sessions(self):
        return self.ask("stats")["counters"]["sessions_now"]

    def signal(self, number):
        self.process.send_signal(number)

    def begin_load(self, *words):
        """The load generator on this daemon; load_result() waits."""
        return subprocess.Popen([LOAD, "-s", self.where, *words],
                                stdout=subprocess.PIPE)

    def stop(self):
        """Stop it: what was wrong with that, "" for nothing."""
        if not self.alive():
            return f"ended before with {self.process.poll()}:\n{self.log()}"
        self.signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "does not stop"
        if code != 0 or REPORTS.search(self.log()):
            return f"ended with {code}:\n{self.log()}"
        return ""


def load_result(process):
    """Its figures, with the exit status as "status"."""
    out, _ = process.communicate()
    return dict(json.loads(out), status=process.returncode)


def run(*tests):
    """Run the functions in a world; the program ends with the status."""
    def main():
        tap = Tap()
        for test in tests:
            folder = f"/run/test/{test.__name__}"
            os.makedirs(folder)
            os.chmod(folder, 0o755)
            try:
                test(tap, folder)
            except Exception as e:  # one broken test does not hide others
                tap.ok(False, f"{test.__name__}: {e!r}")
                raise
        return tap.finish()
    world.run(main)
