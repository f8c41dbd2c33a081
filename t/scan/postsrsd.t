#!/usr/bin/python3
"""postsrsd.t - addresses that a real postsrsd makes are good, and no longer
so when they are old or changed."""

import os
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../daemon"))

import bed  # noqa: E402
from bed import world  # noqa: E402

FORWARD = 10001
SENDERS = ("carol@remote.test", "Carol.X@Remote.TEST", "a+b=c@sender.test",
           "x" * 20 + "@a-very-long-name.sub.domain.sender.test")
INI = """\
[srs]
domains = inline:{srs.test}
secrets_file = /run/test/srs.secret
[spf]
enabled = no
"""
DAY = 86400


def program():
    unpacked = os.path.join(bed.REPO, ".build/scan/usr/sbin/postsrsd")
    return unpacked if os.path.exists(unpacked) else "/usr/sbin/postsrsd"


def rewritten(sender):
    """What postsrsd makes of a sender."""
    with socket.create_connection(("127.0.0.1", FORWARD)) as server:
        server.sendall(f"get {sender}\n".encode())
        code, address = server.makefile().readline().split(" ", 1)
    if code != "200":
        raise RuntimeError(f"postsrsd: {code} {address}")
    return address.strip()


def begin(folder, *more):
    """A postsrsd; it serves when this returns."""
    server = subprocess.Popen(
        [program(), "-4", f"-s{folder}/srs.secret", "-dsrs.test",
         "-l127.0.0.1", f"-f{FORWARD}", *more], stdin=subprocess.DEVNULL)

    def answers():
        try:
            return rewritten("a@b.test")
        except OSError:
            return False
    if not bed.wait_until(answers):
        raise RuntimeError("postsrsd does not start")
    return server


def answer(daemon, recipient):
    with daemon.mta() as mta:
        mta.negotiate()
        mta.greet()
        return mta.message("<>", f"<{recipient}>")[1]


def judge(tap, daemon, addresses):
    for address in addresses:
        got = answer(daemon, address)
        tap.equal(got[:1], "c", f"{address} passes")
        got = answer(daemon, address.lower())
        tap.equal(got[:1], "c", f"{address.lower()} passes")
        local, at, domain = address.rpartition("@")
        forged = local[:-1] + ("y" if local[-1] != "y" else "z") + at + domain
        got = answer(daemon, forged)
        tap.ok(got.startswith("y 550 5.7.1"), f"{forged} is refused", got)


def addresses_pass(tap, folder):
    world.write("/run/test/srs.secret", "s3cret of this test\n", 0o600)
    addresses = []
    for more in ([], ["-n12"], ["-a+"]):
        server = begin("/run/test", *more)
        addresses += [rewritten(sender) for sender in SENDERS]
        server.terminate()
        server.wait()
    # a newer secret stands first; the old one still counts
    world.write("/run/test/srs.secret", "new\ns3cret of this test\n", 0o600)
    daemon = bed.Daemon(folder, INI)
    judge(tap, daemon, addresses)
    tap.equal(daemon.stop(), "", "the daemon ended well")


bed.run(addresses_pass)
