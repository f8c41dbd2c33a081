#!/usr/bin/python3
"""stop.t - a stop refuses new clients at once, serves those who are there,
and does not wait for ever."""

import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402
from wire import words  # noqa: E402

# seconds: of a machine with much to do, well below the time to wait (30)
SOON = 10


def refused(daemon):
    """Whether a new client is refused."""
    try:
        daemon.mta().socket.close()
    except ConnectionResetError:  # just when the socket was closed
        return False
    except (ConnectionRefusedError, FileNotFoundError):
        return True
    return False


def begun(daemon):
    """A session up to MAIL."""
    mta = daemon.mta()
    mta.negotiate()
    mta.greet()
    mta.step(b"M", words("<a@sender.test>"))
    return mta


def orderly(tap, folder):
    """A session in its middle goes on to its end."""
    for name, port in (("unix", None), ("inet", 8893)):
        path = os.path.join(folder, name)
        os.mkdir(path)
        daemon = bed.Daemon(path, socket=port)
        with begun(daemon) as mta:
            daemon.signal(signal.SIGTERM)
            tap.ok(bed.wait_until(lambda: refused(daemon)),
                   f"{name}: new clients are refused")
            time.sleep(0.3)
            tap.equal(mta.step(b"R", words("<x@example.test>")), "c",
                      f"{name}: an old one is served")
            mta.step(b"T")
            mta.step(b"N")
            tap.equal(mta.step(b"E"), "c", f"{name}: to its end")
            tap.equal(mta.message("<bad@sender.test>")[1],
                      "y 550 5.7.1 sender blocked",
                      f"{name}: and its next message is judged")
            tap.ok(daemon.alive(), f"{name}: the daemon waits for it")
            begin = time.monotonic()
            mta.send(b"Q")
            tap.equal(daemon.process.wait(bed.PATIENCE), 0, f"{name}: ends")
        tap.ok(time.monotonic() - begin < SOON, f"{name}: then without delay")
        tap.ok(not bed.REPORTS.search(daemon.log()), f"{name}: ends well",
               daemon.log())


def limits(tap, folder):
    """The time to wait, and a second signal, cut the rest off."""
    daemon = bed.Daemon(folder, milter="user =\nstop_timeout = 2s")
    with begun(daemon) as mta:
        begin = time.monotonic()
        daemon.signal(signal.SIGTERM)
        tap.equal(daemon.process.wait(bed.PATIENCE), 0, "ends")
        took = time.monotonic() - begin
        tap.ok(1.9 < took < 2 + SOON, "after the time to wait", took)
        tap.equal(mta.answer(), None, "the session is cut off")
    tap.ok("1 sessions are cut off" in daemon.log(), "the log says so",
           daemon.log())
    daemon.start()
    with begun(daemon) as mta:
        daemon.signal(signal.SIGTERM)
        bed.wait_until(lambda: refused(daemon))
        begin = time.monotonic()
        daemon.signal(signal.SIGTERM)
        tap.equal(daemon.process.wait(bed.PATIENCE), 0, "ends")
        tap.ok(time.monotonic() - begin < SOON, "a second signal: at once")
    daemon.start()
    begin = time.monotonic()
    tap.equal(daemon.stop(), "", "without sessions")
    tap.ok(time.monotonic() - begin < SOON, "it ends at once")


def under_load(tap, folder):
    """Of many sessions none is lost: served to the end, or refused."""
    for turn in range(3):
        path = os.path.join(folder, str(turn))
        os.mkdir(path)
        daemon = bed.Daemon(path, socket=8894 + turn)
        load = daemon.begin_load("-c", "50", "-n", "100000", "-p", "5000",
                                 "-q")
        time.sleep(1)
        begin = time.monotonic()
        tap.equal(daemon.stop(), "", "ends well")
        took = time.monotonic() - begin
        result = bed.load_result(load)
        tap.equal((result["cut"], result["stalled"], result["nonsense"]),
                  (0, 0, 0), f"{result['done']} sessions served to their end, "
                  f"{result['refused']} refused, none cut off, {took:.1f} s")
        tap.ok(result["refused"] > 0, "the rest was refused", result)


def exhausted(tap, folder):
    """No descriptors left: connections wait, then are served."""
    daemon = bed.Daemon(folder)
    subprocess.run(["prlimit", f"--pid={daemon.pid}", "--nofile=40:40"],
                   check=True)
    result = bed.load_result(daemon.begin_load("-c", "100", "-n", "2000"))
    tap.equal(result["done"], 2000, "2,000 sessions with 40 descriptors")
    tap.equal(daemon.stop(), "", "ends well")


bed.run(orderly, limits, under_load, exhausted)
