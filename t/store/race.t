#!/usr/bin/env python3
"""race.t - two hosts on one Redis: limits and places are exact."""

import sys

from play import Player, Tap
from servers import Cluster, Sentinels, Servers

HOSTS = 2
THREADS = 25


def race(tap, servers, name, settings, command, most):
    """1000 tries in all, at once."""
    hosts = [Player(servers.folder, settings, command, most, 1000 // HOSTS,
                    THREADS) for _ in range(HOSTS)]
    ends = [host.finish() for host in hosts]
    tap.equal(sum(end["taken"] for end in ends), most,
              f"{name}: {most} of 1000 by {command}, "
              + " + ".join(str(end["taken"]) for end in ends))
    tap.equal(sum(end["ok"] for end in ends), 1000,
              f"{name}: every try was answered")
    tap.ok(not any("places are taken" in host.log() for host in hosts),
           f"{name}: never more", "\n".join(host.log() for host in hosts))


def main():
    """On all kinds of Redis."""
    tap = Tap()
    servers = Servers()
    kinds = [("one server", ["--servers", servers.add().address]),
             ("Cluster", Cluster(servers).settings),
             ("Sentinel", Sentinels(servers).settings)]
    for name, settings in kinds:
        race(tap, servers, name, settings, "window", 100)
        race(tap, servers, name, settings, "lease", 20)
    return tap.finish()


sys.exit(main())
