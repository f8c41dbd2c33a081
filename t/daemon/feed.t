#!/usr/bin/python3
"""feed.t - mailreevectl feed beside the daemon: a log that is followed over
rotation, a daemon that is away for a while, and many lines."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402

CTL = os.path.join(bed.BUILD, "mailreevectl")
FAILED = ("Nov 21 10:20:01 mx postfix/smtpd[1]: warning: unknown[{}]: SASL "
          "LOGIN authentication failed: x, sasl_username=alice\n")
LINES = 100000
RATE = 20000  # lines a second


def ctl(daemon, *words):
    """What mailreevectl prints."""
    return subprocess.run([CTL, "-c", daemon.path, *words],
                          capture_output=True, text=True, check=False)


def banned(daemon):
    """Clients with a ban: client -> what was counted."""
    got = ctl(daemon, "--json", "abuse", "list")
    return {ban["client"]: ban["count"] for ban in json.loads(got.stdout)}


def is_banned(daemon, client):
    return bed.wait_until(lambda: client in banned(daemon))


class Feed:
    """A feed that follows a log."""

    def __init__(self, daemon, log):
        self.log = log
        self.process = subprocess.Popen(
            [CTL, "-c", daemon.path, "feed", log], stderr=subprocess.PIPE)
        bed.wait_until(self.follows)

    def follows(self):
        folder = f"/proc/{self.process.pid}/fd"
        with contextlib.suppress(FileNotFoundError):  # it is just closed
            return any(os.readlink(f"{folder}/{fd}") == self.log
                       for fd in os.listdir(folder))
        return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=bed.PATIENCE)
        return self.process.returncode, errors.decode()


def write(path, client, count, mode="a"):
    with open(path, mode, encoding="ascii") as log:
        log.write(FAILED.format(client) * count)


def follow(tap, folder):
    """Renamed, cut, written in pieces; the daemon goes and comes back."""
    daemon = bed.Daemon(folder)
    log = f"{folder}/mail.log"
    write(log, "203.0.113.1", 11)
    feed = Feed(daemon, log)
    # logrotate: the writer goes on in the old file until it is told
    write(log, "203.0.113.2", 5)
    os.rename(log, log + ".1")
    write(log, "203.0.113.2", 0)
    write(log + ".1", "203.0.113.2", 3)
    write(log, "203.0.113.2", 3)
    tap.ok(is_banned(daemon, "203.0.113.2"), "over a rename", banned(daemon))
    # copytruncate, when all was read
    write(log, "203.0.113.3", 6)
    write(log, "203.0.113.4", 11)
    tap.ok(is_banned(daemon, "203.0.113.4"), "in the new file")
    write(log, "203.0.113.3", 5, mode="w")
    tap.ok(is_banned(daemon, "203.0.113.3"), "over a cut")
    line = FAILED.format("203.0.113.5")
    with open(log, "a", encoding="ascii") as out:
        out.write(line * 10 + line[:60])
        out.flush()
        time.sleep(0.3)
        out.write(line[60:])
    tap.ok(is_banned(daemon, "203.0.113.5"), "a line in two pieces")
    tap.equal(daemon.stop(), "", "the daemon ends")
    write(log, "203.0.113.6", 11)
    time.sleep(0.5)
    daemon.start()
    tap.ok(is_banned(daemon, "203.0.113.6"), "kept until it is back")
    tap.equal(banned(daemon), {f"203.0.113.{n}": 11 for n in range(2, 7)},
              "all and no more were counted")
    status, errors = feed.stop()
    tap.ok(status == 0 and "kept for up to" in errors and
           errors.count("is banned") == 5, "SIGTERM ends it", errors)
    tap.equal(daemon.stop(), "", "ends well")


def many(tap, folder):
    """What a feed can take in a second, beside the daemon."""
    daemon = bed.Daemon(folder)
    log = f"{folder}/mail.log"
    with open(log, "w", encoding="ascii") as out:
        for n in range(LINES):
            out.write(FAILED.format(f"198.51.{n % 3}.{n % 251}"))
    begin = time.monotonic()
    got = ctl(daemon, "--json", "feed", "--once", log)
    rate = int(LINES / (time.monotonic() - begin))
    tap.ok(got.returncode == 0 and
           json.loads(got.stdout)["failed"] == LINES, "all were read", got)
    tap.ok(rate > RATE or bed.SANITIZED, f"{rate} lines a second")
    tap.equal(len(banned(daemon)), 3 * 251, "everybody is banned")
    tap.equal(daemon.stop(), "", "ends well")


bed.run(follow, many)
