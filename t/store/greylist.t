#!/usr/bin/env python3
"""greylist.t - two mailreeves on one Redis greylist as one.

What one has seen for the first time passes at the other; a message costs one
exchange with the store, with one recipient or with ten; a contact takes little
room; mailreevectl finds its way although Redis has only hashes.
"""

import contextlib
import json
import os
import re
import sys

from hosts import Mailreeve, move
from play import Tap
from servers import Cluster, Servers, wait_until
from wire import Mta, words

BYTES_MOST = 165  # for a contact, in Redis; 144 to 160 as its tables fill
RECIPIENTS = 100
MESSAGES = 60     # Redis' tables are as full as they are on average

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
[recipient]
enabled = no
[connlimit]
enabled = no
[abuse]
enabled = no
[greylist]
enabled = yes
apply = all
domain_keys =
{more}
[store]
path = {folder}/store
backend = redis
[redis]
{redis}
"""


class Host(Mailreeve):
    """One whose wall clock is that of all hosts of a folder."""

    def __init__(self, folder, name, redis, more=""):
        own = os.path.join(folder, name)
        super().__init__(own, INI.format(folder=own, redis=redis, more=more),
                         os.path.join(folder, "clock"))

    def batches(self):
        """Exchanges with the store so far."""
        return json.loads(self.ctl("--json", "stats"))["store"]["batches"]

    def mail(self, sender="a@sender.test", recipients=("alice@example.test",),
             client="203.0.113.5"):
        """The answers of a message's RCPTs and DATA, and all of its end."""
        with Mta(self.folder + "/socket") as mta:
            mta.negotiate()
            mta.greet(client)
            mta.step(b"M", words(f"<{sender}>"))
            answers = [mta.step(b"R", words(f"<{recipient}>"))
                       for recipient in recipients]
            if any(answer in ("", "c") for answer in answers):
                answers.append(mta.step(b"T"))
            if answers[-1] == "c":
                mta.step(b"N")
                answers.append(mta.step(b"E"))
                while answers[-1] and answers[-1][0] in "himq-":
                    answers.append(mta.answer())
        return answers


def folder_of(servers, name):
    path = os.path.join(servers.folder, name)
    os.mkdir(path)
    move(path + "/clock", 0)
    return path


def two_hosts(tap, servers, name, redis):
    """Seen by one, passed by the other; the counts as well."""
    folder = folder_of(servers, name)
    one, two = (Host(folder, host, redis) for host in ("one", "two"))
    tap.ok("451 4.7.1 Greylisted" in one.mail()[-1], f"{name}: a first contact")
    tap.ok("in 120 sec" in one.mail("b@sender.test")[-1], f"{name}: another")
    move(folder + "/clock", 60)
    tap.ok(re.search("in (60|5[0-9]) sec", two.mail()[-1]),
           f"{name}: too early at the other host")
    move(folder + "/clock", 70)
    answers = two.mail()
    tap.ok(answers[-1] == "c" and any("X-Greylist" in answer
                                      for answer in answers),
           f"{name}: passes at the other host, after a delay", str(answers))
    tap.equal(one.mail()[-1], "c", f"{name}: and is known at the first")
    move(folder + "/clock", 3700)
    tap.equal(one.mail()[-1], "c", f"{name}: the second pass")
    wait_until("the count", lambda: two.mail(
        "new@sender.test", ["carol@example.test"])[-1] == "c")
    tap.ok(True, f"{name}: the sender's domain is allowed at the other host")
    for host in (one, two):
        tap.equal(host.stop(), 0, f"{name}: ends well")


def exchanges(tap, servers, redis):
    """One for a message; with stage = rcpt one for a recipient."""
    folder = folder_of(servers, "exchanges")
    ten = [f"r{n}@example.test" for n in range(10)]
    host = Host(folder, "data", redis)
    for recipients, what in ((ten[:1], "one recipient"), (ten, "ten")):
        before = host.batches()
        tap.ok("451 4.7.1" in host.mail("x@exchange.test", recipients)[-1],
               f"{what}: deferred at DATA")
        tap.equal(host.batches() - before, 1, f"{what}: one exchange")
    tap.equal(host.stop(), 0, "ends well")
    host = Host(folder, "rcpt", redis, "stage = rcpt")
    before = host.batches()
    answers = host.mail("y@exchange.test", ten)
    tap.ok(len(answers) == 10 and all("451 4.7.1" in answer
                                      for answer in answers),
           "stage = rcpt: each recipient by itself", str(answers))
    tap.equal(host.batches() - before, 10, "stage = rcpt: ten exchanges")
    tap.equal(host.stop(), 0, "ends well")


def room(tap, servers, server, redis):
    """What Redis takes for a contact, all told."""
    host = Host(folder_of(servers, "room"), "one", redis)
    host.mail("first@room.test")
    before = int(server.info("memory", "used_memory"))
    keys = server.ask("DBSIZE")
    for message in range(MESSAGES):
        host.mail(f"user{message}@room.test", [
            f"recipient{n}@example.test" for n in range(RECIPIENTS)],
            f"198.51.{message}.7")
    keys = server.ask("DBSIZE") - keys
    tap.equal(keys, MESSAGES * RECIPIENTS, "a key for each contact")
    tap.equal(host.stop(), 0, "ends well")
    taken = []

    def settled():
        """Its tables have grown, and the connections' buffers are gone."""
        taken.append((int(server.info("memory", "used_memory")) - before)
                     / keys)
        return taken[-1] <= BYTES_MOST
    with contextlib.suppress(TimeoutError):
        wait_until("the tables", settled)
    tap.ok(taken[-1] <= BYTES_MOST,
           f"a contact takes {taken[-1]:.0f} bytes in Redis")


def tool(tap, servers, redis):
    """mailreevectl: names are hashes, but those who know them find them."""
    folder = folder_of(servers, "tool")
    host = Host(folder, "one", redis)
    host.mail("bob@tool.test", client="192.0.2.7")
    listed = host.ctl("greylist", "list", "--state", "waits")
    tap.ok(" ? ? ?\n" in listed and "tool.test" not in listed,
           "hashes are shown as such", listed)
    listed = host.ctl("greylist", "list", "--client", "192.0.2.0/24",
                      "--sender", "bob@tool.test", "--recipient",
                      "alice@example.test")
    tap.ok("192.0.2.0/24 <bob@tool.test> <alice@example.test>" in listed,
           "who knows all three finds them", listed)
    host.ctl("greylist", "allow", "192.0.2.7", "--for", "1h")
    listed = host.ctl("greylist", "list", "--client", "192.0.2.0/24")
    tap.ok("allowed" in listed, "what was allowed is shown", listed)
    tap.equal(host.mail("eve@tool.test", client="192.0.2.9")[-1], "c",
              "and passes")
    forgotten = json.loads(host.ctl("greylist", "forget", "192.0.2.7",
                                    "--json"))
    tap.ok(forgotten["forgotten"] >= 3, "forgotten", str(forgotten))
    tap.ok("451" in host.mail("bob@tool.test", client="192.0.2.7")[-1],
           "and new again")
    tap.equal(host.stop(), 0, "ends well")


def main():
    """On one server and on a Cluster."""
    tap = Tap()
    servers = Servers()
    one = servers.add()
    redis = f"servers = {one.address}"
    two_hosts(tap, servers, "one server", redis)
    exchanges(tap, servers, redis)
    room(tap, servers, one, redis)
    tool(tap, servers, redis)
    cluster = Cluster(servers)
    two_hosts(tap, servers, "Cluster", "cluster = yes\nservers = " + " ".join(
        node.address for node in cluster.nodes))
    return tap.finish()


sys.exit(main())
