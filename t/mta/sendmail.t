#!/usr/bin/python3
"""sendmail.t - mailreeve behind real Sendmail: the scenes of both mail
servers and what only Sendmail has.

    t/mta/sendmail.t [SCENE...]
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from scenes import BLOCK, BOTH, play  # noqa: E402


def local_submission(host, tap, daemon):
    """sendmail -bs: SMTP on stdin, and so a client without an address."""
    replies = host.mta.command("-bs", text="".join(
        line + "\r\n" for line in
        ("EHLO localhost", "MAIL FROM:<bad@sender.test>",
         "RCPT TO:<bob@local.test>", "DATA", "Subject: on stdin", "", "Text.",
         ".", "QUIT")))
    codes = [line[:3] for line in replies.splitlines() if line[3:4] == " "]
    tap.equal(codes, ["220", "250", "250", "250", "354", "250", "221"],
              "such mail is never refused")
    tap.ok(not daemon.logged(r"(reject|tempfail): ", 0), "and nothing is "
           "logged of a refusal", daemon.log())


play("sendmail", BOTH + [(local_submission, BLOCK)])
