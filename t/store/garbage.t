#!/usr/bin/env python3
"""garbage.t - servers that are no Redis, or a lying one.

Each listens on loopback and answers every operation with the same bytes, some
of them after a proper greeting. A host under load must neither crash nor wait
longer than for a server that is silent, must not take an answer that makes no
sense for one, and must not grow.
"""

import contextlib
import socket
import sys
import threading
import time

from play import Player, Tap, side_by_side
from servers import HOST, Servers

AT_ONCE = 6  # servers
SLOWEST = 3000  # two time-outs of 300 ms, and what a busy machine needs
MEMORY = 300000  # kB of address space that was used at most

NAME = b"$40\r\n" + b"0" * 40 + b"\r\n"
GREETING = {b"ROLE": b"*1\r\n$6\r\nmaster\r\n", b"SCRIPT": NAME,
            b"SELECT": b"+OK\r\n", b"AUTH": b"+OK\r\n"}

# what is answered to every EVALSHA
LIES = {
    "nothing of Redis": b"220 mail.example.test ESMTP\r\n",
    "an integer": b":7\r\n",
    "nil": b"$-1\r\n",
    "a text": b"+PONG\r\n",
    "no elements": b"*0\r\n",
    "nil array": b"*-1\r\n",
    "other elements": b"*3\r\n+a\r\n+b\r\n+c\r\n",
    "numbers out of bounds": b"*5\r\n:9\r\n:-1\r\n:-1\r\n:-1\r\n:-1\r\n",
    "too many numbers": b"*9\r\n" + b":1\r\n" * 9,
    "arrays in arrays": b"*1\r\n" * 20,
    "a large number": b":99999999999999999999999\r\n",
    "an array of 2^30": b"*1073741824\r\n" + b":1\r\n" * 50,
    "an array of 2^62": b"*4611686018427387904\r\n",
    "a negative array": b"*-7\r\n",
    "a negative length": b"$-7\r\n\r\n",
    "a text of 2^30": b"$1073741824\r\n" + b"x" * 100000,
    "wide and deep": b"*500\r\n" * 7,
    "no number": b"*x\r\n",
    "NULs": b"\0" * 1000,
    "two answers": b"*2\r\n:1\r\n:-1\r\n" * 2,
    "an error": b"-ERR unknown command\r\n",
    "a wrong type": b"-WRONGTYPE Operation against a key\r\n",
    "an empty error": b"-\r\n",
    "no script, always": b"-NOSCRIPT No matching script.\r\n",
    "moved": b"-MOVED 1 127.0.0.1:1\r\n",
    "moved to nowhere": b"-MOVED\r\n",
    "again, always": b"-TRYAGAIN later\r\n",
    "half an answer": b"*2\r\n:1\r\n",
    "silence": b"",
    "a read-only one": b"-READONLY You can't write against a replica.\r\n",
    "one that loads": b"-LOADING Redis is loading the dataset\r\n",
}


class Liar:
    """A server on a port of its own, until close()."""

    def __init__(self, lie, greets=True, pause=0, endless=b""):
        self.lie, self.greets = lie, greets
        self.pause, self.endless = pause, endless
        self.listener = socket.create_server((HOST, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=[client],
                                 daemon=True).start()

    def serve(self, client):
        """Reads commands, to answer each."""
        with client, contextlib.suppress(OSError, ValueError):
            file = client.makefile("rb")
            while True:
                words = []
                for _ in range(int(file.readline()[1:])):
                    words.append(file.read(int(file.readline()[1:]) + 2)[:-2])
                if self.greets and words[0] in GREETING:
                    client.sendall(GREETING[words[0]])
                elif self.pause:
                    for byte in self.lie:
                        client.sendall(bytes([byte]))
                        time.sleep(self.pause)
                else:
                    client.sendall(self.lie)
                    while self.endless:
                        client.sendall(self.endless)


def meet(tap, servers, name, liar, *more):
    """A host that has this server."""
    host = Player(servers.folder, ["--servers", f"{HOST}:{liar.port}", *more],
                  "load", 1, 30, 10)
    try:
        end = host.finish()
    except RuntimeError as error:
        tap.ok(False, name, error)
        return
    finally:
        liar.close()
    log = host.log()
    tap.ok(end["ok"] == 0 and end["local"] == 3 * 31,
           f"{name}: no answer is taken", end)
    tap.ok(end["slowest_ms"] <= SLOWEST,
           f"{name}: slowest session {end['slowest_ms']} ms", log)
    tap.ok(end["memory_kb"] < MEMORY, f"{name}: {end['memory_kb']} kB", end)


def meetings():
    """(name, the server, settings): all lies, with a greeting and without."""
    for name, lie in LIES.items():
        yield name, {"lie": lie}, lambda: []
    cluster = ["--cluster"]
    yield "moved in circles", {"lie": b"-MOVED 1 :1\r\n"}, lambda: cluster
    for name in ("nothing of Redis", "an array of 2^30", "silence",
                 "an integer", "an error"):
        liar = {"lie": LIES[name], "greets": False}
        yield f"at once {name}", liar, lambda: []
        yield f"cluster: {name}", liar, lambda: cluster
        yield f"sentinel: {name}", liar, lambda liar=liar: [
            "--sentinels", f"{HOST}:{Liar(**liar).port}", "--master", "m"]
    yield "a slow one", {"lie": b"*5\r\n" + b":1\r\n" * 5,
                         "pause": 0.1}, lambda: []
    yield "a slow greeting", {"lie": b"+OK\r\n" * 20, "greets": False,
                              "pause": 0.1}, lambda: []
    yield "an endless text", {"lie": b"$1073741824\r\n",
                              "endless": b"x" * 65536}, lambda: []
    yield "endless answers", {"lie": b"",
                              "endless": b":1\r\n" * 5000}, lambda: []


def main():
    """A few at a time: most of it is waiting."""
    tap = Tap()

    def act(name, liar, more):
        def with_folder(inner):
            with Servers() as servers:
                meet(inner, servers, name, Liar(**liar), *more())
        return with_folder
    side_by_side(tap, AT_ONCE, [(name, act(name, liar, more))
                                for name, liar, more in meetings()])
    return tap.finish()


sys.exit(main())
