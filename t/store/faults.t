#!/usr/bin/env python3
"""faults.t - what Redis does to us while sessions go on.

    t/store/faults.t [NAME...]      without: all

A host plays SESSIONS a second (storeplay's load) for FAULT_SECONDS (12; the
environment says otherwise) while something happens to the servers. Each time:
no answer that makes no sense, no session over SLOWEST, the breaker's lines in
the log, and everything right again for the next host. What was lost of the
counters is told in a comment.
"""

import contextlib
import os
import signal
import sys
import time

from play import Player, Tap, counted, play, side_by_side
from servers import HOST, Cluster, Failed, Sentinels, Servers, wait_until

SECONDS = int(os.environ.get("FAULT_SECONDS", "12"))
RATE = 50
THREADS = 30
AT_ONCE = 5  # scenes
ELECTION = SECONDS + 10  # on a busy machine sentinels need a second one
TIMEOUT = 700  # ms; to connect as well. A busy machine keeps it
SLOWEST = 3000  # both, one after the other, and what such a machine needs
STOPS = "not asked until it works"
WORKS = "works again"


class Scene:
    """One fault: a host under load, and what must be true of it."""

    def __init__(self, tap, servers, name, settings, seconds=SECONDS):
        self.seconds = seconds
        self.tap, self.servers, self.name = tap, servers, name
        self.settings = settings + ["--prefix", name, "--timeout",
                                    str(TIMEOUT)]
        self.host = Player(servers.folder, self.settings, "load", seconds,
                           RATE, THREADS)
        self.begin = time.monotonic()

    def at(self, share):
        """Wait until this share of the time is over."""
        time.sleep(max(0, self.begin + self.seconds * share
                       - time.monotonic()))

    def ok(self, passed, what, why=""):
        self.tap.ok(passed, f"{self.name}: {what}", why)

    def end(self, outage=None, opened=1, lossless=True):
        """outage: whether some sessions had to go without Redis (None: may
        be). opened: at most so many breakers. lossless: what Redis said it
        counted is there."""
        end = self.host.finish()
        log = self.host.log()
        asked = 3 * (self.seconds * RATE + 1)
        failed = end["local"]
        self.ok(end["ok"] + failed == asked,
                "Redis or this host's store answered every question", end)
        self.ok(end["slowest_ms"] <= SLOWEST,
                f"slowest session: {end['slowest_ms']} ms", log)
        if outage is not None:
            self.ok((failed > 0) == outage,
                    f"{failed} of {asked} without Redis", log)
        self.ok(log.count(STOPS) == log.count(WORKS)
                + log.count("not needed any more")
                and log.count(STOPS) <= opened,
                f"breaker: {log.count(STOPS)} times", log)
        self.tap.comment(log)
        after = play(self.servers.folder, self.settings, "window", 5, 20, 4)
        self.ok(after["taken"] == 5 and after["ok"] == 20,
                "right afterwards", after)
        there = counted(self.servers.folder, self.settings)
        said = end["taken"]
        self.tap.comment(f"{self.name}: {said} counted, {there} there; "
                         f"of {asked} questions {failed} went to "
                         "this host's store")
        if lossless:
            self.ok(there >= said, "nothing is lost", f"{there} of {said}")
        return end


def one(servers, *options):
    """A server of its own, and how to reach it."""
    server = servers.add(*options)
    return server, ["--servers", server.address]


# --- one server


def scripts_flushed(tap, servers):
    """It forgets our scripts: they are sent again."""
    server, settings = one(servers)
    scene = Scene(tap, servers, "scripts_flushed", settings)
    for share in (0.2, 0.4, 0.6, 0.8):
        scene.at(share)
        server.ask("SCRIPT", "FLUSH")
    scene.end(outage=False, opened=0)


def flushed(tap, servers):
    """It forgets everything."""
    server, settings = one(servers)
    scene = Scene(tap, servers, "flushed", settings)
    scene.at(0.5)
    server.ask("FLUSHALL")
    scene.end(outage=False, opened=0, lossless=False)


def killed(tap, servers):
    """Killed, and started again with nothing."""
    server, settings = one(servers)
    scene = Scene(tap, servers, "killed", settings)
    scene.at(0.3)
    server.kill()
    scene.at(0.5)
    server.start()
    scene.end(outage=True, lossless=False)


def stopped(tap, servers):
    """SIGSTOP: connections are there, answers are not."""
    server, settings = one(servers)
    scene = Scene(tap, servers, "stopped", settings)
    scene.at(0.1)
    server.signal(signal.SIGSTOP)
    time.sleep(min(10, SECONDS * 0.6))
    server.signal(signal.SIGCONT)
    scene.end(outage=True)


def read_only(tap, servers):
    """It becomes a replica of another one, and master again."""
    server, settings = one(servers)
    other = servers.add()
    scene = Scene(tap, servers, "read_only", settings)
    scene.at(0.3)
    server.ask("REPLICAOF", HOST, other.port)
    scene.at(0.5)
    server.ask("REPLICAOF", "NO", "ONE")
    scene.end(outage=True, lossless=False)


def full(tap, servers):
    """Its memory is full."""
    server, settings = one(servers, "maxmemory-policy noeviction")
    scene = Scene(tap, servers, "full", settings)
    scene.at(0.3)
    server.ask("CONFIG", "SET", "maxmemory", 1)
    scene.at(0.5)
    server.ask("CONFIG", "SET", "maxmemory", 0)
    scene.end(outage=True)


def clients_killed(tap, servers):
    """It hangs up on everybody, again and again."""
    server, settings = one(servers)
    scene = Scene(tap, servers, "clients_killed", settings)
    for share in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        scene.at(share)
        server.ask("CLIENT", "KILL", "TYPE", "normal")
    scene.end(outage=False, opened=0)


def busy(tap, servers):
    """A command of somebody else keeps it busy for two seconds."""
    server, settings = one(servers, "enable-debug-command local")
    scene = Scene(tap, servers, "busy", settings)
    scene.at(0.3)
    server.ask("DEBUG", "SLEEP", "2")
    scene.end(outage=True)


def idle(tap, servers):
    """It closes idle connections: nobody notices."""
    _, settings = one(servers, "timeout 1")
    end = play(servers.folder, settings, "idle", 4)
    tap.ok(end["ok"] == 2, "idle: no question without an answer", end)


# --- settings that are wrong


def refused(tap, servers, name, settings, why, most=0):
    """A server that will not have us: at once, and said once. most: so many
    questions it may take."""
    host = Player(servers.folder, settings, "load", 4, RATE, THREADS)
    end = host.finish()
    log = host.log()
    tap.ok(end["ok"] <= most and end["broken"] == 0
           and end["slowest_ms"] <= SLOWEST,
           f"{name}: no answer, no waiting", end)
    tap.ok(log.count(STOPS) == 1 and why in log, f"{name}: said once", log)


def wrong_settings(tap, servers):
    """Password, user, database, no master among the servers, no cluster."""
    locked, settings = one(servers, "requirepass deep",
                           "user few on >few ~* -@all +ping +role")
    refused(tap, servers, "no_password", settings, "NOAUTH")
    refused(tap, servers, "wrong_password", settings + ["--password", "x"],
            "WRONGPASS")
    refused(tap, servers, "wrong_user", settings + [
        "--username", "nobody", "--password", "deep"], "WRONGPASS")
    refused(tap, servers, "few_rights", settings + [
        "--username", "few", "--password", "few"], "NOPERM")
    server, settings = one(servers)
    refused(tap, servers, "wrong_db", settings + ["--db", "99"],
            "out of range")
    tap.equal(server.ask("DBSIZE"), 0, "wrong_db: nothing elsewhere")
    replica, settings = one(servers, f"replicaof {HOST} {server.port}")
    refused(tap, servers, "replica", settings, "it is no master")
    refused(tap, servers, "no_cluster", settings + ["--cluster"],
            "it is no master")
    end = play(servers.folder, ["--servers",
                                f"{replica.address} {server.address}"],
               "load", 2, RATE, THREADS)
    tap.ok(end["ok"] == 3 * (2 * RATE + 1),
           "two servers: the one that is master is taken", end)
    cluster = Cluster(servers)
    refused(tap, servers, "is_cluster", [
        "--servers", cluster.nodes[0].address], "cluster = yes", most=60)
    locked.stop()


# --- Sentinel


def fail_over(tap, servers):
    """As an admin asks for it: nobody notices, or nearly."""
    group = Sentinels(servers)
    scene = Scene(tap, servers, "fail_over", group.settings)
    scene.at(0.2)
    before = group.master()
    group.sentinels[1].ask("SENTINEL", "FAILOVER", group.NAME)
    wait_until("a new master", lambda: group.master() is not before)
    scene.end(lossless=False)


def master_killed(tap, servers):
    """The master dies, and a sentinel with it; it comes back as replica."""
    group = Sentinels(servers)
    scene = Scene(tap, servers, "master_killed", group.settings, ELECTION)
    scene.at(0.1)
    before = group.master()
    before.kill()
    group.sentinels[0].kill()
    wait_until("a new master", lambda: group.master() is not before)
    before.start()
    scene.end(outage=True, lossless=False)


def master_stopped(tap, servers):
    """The master is stopped, and wakes up when another one is master."""
    group = Sentinels(servers)
    scene = Scene(tap, servers, "master_stopped", group.settings, ELECTION)
    scene.at(0.1)
    before = group.master()
    before.signal(signal.SIGSTOP)
    wait_until("a new master", lambda: group.master() is not before)
    time.sleep(1)
    before.signal(signal.SIGCONT)
    scene.end(outage=True, lossless=False)


# --- Cluster


def slots_moved(tap, servers):
    """Slots move from server to server, slowly: ASK, then MOVED."""
    cluster = Cluster(servers)
    scene = Scene(tap, servers, "slots_moved", cluster.settings)
    while time.monotonic() < scene.begin + SECONDS * 0.9:
        slot = slot_of(cluster, b"slots_moved:v1:ratelimit.load:{load7}")
        here = cluster.owner(slot)
        target = cluster.nodes[(cluster.nodes.index(here) + 1) % 3]
        cluster.move(slot, target, pause=0.3)
    scene.end(outage=False, opened=0)


def slot_of(cluster, key):
    return cluster.nodes[0].ask("CLUSTER", "KEYSLOT", key)


def node_added(tap, servers):
    """A new, empty server takes over slots while they are asked for."""
    cluster = Cluster(servers)
    scene = Scene(tap, servers, "node_added", cluster.settings)
    scene.at(0.2)
    new = cluster.add()
    cluster.nodes[0].ask("CLUSTER", "MEET", HOST, new.port)
    for node in cluster.nodes:
        wait_until("the new node", lambda n=node: len(
            n.ask("CLUSTER", "NODES").splitlines()) == 4
            and b"cluster_state:ok" in n.ask("CLUSTER", "INFO"))
    for number in range(10):
        cluster.move(slot_of(cluster, b"{load%d}" % number), new, pause=0.05)
    scene.end(outage=False, opened=0)


def cluster_master_killed(tap, servers):
    """One master dies; its replica takes over. The others go on."""
    cluster = Cluster(servers, replicas=3)
    scene = Scene(tap, servers, "cluster_master_killed", cluster.settings)
    scene.at(0.2)
    victim = cluster.nodes[0]
    victim.kill()
    wait_until("the replica to take over", lambda: any(
        b"slave" not in line and b"master" in line
        for line in cluster.nodes[3].ask("CLUSTER", "NODES").splitlines()
        if b"myself" in line))
    time.sleep(2.5)
    with contextlib.suppress(Failed):
        victim.start()
    scene.end(outage=True, lossless=False, opened=2)


def cluster_node_stopped(tap, servers):
    """One of three masters is stopped: only its third is without."""
    cluster = Cluster(servers)
    scene = Scene(tap, servers, "cluster_node_stopped", cluster.settings)
    scene.at(0.2)
    cluster.nodes[1].signal(signal.SIGSTOP)
    scene.at(0.5)
    cluster.nodes[1].signal(signal.SIGCONT)
    end = scene.end(outage=True, opened=2)
    tap.ok(end["ok"] > 2 * (SECONDS * RATE),
           "cluster_node_stopped: the others go on", end)


# the longest first
SCENES = [master_killed, master_stopped, scripts_flushed, flushed, killed,
          stopped, read_only, full, clients_killed, busy, idle,
          wrong_settings, fail_over, slots_moved, node_added,
          cluster_master_killed, cluster_node_stopped]


def main():
    """All of them, or those that are named; they mostly wait."""
    tap = Tap()

    def act(scene):
        def with_servers(inner):
            with Servers() as servers:
                scene(inner, servers)
        return with_servers
    side_by_side(tap, AT_ONCE, [
        (scene.__name__, act(scene)) for scene in SCENES
        if len(sys.argv) < 2 or scene.__name__ in sys.argv[1:]])
    return tap.finish()


sys.exit(main())
