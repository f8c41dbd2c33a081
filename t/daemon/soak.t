#!/usr/bin/python3
"""soak.t - 10,000 sessions with reloads in between: none fails, memory does
not grow, and an instrumented build has nothing to report.

SOAK_SESSIONS is the number of sessions (instrumented builds: 5,000).
"""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402
import world  # noqa: E402

SESSIONS = int(os.environ.get(
    "SOAK_SESSIONS", "5000" if bed.SANITIZED else "10000"))
ROUNDS = 5
# kB over the last rounds; instrumented builds keep books of their own, and
# find what is not given back when they end
GROWTH = 32768 if bed.SANITIZED else 512

# what the register stores of so many clients is no leak
SEVERAL = """\
[abuse]
enabled = no
[directory]
domains = inline:{example.test=local,catchall}
[access]
block_senders = file:%s/senders
block_clients = cidr:%s/clients
block_recipients = inline:{nobody@example.test}
block_header_from = inline:{x@y.test}
[relay]
relaying = refuse
[size]
max = 1M
[recipient]
max = %d
[milter]
mode = %s
[log]
decisions = %s/decisions
"""


def configuration(folder, number):
    """One of several, so that a reload changes something."""
    return SEVERAL % (folder, folder, 2 + number % 3,
                      ("enforce", "monitor")[number % 2], folder)


def one_round(daemon, number):
    """A part of the sessions, reloads meanwhile: figures and reloads."""
    load = daemon.begin_load(
        "-c", "25", "-n", str(SESSIONS // ROUNDS), "-r", "3", "-m", "2",
        "-F", str(number * SESSIONS))
    reloads = 0
    while load.poll() is None:
        daemon.configure(configuration(daemon.folder, reloads))
        reloads += daemon.ask("reload")["ok"]
        time.sleep(0.02)
    return bed.load_result(load), reloads


def resident_kb(daemon):
    return int(bed.status(daemon.pid)["VmRSS"][0])


def soak(tap, folder):
    os.environ["ASAN_OPTIONS"] = "quarantine_size_mb=1:" + os.environ.get(
        "ASAN_OPTIONS", "")
    world.write(f"{folder}/senders", "".join(
        f"spam{i}@bad{i % 9}.test\n" for i in range(2000)))
    world.write(f"{folder}/clients", "".join(
        f"10.{i >> 8}.{i & 255}.0/24\n" for i in range(2000)))
    daemon = bed.Daemon(folder, configuration(folder, 0), socket=8899)
    memory, reloads, refused = [], 0, 0
    for number in range(ROUNDS):
        result, more = one_round(daemon, number)
        reloads += more
        refused += result["refusals"]
        if not tap.equal(
                (result["status"], result["done"]), (0, SESSIONS // ROUNDS),
                f"round {number + 1}: {result['done']} sessions"):
            tap.comment(result)
        bed.wait_until(lambda: daemon.sessions() == 0)
        memory.append(resident_kb(daemon))
    tap.ok(reloads >= ROUNDS, f"{reloads} reloads, {refused} refusals")
    growth = memory[-1] - memory[1]
    tap.ok(growth <= GROWTH, f"memory grew by {growth} kB in the last "
           f"{ROUNDS - 2} rounds", memory)
    tap.comment(f"resident kB after each round: {memory}")
    tap.equal(daemon.ask("stats")["counters"]["sessions_now"], 0,
              "no session is left")
    tap.equal(daemon.stop(), "", "ends well, with nothing to report")


bed.run(soak)
