#!/usr/bin/python3
"""postfix.t - mailreeve behind real Postfix: the scenes of both mail servers
and what only Postfix has.

    t/mta/postfix.t [SCENE...]
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import servers  # noqa: E402
import smtp  # noqa: E402
from host import MILTER  # noqa: E402
from scenes import BLOCK, BOTH, play, refused, send  # noqa: E402


def xclient(host, tap, daemon):
    """A proxy tells who the client is: each XCLIENT begins a session."""
    with smtp.Session(host.mta.ports["XCLIENT"]) as session:
        session.ehlo("proxy.test")
        for address, blocked in (("203.0.113.66", True),
                                 ("203.0.113.9", False),
                                 ("IPV6:2001:db8::66", True)):
            reply = session.command(f"XCLIENT ADDR={address} "
                                    "NAME=mail.remote.test")
            tap.equal(reply.code, 220, f"XCLIENT {address}")
            session.ehlo()
            reply = send(session, "<a@sender.test>", "<x@example.test>")
            if blocked:
                refused(tap, reply, "client blocked", f"{address} is refused")
                session.command("RSET")
            else:
                tap.ok(reply.ok, f"{address} passes", reply)
        session.quit()
    tap.ok(daemon.logged(r"\[2001:db8::66\]"), "the log names the address "
           "that the proxy told", daemon.log())


def local_submission(host, tap, daemon):
    """Refusing a recipient of sendmail(1) would keep the mail in Postfix's
    queue for ever: such mail is never refused."""
    start = len(host.log.lines)
    host.mta.submit("bad@sender.test", ["alice@local.test", "bob@local.test"],
                    "Subject: from sendmail(1)\n\nText.\n")
    tap.ok(host.log.wait_for("from=<bad@sender.test>", start),
           "sendmail(1) submits", "\n".join(host.log.lines[start:]))
    host.mta.deliver()
    for user in ("alice", "bob"):
        tap.ok("from sendmail(1)" in servers.mailbox(user),
               f"{user} has got it")
    tap.ok(not host.log.wait_for("milter-reject|configuration error", start,
                                 0),
           "Postfix saw no refusal")
    tap.ok(not daemon.logged(r"(reject|tempfail): ", 0), "we logged none",
           daemon.log())


CLIENTS = """\
[access]
block_clients = inline:{203.0.113.66 2001:db8::66}
[replies]
access.client = 550 5.7.1 client blocked
"""

play("postfix", BOTH + [(xclient, CLIENTS), (local_submission, BLOCK)],
     non_smtpd_milters=MILTER)
