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
    replies = host.mta.submit([
        "EHLO localhost", "MAIL FROM:<bad@sender.test>",
        "RCPT TO:<bob@local.test>", "DATA", "Subject: on stdin\n\nText.\n.",
        "QUIT"])
    tap.equal([reply[:3] for reply in replies],
              ["220", "250", "250", "250", "354", "250", "221"],
              "such mail is never refused")
    tap.ok(not daemon.logged(r"(reject|tempfail): ", 0), "and nothing is "
           "logged of a refusal", daemon.log())


play("sendmail", BOTH + [(local_submission, BLOCK)])
