#!/usr/bin/python3
"""bench - what mailreeve costs, beside filters that do nothing.

    t/bench/bench.py load|memory|postfix

load     processor time of the daemon for an SMTP session, at a client's pace,
         over a do-nothing libmilter filter that asks for the same steps
         ("same"), and over one that has every step and answers each ("all")
memory   of a fresh daemon, of one with 200 busy connections, for each of
         1,000 idle ones
postfix  from DATA to the reply to the dot, through a real Postfix over TCP,
         headers added, beside the do-nothing filter

Runs of the programs compared take turns; medians are given. Two cores that
do other work as well make times uncertain by a tenth; ratios less so. Exit
status 1 when a limit is passed.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(REPO, os.environ.get("BUILD", ".build"))
sys.path.insert(0, os.path.join(REPO, "t/mta"))

import world  # noqa: E402
from host import Host  # noqa: E402

LOAD = os.path.join(BUILD, "t/milterload")
NULL = os.path.join(BUILD, "t/nullmilter")
REPETITIONS = int(os.environ.get("BENCH_REPETITIONS", "5"))
PACED = ["-c", "50", "-n", "2000", "-p", "5000"]

# the envelope policies, each with something to do; those that ask a name
# server have a measurement of their own
ENVELOPE = """
[milter]
user =
control =
[directory]
domains = inline:{{example.test=local,catchall}}
[access]
block_clients = cidr:{folder}/clients
block_helo = inline:{{bad.remote.test .worse.test}}
block_senders = file:{folder}/senders
block_recipients = inline:{{nobody@example.test}}
allow_senders = inline:{{friend@sender.test}}
[relay]
relaying = refuse
[store]
path = {folder}/store
[connlimit]
client = 0
[rdns]
enabled = no
[spf]
enabled = no
[sender]
no_mx = no
null_mx = no
private_mx = no
{content}
"""
NO_CONTENT = "[loop]\nenabled = no\n"
CONTENT = "[loop]\nmax_received = 20\n[size]\nmax = 20M\n"


# every message gets a header
TAGGING = """
[milter]
user =
control =
[access]
block_senders = inline:{{sender.test .sender.test}}
action = tag
[store]
path = {folder}/store
[connlimit]
client = 0
[rdns]
enabled = no
[spf]
enabled = no
[sender]
no_mx = no
null_mx = no
private_mx = no
{content}
"""


def free_port():
    """One that nobody uses: another bench may run."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Program:
    """A milter under measurement. Ends with stop()."""

    def __init__(self, name, command, port=None):
        self.name = name
        self.socket = f"inet:{port or free_port()}@127.0.0.1"
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [word.replace("SOCKET", self.socket) for word in command],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 60
        while not self.serves():
            if time.monotonic() > end or self.process.poll() is not None:
                self.log.seek(0)
                sys.exit(f"{name} does not serve:\n{self.log.read().decode()}")
            time.sleep(0.05)

    def serves(self):
        got = self.load("-n", "1")
        self.fresh_kb = got["fresh_kb"]
        self.flags = got["protocol"]
        return got["done"] == 1

    def load(self, *words):
        """One run of the load generator."""
        got = subprocess.run(
            [LOAD, "-s", self.socket, "-P", str(self.process.pid), *words],
            stdout=subprocess.PIPE, check=False)
        return json.loads(got.stdout)

    def stop(self):
        """libmilter alone takes up to 5 seconds to end: it is not waited for"""
        self.process.terminate()
        try:
            self.process.wait(0.5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def ini(folder, content=NO_CONTENT, text=ENVELOPE):
    """The configuration of the bench; its path."""
    with open(os.path.join(folder, "clients"), "w") as f:
        for i in range(5000):
            f.write(f"10.{i >> 8}.{i & 255}.0/24\n")
    with open(os.path.join(folder, "senders"), "w") as f:
        for i in range(5000):
            f.write(f"spam{i}@bad{i % 100}.test\n")
    path = os.path.join(folder, "bench.ini")
    with open(path, "w") as f:
        f.write(text.format(folder=folder, content=content))
    return path


def mailreeve(path, port=None):
    return Program("mailreeve", [os.path.join(BUILD, "mailreeve"), "-f",
                                 "-c", path, "-s", "SOCKET"], port)


def take_turns(programs, words):
    """name -> the figures of each repetition."""
    figures = {program.name: [] for program in programs}
    for turn in range(REPETITIONS):
        order = programs if turn % 2 == 0 else programs[::-1]
        for program in order:
            got = program.load(*words, "-F", str(turn * 1000000))
            if got["cut"] or got["stalled"] or got["error"]:
                sys.exit(f"{program.name}: {got}")
            figures[program.name].append(got)
    return figures


def middle(figures, key):
    return statistics.median(figure[key] for figure in figures)


class Verdict:
    """Lines of figures with their limits."""

    def __init__(self):
        self.passed = True

    def line(self, what, value, limit, unit=""):
        good = value <= limit
        self.passed &= good
        print(f"{what:52} {value:8.2f}{unit:3} limit {limit:g}"
              f"{'' if good else '   TOO MUCH'}", flush=True)

    def at_least(self, what, value, limit):
        good = value >= limit
        self.passed &= good
        print(f"{what:52} {value:8.0f}    limit {limit:g}"
              f"{'' if good else '   TOO LITTLE'}", flush=True)

    def times(self, what, value, least):
        """A ratio that has to be reached."""
        good = value >= least
        self.passed &= good
        print(f"{what:52} {value:8.2f}    at least {least:g}"
              f"{'' if good else '   TOO LITTLE'}", flush=True)

    @staticmethod
    def figure(what, value):
        """One without a limit."""
        print(f"{what:52} {value:8.2f}", flush=True)


def load_with(folder, content, title, verdict):
    """The three programs with one configuration."""
    daemon = mailreeve(ini(folder, content))
    programs = [daemon, Program("same", [NULL, "-s", "SOCKET", "-p",
                                         daemon.flags]),
                Program("all", [NULL, "-s", "SOCKET"])]
    figures = take_turns(programs, PACED)
    for program in programs:
        program.stop()
    cpu = {name: middle(got, "cpu_us") for name, got in figures.items()}
    print(f"{title}: processor time of a session, paced, microseconds: "
          + ", ".join(f"{name} {us:.0f}" for name, us in cpu.items()))
    verdict.line(f"P1 {title}: over a filter with the same steps",
                 cpu["mailreeve"] / cpu["same"], 1.3)
    verdict.line(f"P2 {title}: over a filter with all steps",
                 cpu["mailreeve"] / cpu["all"], 0.7)


def bench_load(verdict):
    with tempfile.TemporaryDirectory() as folder:
        load_with(folder, NO_CONTENT, "envelope", verdict)
        load_with(folder, CONTENT, "and content", verdict)


def idle_kb(daemon):
    """kB of one idle connection: of 1,000, while 200 others are held, so
    that the threads that serve them are not counted."""
    holder = subprocess.Popen(
        [LOAD, "-s", daemon.socket, "-n", "1", "-i", "200", "-w", "4000"],
        stdout=subprocess.DEVNULL)
    time.sleep(1)
    got = daemon.load("-n", "1", "-i", "1000", "-w", "300")
    holder.wait()
    return (got["idle_kb"] - got["fresh_kb"]) / 1000


def bench_memory(verdict):
    with tempfile.TemporaryDirectory() as folder:
        daemon = mailreeve(ini(folder))
        fresh = daemon.fresh_kb
        idle = idle_kb(daemon)
        daemon.stop()
        daemon = mailreeve(ini(folder))
        busy = daemon.load("-c", "200", "-n", "5000", "-p", "5000")
        daemon.stop()
    verdict.line("P7 memory of a fresh daemon", fresh / 1024, 5, " MB")
    verdict.line("P7 memory with 200 busy connections",
                 busy["busy_kb"] / 1024, 12, " MB")
    verdict.line("P7 memory for each of 1,000 idle connections", idle, 2.5,
                 " kB")


def dot_ms(host):
    """From DATA to the reply to the dot, in milliseconds, of each message."""
    times = []
    with host.session() as session:
        for _ in range(40):
            session.mail("<a@sender.test>")
            session.rcpt("<x@example.test>")
            begin = time.perf_counter()
            session.command("DATA")
            reply = session.message(b"Subject: x\r\n\r\n"
                                    + b"text\r\n" * 100)
            times.append((time.perf_counter() - begin) * 1000)
            if not reply.ok:
                sys.exit(f"a message was refused: {reply}")
    return times


def through_postfix():
    """The first process of a world with Postfix in it."""
    os.environ["TMPDIR"] = "/run/tmp"
    mail = Host("postfix", "inet:127.0.0.1:8891")
    path = ini(tempfile.mkdtemp(), text=TAGGING)
    times = {"mailreeve": [], "nothing": []}
    for _ in range(REPETITIONS):
        for name, found in times.items():
            program = (mailreeve(path, 8891) if name == "mailreeve" else
                       Program(name, [NULL, "-s", "SOCKET", "-h"], 8891))
            if program.load("-n", "1")["changes"] == 0:
                sys.exit(f"{name} adds no header")
            found.extend(dot_ms(mail))
            program.stop()
    verdict = Verdict()
    ms = {name: statistics.median(found) for name, found in times.items()}
    print("Postfix, DATA to 250, one header added, milliseconds: "
          + ", ".join(f"{name} {t:.2f}" for name, t in ms.items()))
    verdict.line("P5 DATA to 250 through Postfix", ms["mailreeve"], 2, " ms")
    return 0 if verdict.passed else 1


def bench_postfix(verdict):
    subprocess.run([os.path.join(REPO, "t/mta/unpack")], check=True)
    pid = world.start(through_postfix)
    verdict.passed = os.waitpid(pid, 0)[1] == 0


def main():
    jobs = {"load": bench_load, "memory": bench_memory,
            "postfix": bench_postfix}
    if len(sys.argv) != 2 or sys.argv[1] not in jobs:
        sys.exit(__doc__)
    if sys.argv[1] == "postfix":
        world.become_root()
    verdict = Verdict()
    jobs[sys.argv[1]](verdict)
    return 0 if verdict.passed else 1


if __name__ == "__main__":
    sys.exit(main())
