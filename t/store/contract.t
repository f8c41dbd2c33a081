#!/usr/bin/env python3
"""contract.t - what every store has to do, on every kind of Redis.

One server (over TCP with a user of few rights, a password and a database;
over its Unix socket with a password alone), a Sentinel set, a Cluster.
"""

import subprocess
import sys

from play import BUILD, Tap
from servers import Cluster, Sentinels, Servers

# what README and mailreeve.ini(5) tell admins to allow
RIGHTS = ("resetkeys ~t* -@all +eval +evalsha +script|load +select +role "
          "+get +set +del +expire +ttl +zadd +zrem +zcard +zscore +zrange "
          "+zremrangebyscore +scan")


def contract(tap, name, settings):
    """The suite in C, as points of ours."""
    done = subprocess.run([f"{BUILD}/t/storecontract", *settings], timeout=300,
                          capture_output=True, text=True, check=False)
    points = [line for line in done.stdout.splitlines()
              if line.startswith(("ok ", "not ok "))]
    for point in points:
        tap.ok(point.startswith("ok"),
               f"{name}: {point.split(' - ', 1)[-1].split(': ', 1)[-1]}")
    tap.ok(done.returncode == 0 and len(points) > 20, f"{name}: all of it",
           done.stdout + done.stderr)


def main():
    """All kinds."""
    tap = Tap()
    servers = Servers()
    one = servers.add("requirepass deep",
                      f"user mailreeve on >secret {RIGHTS}")
    contract(tap, "TCP, user, database", [
        "--servers", one.address, "--username", "mailreeve", "--password",
        "secret", "--db", "3"])
    contract(tap, "Unix socket, password", [
        "--servers", f"unix:{one.unix}", "--password", "deep"])
    contract(tap, "Cluster", Cluster(servers).settings)
    contract(tap, "Sentinel", Sentinels(servers).settings)
    return tap.finish()


sys.exit(main())
