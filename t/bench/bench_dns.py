#!/usr/bin/python3
"""bench_dns - what a session costs that asks name servers.

A dnsd on loopback answers for eight DNS lists that do not know the client,
and for the sender's domain (MX, the address of its mail server, SPF).

cost     processor time of the daemon and of the dnsd for a session at a
         client's pace, beside a do-nothing filter with the same steps; "cold":
         each session another client and sender domain, "warm": ones that were
         there before
rcpt     the same for ten recipients over one: nothing is asked once more
slow     every answer takes 20 ms, 200 connections that never pause: sessions
         a second, and how long one takes

What lists cost that are slow or silent is in t/daemon/lists.t. Exit status 1
when a limit is passed.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import bench
from bench import BUILD, PACED, REPETITIONS, Program, middle

LISTS = "abcdefgh"
REPEATING = 50  # sessions until the same come again
SLOW = ["-c", "200", "-n", "4000", "-D"]

INI = """
[milter]
user =
control =
[dns]
servers = {where}
[store]
path = {folder}/store
[connlimit]
client = 0
[rdns]
mismatch = yes
[loop]
enabled = no
[integrity]
enabled = no
""" + "".join(f"[dnsbl.{name}]\nzone = {name}.list.test\n" for name in LISTS)


def zone(delay_ms):
    """The lists, with their test points, and all senders."""
    owners = [f"*.{name}.list.test" for name in LISTS]
    owners += [f"2.0.0.127.{name}.list.test" for name in LISTS]
    owners += ["*.sender.test", "mail.sender.test", "*.remote.test"]
    lines = [f"2.0.0.127.{name}.list.test A 127.0.0.2\n" for name in LISTS]
    if delay_ms:
        lines += [f"{owner} ANY !DELAY {delay_ms}\n" for owner in owners]
    return "".join(lines) + (
        "list.test SOA 300\nsender.test SOA 300\nremote.test SOA 300\n"
        "*.sender.test MX 10 mail.sender.test\n"
        "*.sender.test TXT \"v=spf1 ip4:11.0.0.0/8 -all\"\n"
        "mail.sender.test A 203.0.113.25\n")


class NameServer:
    """A dnsd under measurement. Ends with stop()."""

    def __init__(self, folder, delay_ms=0):
        path = os.path.join(folder, "zone")
        with open(path, "w") as f:
            f.write(zone(delay_ms))
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "t/dnsd"), "127.0.0.1:0", path],
            stdout=subprocess.PIPE, text=True)
        self.where = self.process.stdout.readline().split()[1]

    def questions(self):
        """How many came so far."""
        self.process.send_signal(signal.SIGUSR1)
        return int(self.process.stdout.readline().split()[1])

    def cpu_us(self):
        """Of all threads; the kernel counts nanoseconds."""
        tasks = f"/proc/{self.process.pid}/task"
        total = 0
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/schedstat") as f:
                total += int(f.read().split()[0])
        return total / 1000

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Bed:
    """mailreeve with its name server, and a filter with the same steps."""

    def __init__(self, folder, delay_ms=0):
        self.names = NameServer(folder, delay_ms)
        path = os.path.join(folder, "bench.ini")
        with open(path, "w") as f:
            f.write(INI.format(where=self.names.where, folder=folder))
        self.daemon = bench.mailreeve(path)
        self.null = Program("same", [bench.NULL, "-s", "SOCKET", "-p",
                                     self.daemon.flags])
        self.first = 1000000

    def run(self, program, *words, first=None):
        """One load, of new clients and senders unless first says otherwise;
        with what the name server did for each session."""
        if first is None:
            first = self.first
            self.first += 1000000
        asked, used = self.names.questions(), self.names.cpu_us()
        got = program.load(*words, "-D", "-F", str(first))
        if got["cut"] or got["stalled"] or got["error"] or got["refusals"]:
            sys.exit(f"{program.name}: {got}")
        got["dns_us"] = (self.names.cpu_us() - used) / got["done"]
        got["asked"] = (self.names.questions() - asked) / got["done"]
        return got

    def stop(self):
        for part in (self.daemon, self.null, self.names):
            part.stop()


def bench_cost(bed, verdict):
    """Cold, warm and nothing take turns."""
    cycle = ["-C", str(REPEATING)]
    seen = {"cold": [], "warm": [], "same": []}
    for _ in range(REPETITIONS):
        seen["cold"].append(bed.run(bed.daemon, *PACED))
        seen["same"].append(bed.run(bed.null, *PACED))
        # so many new clients have driven the old ones out of the cache
        bed.run(bed.daemon, "-n", str(REPEATING), first=0)
        seen["warm"].append(bed.run(bed.daemon, *PACED, *cycle, first=0))
    same = middle(seen["same"], "cpu_us")
    print(f"DNS: processor time of a session, paced, microseconds: "
          f"same {same:.0f}")
    for name in ("cold", "warm"):
        print(f"DNS {name}: mailreeve {middle(seen[name], 'cpu_us'):.0f}, "
              f"dnsd {middle(seen[name], 'dns_us'):.0f}, "
              f"{middle(seen[name], 'asked'):.2f} questions")
    verdict.line("DNS warm: over a filter with the same steps",
                 middle(seen["warm"], "cpu_us") / same, 1.6)
    verdict.figure("DNS cold: over a filter with the same steps",
                   middle(seen["cold"], "cpu_us") / same)


def bench_rcpt(bed, verdict):
    """Ten recipients, and one."""
    seen = {"1": [], "10": []}
    null = {"1": [], "10": []}
    for _ in range(REPETITIONS):
        for count in seen:
            words = [*PACED, "-r", count]
            seen[count].append(bed.run(bed.daemon, *words))
            null[count].append(bed.run(bed.null, *words))
    asked = {count: middle(got, "asked") for count, got in seen.items()}
    cpu = {count: middle(got, "cpu_us") for count, got in seen.items()}
    same = {count: middle(got, "cpu_us") for count, got in null.items()}
    print(f"DNS: questions of a session with 1 recipient {asked['1']:.2f}, "
          f"with 10 {asked['10']:.2f}")
    verdict.line("DNS: questions of 10 recipients over those of 1",
                 asked["10"] / asked["1"], 1.001)
    verdict.figure("DNS: processor time of 10 recipients over 1",
                   cpu["10"] / cpu["1"])
    verdict.figure("... of a filter with the same steps",
                   same["10"] / same["1"])


def bench_slow(bed, verdict):
    """The filter that does nothing shows what the machine has to give."""
    programs = {"mailreeve": bed.daemon, "same": bed.null}
    seen = {name: [] for name in programs}
    for _ in range(REPETITIONS):
        for name, program in programs.items():
            seen[name].append(bed.run(program, *SLOW))
    rate = {name: statistics.median(got["done"] / got["seconds"]
                                    for got in found)
            for name, found in seen.items()}
    print("DNS: a filter with the same steps, which asks nobody: "
          f"{rate['same']:.0f} sessions a second, "
          f"{middle(seen['same'], 'session_ms'):.1f} ms each; processor "
          f"time {middle(seen['same'], 'cpu_us'):.0f}, mailreeve "
          f"{middle(seen['mailreeve'], 'cpu_us'):.0f} microseconds")
    verdict.at_least("P10 answers take 20 ms: sessions a second",
                     rate["mailreeve"], 2000)
    verdict.figure("... over a filter that asks nobody",
                   rate["mailreeve"] / rate["same"])
    verdict.line("P10 answers take 20 ms: a session, median",
                 middle(seen["mailreeve"], "session_ms"), 80, " ms")


def main():
    jobs = {"cost": bench_cost, "rcpt": bench_rcpt, "slow": bench_slow}
    names = sys.argv[1:] or list(jobs)
    if any(name not in jobs for name in names):
        sys.exit(__doc__)
    verdict = bench.Verdict()
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            bed = Bed(folder, 20 if name == "slow" else 0)
            time.sleep(1)  # the lists are tested at the start
            jobs[name](bed, verdict)
            bed.stop()
    return 0 if verdict.passed else 1


if __name__ == "__main__":
    sys.exit(main())
