"""smtp - a client that shows every byte of a reply and mends nothing.

smtplib corrects commands and hides reply lines; a test must not. A Reply has
the lines as they came. Session.command() sends one command and reads its
reply; send() and read() alone make pipelining.
"""

import base64
import re
import socket
import ssl

from services import PASSWORD

TIMEOUT = 30
ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)")


class Closed(Exception):
    """The server closed the connection instead of replying."""


class Reply:
    """One reply: code, enhanced code ("" if not on every line), lines."""

    def __init__(self, raw):
        self.raw = raw
        self.code = int(raw[0][:3]) if raw[0][:3].isdigit() else 0
        texts = [line[4:] for line in raw]
        found = [ENHANCED.match(text) for text in texts]
        self.enhanced = ""
        if all(found) and len({m.group(1) for m in found}) == 1:
            self.enhanced = found[0].group(1)
            texts = [text[m.end():] for text, m in zip(texts, found)]
        self.lines = texts

    @property
    def ok(self):
        return 200 <= self.code < 400

    @property
    def text(self):
        return " / ".join(self.lines)

    def __str__(self):
        return " ".join(x for x in (str(self.code), self.enhanced, self.text)
                        if x)


class Session:
    """One SMTP connection from a client address of one's choice."""

    def __init__(self, port, client="127.0.0.1"):
        family = socket.AF_INET6 if ":" in client else socket.AF_INET
        to = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(TIMEOUT)
        self.socket.bind((client, 0))
        self.socket.connect((to, port))
        self.stream = self.socket.makefile("rb")
        self.banner = self.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Go without a word (QUIT is quit())."""
        self.stream.close()
        self.socket.close()

    def send(self, line):
        """line: str without line end, or bytes as they are."""
        if isinstance(line, str):
            line = line.encode("utf-8", "surrogateescape") + b"\r\n"
        self.socket.sendall(line)

    def read(self):
        raw = []
        while True:
            line = self.stream.readline()
            if not line.endswith(b"\n"):
                raise Closed(f"closed after {raw}" if raw else "closed")
            raw.append(line.rstrip(b"\r\n").decode("utf-8", "replace"))
            if raw[-1][3:4] != "-":
                return Reply(raw)

    def command(self, line):
        self.send(line)
        return self.read()

    def pipeline(self, lines):
        """All in one segment; the replies in order."""
        self.send("\r\n".join(lines))
        return [self.read() for _ in lines]

    def is_closed(self):
        """Has the server ended the connection?"""
        try:
            return self.stream.read(1) == b""
        except OSError:
            return True

    def ehlo(self, name="mail.remote.test"):
        return self.command(f"EHLO {name}")

    def mail(self, sender):
        return self.command(f"MAIL FROM:{sender}")

    def rcpt(self, recipient):
        return self.command(f"RCPT TO:{recipient}")

    def auth(self, login, password=PASSWORD):
        token = base64.b64encode(f"\0{login}\0{password}".encode()).decode()
        return self.command(f"AUTH PLAIN {token}")

    def starttls(self):
        """Gives the reply; after a 220 what follows is encrypted."""
        reply = self.command("STARTTLS")
        if reply.code == 220:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.stream.close()
            self.socket = context.wrap_socket(self.socket)
            self.stream = self.socket.makefile("rb")
        return reply

    def message(self, content):
        """Send what follows DATA's 354 (bytes, CRLF lines), and the dot."""
        content = re.sub(rb"(?m)^\.", b"..", content)
        if not content.endswith(b"\r\n"):
            content += b"\r\n"
        self.send(content + b".\r\n")
        return self.read()

    def quit(self):
        reply = self.command("QUIT")
        self.close()
        return reply
