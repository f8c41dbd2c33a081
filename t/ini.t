#!/usr/bin/env python3
"""ini.t - mistakes in the ini, as people make them: each is told with file and
line, and with the right name where one is near."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "t/check"))

from house import Tap  # noqa: E402

PROGRAM = ROOT / os.environ.get("BUILD", ".build") / "mailreeve"

# the ini: the line of its error, and what the error says
ERRORS = {
    "[miltr]\nsocket = x": (1, r'no such section; did you mean "milter"\?'),
    "[milter]\nsoket = x": (2, r'no such key .* did you mean "socket"\?'),
    "[milter]\nsocket = 8891": (2, r"inet:PORT@HOST"),
    "[milter]\nsocket = inet:99999@127.0.0.1": (2, r"inet:PORT@HOST"),
    "[content.a]\npattern = (x": (2, r"pattern: at byte 2 of the pattern: "),
    "[content.a]\npattern = x*": (2, r"pattern: .* matches everything"),
    "[content.a]\npattern = /x/q": (2, r"pattern: unknown flag: i m s x U"),
    "[content.a]\npattern = x\nwhere = subjct": (3, r'where: "subjct" is no '),
    "[content.a]\ntable = inline:{a}": (2, r"nothing is looked up of the body"),
    "[content.a]\nsignatures = /nowhere": (2, r"signatures: /nowhere: No such"),
    "[uribl.a]\nzone = a.test\nchecks = ip, domain": (3, r"not both"),
    "[uribl.a]\nenabled = yes": (1, r"zone is missing"),
    "[uribl]\nbare = mybe": (2, r"one of no, path, yes"),
    "[mime]\nparts = 0": (2, r"parts"),
    "[milter]\nmode = monitr": (2, r'did you mean "monitor"\?'),
    "[milter]\ndeadline = 8 parsecs": (2, r"time in ms, s or m, 100ms to 5m"),
    "[milter]\nbacklog = lots": (2, r"number of connections, 1 to 65535"),
    "[milter]\ntrusted_networks = 300.1.1.1": (2, r"addresses and networks"),
    "[milter]\ntrusted_networks = 10.0.0.1/8":
        (2, r'behind its prefix; did you mean "10\.0\.0\.0/8"\?'),
    "[milter]\norder = acces": (2, r'no policy.*did you mean "access"\?'),
    "[milter]\nsocket_mode = 0999": (2, r"octal, such as 0660"),
    "[milter]\nreplies = mimecst":
        (2, r'unknown system.*did you mean "mimecast"\?'),
    "[log]\nfacility = mial": (2, r"facility of syslog"),
    "[log]\naccepted = some": (2, r"one of none, summary, all"),
    "[helo]\nsyntax = maybe": (2, r"yes or no"),
    "[helo]\nsyntax = yes\nsyntax = no": (3, r"already set in line 2"),
    "[helo.one]\nsyntax = no": (1, r"no named instances"),
    "[helo recipient=a@b.test]": (1, r"one or more of rcpt="),
    "[helo rcpt=]\nsyntax = no": (1, r"not complete"),
    "[helo client=10.0.0.1/8]": (1, r"bits are set"),
    "[helo rcpt=a.test]\n[helo rcpt=A.test]": (2, r"same scope as in .*:1$"),
    "[helo\nsyntax = no": (1, r"ends with '\]'"),
    "syntax = no": (1, r"must stand in a \[section\]"),
    "[helo]\njust words": (2, r'"key = value"'),
    "[access]\nblock_clients = cidr:/nonexistent": (2, r"no file"),
    "[access]\nblock_clients = cdir:{10.0.0.0/8}": (2, r"try cidr:"),
    "[access]\nblock_clients = cidr:{10.0.0.0/40}": (2, r"not an address"),
    "[access]\nblock_senders = inline:{a@b.test": (2, r"is written inline:"),
    "[access]\nblock_senders = file:/": (2, r"it is a folder"),
    "[access]\nblock_senders = socketmap:inet:localhost:99999:map":
        (2, r"a port is 1 to 65535"),
    "[access]\nallow_skips = sendr":
        (2, r'no policy.*did you mean "sender"\?'),
    "[access]\naction = tagg": (2, r'did you mean "tag"\?'),
    "[access]\naction = score 5000": (2, r"a number, 1 to 1000"),
    "[access]\nstage = helo\nblock_helo = inline:{x}\naction = tag":
        (4, r"needs a message"),
    "[greylist]\nwindow = 1m\ndelay = 2m": (2, r"nobody could ever pass"),
    "[greylist]\nstage = mail": (2, r"one of rcpt, data"),
    "[greylist]\napply = suspects": (2, r'did you mean "suspect"\?'),
    "[greylist]\nipv6_network = 129": (2, r"16 to 128"),
    "[access rcpt=a.test]\nstage = mail": (2, r"not in a section with a scope"),
    "[access]\nexempt = rcp=inline:{a}": (2, r'did you mean "rcpt"\?'),
    "[recipient]\nmax = 99999999999999999999": (2, r"number of recipients"),
    "[recipient]\nverify = yes\nrefuse_remote = yes":
        (3, r"set domains in \[directory\]"),
    "[size]\nmax = 10X": (2, r"size in bytes, K, M or G"),
    "[auth]\nrequired = remote": (2, r"set domains in \[directory\]"),
    "[auth]\ninbound_lockout = heder": (2, r'did you mean "header"\?'),
    "[relay]\nrelaying = refuse": (2, r"set domains in \[directory\]"),
    "[directory]\ndomains = inline:{example.test=lcal}":
        (2, r'bad attribute "lcal"; did you mean "local"\?'),
    "[replies]\naccess.sendr = 550 no": (2, r'did you mean "access.sender"\?'),
    "[replies]\naccess.sender = 250 ok": (2, r"400 to 599"),
    "[replies]\naccess.sender = 550 4.7.1 no": (2, r"both have to begin"),
    "[replies]\naccess.sender = 550 5.7.1 %{sendr}":
        (2, r"did you mean %{sender}\?"),
    "[replies]\naccess.sender = 550 5.7.1 n\u00f6": (2, r"printable ASCII"),
    "[replies]\naccess.sender = alternative 2": (2, r"no alternative 2"),
    "[replies]\nfailure.temporary = 550 no": (2, r"must be 4xx"),
    "[replies rcpt=a.test]\naccess.sender = 550 no": (1, r"no scope"),
    "include = /nonexistent.ini": (1, r"No such file"),
    "include = mistake.ini": (1, r"includes itself"),
}

WARNINGS = {
    "[greylist]\nstage = rcpt\n[spf]":
        (1, r"\[greylist\] is asked before \[spf\]"),
    "[milter]\norder = greylist\n[dnsbl.a]\nzone = a.test\n[dnsbl]\n"
    "stage = data": (2, r"\[greylist\] is asked before \[dnsbl\]"),
    "[greylist]\ndelay = 5m": (2, r"first retry .* is too early"),
    "[dnsbl.a]\nzone = a.test\n[dnsbl]\nauthenticated = judge":
        (3, r"users who submit mail"),
    "[access]\nallow_senders = inline:{a.test}": (2, r"forgers"),
    "[access]\nallow_skips = helo, spf\n[access rcpt=a.test]\n"
    "allow_senders = inline:{a.test}": (4, r"forgers"),
    "[spf]\nexempt = client=inline:{192.0.2.1}, from=inline:{a.test}":
        (2, r"forgers"),
    "include = /nonexistent/*.ini": (1, r"no file matches"),
    "[log]\ndecisions = /nonexistent/file": (2, r"no folder /nonexistent"),
    "[helo]\nself = no\nown_names = inline:{a.test}": (1, r"do nothing"),
}

# what looks like one of these and is none
FINE = (
    "[access]\nallow_skips = helo\n[access rcpt=a.test]\n"
    "allow_senders = inline:{a.test}",
    "[access]\nallow_senders_spf = yes\n[access rcpt=a.test]\n"
    "allow_senders = inline:{a.test}",
    "[spf]\nexempt = client=inline:{192.0.2.1}",
)


def untold(mistakes, kind, folder):
    """Mistakes that are not told as they should be."""
    path = folder / "mistake.ini"
    for ini, (line, words) in mistakes.items():
        path.write_text(f"{ini}\n[milter]\nuser =\n", encoding="utf-8")
        done = subprocess.run([PROGRAM, "-n", "-c", path], text=True,
                              check=False, capture_output=True)
        said = done.stderr.splitlines()
        if done.returncode != (78 if kind == "error" else 0) or len(said) != 1:
            yield f"{ini!r}: {done.returncode} {said}"
        elif not re.match(rf"{path}:{line}: {kind}: ", said[0]) or \
                not re.search(words, said[0]):
            yield f"{ini!r}: {said[0]}"


def blamed(folder):
    """What is complained about and should not be."""
    path = folder / "mistake.ini"
    for ini in FINE:
        path.write_text(f"{ini}\n[milter]\nuser =\n", encoding="utf-8")
        done = subprocess.run([PROGRAM, "-n", "-c", path], text=True,
                              check=False, capture_output=True)
        if done.returncode != 0 or done.stderr:
            yield f"{ini!r}: {done.returncode} {done.stderr}"


def nobody(folder):
    """A user who is not there, when root would start the daemon."""
    path = folder / "mistake.ini"
    path.write_text("[milter]\nuser = nosuchuser\n", encoding="utf-8")
    done = subprocess.run([PROGRAM, "-n", "-c", path], text=True, check=False,
                          capture_output=True)
    if done.returncode != (67 if os.geteuid() == 0 else 0):
        yield f"{done.returncode} {done.stderr}"


def main():
    """All tests."""
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "replies").symlink_to(ROOT / "etc/replies")
        tap.check("errors", untold(ERRORS, "error", folder))
        tap.check("warnings", untold(WARNINGS, "warning", folder))
        tap.check("no mistakes", blamed(folder))
        tap.check("no such user", nobody(folder))
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
