"""sendmail - a real Sendmail inside a world (world.py).

The listeners, logins, mailboxes and the rule for everybody else's mail are
those of postfix.py; only XCLIENT does not exist here. Accepted mail stays in
the queue until deliver().
"""

import os
import signal
import subprocess
import time

import servers
from world import HOSTNAME, write

NAME = "sendmail"
PORTS = {"MTA": 2525, "MSA": 587}
QUEUE = "/var/spool/mqueue"

MC = r"""
divert(-1)
define(`_CF_DIR_', `%(root)s/usr/share/sendmail/cf/')dnl
include(`%(root)s/usr/share/sendmail/cf/m4/cf.m4')
divert(0)dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `%(hostname)s')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
DAEMON_OPTIONS(`Family=inet, Name=MTA, Port=2525')dnl
DAEMON_OPTIONS(`Family=inet, Name=MSA, Port=587')dnl
DAEMON_OPTIONS(`Family=inet6, Name=MTA, Port=2525, Addr=::1')dnl
DAEMON_OPTIONS(`Family=inet6, Name=MSA, Port=587, Addr=::1')dnl
define(`QUEUE_DIR', `%(queue)s')dnl
define(`confPID_FILE', `/run/sendmail.pid')dnl
define(`ALIAS_FILE', `/etc/mail/aliases')dnl
define(`STATUS_FILE', `/run/sendmail.st')dnl
define(`HELP_FILE', `/etc/mail/helpfile')dnl
define(`confSERVICE_SWITCH_FILE', `/etc/mail/service.switch')dnl
define(`confDEF_USER_ID', `guest:nogroup')dnl
define(`confDELIVERY_MODE', `queueonly')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confTO_IDENT', `0s')dnl
define(`confQUEUE_LA', `10000')dnl
define(`confREFUSE_LA', `10000')dnl
define(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl
TRUST_AUTH_MECH(`PLAIN LOGIN')dnl
define(`confCACERT_PATH', `/etc/ssl')dnl
define(`confCACERT', `%(certificate)s')dnl
define(`confSERVER_CERT', `%(certificate)s')dnl
define(`confSERVER_KEY', `%(certificate)s')dnl
define(`confTLS_SRV_OPTIONS', `V')dnl
define(`SMART_HOST', `nowhere:nowhere.test')dnl
INPUT_MAIL_FILTER(`mailreeve', `S=%(milter)s, F=%(flags)s, T=%(timeouts)s')dnl
MAILER(`local')dnl
MAILER_DEFINITIONS
Mnowhere, P=/bin/true, F=lsDFMuXmn9, S=EnvFromL, R=EnvToL, T=DNS/RFC822/X-Unix, A=true
LOCAL_CONFIG
Cw%(local)s
"""


class Sendmail:
    """A running Sendmail; stop() or the end of the world ends it."""

    name = NAME
    ports = PORTS

    def __init__(self, milter, flags="T", timeouts="C:5s;S:10s;R:30s;E:60s"):
        """milter: in libmilter's spelling; flags: F= (milter is down)."""
        self.root = servers.root_of("usr/libexec/sendmail/sendmail")
        self.environment = dict(os.environ, LD_LIBRARY_PATH=servers.LIBRARIES)
        os.makedirs(QUEUE, mode=0o700, exist_ok=True)
        write("/etc/mail/service.switch", "hosts\tfiles dns\naliases\tfiles\n")
        write("/etc/mail/helpfile", "")
        write("/run/sendmail.st", "")
        write("/etc/mail/aliases", "postmaster: root\n" + "".join(
            f"{user}: {servers.MAIL}/{user}\n" for user in servers.USERS))
        write("/etc/sasl2/Sendmail.conf", servers.SASL, 0o600)
        mc = MC % {
            "root": self.root, "hostname": HOSTNAME, "queue": QUEUE,
            "certificate": servers.CERTIFICATE, "milter": milter,
            "flags": flags, "timeouts": timeouts,
            "local": servers.LOCAL_DOMAIN}
        cf = subprocess.run(["m4", "-"], input=mc, text=True, check=True,
                            capture_output=True).stdout
        write("/etc/mail/sendmail.cf", cf)
        self.command("-bi")
        self.daemon = subprocess.Popen(
            self.words("-bD", "-L", "sm-mta"), env=self.environment,
            stdin=subprocess.DEVNULL, start_new_session=True)
        servers.wait_for_ports(PORTS.values(), self.alive)

    def words(self, *words):
        return [f"{self.root}/usr/libexec/sendmail/sendmail", *words]

    def alive(self):
        return self.daemon.poll() is None

    def command(self, *words):
        """Run sendmail in one of its modes: gives what it printed."""
        return subprocess.run(self.words(*words), env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=True).stdout

    def deliver(self, seconds=10):
        """Empty the queue: the session's process may still hold a message."""
        end = time.monotonic() + seconds
        while True:
            self.command("-q")
            if "is empty" in self.command("-bp") or time.monotonic() > end:
                return
            time.sleep(0.02)

    def submit(self, lines):
        """SMTP on stdin (sendmail -bs), one step at a time; the last line of
        each reply."""
        server = subprocess.Popen(
            self.words("-bs"), env=self.environment, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        replies = [self.reply(server)]
        for line in lines:
            server.stdin.write(line.replace("\n", "\r\n") + "\r\n")
            replies.append(self.reply(server))
        server.stdin.close()
        server.wait()
        return replies

    @staticmethod
    def reply(server):
        while (line := server.stdout.readline())[3:4] == "-":
            pass
        return line.rstrip()

    def stop(self):
        os.kill(self.daemon.pid, signal.SIGTERM)
        self.daemon.wait()
