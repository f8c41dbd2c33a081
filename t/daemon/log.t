#!/usr/bin/python3
"""log.t - what is written down: lines of the log, the file of decisions."""

import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402
from wire import words  # noqa: E402


def session(daemon, sender="<a@sender.test>"):
    """One message to two, of whom one is blocked."""
    with daemon.mta() as mta:
        mta.negotiate()
        mta.greet()
        mta.step(b"M", words(sender))
        for name in ("alice", "blocked", "bob"):
            mta.step(b"R", words(f"<{name}@example.test>"))
        mta.step(b"T")
        mta.step(b"L", words("Subject", "x"))
        mta.step(b"N")
        mta.step(b"B", b"text\r\n")
        mta.step(b"E")


def begin(folder, log):
    return bed.Daemon(folder, "[access]\nblock_recipients = "
                      "inline:{blocked@example.test}\n[spf]\n"
                      "enabled = no\n[log]\n" + log)


def decisions(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def accepted(tap, folder):
    """none, summary, all."""
    for kind, wanted in (
            ("none", None),
            ("summary", r"NOQUEUE: accept: END-OF-MESSAGE from mail\.remote\."
             r"test\[203\.0\.113\.5\]: session=\w{12} from=<a@sender\.test> "
             r"proto=ESMTP helo=<mail\.remote\.test> nrcpt=2 refused=1$"),
            ("all", r" nrcpt=2 refused=1 to=<alice@example\.test> "
             r"to=<bob@example\.test>$")):
        daemon = begin(folder, f"accepted = {kind}\n")
        session(daemon)
        tap.ok(daemon.logged("reject: RCPT"), f"{kind}: refusals are told")
        tap.equal(daemon.stop(), "", f"{kind}: ends well")
        lines = [line for line in daemon.log().splitlines()
                 if ": accept: " in line]
        tap.equal(len(lines), 1 if wanted else 0, f"{kind}: lines")
        tap.ok(not wanted or re.search(wanted, lines[0]), f"{kind}: the line",
               lines)


def level(tap, folder):
    """Lines above the level are not there; a reload changes it."""
    daemon = begin(folder, "level = info\n")
    session(daemon)
    tap.ok(daemon.logged("info: .*reject: RCPT"), "info: decisions")
    for name, told in (("warning", False), ("debug", True)):
        daemon.configure(f"[log]\nlevel = {name}\n[access]\n"
                         "block_recipients = inline:{blocked@example.test}\n")
        daemon.ask("reload")
        seen = len(daemon.log())
        session(daemon)
        tap.equal("reject: RCPT" in daemon.log()[seen:], told, name)
    tap.equal(daemon.stop(), "", "ends well")


def decision_file(tap, folder):
    """A JSON object for each decision; the file is followed."""
    path = f"{folder}/decisions"
    daemon = begin(folder, f"decisions = {path}\naccepted = summary\n")
    session(daemon)
    refusal, message = decisions(path)
    tap.equal([refusal[key] for key in (
        "action", "step", "client_addr", "from", "to", "policy", "reason",
        "option", "why")], [
            "reject", "rcpt", "203.0.113.5", "a@sender.test",
            "blocked@example.test", "access", "access.recipient",
            "block_recipients", "blocked@example.test"], "a refusal")
    tap.ok(refusal["reply"].startswith("550 5.7.1 ") and
           refusal["session"] == message["session"] and
           abs(refusal["time"] - time.time()) < 60, "its reply and session",
           refusal)
    tap.equal((message["action"], message["to"]),
              ("accept", ["alice@example.test", "bob@example.test"]),
              "a message that passed")
    tap.equal(os.stat(path).st_mode & 0o777, 0o640, "is not for everybody")
    os.rename(path, path + ".1")
    time.sleep(1.1)
    session(daemon)
    tap.equal((len(decisions(path)), len(decisions(path + ".1"))), (2, 2),
              "a file that was moved away is opened anew")
    odd = "caf\u00e9 \u2028\"\\ \x01\x7f@sender.test"
    session(daemon, f"<{odd}>")
    tap.equal({line["from"] for line in decisions(path)[2:]}, {odd},
              "whatever stands in an address")
    tap.equal(daemon.stop(), "", "ends well")


def not_utf8(tap, folder):
    """Bytes that are no UTF-8 make no bad JSON."""
    path = f"{folder}/decisions"
    daemon = begin(folder, f"decisions = {path}\n")
    with daemon.mta() as mta:
        mta.negotiate()
        mta.greet()
        mta.step(b"M", b"<\xff\xfe\xc0\x80@sender.test>\0")
        mta.step(b"R", words("<blocked@example.test>"))
    tap.equal([line["from"] for line in decisions(path)],
              ["????@sender.test"], "each byte is a ?")
    tap.equal(daemon.stop(), "", "ends well")


def cannot_write(tap, folder):
    """No decision file holds up mail; why it is not written is told."""
    fifo = f"{folder}/fifo"
    os.mkfifo(fifo)
    for name, path, why in (
            ("a full disk", "/dev/full", "No space left on device"),
            ("no folder", f"{folder}/no/decisions", "No such file"),
            ("a folder", folder, "Is a directory"),
            ("a FIFO that nobody reads", fifo, "No such device")):
        daemon = begin(folder, f"decisions = {path}\n")
        session(daemon)
        session(daemon)
        tap.ok(daemon.logged(f"decision file {path}.*{why}"), name,
               daemon.log())
        tap.equal(len(re.findall("could not be written", daemon.log())), 1,
                  f"{name}: told once")
        tap.equal(daemon.ask("reload")["ok"], True, f"{name}: reloads")
        tap.equal(daemon.stop(), "", f"{name}: ends well")
    later = f"{folder}/later"
    daemon = begin(folder, f"decisions = {later}/decisions\n")
    os.mkdir(later)
    time.sleep(1.1)
    session(daemon)
    tap.equal(len(decisions(f"{later}/decisions")), 2,
              "a folder that comes later")
    tap.equal(daemon.stop(), "", "ends well")


bed.run(accepted, level, decision_file, not_utf8, cannot_write)
