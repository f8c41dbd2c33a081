#!/usr/bin/python3
"""together.t - scanners are asked at once: a message waits for the slowest of
them, not for one after the other, and for nobody once it is refused."""

import os
import socket
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../daemon")]

import bed  # noqa: E402
from fakes import BAD, GOOD, OTHERS_OFF, Scanner, send  # noqa: E402

SLOW = 1.0  # seconds that a scanner takes
SUM = 2 * SLOW  # what nothing asked one after the other can be below
TRIES = 5  # of which one is without a hold-up by the machine
SIZE = 3 << 20  # more than sockets take at once
BODY = (b"x" * 76 + b"\r\n") * (SIZE // 78)


def slow(text, seconds=SLOW):
    return f"!slow {seconds * 1000:.0f}\n{text}"


def ini(folder, virus="clamd", spam="rspamd", more=""):
    def where(names):
        return " ".join(name if ":" in name else f"unix:{folder}/{name}"
                        for name in names.split())
    return OTHERS_OFF + more + f"[virus]\nservers = {where(virus)}\n" \
        f"[spam]\nscanner = rspamd\nmax_size = 10M\n" \
        f"servers = {where(spam)}\n"


def begun(folder, **behaviours):
    scanners = []
    for name, text in behaviours.items():
        scanners.append(Scanner(name, folder))
        scanners[-1].behave(text)
    return scanners


def ended(tap, daemon, scanners):
    tap.equal(daemon.stop(), "", "the daemon ended well")
    for scanner in scanners:
        scanner.end()


def quickest(tap, daemon, answer, what, **more):
    """The shortest of some tries; each has to get the answer."""
    best = 60
    for _ in range(TRIES):
        got, seconds = send(daemon, **more)
        tap.ok(got.startswith(answer), f"{what}: {answer}", got)
        best = min(best, seconds)
        if best < SUM - 0.1:
            break
    return best


def both_at_once(tap, folder, what="two that are slow", scanners=None,
                 text=None, answer="c", **more):
    scanners = scanners or begun(folder, clamd=slow(GOOD["clamd"]),
                                 rspamd=slow(GOOD["rspamd"]))
    daemon = bed.Daemon(folder, text or ini(folder))
    seconds = quickest(tap, daemon, answer, what, **more)
    tap.ok(SLOW - 0.1 < seconds < SUM - 0.1,
           f"{what}: the time of one, not of two", seconds)
    ended(tap, daemon, scanners)


def the_second_refuses(tap, folder):
    both_at_once(tap, folder, "spam after a clean scan", answer="y 550",
                 scanners=begun(folder, clamd=slow(GOOD["clamd"]),
                                rspamd=slow(BAD["rspamd"])))


def a_large_message(tap, folder):
    """The rest of what a socket does not take is sent while others wait."""
    both_at_once(tap, folder, f"{SIZE >> 20} MB", body=BODY)


def for_some_recipients(tap, folder):
    """Settings of a recipient count as soon as those of all do."""
    text = OTHERS_OFF + f"[virus rcpt=example.test]\n" \
        f"servers = unix:{folder}/clamd\n[spam rcpt=example.test]\n" \
        f"scanner = rspamd\nservers = unix:{folder}/rspamd\n"
    both_at_once(tap, folder, "scanners of a recipient", text=text)


def fail_over(tap, folder):
    """One goes on to its next server while another is waited for."""
    both_at_once(
        tap, folder, "one after a dead and a mad server",
        text=ini(folder, spam="dead mad rspamd"),
        scanners=begun(folder, clamd=slow(GOOD["clamd"]), mad="what?",
                       rspamd=slow(GOOD["rspamd"])))


def over_tcp(tap, folder):
    """A name has several addresses; one nobody listens at is no loss."""
    behaviours = {3399: GOOD["clamd"], 3398: GOOD["rspamd"]}
    scanners = [Scanner(f"tcp{port}", folder, port) for port in behaviours]
    for scanner, text in zip(scanners, behaviours.values()):
        scanner.behave(slow(text))
    both_at_once(tap, folder, "over TCP", scanners=scanners, body=BODY,
                 text=ini(folder, "127.0.0.1:9 localhost:3399",
                          "[::1]:9 127.0.0.1:3398"))


def one_is_gone(tap, folder):
    """What is over does not disturb what goes on."""
    both_at_once(tap, folder, "one that is slow, one that is gone",
                 scanners=begun(folder, rspamd=slow(GOOD["rspamd"])))
    again = os.path.join(folder, "again")
    os.makedirs(again)
    both_at_once(tap, again, "the same the other way round",
                 scanners=begun(again, clamd=slow(GOOD["clamd"])))


def both_hang(tap, folder):
    """Nor is it the sum of two timeouts; breakers are told of both."""
    scanners = begun(folder, clamd="!hang", rspamd="!deaf")
    text = ini(folder).replace("servers", "timeout = 1s\nservers")
    daemon = bed.Daemon(folder, text)
    seconds = quickest(tap, daemon, "c", "two that hang")
    tap.ok(seconds < SUM - 0.1, "two that hang: the time of one", seconds)
    for _ in range(3):
        send(daemon)
    for name in ("clamd", "rspamd"):
        tap.ok(daemon.logged(f"{name} .*not asked until it works"),
               f"{name} is not asked any more", daemon.log())
    ended(tap, daemon, scanners)


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.pid}/fd"))


def refused(tap, folder, what, more="", **behaviours):
    """A refusal ends it: others are not waited for, and sockets are closed."""
    scanners = begun(folder, **behaviours)
    daemon = bed.Daemon(folder, ini(folder, more=more))
    send(daemon)
    before = descriptors(daemon)
    for _ in range(20):
        got, _ = send(daemon)
        tap.ok(got.startswith("y 550"), f"{what}: refused", got)
    seconds = quickest(tap, daemon, "y 550", what)
    tap.ok(seconds < SUM, f"{what}: at once", seconds)
    tap.ok(bed.wait_until(lambda: descriptors(daemon) <= before),
           f"{what}: nothing stays open", (before, descriptors(daemon)))
    tap.ok("not asked" not in daemon.log(), f"{what}: nobody is blamed",
           daemon.log())
    ended(tap, daemon, scanners)


def a_virus_is_found(tap, folder):
    refused(tap, folder, "a virus", clamd=BAD["clamd"], rspamd="!hang")


def a_rule_refuses(tap, folder):
    refused(tap, folder, "a rule", "[content.words]\nwhere = subject\n"
            "pattern = /x/\n", clamd="!deaf", rspamd="!hang")


def a_full_queue(tap, folder):
    """A server that has no room for now is tried again."""
    def serve():
        time.sleep(0.3)
        for _ in range(2):
            with server.accept()[0] as talk:
                if talk.recv(1):
                    talk.sendall(b"stream: Late FOUND\0")
                    while talk.recv(65536):
                        pass
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"{folder}/clamd")
    os.chmod(f"{folder}/clamd", 0o666)
    server.listen(0)
    daemon = bed.Daemon(folder, OTHERS_OFF +
                        f"[virus]\nservers = unix:{folder}/clamd\n")
    filler = socket.socket(socket.AF_UNIX)
    filler.connect(f"{folder}/clamd")
    filler.close()
    thread = threading.Thread(target=serve)
    thread.start()
    tap.ok(send(daemon)[0].startswith("y 550"), "a full queue: tried again",
           daemon.log())
    ended(tap, daemon, [])
    server.close()
    thread.join()


bed.run(both_at_once, the_second_refuses, a_large_message,
        for_some_recipients, fail_over, over_tcp, one_is_gone, both_hang,
        a_virus_is_found, a_rule_refuses, a_full_queue)
