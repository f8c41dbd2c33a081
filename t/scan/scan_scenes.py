"""scan_scenes - real scanners behind real mail servers, for both of them."""

import base64
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../mta"))

import servers  # noqa: E402
from dialogue import forms  # noqa: E402
from scanners import (BODY, CLAMD, CLAMD_TCP, EICAR, GTUBE,  # noqa: E402
                      RSPAMD, SPAMD, Clamd, Rspamd, Spamd, started)

HEAD = "From: <a@sender.test>\r\nTo: <x@example.test>\r\n" \
    "Subject: a message\r\nMessage-ID: <1@sender.test>\r\n" \
    "Date: Mon, 21 Sep 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
STEP_MAX = 8  # seconds: [milter] deadline
SLACK = 6


def attachment(content):
    """A message with a file attached."""
    return HEAD + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" \
        "--b\r\nContent-Type: text/plain\r\n\r\nSee there.\r\n--b\r\n" \
        "Content-Type: application/octet-stream; name=a.com\r\n" \
        "Content-Transfer-Encoding: base64\r\n\r\n" \
        + base64.encodebytes(content.encode()).decode().replace("\n", "\r\n") \
        + "--b--\r\n"


def plain(text):
    return HEAD + "\r\n" + text + "\r\n"


def send(host, content, recipient="<x@example.test>"):
    """The reply to the dot, and how long it took."""
    with host.session() as session:
        session.mail("<a@sender.test>")
        session.rcpt(recipient)
        session.command("DATA")
        begin = time.monotonic()
        reply = session.message(content.encode())
        return reply, time.monotonic() - begin


def says(host, tap, reply, wanted, what):
    tap.ok(any(form.startswith(wanted)
               for form in forms(reply, host.name, "")), what, f"got: {reply}")


def passes(tap, reply, what):
    tap.ok(reply.ok, what, f"got: {reply}")


def viruses_are_found(host, tap, daemon):
    started(Clamd)
    passes(tap, send(host, plain("Text."))[0], "clean mail passes")
    passes(tap, send(host, attachment("A file."))[0], "and a clean file")
    for content, name in ((attachment(EICAR), "Test.Eicar"),
                          (plain(BODY), "Test.Body")):
        says(host, tap, send(host, content)[0],
             "554 5.7.1 Message cannot be accepted, virus found",
             f"{name} is found")
        tap.ok(daemon.logged(f"reason=virus.found .*{name}"),
               "and named in the log", daemon.log())
    passes(tap, send(host, plain("Text."))[0], "clean mail still passes")


def more_than_clamd_takes(host, tap, daemon):
    """StreamMaxLength is 1M."""
    started(Clamd)
    large = plain("x" * 70 + "\r\n") + ("y" * 70 + "\r\n") * 30000
    passes(tap, send(host, large)[0], "what is too large for clamd passes")
    says(host, tap, send(host, large, "<strict@example.test>")[0], "451 4.3.0",
         "but not where the ini says so")
    tap.ok(daemon.logged("too-large-for-the-scanner"), "the log tells why",
           daemon.log())
    tap.ok("works again" not in daemon.log()
           and "not asked" not in daemon.log(), "clamd is not blamed for it")


def a_virus_behind_much_text(host, tap, _):
    """Rules that have read enough of a body do not hide the rest of it."""
    started(Clamd)
    text = "See there.\r\n" + ("x" * 70 + "\r\n") * 5000
    content = attachment(EICAR).replace("See there.\r\n", text)
    says(host, tap, send(host, content)[0], "554 5.7.1 Message cannot be "
         "accepted, virus found", "it is found")


def clamd_goes_and_comes(host, tap, daemon):
    clamd = started(Clamd)
    passes(tap, send(host, plain("Text."))[0], "clean mail passes")
    clamd.pause()
    wanted = "451 Unable to process email at this time"
    for _ in range(3):
        reply, seconds = send(host, plain("Text."))
        says(host, tap, reply, wanted, "a clamd that hangs: later")
        tap.ok(seconds < STEP_MAX + SLACK, "within the step's time", seconds)
    tap.ok(daemon.logged("clamd .*not asked until it works"),
           "the log says that it is not asked any more", daemon.log())
    clamd.go_on()
    clamd.end()
    reply, seconds = send(host, plain(BODY))
    says(host, tap, reply, wanted, "a clamd that is gone: later")
    clamd.begin()
    end = time.monotonic() + 15
    while not (reply := send(host, plain("Text."))[0]).ok and \
            time.monotonic() < end:
        time.sleep(0.2)
    passes(tap, reply, "it is back: mail passes")
    says(host, tap, send(host, plain(BODY))[0], "554 ", "and viruses do not")


def spamassassin_scores(host, tap, daemon):
    started(Spamd)
    says(host, tap, send(host, plain(GTUBE))[0],
         "554 5.7.1 Message cannot be accepted, spam filter rejection",
         "spamd's GTUBE is refused")
    tap.ok(daemon.logged(r"1001\.7,.*TEST_GTUBE"),
           "with its score in the log", daemon.log())
    passes(tap, send(host, plain("Text."), "<alice@local.test>")[0],
           "other mail passes")
    host.mta.deliver()
    mail = servers.mailbox("alice")
    for word in ("X-Spam-Score: 1.7", "TEST_CLIENT", "TEST_SENDER"):
        tap.ok(word in mail, f"{word}: spamd knew the client and the sender",
               mail)


def rspamd_scores(host, tap, daemon):
    started(Rspamd)
    says(host, tap, send(host, plain(GTUBE))[0],
         "551 5.7.1 The message was rejected due to classification as "
         "Virus,Spam or high bulk ratio", "rspamd's GTUBE is refused")
    tap.ok(daemon.logged(r"15\.0,GTUBE"), "with its score in the log",
           daemon.log())
    passes(tap, send(host, plain("Text."))[0], "other mail passes")
    tap.ok(daemon.logged(r"tag: .* why=<1\.3,TEST_ENVELOPE>"),
           "rspamd knew the envelope", daemon.log())


def rspamd_is_gone(host, tap, daemon):
    rspamd = started(Rspamd)
    passes(tap, send(host, plain("Text."))[0], "mail passes")
    rspamd.end()
    says(host, tap, send(host, plain("Text."))[0],
         "471 An error of your mail server", "rspamd is gone: later")
    rspamd.begin()


VIRUS = "[milter]\nreplies = icewarp\n[virus]\nservers = " + CLAMD + "\n"
LARGE = "[virus]\nservers = " + CLAMD_TCP + "\n" \
    "[virus rcpt=strict@example.test]\ntoo_large = defer\n"
BEHIND = VIRUS + "[mime]\ntext_size = 1K\n[content.words]\nwhere = body\n" \
    "pattern = /not-in-there/\n"
OUTAGE = "[milter]\nreplies = mimecast\n[virus]\nservers = " + CLAMD \
    + "\ntimeout = 1s\non_error = defer\n[replies]\n" \
    "virus.found = 554 virus\n"
SPAMASSASSIN = "[milter]\nreplies = icewarp\n[spam]\nscanner = spamd\n" \
    "fields = all\nservers = " + SPAMD + "\n"
RSPAMD_INI = "[milter]\nreplies = postfix\n[spam]\nscanner = rspamd\n" \
    "tag = 1\nservers = " + RSPAMD + "\n"
GONE = "[milter]\nreplies = generic\n[spam]\nscanner = rspamd\n" \
    "on_error = defer\nservers = " + RSPAMD + "\n"

SCENES = [
    (viruses_are_found, VIRUS),
    (more_than_clamd_takes, LARGE),
    (a_virus_behind_much_text, BEHIND),
    (clamd_goes_and_comes, OUTAGE),
    (spamassassin_scores, SPAMASSASSIN),
    (rspamd_scores, RSPAMD_INI),
    (rspamd_is_gone, GONE),
]
