#!/usr/bin/python3
"""negotiate.t - what is asked of the MTA follows from the configuration, and
MTAs that offer less are served as well."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402
import wire  # noqa: E402
from wire import (ADDHDRS, CHGHDRS, DELRCPT, LEADSPC, NODATA, NOBODY,  # noqa
                  NOEOH, NOHDRS, NOUNKNOWN, NR, QUARANTINE, RCPT_REJ,
                  SETSYMLIST, SKIP, words)

OFF = "".join(f"[{name}]\nenabled = no\n" for name in (
    "abuse", "access", "auth", "commands", "connlimit", "greylist", "helo",
    "loop", "recipient", "relay", "ratelimit", "sender", "size", "spf",
    "tls"))


def switched_on(*sections):
    """Everything off but these sections, "name" or "name\\noption = x"."""
    text = OFF
    for section in sections:
        name = section.split("\n")[0]
        text = text.replace(f"[{name}]\nenabled = no\n", f"[{section}\n"
                            .replace(name, name + "]", 1))
    return text


# these ask name servers, so that HELO is answered
OFF += "[rdns]\nenabled = no\n[dnsbl]\nenabled = no\n"
RULE = "[content.rule]\nwhere = {}\npattern = forbidden\n"
SENDERS = "access\nblock_senders = inline:{bad@sender.test}"
ALL_NR = sum(NR.values())

# title, ini, flags that must be chosen, flags that must not, actions
CHOICES = [
    ("nothing on", OFF,
     NOHDRS | NOEOH | NOBODY | NOUNKNOWN | RCPT_REJ | ALL_NR - NR["data"],
     NODATA | NR["data"] | LEADSPC, SETSYMLIST),
    ("a block list of senders", switched_on(SENDERS),
     NOHDRS | NOEOH | NOBODY | NOUNKNOWN | NR["connect"] | NR["helo"]
     | NR["mail"] | RCPT_REJ, NODATA | NR["data"] | NR["rcpt"], SETSYMLIST),
    ("the same at MAIL", switched_on(SENDERS + "\nstage = mail"),
     NR["connect"] | NR["helo"], NR["mail"] | NR["data"],
     SETSYMLIST),
    ("greetings judged at HELO", switched_on("helo\nstage = helo"),
     NR["connect"], NR["helo"], SETSYMLIST),
    ("unknown commands", switched_on("commands"), NR["connect"],
     NOUNKNOWN | NR["unknown"], SETSYMLIST),
    ("loops", switched_on("loop"), NR["header"] | NOBODY, NOHDRS | NOEOH,
     SETSYMLIST),
    ("rules for the header", OFF + RULE.format("subject"), NR["header"]
     | NOBODY, NOHDRS, SETSYMLIST),
    ("rules for the text", OFF + RULE.format("body"), NR["header"] | SKIP,
     NOHDRS | NOBODY | NR["body"], SETSYMLIST),
    ("rules for the text, and the size", switched_on("size\nmax = 1G")
     + RULE.format("body"), NR["header"] | NR["body"], NOBODY | SKIP,
     SETSYMLIST),
    ("rules for the text, and a scanner", OFF + "[virus]\nservers = "
     "unix:/nowhere\n" + RULE.format("body"), NR["header"] | SKIP,
     NOBODY | NR["body"], SETSYMLIST),
    ("tags", switched_on(SENDERS + "\naction = tag"), NR["header"] | NOBODY,
     NOHDRS | NOEOH, ADDHDRS | CHGHDRS | SETSYMLIST),
    ("quarantine", switched_on(SENDERS + "\naction = quarantine"), NOHDRS, 0,
     QUARANTINE | SETSYMLIST),
    ("discard", switched_on(SENDERS + "\naction = discard"), NOHDRS, 0,
     DELRCPT | SETSYMLIST),
]


def choices(tap, folder):
    """One daemon, a reload for each configuration."""
    daemon = bed.Daemon(folder, OFF)
    for title, ini, chosen, refused, actions in CHOICES:
        daemon.configure(ini)
        tap.ok(daemon.ask("reload")["ok"], f"{title}: reload", daemon.log())
        with daemon.mta() as mta:
            mta.negotiate()
            tap.equal(hex(mta.protocol & chosen), hex(chosen),
                      f"{title}: not sent, or not waited for")
            tap.equal(hex(mta.protocol & refused), "0x0",
                      f"{title}: sent and answered")
            tap.equal(hex(mta.actions), hex(actions), f"{title}: actions")
    tap.equal(daemon.stop(), "", "ends well")


TEXT = RULE.format("body") + "[mime]\ntext_size = 64K\n"
SCANNER = "[virus]\nservers = unix:/nowhere\nmax_size = {}\n"


def enough(tap, folder):
    """The rest of a body that nobody needs is not sent."""
    daemon = bed.Daemon(folder, OFF)
    for title, ini, offer, wanted in (
            ("a rule", TEXT, 0x1fffff, "css"),
            ("a rule, SKIP not known", TEXT, 0x1fffff & ~SKIP, "ccc"),
            ("a scanner", SCANNER.format("64K"), 0x1fffff, "css"),
            ("both", TEXT + SCANNER.format("128K"), 0x1fffff, "ccs"),
            ("a client who is not scanned", SCANNER.format("1M")
             + "[milter]\ntrusted_networks = 203.0.113.0/24\n",
             0x1fffff, "sss")):
        daemon.configure(OFF + ini)
        tap.ok(daemon.ask("reload")["ok"], f"{title}: reload", daemon.log())
        with daemon.mta() as mta:
            mta.negotiate(protocol=offer)
            mta.greet()
            for command, payload in ((b"M", words("<a@sender.test>")),
                                     (b"R", words("<x@example.test>")),
                                     (b"T", b""), (b"N", b"")):
                mta.step(command, payload)
            answers = [mta.step(b"B", b"no words\r\n" * 6000)
                       for _ in range(3)]
            tap.equal("".join(answers), wanted,
                      f"{title}: when it is enough")
            tap.equal(mta.step(b"E"), "c", "the message passes")
    tap.equal(daemon.stop(), "", "ends well")


def macros(tap, folder):
    """Lists replace those of the MTA; who cannot choose is not asked."""
    daemon = bed.Daemon(folder)
    with daemon.mta() as mta:
        mta.negotiate()
        tap.ok({"j", "v", "{daemon_name}", "{client_resolve}"}
               <= set(mta.lists[0]), "macros at CONNECT", mta.lists)
        tap.ok({"r", "{tls_version}"} <= set(mta.lists[1]), "at HELO")
        tap.ok({"i", "{auth_authen}", "{auth_type}"} <= set(mta.lists[2]),
               "at MAIL")
        tap.ok({"i", "{rcpt_mailer}"} <= set(mta.lists[3]), "at RCPT")
    with daemon.mta() as mta:
        mta.negotiate(actions=0x3f)
        tap.equal(mta.lists, {}, "none for an MTA without SETSYMLIST")
        mta.greet()
        tap.equal(mta.message()[-1], "c", "which is served")
    tap.equal(daemon.stop(), "", "ends well")


def old_mtas(tap, folder):
    """Versions 2 to 6 as MTAs of their time offer them."""
    daemon = bed.Daemon(folder, bed.BLOCK + "[loop]\nmax_received = 1\n")
    for title, offer in (("version 2, no flags", (2, 0, 0)),
                         ("version 2 (Sendmail 8.12)", (2, 0x3f, 0x7f)),
                         ("version 3 (8.13)", (3, 0x3f, 0xff)),
                         ("version 4", (4, 0x3f, 0x3ff)),
                         ("version 6 (8.14)", wire.EVERYTHING),
                         ("version 7 to come", (7, 0xfff, 0xffffff))):
        with daemon.mta() as mta:
            tap.ok(mta.negotiate(*offer), f"{title}: agreed")
            tap.equal(mta.version, min(offer[0], 6), f"{title}: version")
            tap.equal(hex(mta.protocol & ~(offer[2] or 0x3f)), "0x0",
                      f"{title}: only flags that were offered")
            mta.greet()
            tap.equal(mta.message("<bad@sender.test>")[1],
                      "y 550 5.7.1 sender blocked", f"{title}: refuses")
            tap.equal(mta.message()[-1], "c", f"{title}: accepts")
    with daemon.mta() as mta:
        tap.ok(not mta.negotiate(version=1), "version 1 is hung up on")
    tap.equal(daemon.stop(), "", "ends well")


def no_waiting(tap, folder):
    """Each step has exactly the answers that were agreed on."""
    daemon = bed.Daemon(folder)
    with daemon.mta() as mta:
        mta.negotiate(protocol=0)
        answers = mta.greet() + mta.message()
        tap.equal(answers, ["c"] * 6, "without NR flags all are answered")
    with daemon.mta() as mta:
        mta.negotiate()
        answers = mta.greet() + mta.message()
        tap.equal(answers, ["", "c", "", "c", "c", "c"],
                  "with them HELO, where others are asked, RCPT, DATA, end")
        mta.socket.settimeout(0.2)
        try:
            tap.ok(False, "no further answer", mta.answer())
        except TimeoutError:
            tap.ok(True, "no further answer")
    tap.equal(daemon.stop(), "", "ends well")


def empty(tap, folder):
    """A message without header and body comes to its end."""
    daemon = bed.Daemon(folder)
    for title, ini in (("nothing is looked at", OFF),
                       ("headers are", switched_on("loop"))):
        daemon.configure(ini)
        daemon.ask("reload")
        with daemon.mta() as mta:
            mta.negotiate()
            mta.greet()
            mta.step(b"M", words("<a@sender.test>"))
            mta.step(b"R", words("<x@example.test>"))
            mta.step(b"T")
            mta.step(b"N")
            tap.equal(mta.step(b"E"), "c", f"an empty message, {title}")
    tap.equal(daemon.stop(), "", "ends well")


def several(tap, folder):
    """Several messages, aborts, and connections that are used again."""
    daemon = bed.Daemon(folder)
    with daemon.mta() as mta:
        mta.negotiate()
        mta.greet()
        for _ in range(3):
            tap.equal(mta.message("<bad@sender.test>")[-1],
                      "y 550 5.7.1 sender blocked", "bad message")
            mta.send(b"A")
            tap.equal(mta.message()[-1], "c", "good message")
        for turn in range(2):
            mta.send(b"K")
            mta.greet(address="203.0.113.7")
            answers = mta.message("<bad@sender.test>")
            tap.equal(answers[1], "y 550 5.7.1 sender blocked",
                      f"session {turn + 2} on one connection")
            tap.equal(mta.message()[-1], "c", "and a good message")
    tap.ok(bed.wait_until(lambda: daemon.sessions() == 0),
           "no session is left", daemon.ask("stats"))
    tap.equal(daemon.stop(), "", "ends well")


def texts(tap, folder):
    """Replies on the wire: per cent doubled, lines, classes of codes."""
    daemon = bed.Daemon(folder, """\
[access]
block_senders = inline:{bad@sender.test}
block_recipients = inline:{no@example.test}
[replies]
access.sender = 450 4.7.1 100% of %{sender}, \
%{helo} %{helo} %{helo} %{helo} %{helo} %{helo} %{helo} %{helo} %{helo}
access.recipient = 554 no enhanced code
[helo]
enabled = no
""")
    with daemon.mta() as mta:
        mta.negotiate()
        name = "a%s" + "x" * 60 + ".test"
        mta.step(b"C", wire.connect(name, "203.0.113.5"))
        mta.step(b"H", words(name))
        reply = mta.message("<bad@sender.test>")[1]
        tap.ok(reply.startswith("y 450-4.7.1 100%% of bad@sender.test, a%%s"),
               "per cent signs are doubled", reply)
        lines = reply[2:].split("\r\n")
        tap.ok(len(lines) > 1 and all(
            line.startswith("450-4.7.1 ") for line in lines[:-1])
            and lines[-1].startswith("450 4.7.1 "), "a long one is folded",
            reply)
        tap.ok(all(len(line) < 510 for line in lines), "into short lines")
        tap.equal(mta.message(recipient="<no@example.test>")[1],
                  "y 554 no enhanced code", "no enhanced code where none is")
        tap.equal(mta.message()[-1], "c", "nothing is left of it")
    tap.equal(daemon.stop(), "", "ends well")


def refused_by_mta(tap, folder):
    """A recipient that the MTA refuses is only looked at."""
    daemon = bed.Daemon(folder, """\
[access]
block_recipients = inline:{no@example.test}
""")
    with daemon.mta() as mta:
        mta.negotiate()
        mta.greet()
        mta.step(b"M", words("<a@sender.test>"))
        mta.send(b"D", wire.macros(b"R", rcpt_mailer="error",
                                   rcpt_host="5.1.1", rcpt_addr="unknown"))
        tap.equal(mta.step(b"R", words("<no@example.test>")), "c",
                  "refused by the MTA: continue")
        mta.send(b"D", wire.macros(b"R", rcpt_mailer="smtp"))
        tap.equal(mta.step(b"R", words("<no@example.test>"))[:5], "y 550",
                  "the same address, not refused by the MTA: ours")
    tap.equal(daemon.stop(), "", "ends well")


bed.run(choices, enough, macros, old_mtas, no_waiting, empty, several, texts,
        refused_by_mta)
