#!/usr/bin/python3
"""reload.t - a new configuration while sessions go on; a bad one changes
nothing; the control socket."""

import json
import os
import signal
import stat
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402
import world  # noqa: E402
from wire import Mta  # noqa: E402

OTHER = bed.BLOCK.replace("bad@", "worse@")


def blocked(mta):
    """Who of two senders is refused."""
    return [name for name in ("bad", "worse")
            if mta.message(f"<{name}@sender.test>")[1][:5] == "y 550"]


def judged(daemon):
    with daemon.mta() as mta:
        mta.negotiate()
        mta.greet()
        return blocked(mta)


def snapshots(tap, folder):
    """A session keeps what it began with; the next one has the new."""
    daemon = bed.Daemon(folder)
    with daemon.mta() as old:
        old.negotiate()
        old.greet()
        tap.equal(blocked(old), ["bad"], "before")
        daemon.configure(OTHER)
        for number, name in ((signal.SIGUSR1, "SIGUSR1"),
                             (signal.SIGHUP, "SIGHUP")):
            since = daemon.log().count("reloaded")
            daemon.signal(number)
            tap.ok(bed.wait_until(
                lambda: daemon.log().count("reloaded") > since),
                f"{name} reloads", daemon.log())
        tap.equal(blocked(old), ["bad"], "an old session keeps its own")
        tap.equal(judged(daemon), ["worse"], "a new session has the new one")
    tap.equal(daemon.stop(), "", "ends well")


def broken(tap, folder):
    """What is wrong is logged with file and line, and nothing changes."""
    daemon = bed.Daemon(folder)
    good = open(daemon.path, encoding="ascii").read()
    lines = good.count("\n")
    for title, more, message in (
            ("unknown section", "[greylits]\n", "greylist"),
            ("unknown key", "[helo]\nsyntacks = no\n", "syntax"),
            ("bad value", "[recipient]\nmax = many\n", "max"),
            ("no such table", f"[access]\nblock_helo = file:{folder}/no\n",
             "no such file|cannot"),
            ("no ini at all", "\x01\x02 [[[\n", "")):
        world.write(daemon.path, good + more)
        line = lines + more.count("\n") - (title == "unknown section" and 0)
        seen = len(daemon.log())
        daemon.signal(signal.SIGUSR1)
        pattern = rf"{daemon.path}:{line}: error: .*"
        tap.ok(bed.wait_until(
            lambda: "reload failed" in daemon.log()[seen:])
            and daemon.logged(pattern, 0), f"{title}: file and line",
            daemon.log()[seen:])
        tap.equal(judged(daemon), ["bad"], f"{title}: the old one holds")
    os.remove(daemon.path)
    answer = daemon.ask("reload")
    tap.ok(not answer["ok"] and daemon.path in answer["problems"][0],
           "the file is gone", answer)
    tap.equal(judged(daemon), ["bad"], "the old one holds")
    world.write(daemon.path, good)
    tap.ok(daemon.ask("reload")["ok"], "repaired: reloads")
    counters = daemon.ask("stats")["counters"]
    tap.equal((counters["reloads"], counters["reloads_failed"]), (1, 6),
              "all of it was counted")
    tap.equal(daemon.stop(), "", "ends well")


def fixed(tap, folder):
    """What only a start can change is said, and the rest is done."""
    daemon = bed.Daemon(folder)
    world.write(daemon.path, f"[milter]\nsocket = unix:{folder}/other\n"
                f"user = guest\ncontrol = {daemon.control}\n"
                + OTHER)
    answer = daemon.ask("reload")
    tap.equal((answer["ok"], answer["errors"]), (True, 0), "reloads")
    for name in ("socket", "user"):
        tap.ok(any(f"[milter] {name} changes with a restart" in line
                   for line in answer["problems"]), f"{name} needs a restart",
               answer)
    tap.ok(daemon.logged("warning: .*socket changes with a restart", 0),
           "the log says so, too", daemon.log())
    tap.equal(judged(daemon), ["worse"], "the rest holds at the old socket")
    tap.equal(daemon.stop(), "", "ends well")


def under_load(tap, folder):
    """No session is lost while configurations come and go."""
    daemon = bed.Daemon(folder, socket=8892)
    load = daemon.begin_load("-c", "20", "-n", "100000", "-p", "1000", "-q")
    texts = [bed.BLOCK, OTHER, bed.BLOCK + "[nonsense]\n",
             "[helo]\nstage = helo\n" + OTHER]
    end = time.monotonic() + 3
    count = 0
    while time.monotonic() < end:
        daemon.configure(texts[count % len(texts)])
        daemon.signal((signal.SIGHUP, signal.SIGUSR1)[count % 2])
        count += 1
        time.sleep(0.01)
    answer = daemon.ask("reload")
    tap.ok("ok" in answer, "the control socket answers", answer)
    ended = daemon.stop()
    result = bed.load_result(load)
    counts = {key: result[key] for key in ("cut", "stalled", "nonsense")}
    tap.equal(counts, {"cut": 0, "stalled": 0, "nonsense": 0},
              "no session was lost")
    tap.equal(result["begun"] - result["done"], result["refused"],
              f"{result['done']} sessions, {count} reloads: all served")
    tap.ok(result["done"] > 100, "there was load", result)
    tap.equal(ended, "", "ends well")


def storm(tap, folder):
    """Signals as fast as they come: none ends the daemon."""
    daemon = bed.Daemon(folder)
    for _ in range(1000):
        daemon.signal(signal.SIGHUP)
        daemon.signal(signal.SIGUSR1)
        daemon.signal(signal.SIGUSR2)
    tap.ok(daemon.alive() and daemon.serves(), "serves after 3,000 signals")
    tap.equal(daemon.stop(), "", "ends well")


def control(tap, folder):
    """The protocol of the control socket, and clients that break it."""
    daemon = bed.Daemon(folder)
    mode = stat.S_IMODE(os.stat(daemon.control).st_mode)
    tap.equal(oct(mode), "0o600", "for its owner only")
    answer = daemon.ask("ping")
    tap.ok(answer["ok"] and answer["pid"] == daemon.pid
           and answer["config"] == daemon.path, "ping", answer)
    judged(daemon)
    answer = daemon.ask("stats")
    tap.equal(answer["reasons"].get("access.sender", {}).get("reject"), 1,
              "stats: a refusal by its reason")
    tap.equal(answer["counters"]["sessions"], 1, "stats: sessions")
    answer = daemon.ask("dance")
    tap.ok(not answer["ok"] and "dance" in answer["error"], "unknown", answer)
    with Mta(daemon.control) as client:
        lines = client.socket.makefile()
        client.raw(b'{"command": "ping"}\n{"command": "ping"}\n')
        tap.ok(all(json.loads(lines.readline())["ok"] for _ in range(2)),
               "several commands on one connection")
        for text in (b"hello", b"[]", b"{}", b'{"command": 1}', b"\0" * 9,
                     b"{" * 5000):
            client.raw(text + b"\n")
            tap.ok(not json.loads(lines.readline())["ok"],
                   f"no command: {text[:20]}")
    with Mta(daemon.control) as client:
        client.raw(b"x" * 70000)
        tap.equal(client.exactly(1), None, "a line without end: hung up on")
    with Mta(daemon.control) as silent:
        silent.raw(b"{")
        begin = time.monotonic()
        tap.ok(daemon.ask("ping")["ok"], "a silent client does not block")
        tap.ok(time.monotonic() - begin < 10, "for more than 5 seconds")
    tap.equal(daemon.stop(), "", "ends well")
    tap.ok(not os.path.exists(daemon.control), "it is gone in the end")


bed.run(snapshots, broken, fixed, under_load, storm, control)
