#!/usr/bin/env python3
"""leases.t - places of connlimit, of all hosts together: 20 never become 21;
they come back when connections end, when hosts are lost, and when Redis is."""

import resource
import sys
import threading
import time

from hosts import REDIS, Hosts
from play import Tap
from servers import Cluster, Servers, wait_until
from wire import connect, words

PLACES = 20
INI = f"""\
[connlimit]
client = {PLACES}
account = {PLACES}
lease = 15m
"""


def greet(mta, client="203.0.113.5"):
    """Whether a connection is let in."""
    mta.step(b"C", connect("mail.remote.test", client))
    return mta.step(b"H", words("mail.remote.test")) == "c"


def open_many(hosts, count):
    """(those let in, how many were not) of connections that come at once."""
    mtas = [hosts[i % len(hosts)].mta() for i in range(count)]
    for mta in mtas:
        mta.step(b"C", connect("mail.remote.test", "203.0.113.5"))
    for mta in mtas:
        mta.send(b"H", words("mail.remote.test"))
    held, refused = [], 0
    for mta in mtas:
        if mta.answer() == "c":
            held.append(mta)
        else:
            refused += 1
            mta.socket.close()
    return held, refused


def settled(hosts):
    """No session is left; what they gave back is on its way."""
    wait_until("the sessions' end",
               lambda: all(host.sessions() == 0 for host in hosts))
    time.sleep(0.2)


def at_once(tap, name, hosts, _):
    """400 connections of one client at the same time, over both hosts."""
    held, refused = open_many(hosts, 400)
    tap.equal((len(held), refused), (PLACES, 400 - PLACES),
              f"{name}: 20 of 400 at once are let in")
    for mta in held[:7]:
        mta.socket.close()
    del held[:7]
    wait_until("places", lambda: sum(
        host.sessions() for host in hosts) == len(held))
    time.sleep(0.2)
    more, refused = open_many(hosts, 100)
    tap.equal((len(more), refused), (7, 93),
              f"{name}: 7 that end make room for 7")
    for mta in held + more:
        mta.socket.close()
    settled(hosts)


class Churn:
    """Threads that come and go, and count how many are in at a time."""

    def __init__(self, hosts, seconds):
        self.hosts, self.end = hosts, time.monotonic() + seconds
        self.lock = threading.Lock()
        self.held = self.most = self.entered = 0
        threads = [threading.Thread(target=self.run, args=(i,))
                   for i in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def run(self, number):
        while time.monotonic() < self.end:
            with self.hosts[number % len(self.hosts)].mta() as mta:
                if not greet(mta):
                    continue
                with self.lock:
                    self.held += 1
                    self.entered += 1
                    self.most = max(self.most, self.held)
                time.sleep(0.01)
                with self.lock:
                    self.held -= 1


def churn(tap, name, hosts, _):
    """Nobody is let in too many while others come and go."""
    done = Churn(hosts, 2)
    tap.ok(done.most <= PLACES and done.entered > 3 * PLACES,
           f"{name}: of {done.entered} that came and went at most "
           f"{done.most} at a time", vars(done))
    settled(hosts)
    held, _ = open_many(hosts, PLACES + 1)
    tap.equal(len(held), PLACES, f"{name}: and all places are back")
    for mta in held:
        mta.socket.close()
    settled(hosts)


def account(tap, name, hosts, _):
    """20 bring mail for one account; those who are done make room."""
    mtas = [hosts[i % 2].mta() for i in range(PLACES + 5)]
    for number, mta in enumerate(mtas):
        greet(mta, f"203.0.113.{number}")
        mta.step(b"M", words("<a@sender.test>"))
    for mta in mtas:
        mta.send(b"R", words("<alice@example.test>"))
    answers = [mta.answer() for mta in mtas]
    tap.equal(answers.count("c"), PLACES, f"{name}: 20 of 25 at one account")
    out = [m for m, a in zip(mtas, answers) if a != "c"]
    ended = [m for m, a in zip(mtas, answers) if a == "c"][0]
    ended.send(b"A")
    ended.step(b"M", words("<a@sender.test>"))
    tap.equal(ended.step(b"R", words("<bob@example.test>")), "c",
              f"{name}: one turns to another account")
    tap.equal(out[0].step(b"R", words("<alice@example.test>")), "c",
              f"{name}: and makes room")
    tap.ok(out[1].step(b"R", words("<alice@example.test>")).startswith(
        "y 450 4.2.1"), f"{name}: for one")
    for mta in mtas:
        mta.socket.close()
    settled(hosts)


def killed(tap, name, hosts, all_hosts):
    """kill -9: its places end with their lease, not later."""
    one, other = hosts
    held = [one.mta() for _ in range(12)] + [other.mta() for _ in range(8)]
    tap.ok(all(greet(mta) for mta in held), f"{name}: 12 and 8 are let in")
    one.kill()
    one.start()
    with one.mta() as mta:
        tap.ok(not greet(mta), f"{name}: after kill -9 the places of the lost "
               "are still taken")
    all_hosts.move(600)
    for mta in held[12:]:  # these renew theirs
        mta.step(b"M", words("<a@sender.test>"))
        mta.step(b"R", words("<bob@example.test>"))
        mta.send(b"A")
    with one.mta() as mta:
        tap.ok(not greet(mta), f"{name}: also after 10 minutes")
    all_hosts.move(310)
    more, _ = open_many(hosts, 30)
    tap.equal(len(more), 12, f"{name}: after 15 minutes they are free; those "
              "who spoke keep theirs")
    for mta in more + held[12:]:
        mta.socket.close()
    settled(hosts)


def outage(tap, server, hosts):
    """Without Redis each host counts for itself; then together again."""
    server.kill()
    # both notice: nobody waits longer than the time-out
    for host in hosts:
        with host.mta() as mta:
            tap.ok(greet(mta), "Redis is gone: let in")
    settled(hosts)
    held, _ = open_many(hosts, 100)
    tap.equal(len(held), 2 * PLACES, "each host has 20 places")
    for mta in held:
        mta.socket.close()
    settled(hosts)
    server.start()
    for host in hosts:
        wait_until("Redis", lambda h=host: works_again(h))
    settled(hosts)
    held, _ = open_many(hosts, 100)
    tap.equal(len(held), PLACES, "Redis is back: 20 together")
    for mta in held:
        mta.socket.close()
    settled(hosts)


def works_again(host):
    """A connection makes the host ask; what it says of Redis then."""
    with host.mta() as mta:
        greet(mta)
    return "works again" in host.log()


def embedded(tap, folder):
    """One host: its places end with it."""
    hosts = Hosts(folder, "", INI)
    host = hosts.start("one")
    held, _ = open_many([host], 30)
    tap.equal(len(held), PLACES, "embedded: 20 of 30")
    host.kill()
    host.start()
    more, _ = open_many([host], 30)
    tap.equal(len(more), PLACES, "embedded: after kill -9 all are free")
    hosts.move(910)
    again, _ = open_many([host], 30)
    tap.equal(len(again), PLACES, "embedded: who is silent for 15 minutes is "
              "not counted")
    for mta in held + more + again:
        mta.socket.close()
    settled([host])
    tap.equal(host.stop(), 0, "embedded: ends well")


def on_redis(tap, name, folder, settings, tests):
    """Two hosts."""
    hosts = Hosts(folder, REDIS + settings
                  + "\nconnect_timeout = 7s\ntimeout = 7s\n", INI)
    pair = [hosts.start("one"), hosts.start("two")]
    for test in tests:
        test(tap, name, pair, hosts)
    tap.equal([host.stop() for host in pair], [0, 0], f"{name}: end well")


def main():
    """All kinds of store."""
    tap = Tap()
    resource.setrlimit(resource.RLIMIT_NOFILE, (
        resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    servers = Servers()
    one, cluster = servers.add(), Cluster(servers)
    nodes = " ".join(node.address for node in cluster.nodes)
    on_redis(tap, "Redis", servers.folder + "/redis",
             f"servers = {one.address}", (at_once, churn, account, killed))
    on_redis(tap, "Cluster", servers.folder + "/cluster",
             f"servers = {nodes}\ncluster = yes", (at_once, churn))
    hosts = Hosts(servers.folder + "/outage",
                  REDIS + f"servers = {one.address}\n", INI)
    pair = [hosts.start("one"), hosts.start("two")]
    outage(tap, one, pair)
    tap.equal([host.stop() for host in pair], [0, 0], "end well")
    embedded(tap, servers.folder + "/embedded")
    return tap.finish()


sys.exit(main())
