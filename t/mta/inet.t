#!/usr/bin/python3
"""inet.t - mailreeve on a TCP socket, behind both mail servers.

The other tests use Unix sockets. Here is seen that with Postfix a message
goes through without the pauses that small packets over TCP can cost. Sendmail
itself writes macros and command in two packets and waits 44 ms between them,
whatever the milter does: with it a Unix socket is the better choice.
"""

import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import world  # noqa: E402
from catalog import MTAS  # noqa: E402
from host import Host  # noqa: E402
from scenes import BLOCK, MESSAGE, passed, refused, send  # noqa: E402
from tap import Tap  # noqa: E402

LIBMILTER, POSTFIX = "inet:8891@127.0.0.1", "inet:127.0.0.1:8891"
MESSAGES = 20
SECONDS = 0.040  # a delayed acknowledgement would cost as much, each time


def median(times):
    return sorted(times)[len(times) // 2]


def messages(host, tap):
    times = []
    with host.session() as session:
        for _ in range(MESSAGES):
            session.mail("<a@sender.test>")
            session.rcpt("<x@example.test>")
            begin = time.monotonic()
            session.command("DATA")
            reply = session.message(MESSAGE)
            times.append(time.monotonic() - begin)
    passed(tap, reply, "messages pass")
    if host.name == "postfix":
        tap.ok(median(times) < SECONDS, "DATA to 250 without a pause", times)
    tap.comment(f"DATA to 250: {median(times) * 1000:.1f} ms")


def act(name):
    """The first process of a world."""
    tap = Tap(indent="    ")
    host = Host(name, POSTFIX if name == "postfix" else LIBMILTER)
    daemon = host.daemon(BLOCK, "inet", LIBMILTER)
    with host.session() as session:
        refused(tap, send(session, "<bad@sender.test>", "<x@example.test>"),
                "sender blocked", "a sender is refused")
    messages(host, tap)
    host.retire(daemon, "inet")
    ended = host.end()
    tap.ok(not ended, "mailreeve ended well", ended)
    return tap.finish()


def main():
    tap = Tap()
    for name in MTAS:
        tap.subtest(name, world.start(lambda: act(name)))
    return tap.finish()


if __name__ == "__main__":
    world.become_root()
    world.end_with_parent(signal.SIGTERM)
    sys.exit(main())
