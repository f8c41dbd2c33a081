#!/usr/bin/python3
"""content.t - messages are read in many sessions at once, hostile ones too."""

import os
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "mime")]

import bed  # noqa: E402
import hostile  # noqa: E402
from wire import words  # noqa: E402

INI = """[content.words]
where = any
pattern = /\\bno such words\\b/
[content.names]
where = name
table = inline:{.exe}
[content.field]
where = subject
pattern = forbidden
"""
SESSIONS = 8
EACH = 12


def fields_and_body(data):
    """A message as an MTA hands it over: 100 fields, none longer than
    libmilter takes, and not more than 200 KB in all."""
    head, _, body = data[:200000].partition(b"\n\n")
    fields = []
    for line in head.split(b"\n"):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += b"\n" + line
        elif b":" in line:
            fields.append(line)
    return [field[:50000] for field in fields[:100]], body


def send(mta, data):
    """One message: the answer at its end."""
    for command, payload in ((b"M", words("<a@sender.test>")),
                             (b"R", words("<x@example.test>")), (b"T", b"")):
        mta.step(command, payload)
    fields, body = fields_and_body(data)
    for field in fields:
        name, _, value = field.partition(b":")
        mta.step(b"L", name.replace(b"\0", b"") + b"\0"
                 + value.replace(b"\0", b"") + b"\0")
    mta.step(b"N")
    for at in range(0, len(body), 60000):
        if mta.step(b"B", body[at:at + 60000]) == "s":
            break
    answer = mta.step(b"E")
    while answer and answer[0] in "himq-":
        answer = mta.answer()
    return answer


def session(daemon, number, messages, answers):
    """Some of the messages, and one that is refused."""
    with daemon.mta() as mta:
        mta.negotiate()
        mta.greet()
        for data in messages[number::SESSIONS][:EACH]:
            answers.append(send(mta, data)[:1])
        answers.append(send(mta, b"Subject: =?utf-8?q?for=62idden?=\n\nx"))


def at_once(tap, folder):
    """Every session its own messages, all at the same time."""
    messages = [data for _, data in hostile.messages()][::4]
    daemon = bed.Daemon(folder, INI)
    answers = [[] for _ in range(SESSIONS)]
    threads = [threading.Thread(target=session,
                                args=(daemon, i, messages, answers[i]))
               for i in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tap.ok(all(set(got[:-1]) <= {"c", "y"} and len(got) > EACH
               for got in answers), "each message has its answer", answers)
    tap.equal([got[-1][:5] for got in answers], ["y 550"] * SESSIONS,
              "and the rule is heard behind them")
    tap.equal(daemon.stop(), "", "ends well")


bed.run(at_once)
