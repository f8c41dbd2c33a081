#!/usr/bin/python3
"""faults.t - scanners that are gone, hung, late or mad: mail passes or is
deferred as configured, nobody is refused, every step ends in time."""

import os
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../daemon")]

import bed  # noqa: E402
from fakes import BAD, OTHERS_OFF, Scanner, send  # noqa: E402

TIMEOUT = 0.4  # seconds
SLACK = 6 if bed.SANITIZED else 3  # seconds, on a busy machine
AT_ONCE = 40
# what a scanner does -> its file; None: nobody listens
FAULTS = {
    "is gone": None,
    "hangs up": "!close\nx",
    "hangs": "!hang",
    "does not read": "!deaf",
    "says nothing": "",
    "says half": "half",
    "speaks another language": "220 mx.example.test ESMTP",
    "speaks without an end": "!endless\nstream: HTTP/1.1 200 OK",
    "speaks too early": "!early\nwhat?",
    "answers too late": "late",
    "has a head without an end": "HTTP/1.1 200 OK\nA: b",
    "declares too much": "much",
    "fails": "fails",
}
SPECIAL = {
    "half": {kind: text[:len(text) * 2 // 3] for kind, text in BAD.items()},
    "late": {kind: f"!slow {TIMEOUT * 1000 + 600:.0f}\n" + text
             for kind, text in BAD.items()},
    "much": {"clamd": "x" * 9000,
             "spamd": "SPAMD/1.1 0 EX_OK\nContent-length: 999999999\n"
                      "Spam: True ; 99 / 5\n\nA",
             "rspamd": "HTTP/1.1 200 OK\nContent-Length: 999999999\n\n"
                       '{"score":99,"action":"reject"}'},
    "fails": {"clamd": "stream: Can't allocate memory ERROR\\0",
              "spamd": "SPAMD/1.1 75 EX_TEMPFAIL\n\n",
              "rspamd": "HTTP/1.1 500 Internal Error\n\n"
                        '{"score":99,"action":"reject"}'},
}


def ini(kind, folder):
    policy = "virus" if kind == "clamd" else "spam"
    scanner = "" if kind == "clamd" else f"scanner = {kind}\n"
    return OTHERS_OFF + f"[{policy}]\n{scanner}" \
        f"servers = unix:{folder}/{kind}\ntimeout = {TIMEOUT * 1000:.0f}ms\n" \
        f"[{policy} from=strict@sender.test]\non_error = defer\n" \
        f"[replies]\n{policy}.unavailable = 554 5.3.0 our fault\n"


def fine(tap, daemon, sender, letter, what):
    answer, seconds = send(daemon, sender)
    tap.ok(answer and answer[0] == letter and " 5" not in answer[:4], what,
           answer)
    tap.ok(seconds < TIMEOUT + SLACK, f"{what}: in time", seconds)


def rest(daemon, seconds=2.2):
    """Until a breaker lets somebody try."""
    if daemon.logged("not asked until it works", 0):
        time.sleep(seconds)


def one(tap, folder, kind):
    scanner = Scanner(kind, folder)
    for fault, text in FAULTS.items():
        # a daemon each, so that no breaker is open yet
        place = os.path.join(folder, fault.replace(" ", "-"))
        os.makedirs(place)
        os.chmod(place, 0o755)
        scanner.behave(SPECIAL.get(text, {}).get(kind, text))
        daemon = bed.Daemon(place, ini(kind, folder))
        fine(tap, daemon, "<a@sender.test>", "c",
             f"{kind} {fault}: mail passes")
        fine(tap, daemon, "<strict@sender.test>", "y",
             f"{kind} {fault}: or waits")
        tap.equal(daemon.stop(), "", f"{kind} {fault}: it ended well")
    scanner.end()


def clamd(tap, folder):
    one(tap, folder, "clamd")


def spamd(tap, folder):
    one(tap, folder, "spamd")


def rspamd(tap, folder):
    one(tap, folder, "rspamd")


def many_wait(tap, folder):
    """Nobody holds up the others, and the breaker spares those to come."""
    scanner = Scanner("clamd", folder)
    scanner.behave("!hang")
    daemon = bed.Daemon(folder, ini("clamd", folder))
    results = []

    def client():
        results.append(send(daemon, "<strict@sender.test>"))
    threads = [threading.Thread(target=client) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tap.equal({answer[:5] for answer, _ in results}, {"y 451"},
              f"{AT_ONCE} at once: all are deferred")
    slowest = max(seconds for _, seconds in results)
    tap.ok(slowest < TIMEOUT + SLACK, "and none waits longer than one",
           slowest)
    _, seconds = send(daemon, "<strict@sender.test>")
    tap.ok(seconds < TIMEOUT - 0.1, "the next is not asked about", seconds)
    scanner.behave(BAD["clamd"])
    rest(daemon)
    answer, _ = send(daemon, "<a@sender.test>")
    tap.ok(answer.startswith("y 550"), "when clamd is back, it is asked",
           answer)
    tap.ok(daemon.logged("works again"), "the log says so", daemon.log())
    tap.equal(daemon.stop(), "", "it ended well")
    scanner.end()


def second_server(tap, folder):
    """One that hangs costs its share of the time, not all of it."""
    first, second = Scanner("clamd", folder), Scanner("second", folder)
    first.behave("!hang")
    second.behave(BAD["clamd"])
    text = ini("clamd", folder).replace(
        f"unix:{folder}/clamd", f"unix:{folder}/clamd unix:{folder}/second")
    daemon = bed.Daemon(folder, text)
    for _ in range(4):
        answer, seconds = send(daemon, "<a@sender.test>")
        tap.ok(answer.startswith("y 550"), "the second one answers", answer)
    tap.ok(seconds < TIMEOUT / 2 - 0.05, "at once, when the first is not asked",
           seconds)
    tap.equal(daemon.stop(), "", "it ended well")
    first.end()
    second.end()


bed.run(clamd, spamd, rspamd, many_wait, second_server)
