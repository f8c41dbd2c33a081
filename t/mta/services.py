"""services - what mail servers lean on, as threads of the test.

    Names      a DNS server on 127.0.0.1:53 that knows what a test told it
    NoNames    one on 127.0.0.1:5354 that fails at once, whatever is asked
    MailLog    /dev/log: what the servers tell syslog
    Passwords  saslauthd: every login is right whose password is "secret"

They live in a world (world.py), where nobody else has these places.
"""

import ipaddress
import os
import re
import socket
import struct
import threading
import time

PASSWORD = "secret"


def in_background(function):
    threading.Thread(target=function, daemon=True).start()


class Names:
    """A DNS server with the reverse names that a test wants.

    client() says how an address looks to a mail server:
      OK      name and address confirm each other
      FAIL    no name
      FORGED  a name that is another address's
      TEMP    the servers of the reverse zone do not answer well
    """

    TYPES = {"A": 1, "PTR": 12, "AAAA": 28}
    NXDOMAIN, SERVFAIL, OK = 3, 2, 0

    def __init__(self):
        self.records = {}  # (name, type) -> data, None for SERVFAIL
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        in_background(self.serve)

    def client(self, address, name, how="OK"):
        ip = ipaddress.ip_address(address)
        records = {}
        pointer = (ip.reverse_pointer, self.TYPES["PTR"])
        if how == "TEMP":
            records[pointer] = None
        elif how != "FAIL":
            kind, other = ("A", "192.0.2.99") if ip.version == 4 else (
                "AAAA", "2001:db8:ffff::99")
            if how == "FORGED":
                ip = ipaddress.ip_address(other)
            records[pointer] = self.wire_name(name)
            records[name.lower(), self.TYPES[kind]] = ip.packed
        self.records = records

    @staticmethod
    def wire_name(name):
        return b"".join(bytes([len(label)]) + label.encode()
                        for label in name.split(".") if label) + b"\0"

    def serve(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            self.socket.sendto(self.answer(query), peer)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin1"))
            at += 1 + query[at]
        question = query[12:at + 5]
        kind = struct.unpack("!H", query[at + 1:at + 3])[0]
        name, records = ".".join(labels).lower(), self.records
        data = records.get((name, kind))
        known = any(name == known for known, _ in records)
        if (name, kind) in records and data is None:
            code = self.SERVFAIL
        else:
            code = self.OK if known else self.NXDOMAIN
        head = query[:2] + struct.pack("!HHHHH", 0x8580 | code, 1,
                                       1 if data else 0, 0, 0)
        if data:
            question += b"\xc0\x0c" + struct.pack(
                "!HHIH", kind, 1, 1, len(data)) + data
        return head + question


class NoNames:
    """SERVFAIL to every question: where nobody listens, some questions wait
    for their time-out."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 5354))
        in_background(self.serve)

    def serve(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            end = query.find(b"\0", 12) + 5  # of the question
            self.socket.sendto(query[:2] + struct.pack(
                "!HHHHH", 0x8182, 1, 0, 0, 0) + query[12:end], peer)


class MailLog:
    """Collects syslog in memory, one line each, without date and priority."""

    def __init__(self):
        self.lines = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        in_background(self.serve)

    def serve(self):
        while True:
            line = self.socket.recv(65536).decode("utf-8", "replace")
            line = re.sub(r"^<\d+>\w{3} .\d \d\d:\d\d:\d\d ", "", line)
            self.lines.append(line.rstrip("\n\0"))

    def wait_for(self, pattern, since=0, seconds=5):
        """The first line that matches, or None."""
        end = time.monotonic() + seconds
        while True:
            for line in self.lines[since:]:
                if re.search(pattern, line):
                    return line
            if time.monotonic() > end:
                return None
            time.sleep(0.02)


class Passwords:
    """saslauthd's protocol: login, password, service, realm; OK or NO."""

    SOCKET = "/run/saslauthd/mux"

    def __init__(self):
        os.makedirs(os.path.dirname(self.SOCKET), exist_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(self.SOCKET)
        os.chmod(self.SOCKET, 0o666)
        self.socket.listen()
        in_background(self.serve)

    def serve(self):
        while True:
            peer, _ = self.socket.accept()
            with peer, peer.makefile("rb") as stream:
                _, password, _, _ = (self.field(stream) for _ in range(4))
                answer = b"OK" if password == PASSWORD else b"NO"
                peer.sendall(struct.pack("!H", len(answer)) + answer)

    @staticmethod
    def field(stream):
        length = struct.unpack("!H", stream.read(2))[0]
        return stream.read(length).decode("utf-8", "replace")
