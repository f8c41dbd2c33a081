"""wire - the milter protocol by hand, for what no MTA would send.

    mta = Mta("/run/x/socket")        or Mta(("127.0.0.1", 8891))
    mta.negotiate()                   what the milter chose: mta.protocol ...
    mta.send(b"C", connect("name", "203.0.113.5"))
    mta.answer()                      "c", "y 550 5.7.1 text", None: closed
"""

import re
import socket
import struct

NOHDRS, NOEOH, NOBODY, NOUNKNOWN, NODATA = 0x20, 0x40, 0x10, 0x100, 0x200
RCPT_REJ, SKIP, LEADSPC = 0x800, 0x400, 0x100000
NR = {"connect": 0x1000, "helo": 0x2000, "mail": 0x4000, "rcpt": 0x8000,
      "data": 0x10000, "unknown": 0x20000, "header": 0x80, "eoh": 0x40000,
      "body": 0x80000}
ADDHDRS, DELRCPT, CHGHDRS, QUARANTINE, SETSYMLIST = 0x1, 0x8, 0x10, 0x20, 0x100
CHUNK = 65535  # of a body, at most
EVERYTHING = (6, 0x1ff, 0x1fffff)
NO_REPLY = {b"C": "connect", b"H": "helo", b"M": "mail", b"R": "rcpt",
            b"T": "data", b"U": "unknown", b"L": "header", b"N": "eoh",
            b"B": "body"}
NO_STEP = {b"L": NOHDRS, b"N": NOEOH, b"B": NOBODY, b"U": NOUNKNOWN,
           b"T": NODATA}


def packet(command, payload=b""):
    return struct.pack("!I", len(payload) + 1) + command + payload


def words(*texts):
    return b"".join(text.encode() + b"\0" for text in texts)


def connect(name, address, port=40000):
    family = b"6" if ":" in address else b"4"
    return words(name) + family + struct.pack("!H", port) + words(address)


def macros(command, **pairs):
    """The payload of a macro packet; names of several letters get braces."""
    texts = []
    for name, value in pairs.items():
        texts += [name if len(name) == 1 else f"{{{name}}}", value]
    return command + words(*texts)


class Mta:
    """One connection to a milter."""

    def __init__(self, to, seconds=20):
        family = socket.AF_UNIX if isinstance(to, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(seconds)
        self.socket.connect(to)
        self.protocol = self.actions = self.version = 0
        self.lists = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def raw(self, data):
        """Send bytes; that the milter has hung up is no error."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def send(self, command, payload=b""):
        self.raw(packet(command, payload))

    def exactly(self, size):
        data = b""
        while len(data) < size:
            try:
                more = self.socket.recv(size - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            data += more
        return data

    def receive(self):
        """(command, payload) of the next packet, None when closed."""
        head = self.exactly(5)
        if head is None:
            return None
        payload = self.exactly(struct.unpack("!I", head[:4])[0] - 1)
        return None if payload is None else (head[4:], payload)

    def answer(self):
        """The next packet as text."""
        got = self.receive()
        if got is None:
            return None
        text = got[1].rstrip(b"\0").decode("latin1")
        return got[0].decode("latin1") + (" " + text if text else "")

    def negotiate(self, version=6, actions=0x1ff, protocol=0x1fffff):
        self.send(b"O", struct.pack("!III", version, actions, protocol))
        got = self.receive()
        if got is None or got[0] != b"O":
            return False
        self.version, self.actions, self.protocol = struct.unpack(
            "!III", got[1][:12])
        for step, text in re.findall(rb"\0\0\0(.)([^\0]+)\0", got[1][12:],
                                     re.S):
            self.lists[step[0]] = text.decode().split()
        return True

    def step(self, command, payload=b""):
        """Send a step as negotiated: its answer, "" where there is none."""
        if self.protocol & NO_STEP.get(command, 0):
            return ""
        self.send(command, payload)
        if self.protocol & NR.get(NO_REPLY.get(command), 0):
            return ""
        return self.answer()

    def greet(self, address="203.0.113.5", name="mail.remote.test"):
        """CONNECT and HELO."""
        self.send(b"D", macros(b"C", j="mx.example.test", daemon_name="MTA",
                               v="Postfix 3.7.11"))
        return [self.step(b"C", connect(name, address)),
                self.step(b"H", words(name))]

    def message(self, sender="<a@sender.test>", recipient="<x@example.test>",
                body=b"text\r\n"):
        """The answers of MAIL, RCPT, DATA and end of message, as far as they
        go on; what changes the message is passed over."""
        answers = [self.step(b"M", words(sender)),
                   self.step(b"R", words(recipient))]
        if answers[-1] not in ("", "c"):
            self.send(b"A")
            return answers
        answers.append(self.step(b"T"))
        if answers[-1] != "c":
            return answers
        self.step(b"L", words("Subject", "x"))
        self.step(b"N")
        for begin in range(0, len(body), CHUNK):
            self.step(b"B", body[begin:begin + CHUNK])
        answers.append(self.step(b"E"))
        while answers[-1] and answers[-1][0] in "himq-":
            answers[-1] = self.answer()
        return answers
