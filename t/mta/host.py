"""host - a mail server in a world, with all that it leans on, and mailreeve.

The mail server is started once; mailreeve as often as a test wants another
configuration.
"""

import os

import postfix
import sendmail
import servers
import services
import smtp
import world
from daemon import SOCKET, Daemon

MILTER = f"unix:{SOCKET}"
START = {"postfix": postfix.Postfix, "sendmail": sendmail.Sendmail}
CRASHES = ("panic", "killed by signal", "SYSERR", "core dump")


class Host:
    """Make one in a world only, and one only. more: see START."""

    def __init__(self, name, milter=MILTER, **more):
        self.names = services.Names()
        self.no_names = services.NoNames()
        self.log = services.MailLog()
        self.passwords = services.Passwords()
        servers.prepare()
        world.write(SOCKET, "")  # Sendmail complains when there is none
        self.mta = START[name](milter, **more)
        self.retired = []

    @property
    def name(self):
        return self.mta.name

    @staticmethod
    def folder(name):
        """A new one for a mailreeve and its files."""
        folder = os.path.join("/run/cases", name)
        os.makedirs(folder)
        return folder

    def daemon(self, ini, name, socket=None):
        """A mailreeve with this ini in a folder called name; retire() it."""
        return Daemon(ini, self.folder(name), socket)

    def retire(self, daemon, name):
        """Not needed any more. That it ends well is seen in end()."""
        daemon.begin_to_stop()
        self.retired.append((name, daemon))

    def end(self):
        """What was wrong with the end of a mailreeve, "" for nothing."""
        return "\n".join(f"{name}: {what}" for name, daemon in self.retired
                         if (what := daemon.stop()))

    def crash(self, since):
        """A line of the mail log that tells of one, or ""."""
        return next((line for line in self.log.lines[since:]
                     if any(word in line for word in CRASHES)), "")

    def session(self, client="203.0.113.5", name="mail.remote.test",
                port="MTA"):
        """A client that has said EHLO."""
        self.names.client(client, name)
        session = smtp.Session(self.mta.ports[port], client)
        session.ehlo(name)
        return session
