#!/usr/bin/env python3
"""limit.t - two mailreeve daemons on one Redis: limits of ratelimit are exact.

Every session is brought to the end of its message first, so that all have
looked at the same count; then all messages end at once.
"""

import json
import os
import resource
import subprocess
import sys
import time

from play import BUILD, REPO, Tap
from servers import Cluster, Servers, die_with_parent

sys.path.append(os.path.join(REPO, "t/daemon"))

import bed  # noqa: E402
from wire import macros, words  # noqa: E402

HOSTS = 2
INI = """\
[milter]
deadline = 2m
[store]
backend = redis
path = {folder}/store
[redis]
{redis}
; the test wants to count, not to be quick: nobody gives up
connect_timeout = 60s
timeout = 60s
[connlimit]
enabled = no
[sender]
enabled = no
[tls]
enabled = no
[spf]
enabled = no
[ratelimit.login]
unit = messages
limit = {login}
on_error = defer
[ratelimit.inbox]
key = recipient
limit = {inbox}
on_error = defer
[size]
max = 1000
"""


class Sessions:
    """Many sessions, on all hosts by turns."""

    def __init__(self, hosts, count):
        self.mtas = [hosts[i % len(hosts)].mta(60) for i in range(count)]
        for mta in self.mtas:
            mta.negotiate()
            mta.greet()

    def close(self):
        for mta in self.mtas:
            mta.socket.close()

    def begin(self, recipient, login="alice@example.test"):
        """MAIL and RCPT of all; how many may go on."""
        taken = []
        for mta in self.mtas:
            mta.send(b"D", macros(b"M", auth_type="PLAIN", auth_authen=login)
                     if login else macros(b"M"))
            mta.step(b"M", words("<alice@example.test>"))
            if mta.step(b"R", words(recipient)) in ("", "c"):
                taken.append(mta)
            else:
                mta.send(b"A")
        return taken

    @staticmethod
    def end(mtas, size=10):
        """The messages, all at once: (taken, the answers of the others)."""
        for mta in mtas:
            mta.step(b"T")
            mta.step(b"L", words("Subject", "x"))
            mta.step(b"N")
            mta.step(b"B", b"x" * size)
        for mta in mtas:
            mta.send(b"E")
        answers = [mta.answer() for mta in mtas]
        return answers.count("c"), [a for a in answers if a != "c"]


def counts(host):
    """(limit, subject) -> count of the first period."""
    done = subprocess.run(
        [f"{BUILD}/mailreevectl", "-c", host.path, "limit", "show", "--json"],
        check=True, capture_output=True, text=True)
    return {(row["limit"].split(".")[1], row["subject"].split("@")[0]):
            row["tiers"][0]["count"] for row in json.loads(done.stdout)}


def counted(tap, host, wanted, what):
    """counts(), once what is given back has gone out."""
    bed.wait_until(lambda: counts(host) == wanted)
    tap.equal(counts(host), wanted, what)


def exchanges(hosts):
    """How often the store was asked."""
    return sum(host.ask("stats")["store"]["batches"] for host in hosts)


def one_limit(tap, hosts):
    """100 of 1,000 (on a Cluster of 300)."""
    tries = hosts[0].tries
    sessions = Sessions(hosts, tries)
    ready = sessions.begin("<bob@example.test>")
    tap.equal(len(ready), tries, "all have seen that there is room")
    taken, others = sessions.end(ready)
    tap.equal(taken, 100, f"100 of {tries} concurrent messages are taken")
    tap.ok(all("at the limit of 100 messages in an hour" in text
               for text in others), "the others were over the limit",
           sorted(set(others))[:3])
    counted(tap, hosts[0],
            {("login", "alice"): 100, ("inbox", "bob"): 100},
            "what was taken is counted, in both limits; nothing else")
    tap.equal(len(sessions.begin("<bob@example.test>")), 0,
              "the next is refused at RCPT, by both hosts")
    sessions.close()


def reset(tap, hosts):
    """By a tool, on Redis; both hosts see it."""
    done = subprocess.run(
        [f"{BUILD}/mailreevectl", "-c", hosts[0].path, "limit", "reset",
         "login", "alice@example.test"], check=False, capture_output=True,
        text=True)
    tap.equal((done.returncode, done.stdout), (
        0, "ratelimit.login alice@example.test is at 0 again\n"), "reset")
    counted(tap, hosts[1], {("inbox", "bob"): 100},
            "only that limit, only that account")
    sessions = Sessions(hosts, HOSTS)
    tap.equal(sessions.end(sessions.begin("<bob@example.test>"))[0], HOSTS,
              "and all hosts let her go on")
    sessions.close()


def two_limits(tap, hosts):
    """What one limit refuses is not charged in the other."""
    sessions = Sessions(hosts, 200)
    taken, _ = sessions.end(sessions.begin("<bob@example.test>"))
    tap.ok(0 < taken <= 30, f"at most 30 messages to one: {taken}")
    while True:  # some were refused for what others gave back
        more, _ = sessions.end(sessions.begin("<bob@example.test>"))
        taken += more
        if not more:
            break
    tap.equal(taken, 30, "30 in all")
    counted(tap, hosts[1], {("login", "alice"): 30, ("inbox", "bob"): 30},
            "the login has sent 30 as well")
    sessions.close()


def refused(tap, hosts):
    """What another policy refuses at the end is given back."""
    sessions = Sessions(hosts, 200)
    taken, others = sessions.end(sessions.begin("<carol@example.test>"), 2000)
    tap.equal(taken, 0, "200 messages that are too large")
    tap.ok(any("limit of 1000 bytes" in text for text in others), "said so",
           others[:2])

    def charged():
        seen = counts(hosts[0])
        return (seen.get(("login", "alice"), 0),
                seen.get(("inbox", "carol"), 0))

    bed.wait_until(lambda: charged() == (30, 0))
    tap.equal(charged(), (30, 0), "none is charged")
    sessions.close()


def asked(tap, hosts):
    """One exchange a step, and none for nobody."""
    sessions = Sessions(hosts[:1], 1)
    mta = sessions.mtas[0]
    before = exchanges(hosts)
    mta.send(b"D", macros(b"M", auth_type="PLAIN",
                          auth_authen="carol@example.test"))
    mta.step(b"M", words("<carol@example.test>"))
    for _ in range(3):
        mta.step(b"R", words("<dan@example.test>"))
    tap.equal(sessions.end([mta])[0], 1, "a message by the two limits")
    tap.equal(exchanges(hosts) - before, 2, "one exchange at RCPT, one at end")
    sessions.close()
    hosts[0].configure(hosts[0].ini.replace(
        "key = recipient\n", "key = recipient\nenabled = no\n"))
    tap.equal(hosts[0].ask("reload")["errors"], 0, "one limit less")
    sessions = Sessions(hosts[:1], 1)
    before = exchanges(hosts)
    tap.equal(sessions.end(sessions.begin("<bob@example.test>", None))[0], 1,
              "a message that no limit concerns")
    tap.equal(exchanges(hosts) - before, 0, "no exchange")
    sessions.close()


def start(servers, **settings):
    """The daemons."""
    hosts = []
    for i in range(HOSTS):
        folder = f"{servers.folder}/{len(os.listdir(servers.folder))}-{i}"
        os.mkdir(folder)
        ini = INI.format(folder=folder, **settings)
        hosts.append(bed.Daemon(folder, ini))
        hosts[-1].ini = ini
        hosts[-1].tries = 300 if "cluster" in ini else 1000
    return hosts


def main():
    """Each on hosts of its own limits, on one Redis."""
    tap = Tap()
    bed.Daemon.preexec = staticmethod(die_with_parent)
    resource.setrlimit(resource.RLIMIT_NOFILE, (
        resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    servers = Servers()
    one, cluster = servers.add(), Cluster(servers)
    nodes = " ".join(node.address for node in cluster.nodes)
    for redis, tests, login, inbox in (
            (f"servers = {one.address}", (one_limit, reset), "100/1h",
             "1000/1h"),
            (f"servers = {nodes}\ncluster = yes", (one_limit, reset),
             "100/1h", "1000/1h"),
            (f"servers = {one.address}", (two_limits, refused, asked),
             "60/1h", "30/1h")):
        hosts = start(servers, redis=redis, login=login, inbox=inbox)
        one.ask("FLUSHALL")
        for test in tests:
            test(tap, hosts)
        tap.equal([host.stop() for host in hosts], [""] * HOSTS,
                  "both end well")
    return tap.finish()


sys.exit(main())
