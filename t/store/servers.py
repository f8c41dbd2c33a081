"""servers - Redis on loopback, for the tests of the store.

Every server runs in a temporary folder, on ports that were free, and ends with
the test, also when that is killed. The program is redis-server where it is
installed; else redis-tools' redis-check-rdb, which is the same program and
decides by its name what to do: so no server of the machine has to be set up.
"""

import atexit
import contextlib
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HOST = "127.0.0.1"
PATIENCE = 30  # seconds, for anything to happen
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Failed(Exception):
    """An error reply."""


class Client:
    """A connection that speaks Redis' protocol."""

    def __init__(self, port, timeout=PATIENCE):
        self.socket = socket.create_connection((HOST, port), timeout)
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode()
                 for word in words]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(
            b"$%d\r\n%s\r\n" % (len(word), word) for word in words))

    def receive(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server hung up")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise Failed(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return (self.file.read(int(rest) + 2)[:-2]
                    if int(rest) >= 0 else None)
        if kind == b"*":
            return [self.receive() for _ in range(int(rest))]
        return rest

    def __call__(self, *words):
        self.send(*words)
        return self.receive()


def ask(port, *words):
    """One command over a connection of its own."""
    with Client(port) as client:
        return client(*words)


def wait_until(what, condition):
    """Until condition() is true; connections may break meanwhile."""
    end = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError, Failed):
            if condition():
                return
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)


def free_ports(count, also=()):
    """Ports that nobody uses, nor those that lie also higher."""
    found = []
    while len(found) < count:
        port = random.randrange(20000, 40000)
        try:
            for offset in (0, *also):
                with socket.socket() as probe:
                    probe.bind((HOST, port + offset))
        except OSError:
            continue
        if port not in found:
            found.append(port)
    return found


def program():
    """(what to execute) for redis-server."""
    for name in ("redis-server", "redis-check-rdb"):
        path = shutil.which(name)
        if path:
            return path
    return None


def die_with_parent():
    """In the child: end when the test does."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Server:
    """One redis-server (or sentinel), until stop()."""

    def __init__(self, folder, port, *options, sentinel=False):
        self.port = port
        self.folder = os.path.join(folder, str(port))
        self.config = os.path.join(self.folder, "redis.conf")
        self.sentinel = sentinel
        self.process = None
        os.mkdir(self.folder)
        lines = [f"port {port}", f"bind {HOST}", f"dir {self.folder}",
                 "protected-mode no", "daemonize no",
                 f"logfile {self.folder}/log", *options]
        if not sentinel:
            lines += ['save ""', f"unixsocket {self.folder}/socket",
                      "repl-diskless-sync-delay 0"]
        with open(self.config, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        self.start()

    @property
    def unix(self):
        """The path of its Unix socket."""
        return f"{self.folder}/socket"

    @property
    def address(self):
        return f"{HOST}:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", self.config]
            + (["--sentinel"] if self.sentinel else []),
            executable=program(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent)
        wait_until(f"redis on port {self.port}", self.answers)

    def answers(self):
        """Whether it is there; it may want a password."""
        try:
            return self.ask("PING")
        except Failed as error:
            return str(error).startswith("NOAUTH")

    def ask(self, *words):
        return ask(self.port, *words)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """At once, as if the power went."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()

    def info(self, section, field):
        """One field of INFO."""
        for line in self.ask("INFO", section).decode().splitlines():
            if line.startswith(field + ":"):
                return line.split(":", 1)[1]
        return None


class Servers:
    """All that a test started, in one temporary folder."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mailreeve-redis.")
        self.servers = []
        atexit.register(self.stop)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: os.sys.exit(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, *options, port=None, sentinel=False):
        server = Server(self.folder, port or free_ports(1)[0], *options,
                        sentinel=sentinel)
        self.servers.append(server)
        return server


class Sentinels:
    """A master, two replicas, three sentinels that watch them."""

    NAME = "mymaster"

    def __init__(self, servers):
        first = servers.add()
        self.nodes = [first] + [
            servers.add(f"replicaof {HOST} {first.port}") for _ in range(2)]
        self.sentinels = [servers.add(
            f"sentinel monitor {self.NAME} {HOST} {first.port} 2",
            f"sentinel down-after-milliseconds {self.NAME} 1000",
            f"sentinel failover-timeout {self.NAME} 5000",
            sentinel=True) for _ in range(3)]
        for replica in self.nodes[1:]:
            wait_until("replication", lambda r=replica: r.info(
                "replication", "master_link_status") == "up")
        for sentinel in self.sentinels:
            wait_until("the sentinels", lambda s=sentinel: self.knows(s))

    def knows(self, sentinel):
        """Whether it has met all others."""
        words = sentinel.ask("SENTINEL", "MASTER", self.NAME)
        state = dict(zip(words[::2], words[1::2]))
        return (state[b"num-slaves"] == b"2"
                and state[b"num-other-sentinels"] == b"2")

    def master(self):
        """Where the first living sentinel says that it is."""
        for sentinel in self.sentinels:
            with contextlib.suppress(OSError):
                port = int(sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME",
                                        self.NAME)[1])
                return next(n for n in self.nodes if n.port == port)
        raise RuntimeError("no sentinel answers")

    @property
    def settings(self):
        return ["--sentinels", " ".join(s.address for s in self.sentinels),
                "--master", self.NAME]


class Cluster:
    """Masters that share the slots; replicas of them."""

    SLOTS = 16384

    def __init__(self, servers, masters=3, replicas=0):
        self.servers = servers
        self.nodes = []
        for _ in range(masters + replicas):
            self.add()
        first, others = self.nodes[0], self.nodes[1:]
        for node in others:
            first.ask("CLUSTER", "MEET", HOST, node.port)
        share = -(-self.SLOTS // masters)
        for number, node in enumerate(self.nodes[:masters]):
            begin = number * share
            node.ask("CLUSTER", "ADDSLOTSRANGE", begin,
                     min(begin + share, self.SLOTS) - 1)
        for node in self.nodes:
            wait_until("the cluster to meet", lambda n=node: len(
                n.ask("CLUSTER", "NODES").splitlines()) == len(self.nodes))
        for number, node in enumerate(self.nodes[masters:]):
            node.ask("CLUSTER", "REPLICATE",
                     self.name(self.nodes[number % masters]))
        for node in self.nodes:
            wait_until("the cluster", lambda n=node: b"cluster_state:ok"
                       in n.ask("CLUSTER", "INFO"))
        for node in self.nodes[masters:]:
            wait_until("replication", lambda n=node: n.info(
                "replication", "master_link_status") == "up")

    def add(self):
        """One more server, which nobody knows yet."""
        port = free_ports(1, also=[10000])[0]
        node = self.servers.add(
            "cluster-enabled yes", "cluster-node-timeout 1000",
            "cluster-require-full-coverage no", port=port)
        self.nodes.append(node)
        return node

    @staticmethod
    def name(node):
        return node.ask("CLUSTER", "MYID").decode()

    def owner(self, slot):
        """The node that has a slot, as it says itself."""
        for node in self.nodes:
            with contextlib.suppress(OSError):
                for begin, end, where, *_ in node.ask("CLUSTER", "SLOTS"):
                    if begin <= slot <= end:
                        return next(n for n in self.nodes
                                    if n.port == where[1])
        raise RuntimeError(f"nobody has slot {slot}")

    def move(self, slot, target, pause=0):
        """As redis-cli --cluster reshard does; pause in the middle."""
        source = self.owner(slot)
        if source is target:
            return
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", self.name(source))
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", self.name(target))
        time.sleep(pause)
        while True:
            keys = source.ask("CLUSTER", "GETKEYSINSLOT", slot, 100)
            if not keys:
                break
            source.ask("MIGRATE", HOST, target.port, "", 0, 5000, "KEYS",
                       *keys)
        time.sleep(pause)
        for node in (target, source, *self.nodes):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", self.name(target))

    @property
    def settings(self):
        return ["--cluster", "--servers",
                " ".join(node.address for node in self.nodes[:2])]
