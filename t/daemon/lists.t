#!/usr/bin/python3
"""lists.t - DNS lists that are slow, silent, and back again: what they cost."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402
import names  # noqa: E402
from names import Session, client, together  # noqa: E402

COUNT = 8
WAIT = 4  # seconds: [dnsbl] wait
SOON = 2 if bed.SANITIZED else 1  # seconds, on a busy machine
LISTED = "y 550 5.7.1 Your address 203.0.113.5 is listed by "


def zone(number, more=""):
    return f"2.0.0.127.l{number}.example A 127.0.0.2\n" + more


def ini(count, health="10m"):
    return names.DNS + "".join(
        f"[dnsbl.l{n}]\nzone = l{n}.example\nhealth = {health}\n"
        for n in range(count))


def waits(daemon, count, first=0):
    """Sessions of clients that nobody asked about, one after another."""
    return names.median_ms(
        Session(daemon, client(first + n)) for n in range(count))


def one_silent(tap, folder):
    """Eight lists, one of which never answers, against seven."""
    good = "".join(zone(n) for n in range(COUNT)) + names.SENDER
    server = names.NameServer(
        folder, good + f"*.l{COUNT - 1}.example ANY !TIMEOUT\n")
    # without its self-test, which would have found it out before
    daemon = bed.Daemon(folder, ini(COUNT, health="0"))
    before = together(3, lambda n: Session(daemon, client(n)))
    most = max(session.waited for session in before)
    tap.ok(most < WAIT + SOON, "a silent list costs a session no more than "
           "its deadline", f"{most:.2f} s")
    tap.ok(all(s.reply == "c" for s in before), "and refuses nobody",
           [s.reply for s in before])
    tap.ok(daemon.logged(f"dnsbl.l{COUNT - 1}: .* is switched off"),
           "it is switched off", daemon.log())
    eight = waits(daemon, 20, first=10)
    tap.equal(daemon.stop(), "", "ends well")
    daemon.configure(ini(COUNT - 1, health="0"))
    daemon.start()
    seven = waits(daemon, 20, first=10)
    tap.ok(eight < seven + 20 * (5 if bed.SANITIZED else 1),
           "once it is off it costs nothing",
           f"{eight:.1f} ms, with seven lists {seven:.1f} ms")
    tap.comment(f"eight lists, one silent: {most:.2f} s in a session before "
                f"it is switched off (deadline {WAIT} s), {eight:.1f} ms "
                f"after; seven lists: {seven:.1f} ms")
    tap.equal(daemon.stop(), "", "ends well")
    server.end()


def slowest(tap, folder):
    """Eight lists that answer after 30, 60 ... 240 ms."""
    delays = [30 * (n + 1) for n in range(COUNT)]
    server = names.NameServer(folder, names.SENDER + "".join(
        zone(n, f"*.l{n}.example ANY !DELAY {delay}\n")
        for n, delay in enumerate(delays)))
    daemon = bed.Daemon(folder, ini(COUNT))
    cold = waits(daemon, 9)
    tap.ok(max(delays) <= cold + 1 < max(delays) + 1000 * SOON,
           "lists are asked at the same time", f"{cold:.1f} ms")
    warm = names.median_ms(Session(daemon, client(0)) for _ in range(9))
    tap.ok(warm < 1000 * SOON / 2, "once in a session, then from the cache",
           f"{warm:.1f} ms")
    paced = names.median_ms([Session(daemon, client(50), pace=0.1)])
    tap.ok(paced < 1000 * SOON / 2, "and the client's own pace hides it",
           f"{paced:.1f} ms")
    tap.comment(f"eight lists: {cold:.1f} ms; the slowest takes "
                f"{max(delays)} ms, all in turn would take {sum(delays)} ms; "
                f"from the cache {warm:.1f} ms; with a client that takes "
                f"100 ms for a step {paced:.1f} ms")
    tap.equal(daemon.stop(), "", "ends well")
    server.end()


def state(daemon):
    return [(one["state"], one["why"]) for one in daemon.ask("stats")["lists"]]


def back(tap, folder):
    """A list that ends, begins to list everything, and works again."""
    good = zone(0, "5.113.0.203.l0.example A 127.0.0.2\n") + names.SENDER
    server = names.NameServer(folder, good)
    daemon = bed.Daemon(folder, ini(1, health="1s"))

    def refused():
        return Session(daemon).reply.startswith(LISTED)

    def becomes(wanted):
        return bed.wait_until(lambda: state(daemon)[0][0] == wanted)
    tap.ok(refused(), "a list that works refuses")
    server.serve("*.l0.example A 127.0.0.2\n" + names.SENDER)
    tap.ok(becomes("off"), "one that lists everything is switched off")
    tap.equal(state(daemon)[0][1], "it lists everything", "and it is said why")
    tap.ok(not refused(), "it refuses nobody any more")
    server.serve("*.l0.example ANY !TIMEOUT\n" + names.SENDER)
    begin = time.monotonic()
    tap.equal(Session(daemon).reply, "c", "nor when it is silent")
    tap.ok(time.monotonic() - begin < 2 * SOON, "nor is it waited for")
    server.serve(good)
    tap.ok(becomes("on"), "it comes back by itself")
    tap.ok(bed.wait_until(refused), "and refuses again")
    tap.ok(daemon.logged("dnsbl.l0: l0.example works again and is switched "
                         "on"), "which is logged", daemon.log())
    tap.equal(sum(" is switched off" in line
                  for line in daemon.log().splitlines()), 1,
              "one line when it went")
    tap.equal(daemon.stop(), "", "ends well")
    server.end()


def reloaded(tap, folder):
    """A reload keeps a list's state, and tests new lists before they count."""
    server = names.NameServer(
        folder, "*.l0.example A 127.0.0.2\n*.l1.example A 127.0.0.2\n"
        + names.SENDER)
    daemon = bed.Daemon(folder, ini(1))
    tap.equal(state(daemon), [("off", "it lists everything")], "off at once")
    daemon.configure(ini(2))
    tap.ok(daemon.ask("reload")["ok"], "reloaded")
    tap.equal([one[0] for one in state(daemon)], ["off", "off"],
              "the new one is off as well")
    tap.equal(daemon.log().count("l0.example is switched off"), 1,
              "the old one was not tested anew")
    tap.equal(Session(daemon).reply, "c", "nobody is refused")
    tap.equal(daemon.stop(), "", "ends well")
    server.end()


def spared(tap, folder):
    """Nobody is asked about clients that will not be judged."""
    server = names.NameServer(folder, zone(0) + names.SENDER)
    daemon = bed.Daemon(folder, ini(1) + "[rdns]\nmismatch = yes\n"
                        "[spf]\nenabled = no\n")

    def asked(**more):
        before = daemon.ask("stats")["dns"]["queries"]
        Session(daemon, sender="<>", **more)
        return daemon.ask("stats")["dns"]["queries"] - before
    tap.equal(asked(client="127.0.0.1", resolve="TEMP"), 0,
              "about a trusted client")
    tap.equal(asked(client="10.0.0.1", resolve="TEMP"), 0,
              "about a private address")
    tap.equal(asked(rcpts=10), 1, "once about another, whatever the number "
              "of recipients")
    tap.equal(daemon.stop(), "", "ends well")
    server.end()


bed.run(one_silent, slowest, back, reloaded, spared)
