#!/usr/bin/env python3
"""allow.t - mailreevectl allow: on Redis for all hosts, on the embedded store
beside a daemon and without one; those to whom users wrote, on another host."""

import json
import re
import sys

from hosts import REDIS, Hosts
from play import Tap
from servers import Servers, wait_until
from wire import connect, macros, words

INI = """\
[greylist]
enabled = yes
apply = all
stage = rcpt
[autoallow]
enabled = yes
references = refused
"""
GREYLISTED = "Greylisted"


def rcpt(host, sender, recipient, login=None):
    """The answer at RCPT; with a login, at the end of the message."""
    with host.mta() as mta:
        mta.step(b"C", connect("mail.remote.test", "203.0.113.5"))
        mta.step(b"H", words("mail.remote.test"))
        if login:
            mta.send(b"D", macros(b"M", auth_type="PLAIN",
                                  auth_authen=login))
        mta.step(b"M", words(f"<{sender}>"))
        answer = mta.step(b"R", words(f"<{recipient}>"))
        if login:
            mta.step(b"T")
            mta.step(b"L", words("Subject", "x"))
            mta.step(b"N")
            mta.step(b"B", b"x")
            mta.send(b"E")
            answer = mta.answer()
        return answer


def both(tap, name, one, other, hosts):
    """What one host learns, the other knows."""
    tap.equal(rcpt(one, "alice@example.test", "friend@other.test",
                   "alice@example.test"), "c", f"{name}: a user writes")
    wait_until("the entry", lambda: "friend" in one.ctl("allow", "list"))
    tap.equal(rcpt(other, "friend@other.test", "alice@example.test"), "c",
              f"{name}: and is answered, on the other host")
    answer = rcpt(one, "foe@other.test", "alice@example.test")
    tap.ok(GREYLISTED in answer, f"{name}: another is not", answer)
    reference = re.search(r"\(ref ([0-9a-z]{12})\)", answer)[1]
    said = []  # the reference is on its way for a moment
    wait_until("the reference", lambda: said.append(other.ctl(
        "--json", "allow", reference, "--for", "rcpt", "--until",
        "30d")) or said[-1].startswith("["))
    tap.equal([(row["sender"], row["for"], row["skip"])
               for row in json.loads(said[-1])],
              [("foe@other.test", "alice@example.test",
                "greylist reputation")],
              f"{name}: his reference, on the other host")
    tap.equal(rcpt(one, "foe@other.test", "alice@example.test"), "c",
              f"{name}: lets him by at once")
    hosts.move(29 * 86400)
    tap.equal(rcpt(one, "foe@other.test", "alice@example.test"), "c",
              f"{name}: for a month")
    hosts.move(2 * 86400)
    answer = rcpt(one, "foe@other.test", "alice@example.test")
    tap.ok(GREYLISTED in answer, f"{name}: not for longer", answer)


def alone(tap, folder):
    """The embedded store, without a daemon and beside one."""
    hosts = Hosts(folder, "", INI)
    host = hosts.start("one")
    both(tap, "embedded", host, host, hosts)
    tap.equal(host.stop(), 0, "ends well")
    out = host.ctl("allow", "add", "second@other.test", "@example.test",
                   "--skip", "greylist", "--why", "by telephone")
    tap.ok(out.startswith("second@other.test -> @example.test until "),
           "added without a daemon", out)
    rows = json.loads(host.ctl("allow", "list", "--json"))
    tap.equal(sorted((row["sender"], row["for"], row["by_hand"], row["why"])
                     for row in rows),
              [("friend@other.test", "alice@example.test", False, ""),
               ("second@other.test", "@example.test", True, "by telephone")],
              "listed without one")
    host.start()
    tap.equal(rcpt(host, "second@other.test", "bob@example.test"), "c",
              "found by the next")
    out = host.ctl("allow", "remove", "second@other.test", "@example.test")
    tap.equal(out, "second@other.test -> @example.test is removed\n",
              "removed beside it")
    answer = rcpt(host, "second@other.test", "bob@example.test")
    tap.ok(GREYLISTED in answer, "which holds at once", answer)
    tap.equal(host.stop(), 0, "ends well again")


def main():
    """Redis, then without."""
    tap = Tap()
    servers = Servers()
    redis = f"servers = {servers.add().address}\n"
    hosts = Hosts(servers.folder + "/redis", REDIS + redis, INI)
    pair = [hosts.start("one"), hosts.start("two")]
    both(tap, "Redis", *pair, hosts)
    tap.equal([host.stop() for host in pair], [0, 0], "both end well")
    out = pair[0].ctl("allow", "list")
    tap.ok("friend@other.test -> alice@example.test until" in out,
           "Redis needs no daemon", out)
    alone(tap, servers.folder + "/embedded")
    return tap.finish()


sys.exit(main())
