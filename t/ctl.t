#!/usr/bin/env python3
"""ctl.t - mailreevectl and mailreeve's own jobs, as their users call them:
what they print, where, and with which exit status. No daemon runs here
(t/daemon/ctl.t has one)."""

import json
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "t/check"))

from house import Tap  # noqa: E402

BUILD = ROOT / os.environ.get("BUILD", ".build")
USAGE, NOINPUT, IOERR, CONFIG, NO_DAEMON = 64, 66, 74, 78, 69
INI = """\
[milter]
replies = icewarp
[access]
block_senders = inline:{bad@sender.test}
[access rcpt=bob@example.test]
block_senders = inline:{worse@sender.test}
[helo]
syntax = no
[dns]
servers = %s
[rdns]
enabled = no
[sender]
no_mx = no
null_mx = no
private_mx = no
[replies]
access.recipient = 550 5.7.1 no mail to <%{recipient}>; really \\; no
[milter]
user =
"""
CONTENT = """
[content.prize]
where = subject, body
pattern = you have won
action = tag
[uribl]
wait = 0
[uribl.dom]
zone = dom.list.test
health = 0
"""
LETTER = """Subject: x
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

http://www.example.com/x
--b
Content-Type: text/html; name="a\033[1m.html"

<p>you h<b>av</b>e won
"""
MESSAGE = "From: <a@sender.test>\nSubject: x\n\ntext\n"


class Place:
    """A folder with an ini, a message, and the replies beside it."""

    def __init__(self, folder, name_server):
        self.folder = pathlib.Path(folder)
        self.ini = INI.replace("%s", name_server, 1) \
            + f"[store]\npath = {folder}/store\n"
        self.write("m.ini", self.ini)
        self.write("message", MESSAGE)
        (self.folder / "replies").symlink_to(ROOT / "etc/replies")
        (self.folder / "store").mkdir()

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def run(self, program, *words, **more):
        """(status, stdout, stderr)."""
        done = subprocess.run([BUILD / program, *words], cwd=self.folder,
                              text=True, check=False, **{
                                  "capture_output": True, **more})
        return done.returncode, done.stdout, done.stderr

    def ctl(self, *words, **more):
        return self.run("mailreevectl", "-c", "m.ini", *words, **more)

    def explain(self, *words):
        return self.ctl("explain", "--client", "203.0.113.5", "--helo",
                        "mail.remote.test", *words)


def differs(wanted, got):
    """What differs of (status, pattern in stdout, pattern in stderr)."""
    for name, want, have in zip(("status", "stdout", "stderr"), wanted, got):
        if isinstance(want, int) and want != have:
            yield f"{name}: {have}, wanted {want}"
        elif isinstance(want, str) and not re.search(want, have, re.S):
            yield f"{name}: no {want!r} in {have!r}"
        elif want is None and have:
            yield f"{name}: {have!r}"


def words(place):
    """Words on the command line, good ones and bad ones."""
    ctl, daemon = "mailreevectl", "mailreeve"
    for program, arguments, *wanted in (
            (ctl, "--help", 0, "usage: .*explain .*stats", None),
            (ctl, "-h", 0, "usage: ", None),
            (ctl, "--version", 0, "^mailreevectl [0-9]", None),
            (ctl, "", USAGE, None, "which command"),
            (ctl, "-c", USAGE, None, "file is missing behind: -c"),
            (ctl, "--jsn check", USAGE, None, "no such option: --jsn"),
            (ctl, "relod", USAGE, None, 'relod"; did you mean "reload"'),
            (ctl, "check --help", 0, "check", None),
            (ctl, "replies -h", 0, "--system NAME", None),
            (ctl, "explain --help", 0, "--rcpt.*Exit status", None),
            (ctl, "explain", USAGE, None, "which session"),
            (ctl, "check now", USAGE, None, "no arguments: now"),
            (ctl, "config -x", USAGE, None, "only -d: -x"),
            (ctl, "replies --system", USAGE, None, "only --system"),
            (ctl, "stats now", USAGE, None, "no arguments: now"),
            (ctl, "reload now", USAGE, None, "no arguments: now"),
            (ctl, "explain --clint x", USAGE, None,
             'clint"; did you mean "--client"'),
            (ctl, "limit --help", 0, "limit show .--full. .NAME .SUBJECT", None),
            (ctl, "limit", USAGE, None, "show or reset"),
            (ctl, "limit shwo", USAGE, None, 'did you mean "show"'),
            (ctl, "limit show a b c", USAGE, None, "one word too many: c"),
            (ctl, "limit reset a", USAGE, None, "of whom"),
            (ctl, "limit reset --full a b", USAGE, None, "no such option"),
            (ctl, "abuse --help", 0, "abuse list\n  abuse ban ADDRESS .--for", None),
            (ctl, "abuse", USAGE, None, "list, ban, lift or report"),
            (ctl, "abuse lst", USAGE, None, 'did you mean "list"'),
            (ctl, "abuse list x", USAGE, None, "one word too many: x"),
            (ctl, "abuse ban", USAGE, None, "which address"),
            (ctl, "abuse ban 1.2.3.4 5.6.7.8", USAGE, None, "too many: 5"),
            (ctl, "abuse ban 1.2.3.4 --for", USAGE, None, "behind: --for"),
            (ctl, "abuse ban 1.2.3.4 --for ever", USAGE, None, '"ever"'),
            (ctl, "abuse lift 1.2.3.4 --for 1d", USAGE, None, "option: --for"),
            (ctl, "abuse report", USAGE, None, "which address"),
            (ctl, "abuse report 1.2.3.4 --message -", USAGE, None,
             "which address"),
            (ctl, "feed --help", 0, "standard input", None),
            (ctl, "feed", USAGE, None, "which log"),
            (ctl, "feed --onec x", USAGE, None, "no such option: --onec"),
            (ctl, "feed a b", USAGE, None, "one log at a time: b"),
            (ctl, "greylist --help", 0, "greylist allow CLIENT .--for", None),
            (ctl, "greylist", USAGE, None, "list, allow or forget"),
            (ctl, "greylist lst", USAGE, None, 'did you mean "list"'),
            (ctl, "greylist list x", USAGE, None, "one word too many: x"),
            (ctl, "greylist list --for 1d", USAGE, None, "no such option: --f"),
            (ctl, "greylist list --state", USAGE, None, "behind: --state"),
            (ctl, "greylist allow", USAGE, None, "which client"),
            (ctl, "greylist allow x --for ever", USAGE, None,
             '"ever" is not a time'),
            (ctl, "explain --rcpt", USAGE, None, "missing behind: --rcpt"),
            (ctl, "explain --client 1.2.3", USAGE, None, "not an address"),
            (daemon, "--help", 0, "usage: .*--check", None),
            (daemon, "-v", 0, "^mailreeve [0-9]", None),
            (daemon, "--hlep", USAGE, None, "usage: "),
            (daemon, "-n word", USAGE, None, "usage: "),
            (daemon, "-d", USAGE, None, "usage: "),
            (daemon, "-n -c nowhere", CONFIG, None, "nowhere: No such file"),
            (daemon, "-n -c .", CONFIG, None, "not a regular file"),
            (daemon, "-n -c m.ini", 0, None, None)):
        got = place.run(program, *arguments.split())
        for line in differs(wanted, got):
            yield f"{program} {arguments}: {line}"


def configuration(place):
    """check, config, and mailreeve -C, which can be read again."""
    yield from differs((0, "^m.ini: good\n$", None), place.ctl("check"))
    yield from differs((0, r"^\[\]\n$", None), place.ctl("--json", "check"))
    config = place.ctl("config")
    yield from differs((0, r"^\[milter\]\nuser =\nreplies = icewarp\n\n\[acc",
                        None), config)
    if place.run("mailreeve", "-C", "-c", "m.ini") != config:
        yield "mailreeve -C says something else"
    place.write("again.ini", config[1])
    for defaults in ([], ["-d"]):
        first = place.run("mailreeve", "-C", *defaults, "-c", "m.ini")
        again = place.run("mailreeve", "-C", *defaults, "-c", "again.ini")
        if first != again:
            yield f"-C {defaults} read again is another"
    place.write("all.ini", place.ctl("config", "-d")[1])
    if place.run("mailreeve", "-C", "-d", "-c", "all.ini") != first:
        yield "-C -d read again is another"
    tree = json.loads(place.ctl("config", "--json", "-d")[1])
    if tree["access rcpt=bob@example.test"]["block_senders"] != \
            "inline:{worse@sender.test}" or tree["milter"]["mode"] != \
            "enforce" or tree["replies"]["access.recipient"] != \
            "550 5.7.1 no mail to <%{recipient}>; really ; no":
        yield f"JSON: {tree}"


def broken(place):
    """An ini with errors: all of them, with file and line."""
    place.write("bad.ini", "[miltr]\n[helo]\nsyntx = no\n"
                "[replies]\nfailure.temporary = 550 we failed, you pay\n")
    lines = (r"bad.ini:1: error: .*\"milter\".*bad.ini:3: error: .*\"syntax\""
             r".*bad.ini:5: error: failure.temporary .*4xx")
    for command in ("check", "config", "replies", "explain --rcpt a@b.test"):
        got = place.run("mailreevectl", "-c", "bad.ini", *command.split())
        for line in differs((CONFIG, None, lines), got):
            yield f"{command}: {line}"
    status, out, _ = place.run("mailreevectl", "-c", "bad.ini", "--json",
                               "check")
    if status != CONFIG or len(json.loads(out)) != 3:
        yield f"check --json: {status} {out}"


def content(place):
    """Parts, links, questions and rules of a message."""
    place.write("m.ini", place.ini + CONTENT)
    place.write("letter", LETTER)
    arguments = ["--from", "a@sender.test", "--rcpt", "alice@example.test",
                 "--message", "letter"]
    for wanted in (
            r"\n  part: 1, depth 0: multipart/mixed, [^\n]*flaw unclosed\n",
            r"\n  part: 2, depth 1: text/plain, 2\d bytes, ",
            r"\n  part: 3, depth 1: text/html, name a \[1m\.html, ",
            r"\n  link: www\.example\.com, part 2, line 1: www\.example",
            r"content\.prize +tag +content\.match\n +by m\.ini:\d+: pattern"
            r" = you have won\n +why body:you have won",
            r"uribl .*link=www\.example\.com in line 1, .* domain example",
            r"\n +dom\.list\.test=example\.com: "):
        for line in differs((0, wanted, ""), place.explain(*arguments)):
            yield line
    tree = json.loads(place.ctl("explain", "--json", "--client", "203.0.113.5",
                                "--helo", "h.test", *arguments)[1])
    if not {"part", "link", "message read"} <= {
            note["what"] for note in tree["notes"]}:
        yield f"JSON: {tree}"
    place.write("m.ini", place.ini)


def replies(place):
    """All replies, as they can be written, with where they are from."""
    status, out, err = place.ctl("replies")
    if status or err:
        yield f"{status} {err}"
    for pattern in (
            r"^access.sender +5\d\d .*\n +\(icewarp.ini:\d+\)$",
            r"^access.recipient .*no mail to.*\n +\(m.ini:\d+\)$",
            r"^failure.temporary +451 4.4.3 .*\n +\(native\)$",
            r"^ +alternative 1: \d\d\d "):
        if not re.search(pattern, out, re.M):
            yield f"no {pattern}"
    listed = json.loads(place.ctl("replies", "--json", "--system",
                                  "mailenable-2012")[1])
    if not any(one["source"].startswith("mailenable-2012.ini:")
               for one in listed) or not all(
                   re.match(r"[45]\d\d ", one["reply"]) for one in listed):
        yield f"JSON: {listed}"
    yield from differs((CONFIG, None, '--system:2: error: .*"mimcast".*"mime'
                        'cast"'), place.ctl("replies", "--system", "mimcast"))


def explained(place):
    """Verdicts, what decided, the reply, the exit status."""
    good, bad = ["--from", "a@sender.test"], ["--from", "bad@sender.test"]
    alice, bob = ["--rcpt", "alice@example.test"], ["--rcpt",
                                                    "bob@example.test"]
    worse = ["--from", "worse@sender.test"]
    for arguments, *wanted in (
            (good + alice, 0, "outcome: pass\n$", None),
            (bad + alice, 1, r"RCPT <alice.*access +reject access\.sender\n"
             r" +by m.ini:4: block_senders = inline.*"
             r" reply 5\d\d .*=> 5\d\d .*outcome: reject\n$", None),
            (worse + alice, 0, "outcome: pass", None),
            (worse + bob, 1, r"by m.ini:6: block_senders", None),
            (worse + alice + bob, 1, r"=> 5\d\d .*DATA\n", None),
            (good + alice + ["--message", "message"], 0,
             "END-OF-MESSAGE", None),
            (good + alice + ["--message", "nowhere"], NOINPUT, None,
             "nowhere: No such file"),
            (good + alice + ["--message", "."], NOINPUT, None,
             "Is a directory"),
            (good, 0, "no --rcpt: ", None)):
        for line in differs(wanted, place.explain(*arguments)):
            yield f"{arguments}: {line}"
    yield from differs((0, "no --client: .*skipped .no SMTP client", None),
                       place.ctl("explain", *bad, *alice))
    yield from differs((1, "no --helo: .*helo.required", None), place.ctl(
        "explain", "--client", "203.0.113.5", *good, *alice))
    tree = json.loads(place.ctl(
        "--json", "explain", "--client", "203.0.113.5", "--helo", "h.test",
        *bad, *alice)[1])
    step = tree["steps"][-1]
    if tree["outcome"] != "reject" or step["policies"][-1]["reason"] != \
            "access.sender" or "sender=bad@sender.test" not in \
            step["policies"][-1]["inputs"]:
        yield f"JSON: {tree}"


def on_terminal(place, **environment):
    """What explain prints on a terminal."""
    ours, theirs = pty.openpty()
    place.ctl("explain", "--client", "203.0.113.5", "--helo", "localhost",
              "--rcpt", "a@example.test", capture_output=False, stdout=theirs,
              stderr=theirs, env={**os.environ, **environment})
    os.close(theirs)
    text = b""
    try:
        while True:
            text += os.read(ours, 65536)
    except OSError:
        pass
    os.close(ours)
    return text


def colours(place):
    """On a terminal only, and not where NO_COLOR is set."""
    os.environ.pop("NO_COLOR", None)
    for name, text, wanted in (
            ("terminal", on_terminal(place), True),
            ("NO_COLOR", on_terminal(place, NO_COLOR="1"), False),
            ("NO_COLOR, empty", on_terminal(place, NO_COLOR=""), True)):
        if (b"\033[" in text) != wanted or b"outcome" not in text:
            yield f"{name}: {text!r}"
    if "\033" in place.explain("--rcpt", "a@example.test")[1]:
        yield "a pipe"


def full(place):
    """An output that cannot be written is an error."""
    with open("/dev/full", "wb") as disk:
        for program, arguments in (
                ("mailreeve", "-C -d -c m.ini"),
                ("mailreevectl", "-c m.ini config"),
                ("mailreevectl", "-c m.ini replies"),
                ("mailreevectl", "--help")):
            got = place.run(program, *arguments.split(), stdout=disk,
                            stderr=subprocess.PIPE, capture_output=False)
            for line in differs((IOERR, 0, "No space left"), got):
                if not line.startswith("stdout"):
                    yield f"{program} {arguments}: {line}"


def no_daemon(place):
    """Nobody answers: said with the path, which a bad ini names as well."""
    place.write("gone.ini", f"[milter]\ncontrol = {place.folder}/none\n[x]\n")
    for command in ("stats", "reload"):
        got = place.run("mailreevectl", "-c", "gone.ini", command)
        for line in differs((NO_DAEMON, None, f"{place.folder}/none: No such"),
                            got):
            yield f"{command}: {line}"


FAILED = ("Nov 21 10:20:01 mx postfix/smtpd[1]: warning: unknown[203.0.113.5]:"
          " SASL LOGIN authentication failed: x, sasl_username=alice\n")


def abuse(place):
    """The register of bad clients, without a daemon."""
    place.write("m.ini", place.ini + "[milter]\ntrusted_networks = 10.0.0.0/8\n"
                "[abuse client=198.51.100.0/24]\nenabled = no\n")
    (place.folder / "store").rmdir()
    yield from differs((NO_DAEMON, None, "store: .*/store"),
                       place.ctl("abuse", "list"))
    (place.folder / "store").mkdir()
    place.write("log", FAILED * 11)
    place.write("spam", "Received: from h (h [203.0.113.9]) by mx\n\n\n")
    for arguments, *wanted in (
            (["list"], 0, "^$", "^nobody is banned\n$"),
            (["list", "--json"], 0, r"^\[\]\n$", None),
            (["ban", "203.0.113.300"], USAGE, None, "not an address"),
            (["ban", "203.0.113.0/16"], USAGE, None, "not an address"),
            (["ban", "203.0.113.0/24"], USAGE, None, "subnet_hosts only"),
            (["ban", "10.1.2.3"], USAGE, None, "trusted network"),
            (["ban", "198.51.100.7"], USAGE, None, "is off for it"),
            (["report", "198.51.100.7"], USAGE, None, "is off for it"),
            (["report", "--message", "nowhere"], NOINPUT, None, "No such"),
            (["report", "--message", "m.ini"], NOINPUT, None, "no Received"),
            (["ban", "2001:db8::7", "--for", "2h", "--why", "a b"], 0,
             r"^2001:db8::/64 is banned\n2001:db8::/64 .* # a b\n$", None),
            (["ban", "2001:db8::/64", "--json"], 0,
             r'^\{"client":"2001:db8::/64","cause":"manual",.*"note":"",'
             r'"outcome":"banned"\}\n$', None),
            (["list"], 0, r"^2001:db8::/64 +manual +until 20[^\n]*\n$", None),
            (["report", "203.0.113.9"], 0, "^203.0.113.9 was noted", None),
            (["report", "--message", "spam", "--json"], 0,
             r'"outcome":"noted"', None),
            (["report", "--message", "spam"], 0, "with this message bef", None),
            (["report", "203.0.113.9"], 0, "was noted", None),
            (["report", "203.0.113.9"], 0, "is banned\n.*report", None),
            (["report", "203.0.113.9"], 0, "was banned already", None),
            (["lift", "203.0.113.9"], 0, "not in the register any", None),
            (["lift", "203.0.113.9", "--json"], 0, '"unknown"', None),
            (["list", "--json"], 0, r"^\[[^]]*2001:db8[^]]*\]\n$", None)):
        for line in differs(wanted, place.ctl("abuse", *arguments)):
            yield f"{arguments}: {line}"
    for arguments, *wanted in (
            (["log", "--once"], 0, "^11 lines: 11 failed logins, 0 good; 1",
             "abuse: 203.0.113.5 is banned for 3600 s: cause=auth count=11"),
            (["nowhere"], NOINPUT, None, "nowhere: No such file"),
            (["--once", "--json", "log"], 0, '"banned":0', None)):
        for line in differs(wanted, place.ctl("feed", *arguments)):
            yield f"feed {arguments}: {line}"
    place.write("off.ini", "[abuse]\nenabled = no\n")
    yield from differs((CONFIG, None, "the policy abuse is off"), place.run(
        "mailreevectl", "-c", "off.ini", "feed", "--once", "log"))
    got = place.ctl("explain", "--client", "203.0.113.5", "--helo", "h.test",
                    "--from", "a@sender.test", "--rcpt", "alice@example.test")
    yield from differs((2, "abuse.auth.*421 4.7.0 Too many failed logins.*"
                        "ban=cause auth", None), got)


def greylist(place):
    """What greylisting stores, allowed and forgotten without a daemon."""
    place.write("m.ini", place.ini + "[greylist]\nenabled = yes\napply = all\n")
    (place.folder / "store").rmdir()
    yield from differs((NO_DAEMON, None, "store: .*/store"),
                       place.ctl("greylist", "list"))
    (place.folder / "store").mkdir()
    mail = ["--from", "a@sender.test", "--rcpt", "alice@example.test"]
    for arguments, *wanted in (
            (["list"], 0, r"^STATE .*RECIPIENT\n$", None),
            (["list", "--json"], 0, r"^\[\]\n$", None),
            (["allow", "203.0.113.9", "--why", "x y"], 0,
             r"^203\.0\.113\.0/24 is not greylisted until 20", None),
            (["allow", "example.org", "--for", "1h", "--json"], 0,
             r'^\{"client":"example.org","until":[0-9]+\}\n$', None),
            (["allow", "mx.example.org"], USAGE, None, "registered.*mx.ex"),
            (["allow", "203.0.0.0/16"], USAGE, None, "ipv4_network"),
            (["allow", "a b"], USAGE, None, "not an address"),
            (["allow", "2001:db8::7"], 0, "^2001:db8::/64 is not", None),
            (["list", "--state", "alowed"], USAGE, None, '"allowed"'),
            (["list", "--client", "203.0.113.1"], 0,
             r"^STATE[^\n]*\nallowed .* 203\.0\.113\.0/24 # x y\n$", None),
            (["list", "--client", "203.0.0.0/16", "--state", "allowed"], 0,
             r"/24 # x y\n$", None),
            (["list", "--client", "mx.example.org"], 0,
             r"RECIPIENT\n$", None),
            (["list", "--client", "org"], 0, r"example\.org\n$", None),
            (["list", "--sender", "a@sender.test"], 0,
             r"RECIPIENT\n$", None),
            (["forget", "example.org"], 0, "is forgotten .1 stored", None),
            (["forget", "example.org", "--json"], 0,
             r'"forgotten":0\}', None)):
        for line in differs(wanted, place.ctl("greylist", *arguments)):
            yield f"{arguments}: {line}"
    for client, *wanted in (
            ("203.0.113.5", 0, "source=203.0.113.0/24.*allowed=", None),
            ("198.51.100.5", 2, "greylist.defer.*451 4.*contact=new", None)):
        got = place.ctl("explain", "--client", client, "--helo", "h.test",
                        *mail)
        for line in differs(wanted, got):
            yield f"explain {client}: {line}"


def name_server():
    """One that knows nothing and says so at once: where nobody listens, a
    question waits, and it is told that nobody answers."""
    with tempfile.NamedTemporaryFile("w") as zone:
        zone.write("* ANY !SERVFAIL\n")
        zone.flush()
        server = subprocess.Popen(
            [BUILD / "t/dnsd", "127.0.0.1:0", zone.name], text=True,
            stdout=subprocess.PIPE)
        return server, server.stdout.readline().split()[1]


def limit(place):
    """Counts and limits without a daemon."""
    place.write("m.ini", place.ini + "[ratelimit.login]\nlimit = 1/1h 5/1d\n"
                "[ratelimit.login login=bob@example.test]\nlimit = none\n"
                "[ratelimit.net]\nkey = client\nunit = bytes\n"
                "limit = 2M/1h\nipv4_prefix = 24\n")
    (place.folder / "store").rmdir()
    yield from differs((NO_DAEMON, None, "store: .*/store"),
                       place.ctl("limit", "show"))
    (place.folder / "store").mkdir()
    for arguments, *wanted in (
            ("show", 0, "^$", None),
            ("show --json", 0, r"^\[\]\n$", None),
            ("--json show", 0, r"^\[\]\n$", None),
            ("show login Alice@Example.test", 0,
             "^ratelimit.login alice@example.test: 0 of 1/1h, 0 of 5/1d "
             "recipients\n$", None),
            ("show login bob@example.test", 0, "no limit", None),
            ("show ratelimit.net 203.0.113.7", 0,
             "^ratelimit.net 203.0.113.0/24: 0 of 2M/1h bytes\n$", None),
            ("show net 203.0.113.0/24 --json", 0, '"subject":"203.0.113.0/24',
             None),
            ("show net alice", USAGE, None, "nothing that is counted.*alice"),
            ("show nit", USAGE, None, 'did you mean "net"'),
            ("reset login alice@example.test", 0, "was not counted", None),
            ("reset login alice@example.test --json", 0, '"reset":false',
             None)):
        for line in differs(wanted, place.ctl("limit", *arguments.split())):
            yield f"{arguments}: {line}"


def main():
    """All tests."""
    tap = Tap()
    server, where = name_server()
    try:
        for test in (words, configuration, broken, replies, explained,
                     content, colours, full, no_daemon, abuse, greylist,
                     limit):
            with tempfile.TemporaryDirectory() as folder:
                tap.check(test.__doc__.split("\n")[0],
                          test(Place(folder, where)))
    finally:
        server.terminate()
        server.wait()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
