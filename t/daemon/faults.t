#!/usr/bin/env python3
"""faults.t - what happens to mail when the store fails under load.

    t/daemon/faults.t [NAME...]      without: all, several at a time

A daemon with greylist, ratelimit, abuse and connlimit serves RATE sessions a
second for FAULT_SECONDS (6; the environment says otherwise) while something
happens to its store. Each time: every session comes to its end, nobody is
refused for good, no answer takes longer than its deadline, the breaker tells
when it opens and when it closes, and afterwards greylist and limits are right.
What was lost of the counters is told in a comment.
"""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import time

import bed

sys.path.insert(0, os.path.join(bed.REPO, "t/store"))

import importlib.util  # noqa: E402

SECONDS = int(os.environ.get("FAULT_SECONDS", "6"))
RATE = 50
CYCLE = 60       # sessions until the same mails come again
AT_ONCE = 4      # scenes
DEADLINE = 4000  # ms; [milter] deadline, the longest that a step may take
# with time-outs that a busy machine keeps: a fault is what the test does
REDIS = "backend = redis\n[redis]\nconnect_timeout = 1s\ntimeout = 1s\n"
STOPS, WORKS = "not asked until it works", "works again"
CTL = os.path.join(bed.BUILD, "mailreevectl")
POLICIES = f"""\
[milter]
deadline = {DEADLINE // 1000}s
trusted_networks = 192.0.2.0/24
[directory]
domains = inline:{{example.test=local,catchall}}
[spf]
enabled = no
[rdns]
enabled = no
[sender]
no_mx = no
null_mx = no
private_mx = no
[greylist]
enabled = yes
apply = all
delay = 1s
[ratelimit.domain]
key = recipient_domain
limit = 1000000/1h
[abuse]
enabled = yes
[connlimit]
enabled = yes
"""


def redis_servers():
    """t/store/servers.py, which has a namesake in t/mta."""
    found = importlib.util.spec_from_file_location(
        "redis_servers", os.path.join(bed.REPO, "t/store/servers.py"))
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


redis = redis_servers()


class Scene:
    """One fault: a daemon under load, and what must be true of it."""

    def __init__(self, tap, folder, store, embedded=None):
        self.tap, self.folder = tap, folder
        self.store_path = embedded or f"{folder}/store"
        os.makedirs(self.store_path, exist_ok=True)
        self.daemon = bed.Daemon(
            folder, POLICIES + f"[store]\npath = {self.store_path}\n{store}")
        self.begin = time.monotonic()
        self.load = self.begin_load()

    def begin_load(self, seconds=SECONDS):
        return self.daemon.begin_load(
            "-c", "100", "-R", str(RATE), "-n", str(RATE * seconds),
            "-C", str(CYCLE), "-p", "1000")

    def at(self, share):
        """Wait until this share of the time is over."""
        time.sleep(max(0, self.begin + SECONDS * share - time.monotonic()))

    def counted(self):
        """What the limit has counted; the embedded store is written once a
        second."""
        time.sleep(1.5)
        got = subprocess.run(
            [CTL, "-c", self.daemon.path, "--json", "limit", "show"],
            stdout=subprocess.PIPE, check=True)
        return sum(item["tiers"][0]["count"]
                   for item in json.loads(got.stdout))

    def ended(self, load=None, cut=False):
        """The load's figures, checked."""
        got = bed.load_result(load or self.load)
        self.tap.ok(cut or got["cut"] + got["stalled"] == 0,
                    "every session came to its end", got)
        self.tap.equal(got["rejections"], 0, "nobody is refused for good")
        self.tap.ok(got["nonsense"] == 0, "no nonsense", got)
        self.tap.ok(got["answer_most_ms"] <= DEADLINE,
                    f"the longest answer: {got['answer_most_ms']:.0f} ms")
        return got

    def right(self):
        """Greylist and limits do what they should, at last."""
        def play(first):
            load = self.daemon.begin_load("-n", "5", "-F", str(first))
            return bed.load_result(load)["refusals"]
        before = self.counted()
        new = play(5000000)
        time.sleep(1.5)
        again = play(5000000)
        self.tap.equal((new, again, self.counted() - before), (5, 0, 5),
                       "right afterwards: put off, let in, counted")

    def end(self, lost=None, told=None):
        """lost: whether counts may be lost (None: they may not). told: what
        the log must say."""
        got = self.ended()
        log = "".join(line + "\n" for line in self.daemon.log().splitlines()
                      if not re.search("accept:|tempfail:", line))
        self.tap.ok(told is None or re.search(told, log, re.S),
                    "told in the log", log)
        there = self.counted()
        self.tap.comment(f"{got['done']} sessions, {got['accepted']} messages "
                         f"accepted, {there} counted; longest answer "
                         f"{got['answer_most_ms']:.0f} ms")
        if lost is None:
            self.tap.equal(there, got["accepted"], "nothing is lost")
        self.right()
        self.tap.equal(self.daemon.stop(), "", "ends well")
        self.tap.comment(log)
        return got


def on_redis(tap, folder, *options):
    """(server, scene) with a Redis of its own."""
    server = redis.Servers().add(*options)
    return server, Scene(tap, folder, REDIS +
                         f"servers = {server.address}\n")


def healthy(tap, folder):
    """Nothing happens."""
    _, scene = on_redis(tap, folder)
    scene.end()


def killed(tap, folder):
    """Redis is killed, and started again with nothing."""
    server, scene = on_redis(tap, folder)
    scene.at(0.3)
    server.kill()
    scene.at(0.6)
    server.start()
    scene.end(lost=True, told=STOPS + ".*" + WORKS)


def stopped(tap, folder):
    """SIGSTOP for 10 seconds, or half of the time."""
    server, scene = on_redis(tap, folder)
    scene.at(0.2)
    server.signal(signal.SIGSTOP)
    time.sleep(min(10, SECONDS * 0.5))
    server.signal(signal.SIGCONT)
    scene.end(lost=True, told=STOPS + ".*" + WORKS)


def read_only(tap, folder):
    """It becomes a replica, and master again."""
    servers = redis.Servers()
    server, other = servers.add(), servers.add()
    scene = Scene(tap, folder, REDIS +
                  f"servers = {server.address}\n")
    scene.at(0.3)
    server.ask("REPLICAOF", redis.HOST, other.port)
    scene.at(0.6)
    server.ask("REPLICAOF", "NO", "ONE")
    scene.end(lost=True, told=STOPS + ".*" + WORKS)


def flushed(tap, folder):
    """It forgets everything, scripts too."""
    server, scene = on_redis(tap, folder)
    scene.at(0.5)
    server.ask("FLUSHALL")
    server.ask("SCRIPT", "FLUSH")
    scene.end(lost=True)


def fail_over(tap, folder):
    """The master dies; sentinels make another one master."""
    group = redis.Sentinels(redis.Servers())
    scene = Scene(tap, folder, REDIS + "sentinels = "
                  + " ".join(s.address for s in group.sentinels)
                  + f"\nmaster = {group.NAME}\n")
    scene.at(0.2)
    before = group.master()
    before.kill()
    redis.wait_until("a new master", lambda: group.master() is not before)
    bed.wait_until(lambda: "works again" in scene.daemon.log()
                   or "not asked" not in scene.daemon.log())
    scene.end(lost=True, told=STOPS + ".*" + WORKS)


def slot_moved(tap, folder):
    """Slots of the limit's key move from master to master."""
    cluster = redis.Cluster(redis.Servers())
    scene = Scene(tap, folder, REDIS + "cluster = yes\n"
                  "servers = " + " ".join(n.address for n in cluster.nodes)
                  + "\n")
    slot = cluster.nodes[0].ask("CLUSTER", "KEYSLOT", "{example.test}")
    for share in (0.2, 0.5):
        scene.at(share)
        here = cluster.nodes.index(cluster.owner(slot))
        cluster.move(slot, cluster.nodes[(here + 1) % 3], pause=0.3)
    scene.end()


def small_disk(folder):
    """A file system of its own, of four megabytes."""
    path = f"{folder}/disk"
    os.makedirs(path)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", path],
                   check=True)
    return path


def disk_full(tap, folder):
    """The embedded store's disk is full, and has room again."""
    path = small_disk(folder)
    scene = Scene(tap, folder, "", embedded=path)
    # while the file still grows: later it has pages to use again
    scene.at(min(0.3, 2 / SECONDS))
    with open(f"{path}/ballast", "wb") as file:
        try:
            while True:
                file.write(b"x" * 65536)
                file.flush()
        except OSError:
            pass
    scene.at(0.6)
    os.unlink(f"{path}/ballast")
    scene.end(lost=True, told="No space left")


def killed_ourselves(tap, folder):
    """mailreeve dies by kill -9 in the middle; its supervisor starts it."""
    scene = Scene(tap, folder, "")
    scene.at(0.5)
    scene.daemon.process.kill()
    scene.daemon.process.wait()
    # the MTA defers what was under way, and what comes meanwhile
    first = scene.ended(cut=True)
    there_before = first["accepted"]
    scene.daemon.start()
    there = scene.counted()
    tap.comment(f"{there_before} messages accepted before, {there} counted")
    tap.ok(there <= there_before and there >= there_before - 3 * RATE,
           "at most what the last seconds counted is lost",
           f"{there} of {there_before}")
    scene.begin = time.monotonic()
    second = scene.ended(scene.begin_load(3))
    tap.ok(second["accepted"] >= 3 * RATE - CYCLE,
           "whoever was let in is let in again", second)
    scene.right()
    tap.equal(scene.daemon.stop(), "", "ends well")


SCENES = {scene.__name__: scene for scene in (
    healthy, killed, stopped, read_only, flushed, fail_over, slot_moved,
    disk_full, killed_ourselves)}


def play(name):
    """A scene in a process of its own: (name, status, output)."""
    done = subprocess.run([sys.executable, os.path.abspath(__file__), name],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return name, done.returncode, done.stdout.decode("utf-8", "replace")


def main():
    """One that is named here, several beside each other."""
    names = sys.argv[1:] or list(SCENES)
    if len(names) == 1:
        bed.run(SCENES[names[0]])
        return 0
    bed.world.become_root()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(play, names))
    for number, (name, status, output) in enumerate(results, 1):
        for line in output.splitlines():
            print(f"#   {line}" if status else f"    {line}")
        print(f"{'not ok' if status else 'ok'} {number} - {name}")
    print(f"1..{len(results)}")
    return any(status for _, status, _ in results)


if __name__ == "__main__":
    sys.exit(main())
