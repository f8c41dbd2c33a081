#!/usr/bin/env python3
"""abuse.t - two mailreeves on one Redis have one register of bad clients.

What stands in the log of one shuts a client out at the other; a feed and the
tools reach Redis without a daemon; while Redis is away each host goes on with
what it sees itself.
"""

import json
import sys

from hosts import Mailreeve
from play import Tap
from servers import Cluster, Servers, wait_until
from wire import Mta

FAILED = ("Nov 21 10:20:01 mx postfix/smtpd[1]: warning: unknown[{}]: SASL "
          "LOGIN authentication failed: x, sasl_username=alice\n")
INI = """\
[milter]
user =
socket = unix:{folder}/socket
control = {folder}/control
pid_file = {folder}/pid
[rdns]
enabled = no
[connlimit]
enabled = no
[abuse]
commands = 3
subnet_hosts = 2
[store]
path = {folder}/store
backend = redis
[redis]
{redis}
"""


class Host(Mailreeve):
    """With what this test asks of it."""

    def __init__(self, folder, redis):
        super().__init__(folder, INI.format(folder=folder, redis=redis))

    def list(self):
        return {ban["client"]: ban["cause"]
                for ban in json.loads(self.ctl("--json", "abuse", "list"))}

    def greet(self, client, commands=0):
        """The answer to HELO; then commands that do not exist."""
        with Mta(self.folder + "/socket") as mta:
            mta.negotiate()
            answer = mta.greet(client)
            for _ in range(commands):
                mta.step(b"U", b"FOO\0")
            return str(answer)


def one_register(tap, servers, name, redis):
    """Banned by one, known to all."""
    folder = f"{servers.folder}/{name}"
    one, two = (Host(f"{folder}/{host}", redis) for host in ("one", "two"))
    one.ctl("feed", "--once", "-", given=FAILED.format("203.0.113.5") * 11)
    tap.ok("421 4.7.0 Too many failed logins" in two.greet("203.0.113.5"),
           f"{name}: a log of one host shuts out at the other")
    one.greet("203.0.113.6", commands=2)
    two.greet("203.0.113.6", commands=2)
    wait_until("a ban", lambda: "203.0.113.0/24" in one.list())
    tap.equal(two.list(), {"203.0.113.5": "auth", "203.0.113.6": "commands",
                           "203.0.113.0/24": "commands"},
              f"{name}: two hosts count together")
    tap.ok("421 4.7.0 Too many" in one.greet("203.0.113.99"),
           f"{name}: the network")
    tap.equal(one.stop(), 0, f"{name}: one ends well")
    for client in ("203.0.113.0/24", "203.0.113.6"):
        one.ctl("abuse", "lift", client)
    one.ctl("abuse", "ban", "2001:db8::1")
    tap.equal(two.list(), {"203.0.113.5": "auth", "2001:db8::/64": "manual"},
              f"{name}: tools need no daemon")
    tap.ok("421" not in two.greet("203.0.113.6") and
           "421" in two.greet("2001:db8::99"), f"{name}: and are heeded")
    tap.equal(two.stop(), 0, f"{name}: two ends well")


def away(tap, servers, server):
    """Redis is killed: nobody is refused by that, and what a host sees it
    keeps itself."""
    host = Host(f"{servers.folder}/away", f"servers = {server.address}")
    server.kill()
    tap.ok("421" not in host.greet("203.0.113.7", commands=4),
           "no Redis: everybody may come")
    wait_until("a ban", lambda: "203.0.113.7 is banned" in host.log())
    tap.ok("421 4.7.0 Too many" in host.greet("203.0.113.7"),
           "but who is banned by this host")
    tap.equal(host.stop(), 0, "ends well")


def main():
    """On one server and on a Cluster."""
    tap = Tap()
    servers = Servers()
    one = servers.add()
    one_register(tap, servers, "one server", f"servers = {one.address}")
    cluster = Cluster(servers)
    one_register(tap, servers, "Cluster", "cluster = yes\nservers = " +
                 " ".join(node.address for node in cluster.nodes))
    away(tap, servers, one)
    return tap.finish()


sys.exit(main())
