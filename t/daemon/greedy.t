#!/usr/bin/python3
"""greedy.t - clients that repeat one thing without end.

Mail servers put limits of their own to that, but not all of them to all of
it: what one connection makes the daemon keep has a bound of its own.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402
from wire import words  # noqa: E402

# what grows without end shows in an instrumented build's own reports
TIMES = 3000 if bed.SANITIZED else 30000
MOST = 3000  # kB that the daemon may grow meanwhile

# every limit that a policy would set is off, and all steps are asked for
INI = bed.BLOCK + """\
[commands]
max = 0
[recipient]
max = 0
[helo]
stage = helo
[access]
block_header_from = inline:{bad@sender.test}
[auth]
inbound_lockout = header
[loop]
max_received = 0
[directory]
domains = inline:{example.test}
"""


def peak(daemon):
    return int(bed.status(daemon.pid)["VmHWM"][0])


def repeat(mta, command, payload, times=TIMES):
    """A step many times over; the last answer."""
    answer = ""
    for number in range(times):
        answer = mta.step(command, payload(number))
    return answer


def begin(mta, sender="<a@sender.test>", recipients=1):
    mta.step(b"M", words(sender))
    for number in range(recipients):
        mta.step(b"R", words(f"<r{number}@example.test>"))


def same_greeting(mta):
    return repeat(mta, b"H", lambda n: words("localhost"))


def new_greetings(mta):
    return repeat(mta, b"H", lambda n: words(f"{n}.{'h' * 60}.test"))


def commands(mta):
    return repeat(mta, b"U", lambda n: words(f"FOO{n}"))


def commands_in_message(mta):
    begin(mta)
    return repeat(mta, b"U", lambda n: words(f"FOO{n} {'x' * 300}"))


def refused(mta):
    begin(mta, "<bad@sender.test>", 0)
    return repeat(mta, b"R", lambda n: words(f"<r{n}@example.test>"))


def messages(mta):
    return repeat(mta, b"M", lambda n: words(f"<a{n}@sender.test>"))


def fields(name, value):
    """A header of that field alone."""
    def send(mta):
        begin(mta, recipients=100)
        mta.step(b"T")
        repeat(mta, b"L", lambda n: words(name, value.format(n)))
        mta.step(b"N")
        answer = mta.step(b"E")
        while answer and answer[0] in "himq-":
            answer = mta.answer()
        return answer
    return send


CASES = {
    "the same greeting": (same_greeting, "y 451"),
    "other greetings": (new_greetings, "y 451"),
    "unknown commands": (commands, "y 451"),
    "unknown commands in a message": (commands_in_message, "y 451"),
    "refused recipients": (refused, "y 451"),
    "messages": (messages, ""),
    "Delivered-To": (fields("Delivered-To", "u{}@elsewhere.test"), "c"),
    "From": (fields("From", "User <u{}@elsewhere.test>"), "c"),
    "From without end": (fields("From", "(" * 200), "c"),
    "our own field": (fields("X-Mailreeve", "score {}"), "y 451"),
}


def greedy(tap, folder):
    """Each case on a daemon of its own."""
    for name, (play, wanted) in CASES.items():
        daemon = bed.Daemon(folder, INI)
        with daemon.mta() as mta:
            mta.negotiate()
            mta.greet()
            before = peak(daemon)
            answer = play(mta)
            grown = peak(daemon) - before
        tap.ok(bed.SANITIZED or grown < MOST, f"{name}: bounded",
               f"{grown} kB more")
        tap.ok(answer is not None and answer.startswith(wanted),
               f"{name}: answered", answer)
        tap.ok(daemon.serves(), f"{name}: serves the next")
        tap.equal(daemon.stop(), "", f"{name}: ends well")


bed.run(greedy)
