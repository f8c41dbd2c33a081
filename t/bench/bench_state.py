#!/usr/bin/python3
"""bench_state - what a session costs with all that remembers clients.

greylist, ratelimit, abuse and connlimit are on, two DNS lists and SPF, on the
embedded store and on a Redis of the bench's own. Beside them run a filter that
does nothing, with the same steps, and Debian's rspamd, which greylists, limits
and asks the same lists; all take turns.

cost      processor time of a session at a client's pace: of mails that come
          the first time (put off), and again (they pass)
rate      sessions a second of connections that never pause, beside an rspamd
          with a worker for each core
latency   RCPT at 300 sessions a second
rcpt      ten recipients: exchanges with Redis, processor time; bytes that a
          triplet takes there
outage    Redis dead, the name server dead: processor time over healthy
growth    a million triplets in the store over a thousand

Programs compared are measured in one run. Exit status 1 when a limit is
passed. rspamd is unpacked below .build; without it ("-n") rows with it are
left out.
"""

import importlib.util
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import bench
import bench_dns
import rspamd
from bench import BUILD, PACED, REPETITIONS, Program, middle

FULL = ["-n", "3000"]
INI = """
[milter]
user =
control = {folder}/control
[log]
level = warning
[dns]
servers = {dns}
[store]
path = {folder}/store
backend = {backend}
[redis]
servers = {redis}
[directory]
domains = inline:{{example.test=local,catchall}}
[dnsbl.a]
zone = a.list.test
[dnsbl.b]
zone = b.list.test
[greylist]
enabled = yes
apply = all
delay = 2s
{limits}[loop]
enabled = no
"""
LIMITS = """\
[ratelimit.client]
key = client
limit = 100000/1h 1000000/1d
[ratelimit.domain]
key = sender_domain
limit = 100000/1h
[abuse]
enabled = yes
[connlimit]
enabled = yes
client = 1000
account = 100000
"""


def from_file(name, path):
    """A module that has a namesake elsewhere."""
    found = importlib.util.spec_from_file_location(
        name, os.path.join(bench.REPO, path))
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


redis_servers = from_file("redis_servers", "t/store/servers.py")


def used_us(pids):
    """Processor time of processes whose threads stay."""
    total = 0
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
    return total / 1000


class Daemon(Program):
    """mailreeve with its store."""

    def __init__(self, name, dns, redis=None, limits=LIMITS):
        self.folder = tempfile.mkdtemp(prefix="bench-state.")
        os.mkdir(f"{self.folder}/store")
        self.ini = f"{self.folder}/bench.ini"
        with open(self.ini, "w") as f:
            f.write(INI.format(folder=self.folder, dns=dns, limits=limits,
                               backend="redis" if redis else "embedded",
                               redis=redis.address if redis else ""))
        super().__init__(name, [f"{BUILD}/mailreeve", "-f", "-c", self.ini,
                                "-s", "SOCKET"])
        time.sleep(1)  # the lists are tested at the start

    def stats(self):
        got = subprocess.run([f"{BUILD}/mailreevectl", "-c", self.ini,
                              "--json", "stats"], check=True,
                             stdout=subprocess.PIPE)
        return json.loads(got.stdout)

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Bed:
    """The programs, each with servers of its own."""

    def __init__(self, wanted, limits=LIMITS, workers=1):
        self.folder = tempfile.mkdtemp(prefix="bench-names.")
        self.redis = redis_servers.Servers()
        self.names = bench_dns.NameServer(self.folder)
        self.servers = {}
        self.programs = {}
        self.first = 1000000
        for name in wanted:
            server = (self.redis.add() if name in ("redis", "rspamd")
                      else None)
            self.servers[name] = [server.process.pid] if server else []
            self.programs[name] = (
                rspamd.Rspamd(self.names.where, server.address, workers)
                if name == "rspamd" else
                self.null() if name == "same" else
                Daemon(name, self.names.where, server, limits))

    def null(self):
        """With the steps of the first, which is mailreeve."""
        flags = next(iter(self.programs.values())).flags
        return Program("same", [bench.NULL, "-s", "SOCKET", "-p", flags])

    def __getitem__(self, name):
        return self.programs[name]

    def server(self, name):
        """The Redis of one of them."""
        return next(server for server in self.redis.servers
                    if server.process.pid in self.servers[name])

    def run(self, name, *words, first=None):
        """One load; "all_us" is the processor time of program, Redis and name
        server."""
        program = self.programs[name]
        if first is None:
            first = self.first
            self.first += 1000000
        pids = self.servers[name] + [self.names.process.pid]
        own = program.processes() if name == "rspamd" else []
        before, own_before = used_us(pids), used_us(own)
        got = program.load(*words, "-D", "-F", str(first))
        if got["cut"] or got["stalled"] or got["error"] or got["rejections"]:
            sys.exit(f"{name}: {got}")
        if own:
            got["cpu_us"] = (used_us(own) - own_before) / got["done"]
        got["servers_us"] = (used_us(pids) - before) / got["done"]
        got["all_us"] = got["cpu_us"] + got["servers_us"]
        return got

    def stop(self):
        for program in self.programs.values():
            program.stop()
        self.names.stop()
        self.redis.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def turns(bed, *words, again=False):
    """name -> figures; with again also those of the same mails 3 s later."""
    new = {name: [] for name in bed.programs}
    known = {name: [] for name in bed.programs}
    for _ in range(REPETITIONS):
        for name in bed.programs:
            first = bed.first
            new[name].append(bed.run(name, *words))
            if again:
                time.sleep(3)
                known[name].append(bed.run(name, *words, first=first))
    return new, known


def check(figures, name, refused):
    """Whether the mails were put off, or not, as they should."""
    for got in figures[name]:
        if (got["refusals"] > got["done"] / 2) != refused:
            sys.exit(f"{name}: {got['refusals']} of {got['done']} refused: "
                     f"{got['refusal']}")


def show(figures, what):
    print(f"{what}: processor time of a session, microseconds: " + "; ".join(
        f"{name} {middle(got, 'cpu_us'):.0f}, its servers "
        f"{middle(got, 'servers_us'):.0f}" for name, got in figures.items()),
        flush=True)


def over(figures, one, other, key):
    return middle(figures[one], key) / middle(figures[other], key)


def bench_cost(verdict, peer):
    bed = Bed(["embedded", "redis", "same"] + peer)
    new, known = turns(bed, *PACED, again=True)
    for name in ["embedded", "redis"] + peer:
        check(new, name, True)
        check(known, name, False)
    show(new, "new")
    show(known, "known")
    for name in ("embedded", "redis"):
        verdict.line(f"P1 {name}: mails that pass, over the same steps",
                     over(known, name, "same", "cpu_us"), 1.6)
        verdict.figure(f"P1 {name}: mails put off, over the same steps",
                       over(new, name, "same", "cpu_us"))
    if peer:
        verdict.line("P3 with Redis and DNS, new: over rspamd's",
                     over(new, "redis", "rspamd", "all_us"), 0.45)
        verdict.line("P3 with Redis and DNS, known: over rspamd's",
                     over(known, "redis", "rspamd", "all_us"), 0.45)
        verdict.figure("... the filter that does nothing over rspamd's",
                       over(known, "same", "rspamd", "all_us"))
    bed.stop()


def bench_rate(verdict, peer):
    bed = Bed(["embedded", "redis", "same"] + peer, workers=2)
    for count in ("16", "200"):
        figures, _ = turns(bed, "-c", count, *FULL)
        rate = {name: statistics.median(
            got["done"] / got["seconds"] for got in found)
            for name, found in figures.items()}
        print(f"{count} connections: sessions a second: " + ", ".join(
            f"{name} {value:.0f}" for name, value in rate.items()),
            flush=True)
        if peer:
            verdict.times(f"P4 {count} connections: over rspamd",
                          rate["redis"] / rate["rspamd"], 2.5)
            verdict.figure("... the filter that does nothing over rspamd",
                           rate["same"] / rate["rspamd"])
    bed.stop()


def bench_latency(verdict, _peer):
    bed = Bed(["embedded", "redis"])
    words = ["-c", "100", "-p", "5000", "-R", "300", "-n", "3000"]
    _, known = turns(bed, *words, again=True)
    for name, found in known.items():
        check(known, name, False)
        verdict.figure(f"P6 {name}: RCPT at 300 sessions/s, median, ms",
                       middle(found, "rcpt_ms"))
        verdict.line(f"P6 {name}: RCPT at 300 sessions/s, p99",
                     middle(found, "rcpt_p99_ms"), 2, " ms")
    bed.stop()


def exchanges(bed, recipients, first=None):
    """With the store, of a session."""
    before = bed["redis"].stats()["store"]["batches"]
    got = bed.run("redis", *PACED, "-r", recipients, first=first)
    return (bed["redis"].stats()["store"]["batches"] - before) / got["done"]


def triplet_bytes(bed):
    """That Redis takes more with twenty thousand triplets more."""
    server, count = bed.server("redis"), 20000
    before = int(server.info("memory", "used_memory"))
    keys = server.ask("DBSIZE")
    bed.run("redis", "-c", "50", "-n", str(count))
    triplets = len(server.ask("KEYS", "*greylist*"))
    rest = server.ask("DBSIZE") - keys - triplets
    print(f"Redis: {triplets} triplets, {rest} other keys came")
    return (int(server.info("memory", "used_memory")) - before) / triplets


def bench_rcpt(verdict, peer):
    bed = Bed(["redis", "same"] + peer)
    for count, limit in (("1", 2), ("10", 11)):
        first = bed.first
        verdict.line(f"P8 exchanges with Redis, {count} recipients",
                     exchanges(bed, count), limit)
        time.sleep(3)
        verdict.figure("... of mails that pass",
                       exchanges(bed, count, first))
    new, _ = turns(bed, *PACED, "-r", "10")
    show(new, "ten recipients")
    if peer:
        verdict.line("P9 ten recipients: over rspamd's",
                     over(new, "redis", "rspamd", "all_us"), 0.8)
        verdict.figure("... the filter that does nothing over rspamd's",
                       over(new, "same", "rspamd", "all_us"))
    bed.stop()


def bench_bytes(verdict, _peer):
    bed = Bed(["redis"], limits="[connlimit]\nenabled = no\n"
              "[abuse]\nenabled = no\n")
    verdict.line("P8 bytes of a triplet in Redis", triplet_bytes(bed), 200)
    bed.stop()


def passing(bed):
    """Figures of mails that pass: without Redis all do."""
    found = []
    for _ in range(REPETITIONS):
        first = bed.first
        bed.run("redis", *PACED)
        time.sleep(3)
        found.append(bed.run("redis", *PACED, first=first))
    return found


def bench_outage(verdict, _peer):
    for dead in ("Redis", "the name server"):
        bed = Bed(["redis"])
        healthy = passing(bed)
        if dead == "Redis":
            bed.server("redis").kill()
        else:
            bed.names.process.send_signal(signal.SIGSTOP)
        bed.servers["redis"] = []
        bed["redis"].load("-c", "50", "-n", "500", "-p", "5000", "-D",
                          "-F", "1")
        time.sleep(1)
        lost = passing(bed)
        bed.names.process.send_signal(signal.SIGCONT)
        verdict.line(f"P11 {dead} dead: processor time over healthy",
                     middle(lost, "cpu_us") / middle(healthy, "cpu_us"), 1.2)
        verdict.figure("... the longest answer, ms",
                       max(got["answer_most_ms"] for got in lost))
        bed.stop()


def fill(bed, count):
    """New triplets into the store."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([f"{BUILD}/t/storeplay", "--servers",
                        bed.server("redis").address, "--path", folder, "fill",
                        str(count)], check=True, stdout=subprocess.DEVNULL)


def bench_growth(verdict, _peer):
    bed = Bed(["redis"])
    fill(bed, 1000)
    for _ in range(REPETITIONS):  # until its memory grows no more by itself
        bed.run("redis", *PACED)
    few = [bed.run("redis", *PACED) for _ in range(REPETITIONS)]
    fill(bed, 1000000)
    many = [bed.run("redis", *PACED) for _ in range(REPETITIONS)]
    verdict.line("P12 a million triplets: processor time over a thousand",
                 middle(many, "cpu_us") / middle(few, "cpu_us"), 1.1)
    verdict.line("P12 a million triplets: more memory of the daemon",
                 (middle(many, "busy_kb") - middle(few, "busy_kb")) / 1024,
                 1, " MB")
    bed.stop()


def main():
    jobs = {"cost": bench_cost, "rate": bench_rate, "latency": bench_latency,
            "rcpt": bench_rcpt, "bytes": bench_bytes, "outage": bench_outage,
            "growth": bench_growth}
    names = [name for name in sys.argv[1:] if name != "-n"] or list(jobs)
    if any(name not in jobs for name in names):
        sys.exit(__doc__)
    verdict = bench.Verdict()
    for name in names:
        jobs[name](verdict, [] if "-n" in sys.argv[1:] else ["rspamd"])
    return 0 if verdict.passed else 1


if __name__ == "__main__":
    sys.exit(main())
