#!/usr/bin/python3
"""malformed.t - packets that no MTA would send, connections that do nothing.

After each the daemon lives, serves the next session as it should, and keeps
no session of the bad one. What libmilter answers to nonsense is its own
affair; that it is not "continue" for a session that never was, is not.
"""

import os
import random
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402
import wire  # noqa: E402
from wire import packet, words  # noqa: E402

OFFER = struct.pack("!III", *wire.EVERYTHING)
NEGOTIATED = packet(b"O", OFFER)
CONNECTED = NEGOTIATED + packet(b"C", wire.connect("h", "203.0.113.5"))
GREETED = CONNECTED + packet(b"H", words("h"))
MAILED = GREETED + packet(b"M", words("<a@sender.test>"))
RECEIVED = MAILED + packet(b"R", words("<x@example.test>"))


def length(number):
    return struct.pack("!I", number)


CASES = {
    "nothing at all": b"",
    "one byte": b"\0",
    "half a length": b"\0\0",
    "a length alone": length(13),
    "length 0": length(0),
    "length 0, then a packet": length(0) + NEGOTIATED,
    "length 1 without a command": length(1),
    "a command without its payload": length(13) + b"O",
    "half a payload": NEGOTIATED[:10],
    "length 65537": length(65537) + b"B" + b"x" * 65536,
    "length 1 MB": length(1 << 20) + b"B" + b"x" * 4096,
    "length 2 GB": length(0x7fffffff) + b"O",
    "length 4 GB": length(0xffffffff) + b"O",
    "HTTP": b"GET / HTTP/1.1\r\nHost: mail\r\n\r\n",
    "SMTP": b"EHLO mail.remote.test\r\nMAIL FROM:<a@b.test>\r\n",
    "TLS": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"\x55" * 500,
    "unknown command": NEGOTIATED + packet(b"Z", b"x\0"),
    "command NUL": NEGOTIATED + packet(b"\0", b"x\0"),
    "command 0xff": NEGOTIATED + packet(b"\xff", b"x\0"),
    "negotiation without payload": packet(b"O"),
    "negotiation too short": packet(b"O", OFFER[:11]),
    "negotiation with more": packet(b"O", OFFER + b"x" * 100),
    "negotiation of version 0": packet(b"O", b"\0" * 12),
    "negotiation of version -1": packet(b"O", b"\xff" * 12),
    "negotiation twice": NEGOTIATED * 2,
    "negotiation in a message": RECEIVED + NEGOTIATED,
    "no negotiation": CONNECTED[len(NEGOTIATED):],
    "message without negotiation": RECEIVED[len(NEGOTIATED):],
    "message without connect":
        NEGOTIATED + packet(b"M", words("<a@sender.test>")),
    "end of message first": NEGOTIATED + packet(b"E"),
    "data first": NEGOTIATED + packet(b"T"),
    "recipient without sender":
        GREETED + packet(b"R", words("<x@example.test>")),
    "header without message": GREETED + packet(b"L", words("A", "b")),
    "body without message": GREETED + packet(b"B", b"text"),
    "end without message": GREETED + packet(b"E", b"text"),
    "end twice": RECEIVED + packet(b"E") * 2,
    "abort at once": NEGOTIATED + packet(b"A"),
    "abort many times": GREETED + packet(b"A") * 50,
    "quit at once": packet(b"Q"),
    "quit in a message": RECEIVED + packet(b"Q"),
    "more after quit": GREETED + packet(b"Q") + RECEIVED,
    "new connection many times": NEGOTIATED + packet(b"K") * 20,
    "connect twice": CONNECTED + CONNECTED[len(NEGOTIATED):],
    "helo many times": CONNECTED + packet(b"H", words("h")) * 100,
    "mail many times":
        GREETED + packet(b"M", words("<a@sender.test>")) * 100,
    "connect without payload": NEGOTIATED + packet(b"C"),
    "connect without terminator": NEGOTIATED + packet(b"C", b"host"),
    "connect without family": NEGOTIATED + packet(b"C", b"host\0"),
    "connect with family only": NEGOTIATED + packet(b"C", b"host\x004"),
    "connect with half a port": NEGOTIATED + packet(b"C", b"host\x004\0"),
    "connect without address":
        NEGOTIATED + packet(b"C", b"host\x004\x01\x02"),
    "connect, address unterminated":
        NEGOTIATED + packet(b"C", b"host\x004\x01\x02203.0.113.5"),
    "connect, IPv4 that is none":
        NEGOTIATED + packet(b"C", b"host\x004\x01\x02300.1.2.3\0"),
    "connect, IPv4 called IPv6":
        NEGOTIATED + packet(b"C", b"host\x006\x01\x02203.0.113.5\0"),
    "connect, IPv6 called IPv4":
        NEGOTIATED + packet(b"C", b"host\x004\x01\x022001:db8::1\0"),
    "connect, unknown family":
        NEGOTIATED + packet(b"C", b"host\0X\x01\x02203.0.113.5\0"),
    "connect, a Unix client":
        NEGOTIATED + packet(b"C", b"host\0L\0\0/run/x\0"),
    "connect, a Unix path too long":
        NEGOTIATED + packet(b"C", b"host\0L\0\0/" + b"x" * 300 + b"\0"),
    "connect, no client": NEGOTIATED + packet(b"C", b"host\0U"),
    "connect, a long name":
        NEGOTIATED + packet(b"C", wire.connect("h" * 60000, "203.0.113.5")),
    "connect, an empty name":
        NEGOTIATED + packet(b"C", wire.connect("", "203.0.113.5")),
    "helo without payload": CONNECTED + packet(b"H"),
    "helo unterminated": CONNECTED + packet(b"H", b"mail.remote.test"),
    "helo empty": CONNECTED + packet(b"H", b"\0"),
    "helo of control bytes":
        CONNECTED + packet(b"H", bytes(range(1, 256)) + b"\0"),
    "helo of 60,000 bytes": CONNECTED + packet(b"H", words("h" * 60000)),
    "mail without payload": GREETED + packet(b"M"),
    "mail unterminated": GREETED + packet(b"M", b"<a@sender.test>"),
    "mail empty": GREETED + packet(b"M", b"\0"),
    "mail of NULs": GREETED + packet(b"M", b"\0" * 1000),
    "mail with 5,000 parameters":
        GREETED + packet(b"M", words("<a@sender.test>", *["X=1"] * 5000)),
    "mail, last parameter unterminated":
        GREETED + packet(b"M", b"<a@sender.test>\0SIZE=1"),
    "mail of 60,000 bytes":
        GREETED + packet(b"M", words("<" + "a" * 60000 + "@sender.test>")),
    "rcpt without payload": MAILED + packet(b"R"),
    "rcpt unterminated": MAILED + packet(b"R", b"<x@example.test>"),
    "rcpt empty": MAILED + packet(b"R", b"\0"),
    "header without payload": RECEIVED + packet(b"L"),
    "header unterminated": RECEIVED + packet(b"L", b"Subject"),
    "header without value": RECEIVED + packet(b"L", b"Subject\0"),
    "header, value unterminated": RECEIVED + packet(b"L", b"Subject\0x"),
    "header without name": RECEIVED + packet(b"L", b"\0x\0"),
    "header of 60,000 bytes":
        RECEIVED + packet(b"L", words("X" * 30000, "y" * 30000)),
    "body before the header": RECEIVED + packet(b"B", b"text"),
    "body with the end": RECEIVED + packet(b"E", b"x" * 60000),
    "body empty": RECEIVED + packet(b"N") + packet(b"B"),
    "unknown without payload": GREETED + packet(b"U"),
    "unknown unterminated": GREETED + packet(b"U", b"FOO"),
    "unknown unterminated, 24 bytes": GREETED + packet(b"U", b"F" * 24),
    "unknown unterminated, 60,000 bytes": GREETED + packet(b"U",
                                                           b"F" * 60000),
    "unknown of control bytes":
        GREETED + packet(b"U", bytes(range(1, 256)) + b"\0"),
    "macros without payload": NEGOTIATED + packet(b"D"),
    "macros of a step alone": NEGOTIATED + packet(b"D", b"C"),
    "macros of an unknown step": NEGOTIATED + packet(b"D", b"Zj\0x\0"),
    "macros unterminated": NEGOTIATED + packet(b"D", b"Cj\0mx"),
    "macros before negotiation":
        packet(b"D", b"Cj\0mx\0") + CONNECTED,
    "macros many times":
        NEGOTIATED + packet(b"D", b"Cj\0mx\0") * 200 + CONNECTED[17:],
    "macros, 5,000 of them":
        NEGOTIATED + packet(b"D", b"C" + b"{x}\0y\0" * 5000),
    "macro values of control bytes":
        NEGOTIATED + packet(b"D", b"C{daemon_name}\0" + bytes(range(1, 256))
                            + b"\0") + RECEIVED[len(NEGOTIATED):],
}


def malformed(tap, folder):
    """Each case, the connection left open; then the same, closed."""
    daemon = bed.Daemon(folder, bed.BLOCK + "[loop]\nmax_received = 9\n")
    for title, data in CASES.items():
        with daemon.mta() as left, daemon.mta() as closed:
            left.raw(data)
            closed.raw(data)
            closed.socket.close()
            tap.ok(daemon.alive() and daemon.serves(), title, daemon.log())
        if not daemon.alive():
            return
    tap.ok(bed.wait_until(lambda: daemon.sessions() == 0),
           "no session is left", daemon.ask("stats"))
    tap.equal(daemon.stop(), "", "ends well")


def mutations(tap, folder):
    """A good session with bytes changed, cut out or put in."""
    daemon = bed.Daemon(folder)
    good = RECEIVED + packet(b"T") + packet(b"L", words("A", "b")) + packet(
        b"N") + packet(b"B", b"text\r\n") + packet(b"E") + packet(b"Q")
    chance = random.Random(2)
    for _ in range(300):
        data = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data))
            data[at:at + chance.randint(0, 2)] = bytes(
                chance.randrange(256) for _ in range(chance.randint(0, 2)))
        with daemon.mta() as mta:
            mta.raw(bytes(data))
        if not daemon.alive():
            break
    tap.ok(daemon.alive() and daemon.serves(), "300 broken sessions",
           daemon.log())
    tap.ok(bed.wait_until(lambda: daemon.sessions() == 0),
           "no session is left", daemon.ask("stats"))
    tap.equal(daemon.stop(), "", "ends well")


def served(daemon):
    """libmilter may forget a session that comes together with others, until
    the next one comes (8.17, mi_start_session): so try again."""
    for _ in range(5):
        try:
            return daemon.serves(3)
        except TimeoutError:
            continue
    return False


def half_open(tap, folder):
    """Many connections that stop in the middle of a packet."""
    daemon = bed.Daemon(folder, milter="user =\nstop_timeout = 1s")
    cut = [daemon.mta() for _ in range(150)]
    for number, mta in enumerate(cut):
        mta.raw(RECEIVED[:number % len(RECEIVED)])
    tap.ok(served(daemon), "150 half packets: the next session is served")
    result = bed.load_result(daemon.begin_load("-n", "100"))
    tap.equal(result["done"], 100, "and 100 more")
    for mta in cut:
        mta.socket.close()
    tap.ok(bed.wait_until(lambda: daemon.sessions() == 0),
           "no session is left", daemon.ask("stats"))
    tap.equal(daemon.stop(), "", "ends well")


def idle(tap, folder):
    """1,000 connections that do nothing."""
    daemon = bed.Daemon(folder, bed.BLOCK + "[connlimit]\nclient = 0\n",
                        socket=8891)
    holder = daemon.begin_load("-n", "1", "-i", "1000", "-w", "3000")
    tap.ok(bed.wait_until(lambda: daemon.sessions() >= 1000),
           "1,000 idle connections", daemon.ask("stats"))
    tap.ok(daemon.serves(), "the next session is served")
    result = bed.load_result(daemon.begin_load("-n", "200", "-c", "20"))
    tap.equal(result["done"], 200, "and 200 more")
    tap.equal(bed.load_result(holder)["held"], 1000, "all were held")
    tap.ok(bed.wait_until(lambda: daemon.sessions() == 0),
           "no session is left", daemon.ask("stats"))
    tap.equal(daemon.stop(), "", "ends well")


bed.run(malformed, mutations, half_open, idle)
