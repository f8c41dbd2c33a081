"""dialogue - plays a case (case.py) against a mail server with mailreeve.

play() gives the replies that the client saw, in order, and raises Failed
with the place and what was wrong. The Transcript tells all of it.

What Sendmail itself puts around a text is taken off before texts are
compared: "<address>... " at MAIL and RCPT with 450, 550 and 553, and the
enhanced code X.0.0 where none was given. libmilter gives X.0.0 too, to
replies of several lines without one.
"""

import dataclasses
import os
import re
import subprocess

import listserver
import smtp
import world
from case import File, Pattern, Server, Step
from daemon import BUILD

# what connections that are held repeat of a session, and of its message
OF_SESSION = ("connect", "helo", "ehlo", "auth", "starttls")
OF_MESSAGE = ("mail", "rcpt")
END_MESSAGE = ("helo", "ehlo", "mail", "message", "rset")
NAMED = (450, 550, 553)  # codes before whose text Sendmail puts the address
# as the other runners have it (t/lib/dialogue_play.c)
DEFAULT_MESSAGE = ("From: {}\nTo: <alice@example.test>\nSubject: a case\n"
                   "Message-ID: <case@sender.test>\n"
                   "Date: Mon, 21 Sep 2026 12:00:00 +0000\n\nText.\n")
PADDING = "0" * 78 + "\n"


class Failed(Exception):
    """file:line: what the client saw instead"""


def forms(reply, runner, address):
    """How a reply may be written in a case: the shortest form first."""
    lines, enhanced = list(reply.lines), reply.enhanced
    named = f"{address}... "
    if runner == "sendmail" and address and reply.code in NAMED and \
            lines[0].startswith(named):
        lines[0] = lines[0][len(named):]
    texts = [" / ".join(lines)]
    filled = enhanced == f"{reply.code // 100}.0.0"
    if enhanced:
        texts.append(f"{enhanced} {texts[0]}")
    if enhanced and not (filled and (runner == "sendmail" or len(lines) > 1)):
        texts = texts[1:]
    return [f"{reply.code} {text}".rstrip() for text in texts]


def matches(reply, expected, runner, address):
    if expected in ("ok", "discard"):
        return reply.ok
    found = forms(reply, runner, address)
    if expected.startswith("~"):
        return any(re.search(expected[1:].lstrip(), form) for form in found)
    return expected in found


def unescape(content):
    r"""\r, \n, \0, \xHH and \\ of "message escaped" as the bytes they are."""
    single = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"\\": b"\\"}

    def byte(match):
        return single.get(match[1]) or bytes.fromhex(match[1][1:].decode())
    return re.sub(rb"\\(x[0-9A-Fa-f]{2}|[rn0\\])", byte, content)


class Transcript(list):
    def __str__(self):
        return "\n".join(self)


class Dialogue:
    """One case on one mail server."""

    def __init__(self, case, mta, names, folder):
        self.case, self.mta, self.names = case, mta, names
        self.folder, self.lines = folder, list(case.lines)
        self.daemon = self.session = None
        self.kept = []  # steps of the present session that passed
        self.held = []  # sessions
        self.sender = "<>"
        self.transcript = Transcript()
        self.replies = []  # (reply, address) of each step
        self.servers = []

    def failed(self, line, what):
        return Failed(f"{self.case.path}:{line.number}: {what}")

    def prepare(self):
        """What comes before the first step must be there when the daemon
        starts: the ini may name it."""
        while self.lines and isinstance(self.lines[0], (File, Server)):
            self.take(self.lines.pop(0))

    def play(self):
        while self.lines:
            self.take(self.lines.pop(0))

    def take(self, line):
        kinds = {Step: self.step, File: self.file, Server: self.server,
                 Pattern: self.pattern}
        kinds[type(line)](line)

    def end(self):
        self.do_release()
        if self.session:
            self.session.close()
        for server in self.servers:
            server.terminate()
            server.wait()

    def file(self, line):
        """A new file takes the place of the old one at once."""
        path = os.path.join(self.folder, line.name)
        world.write(path + ".new", line.block,
                    0o600 if ".secret" in line.name else 0o644)
        os.rename(path + ".new", path)

    def server(self, line):
        """A helper program; it prints a line when it is ready."""
        if line.kind == "dns" and self.list_server(line):
            return
        answers = os.path.join(self.folder, f"server{line.number}")
        world.write(answers, line.block)
        where = f"unix:{line.text}" if line.text[0] == "/" else line.text
        server = subprocess.Popen(
            [f"{BUILD}/t/{line.kind}d", where, answers],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.servers.append(server)
        if not server.stdout.readline():
            raise self.failed(line, "the server does not start")

    def list_server(self, line):
        """A real name server, where a documented reply is to be shown."""
        server = self.case.catalogue and listserver.start(
            line.text, line.block, re.findall(
                r"^zone = (\S+)", self.case.ini, re.M), self.folder)
        if server:
            self.servers.append(server)
            self.transcript.append(listserver.MARK)
        return server

    def pattern(self, line):
        if line.kind == "log" and not self.daemon.logged(line.regex):
            raise self.failed(line, "no such line in the log:\n"
                              + self.daemon.log())
        if line.kind == "nolog":
            found = self.daemon.logged(line.regex, seconds=0)
            if found:
                raise self.failed(line, f"in the log: {found}")

    def step(self, step):
        do = getattr(self, "do_" + step.verb.replace("!", "_to_fail"), None)
        if do is None:
            raise self.failed(step, f"{step.verb}: no such step through a "
                              "mail server")
        self.transcript.append(f"> {step.verb} {step.text}")
        try:
            reply = do(step)
        except (smtp.Closed, OSError) as e:
            raise self.failed(step, f"{step.verb}: {e}") from e
        if reply is None:
            return
        address = step.text.split(" ")[0] \
            if step.verb in ("mail", "rcpt", "refused") else ""
        self.replies.append((reply, address))
        self.transcript.extend("< " + line for line in reply.raw)
        expected = step.expect(self.mta.name)
        if step.verb == "refused":
            if reply.code != 550:
                raise self.failed(step, "the mail server should refuse")
        elif not matches(reply, expected, self.mta.name, address):
            raise self.failed(step, f"expected: {expected}\ngot: {reply}")
        self.keep(step, reply)

    def keep(self, step, reply):
        """For connections that will be held."""
        if step.verb in END_MESSAGE:
            self.kept = [kept for kept in self.kept
                         if kept.verb not in OF_MESSAGE]
        if reply.ok and step.verb in OF_SESSION + OF_MESSAGE:
            self.kept.append(step)

    def do_connect(self, step):
        self.kept = []
        if self.session:
            self.session.close()
        words = step.text.split()
        address, name = words[0], words[1] if len(words) > 1 else "-"
        more = dict(word.split("=", 1) for word in words[2:])
        how = more.get("resolve", "FAIL" if name == "-" else "OK")
        if name == "-" and "ptr" in more:
            name, how = more["ptr"], more.get("resolve", "FORGED")
        self.names.client(address, name, how)
        if ":" in address:
            world.add_client_address(address)
        self.session = smtp.Session(self.port(step, more), address)
        return self.session.banner

    def port(self, step, more):
        """The listener that the step names, by name or by port."""
        ports = self.mta.ports
        if more.get("listener") in ports:
            return ports[more["listener"]]
        wanted = int(more.get("port", ports["MTA"]))
        if "listener" in more or wanted not in ports.values():
            raise self.failed(step, "no such listener")
        return wanted

    def do_ehlo(self, step):
        return self.session.ehlo(step.text)

    def do_helo(self, step):
        return self.session.command(f"HELO {step.text}")

    def do_auth(self, step):
        return self.session.auth(step.text)

    def do_starttls(self, _):
        return self.session.starttls()

    def do_mail(self, step):
        self.sender = step.text.split(" ")[0]
        return self.session.mail(step.text)

    def do_rcpt(self, step):
        return self.session.rcpt(step.text)

    do_refused = do_rcpt

    def do_data(self, _):
        return self.session.command("DATA")

    def do_message(self, step):
        text = step.block or DEFAULT_MESSAGE.format(self.sender)
        size = re.search(r"size=(\d+)$", step.text)
        if size:
            text += PADDING * -(-int(size[1]) // 80)
        content = text.encode("utf-8", "surrogateescape")
        content = content.replace(b"\n", b"\r\n")
        if "escaped" in step.text:
            content = unescape(content)
        return self.session.message(content)

    def do_unknown(self, step):
        return self.session.command(step.text)

    def do_rset(self, _):
        return self.session.command("RSET")

    def do_quit(self, _):
        """After a 421 the connection is closed already: as good."""
        session, self.session, self.kept = self.session, None, []
        try:
            return session.quit()
        except (smtp.Closed, OSError):
            return None

    def do_clock(self, step):
        self.daemon.advance(int(step.text.rstrip("s")))

    def do_lost(self, _):
        self.session.close()
        self.session, self.kept = None, []

    def do_ctl(self, step, to_fail=False):
        """mailreevectl; a shell splits the arguments."""
        done = subprocess.run(
            ["sh", "-fc", f'exec "$0" -c "$1" {step.text}',
             f"{BUILD}/t/mailreevectl", self.daemon.ini], text=True,
            input=step.block or "", stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=self.daemon.environment,
            timeout=60, check=False)
        self.transcript.append(done.stdout)
        if (done.returncode != 0) != to_fail:
            raise self.failed(step, f"exit status {done.returncode}:\n"
                              + done.stdout)
        expected = step.expect(self.mta.name)
        if expected.startswith("~"):
            same = re.search(expected[1:].lstrip(), done.stdout, re.DOTALL)
        else:
            same = expected in (
                "ok", done.stdout.removesuffix("\n").replace("\n", " / "))
        if not same:
            raise self.failed(step, f"expected: {expected}\n"
                              f"got: {done.stdout}")

    def do_ctl_to_fail(self, step):
        self.do_ctl(step, to_fail=True)

    def do_hold(self, step):
        """Connections that do what the present session did."""
        count, _, client = step.text.partition(" client=")
        if not self.kept:
            raise self.failed(step, "no session to hold")
        for number in range(1, int(count) + 1):
            self.hold(step, number, client)

    def hold(self, step, number, client):
        present, self.session, kept = self.session, None, self.kept
        try:
            for one in kept:
                if one.verb == "connect" and client:
                    words = one.text.split(" ")
                    one = dataclasses.replace(
                        one, text=" ".join([client, *words[1:]]))
                reply = getattr(self, "do_" + one.verb)(one)
                if not reply.ok:
                    raise self.failed(step, f"connection {number}: "
                                      f"{one.verb}: {reply}")
        finally:
            self.held.append(self.session)
            self.session, self.kept = present, kept

    def do_release(self, _=None):
        for session in self.held:
            if session:
                session.close()
        self.held = []
