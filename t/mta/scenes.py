"""scenes - what must hold with both mail servers and is more than a dialogue.

Each scene is a function of a Host and a Tap, with the ini that it needs. A
test program (postfix.t, sendmail.t) gives a list of them to play().
"""

import json
import os
import re
import subprocess
import sys
import time
import traceback

import servers
import smtp
import world
from daemon import BUILD
from host import Host
from tap import Tap

BLOCK = """\
[access]
block_senders = inline:{bad@sender.test}
block_recipients = inline:{bob@local.test closed@example.test}
[replies]
access.sender = 550 5.7.1 sender blocked
access.recipient = 550 5.7.1 recipient blocked
"""
MESSAGE = b"From: <a@sender.test>\r\nSubject: hello\r\n\r\nText.\r\n"


def refused(tap, reply, text, what):
    """The refusal came, with this text somewhere in it."""
    tap.ok(reply.code == 550 and text in str(reply), what, f"got: {reply}")


def passed(tap, reply, what):
    tap.ok(reply.ok, what, f"got: {reply}")


def send(session, sender, *recipients):
    """A whole message: the reply to its dot, or to what was refused."""
    for reply in (lambda: session.mail(sender),
                  *(lambda r=r: session.rcpt(r) for r in recipients),
                  lambda: session.command("DATA")):
        answer = reply()
        if not answer.ok:
            return answer
    return session.message(MESSAGE)


def one_of_three_is_refused(host, tap, _):
    with host.session() as session:
        session.mail("<a@sender.test>")
        passed(tap, session.rcpt("<alice@local.test>"), "the first passes")
        refused(tap, session.rcpt("<bob@local.test>"), "recipient blocked",
                "the second is refused")
        passed(tap, session.rcpt("<carol@local.test>"), "the third passes")
        passed(tap, session.command("DATA"), "DATA passes")
        passed(tap, session.message(MESSAGE), "the message is taken")
        session.quit()
    host.mta.deliver()
    for user, wanted in (("alice", True), ("bob", False), ("carol", True)):
        got = "Subject: hello" in servers.mailbox(user)
        tap.equal(got, wanted, f"{user} {'has' if wanted else 'has not'} got "
                  "the mail")


def two_messages_are_judged_apart(host, tap, _):
    with host.session() as session:
        refused(tap, send(session, "<bad@sender.test>", "<x@example.test>"),
                "sender blocked", "the first message is refused")
        session.command("RSET")
        passed(tap, send(session, "<a@sender.test>", "<x@example.test>"),
               "the second on the same connection is taken")
        refused(tap, send(session, "<bad@sender.test>", "<x@example.test>"),
                "sender blocked", "the third is refused")
        session.command("RSET")
        session.mail("<a@sender.test>")
        refused(tap, session.rcpt("<closed@example.test>"),
                "recipient blocked", "and the fourth for another reason")


def a_login_is_judged_by_its_scope(host, tap, _):
    for port, login, wanted in (("MSA", "alice@example.test", False),
                                ("MSA", "bob@example.test", True),
                                ("MSA", None, True),
                                ("MTA", "alice@example.test", False),
                                ("MTA", None, True)):
        with host.session(port=port) as session:
            if login:
                session.starttls()
                session.ehlo()
                session.auth(login)
            session.mail("<a@sender.test>")
            tap.equal(session.rcpt("<open@example.test>").ok, wanted,
                      f"{login or 'nobody'} on {port}: "
                      f"{'passes' if wanted else 'is refused'}")


def a_listener_is_judged_by_its_scope(host, tap, _):
    for port, wanted in (("MSA", False), ("MTA", True)):
        with host.session(port=port) as session:
            session.mail("<a@sender.test>")
            tap.equal(session.rcpt("<open@example.test>").ok, wanted,
                      f"on {port}: {'passes' if wanted else 'is refused'}")


def tls_and_login(host, tap, daemon):
    with host.session() as session:
        passed(tap, session.starttls(), "STARTTLS passes")
        session.ehlo()
        passed(tap, session.auth("alice@example.test"), "AUTH passes")
        session.mail("<bad@sender.test>")
        refused(tap, session.rcpt("<x@example.test>"), "sender blocked",
                "the session is judged")
        session.quit()
    line = daemon.logged("login=alice@example.test")
    tap.ok(line, "the log names the login", daemon.log())


def a_wrong_password_is_no_login(host, tap, daemon):
    with host.session() as session:
        tap.equal(session.auth("alice@example.test", "wrong").code, 535,
                  "the mail server refuses the password")
        session.mail("<bad@sender.test>")
        refused(tap, session.rcpt("<x@example.test>"), "sender blocked",
                "the session goes on")
    tap.ok(not daemon.logged("login=alice", 0.1), "the log names no login")


def pipelining(host, tap, _):
    with host.session() as session:
        replies = session.pipeline([
            "MAIL FROM:<a@sender.test>", "RCPT TO:<alice@local.test>",
            "RCPT TO:<bob@local.test>", "RCPT TO:<x@example.test>", "DATA"])
        tap.equal([reply.ok for reply in replies],
                  [True, True, False, True, True],
                  "each of the pipelined commands has its own answer")
        passed(tap, session.message(MESSAGE), "the message is taken")


def a_broken_ini_changes_nothing(host, tap, daemon):
    good = open(daemon.ini, encoding="utf-8").read()
    with host.session() as session:
        daemon.configure(good.replace("block_senders", "block_sender"))
        daemon.reload()
        line = daemon.logged(r"mailreeve\.ini:2: ")
        tap.ok(line and "block_senders" in line, "the log has the place and "
               "the nearest right name", line or daemon.log())
        refused(tap, send(session, "<bad@sender.test>", "<x@example.test>"),
                "sender blocked", "an open session is judged as before")
    with host.session() as session:
        refused(tap, send(session, "<bad@sender.test>", "<x@example.test>"),
                "sender blocked", "a new session is judged as before")
    daemon.configure(good.replace("sender blocked", "still blocked"))
    daemon.reload()
    end = time.monotonic() + 5
    while True:
        with host.session() as session:
            reply = send(session, "<bad@sender.test>", "<x@example.test>")
        if "still blocked" in str(reply) or time.monotonic() > end:
            break
    refused(tap, reply, "still blocked", "a mended ini holds")


def a_session_keeps_its_configuration(host, tap, daemon):
    good = open(daemon.ini, encoding="utf-8").read()
    with host.session() as old:
        passed(tap, old.mail("<a@sender.test>"), "a session begins")
        daemon.configure(good.replace("blocked", "barred"))
        daemon.reload()
        tap.ok(daemon.logged("reload"), "the log tells of the reload",
               daemon.log())
        refused(tap, old.rcpt("<closed@example.test>"), "recipient blocked",
                "it goes on with the old configuration")
    with host.session() as new:
        new.mail("<a@sender.test>")
        refused(tap, new.rcpt("<closed@example.test>"), "recipient barred",
                "the next one has the new configuration")


def nobody_answers(host, tap, daemon):
    """The mail server's own default, here: try again later."""
    daemon.kill()
    with host.session() as session:
        tap.equal(session.mail("<a@sender.test>").code, 451,
                  "without a milter the sender is asked to come again")
    again = host.daemon(BLOCK, "again")
    with host.session() as session:
        passed(tap, send(session, "<a@sender.test>", "<x@example.test>"),
               "when it is back, mail passes")
    host.retire(again, "again")


def killed_in_a_session(host, tap, daemon):
    with host.session() as session:
        passed(tap, session.mail("<a@sender.test>"), "a message begins")
        daemon.kill()
        tap.equal(session.rcpt("<x@example.test>").code, 451,
                  "the milter is killed: come again")


def fail_logins(host, client, count):
    """Two a session: with more of them mail servers answer slowly."""
    for failed in range(0, count, 2):
        with host.session(client) as session:
            for _ in range(min(count - failed, 2)):
                session.auth("alice@example.test", "wrong")
            session.quit()


def feed(host, daemon, since, failures):
    """Tell the register what the mail server's log has from there on, when
    it has so many failures."""
    failed = re.compile("authentication failed|AUTH failure")
    end = time.monotonic() + 5
    while (sum(bool(failed.search(line)) for line in host.log.lines[since:])
           < failures and time.monotonic() < end):
        time.sleep(0.02)
    got = subprocess.run(
        [f"{BUILD}/mailreevectl", "-c", daemon.ini, "--json", "feed",
         "--once", "-"], input="\n".join(host.log.lines[since:]) + "\n",
        capture_output=True, text=True, check=True)
    return json.loads(got.stdout)


def guessed_passwords(host, tap, daemon):
    """The mail server's own log, read by mailreevectl feed."""
    since = len(host.log.lines)
    fail_logins(host, "203.0.113.5", 10)
    with host.session("203.0.113.7") as session:
        passed(tap, session.auth("alice@example.test"), "one logs in")
        session.quit()
    fail_logins(host, "203.0.113.7", 11)
    got = feed(host, daemon, since, 21)
    tap.ok(got["failed"] == 21 and got["good"] > 0 and got["banned"] == 0,
           "ten failures of one, eleven of one who has logged in", got)
    since = len(host.log.lines)
    fail_logins(host, "203.0.113.5", 1)
    tap.equal(feed(host, daemon, since, 1)["banned"], 1,
              "the eleventh is one too many")
    session = smtp.Session(host.mta.ports["MTA"], "203.0.113.5")
    reply = session.ehlo("mail.remote.test")
    tap.ok(reply.code == 421 and "Too many failed logins" in str(reply)
           and session.is_closed(), "shut out at EHLO", reply)
    with host.session("203.0.113.7") as session:
        passed(tap, session.mail("<a@sender.test>"), "the other is not")


LOGIN_SCOPE = BLOCK + """\
[access login=alice@example.test]
block_recipients = inline:{open@example.test}
"""
LISTENER_SCOPE = BLOCK + """\
[access listener=MSA]
block_recipients = inline:{open@example.test}
"""
BOTH = [
    (one_of_three_is_refused, BLOCK),
    (two_messages_are_judged_apart, BLOCK),
    (a_login_is_judged_by_its_scope, LOGIN_SCOPE),
    (a_listener_is_judged_by_its_scope, LISTENER_SCOPE),
    (tls_and_login, BLOCK),
    (a_wrong_password_is_no_login, BLOCK),
    (guessed_passwords, BLOCK),
    (pipelining, BLOCK),
    (a_broken_ini_changes_nothing, BLOCK),
    (a_session_keeps_its_configuration, BLOCK),
    (nobody_answers, BLOCK),
    (killed_in_a_session, BLOCK),
]


def play_one(host, tap, scene, ini):
    name = scene.__name__
    start = len(host.log.lines)
    before = tap.failed
    tap.comment(f"{host.name}: {name.replace('_', ' ')}")
    daemon = host.daemon(ini, name)
    try:
        scene(host, tap, daemon)
    except Exception:
        tap.ok(False, f"{name} comes to its end", traceback.format_exc())
    tap.ok(not host.crash(start), "no program crashed", host.crash(start))
    if daemon.lived is not None:
        host.retire(daemon, name)
    if tap.failed > before:
        tap.comment("\n".join(host.log.lines[start:]))
        tap.comment(daemon.log())


def play(name, scenes, **more):
    """The main of a test program: plays the scenes in a world."""
    wanted = sys.argv[1:]

    def main():
        tap, host = Tap(), Host(name, **more)
        for scene, ini in scenes:
            if not wanted or scene.__name__ in wanted:
                play_one(host, tap, scene, ini)
        ended = host.end()
        tap.ok(not ended, "every mailreeve ended well", ended)
        return tap.finish()

    os.chdir(world.REPO)
    world.run(main)
