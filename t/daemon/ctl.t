#!/usr/bin/python3
"""ctl.t - mailreevectl on a running daemon: stats, reload."""

import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402
import names  # noqa: E402
import world  # noqa: E402


PROGRAM = os.path.join(bed.BUILD, "mailreevectl")


def ctl(daemon, *words, program=PROGRAM, **more):
    """(status, stdout, stderr)."""
    done = subprocess.run(
        [program, "-c", daemon.path, *words], text=True, check=False,
        capture_output=True, **more)
    return done.returncode, done.stdout, done.stderr


def stats(tap, folder):
    """What was counted, for people and for programs."""
    daemon = bed.Daemon(folder)
    daemon.serves()
    status, out, err = ctl(daemon, "stats")
    counted = dict(line.split(None, 1) for line in out.splitlines())
    tap.equal((status, err), (0, ""), "stats")
    tap.equal([counted.get(name) for name in (
        "sessions", "messages", "accepted", "access.sender")],
              ["1", "1", "1", "reject=1"], "what happened is counted")
    status, out, _ = ctl(daemon, "--json", "stats")
    tree = json.loads(out)
    tap.equal((status, tree["counters"]["recipients"],
               tree["reasons"]["access.sender"]), (0, 2, {"reject": 1}),
              "the same as JSON")
    # where the build stands, an ordinary user may not get
    program = shutil.copy(PROGRAM, folder)
    status, _, err = ctl(daemon, "stats", program=program, user=65534)
    tap.ok(status == 69 and "Permission denied" in err, "others may not ask",
           err)
    tap.equal(daemon.stop(), "", "ends well")
    tap.equal(ctl(daemon, "stats")[0], 69, "nobody is there any more")


def reload(tap, folder):
    """Taken, or not: said with file and line, and by the exit status."""
    daemon = bed.Daemon(folder)
    daemon.configure(bed.BLOCK.replace("bad@", "worse@"))
    tap.equal(ctl(daemon, "reload"), (0, "reloaded\n", ""), "reloaded")
    tap.ok(not daemon.serves(), "and in force")
    daemon.configure(bed.BLOCK + "[helo]\nsyntx = no\n")
    status, out, err = ctl(daemon, "reload")
    tap.equal((status, out),
              (1, "not reloaded: the old configuration is in force\n"),
              "an error")
    text = open(daemon.path, encoding="ascii").read()
    lines = text[:text.index("syntx")].count("\n") + 1
    tap.ok(f"{daemon.path}:{lines}: error: syntx" in err,
           "with file and line", err)
    status, out, _ = ctl(daemon, "reload", "--json")
    tap.equal((status, json.loads(out)["errors"]), (1, 1), "as JSON")
    daemon.configure(bed.BLOCK)
    tap.equal(ctl(daemon, "reload")[0], 0, "mended")
    tap.ok(daemon.serves(), "and in force")
    world.write(daemon.path, "[milter]\nsocket = unix:/run/other\n"
                f"control = {daemon.control}\nuser =\n{bed.BLOCK}")
    status, out, err = ctl(daemon, "reload")
    tap.ok(status == 0 and "socket changes with a restart only" in err,
           "what needs a restart is said", err)
    tap.equal(daemon.stop(), "", "ends well")


def questions(tap, folder):
    """What name servers were asked: by a session, and in all."""
    server = names.NameServer(
        folder, names.SENDER + 'sender.test TXT "v=spf1 a -all"\n'
        "2.0.0.127.one.example A 127.0.0.2\n*.two.example ANY !TIMEOUT\n")
    daemon = bed.Daemon(folder, names.DNS + "timeout = 1s\ntries = 1\n"
                        "[dnsbl.one]\nzone = one.example\n"
                        "[dnsbl.two]\nzone = two.example\n")
    names.Session(daemon)
    names.Session(daemon)
    _, out, _ = ctl(daemon, "explain", "--client", "203.0.113.5", "--name",
                    "mail.remote.test", "--helo", "mail.remote.test",
                    "--from", "<a@sender.test>", "--rcpt", "<b@example.test>")
    end = rf", {names.WHERE}, \d+ ms\)"
    for line in (
            rf"MX sender\.test=10 mx\.sender\.test \(ttl 300 s.*{end}",
            rf'TXT sender\.test="v=spf1 a -all" \(ttl 300 s, cached \d+ s ago{end}',
            rf"A 5\.113\.0\.203\.one\.example=no such name \(ttl \d+ s{end}",
            rf"A mx\.sender\.test=203\.0\.113\.25 .*{end}",
            rf"A sender\.test=no such record .*{end}",
            r"two=off: it does not answer", r"sender=fail by -all"):
        tap.ok(re.search(rf"^ +({line})$", out, re.M),
               f"explain tells {line}", out)
    _, out, _ = ctl(daemon, "stats")
    for line in (r"dns queries +[1-9]\d*", r"dns hits +[1-9]\d*",
                 r"dns timeouts +[1-9]\d*",
                 rf"name server {names.WHERE} +up asked=\d+ timeouts=\d+",
                 r"list dnsbl\.one +on clean=[1-9]\d* .*",
                 r"list dnsbl\.two +off .*: it does not answer"):
        tap.ok(re.search(f"^{line}$", out, re.M), f"stats tells {line}", out)
    tap.equal(daemon.stop(), "", "ends well")
    server.end()


bed.run(stats, reload, questions)
