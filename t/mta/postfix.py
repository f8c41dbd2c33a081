"""postfix - a real Postfix inside a world (world.py).

Listeners: PORTS["MTA"], PORTS["MSA"] (submission: its own milter daemon
name, nothing else differs) and PORTS["XCLIENT"] (as MTA; the client may use
XCLIENT). All offer STARTTLS and AUTH PLAIN LOGIN.

Mail for alice, bob and carol @local.test goes to files in /run/mail, its other
users are unknown, any other address is accepted and its mail thrown away: so
that policies decide, and nothing waits. Limits that would come before those
of a policy are off, and so are Postfix's pauses after errors.
"""

import os
import signal
import subprocess
import time

import servers
from world import HOSTNAME, write

NAME = "postfix"
PORTS = {"MTA": 2525, "MSA": 587, "XCLIENT": 2526}
CONFIG = "/etc/postfix"
QUEUE = "/var/spool/postfix"
FOLDERS = ("active", "bounce", "corrupt", "defer", "deferred", "flush",
           "hold", "incoming", "maildrop", "pid", "private", "public",
           "saved", "trace")

MASTER = """\
# service type private unpriv chroot wakeup maxproc command
2525      inet  n - n -     -  smtpd -o milter_macro_daemon_name=MTA
587       inet  n - n -     -  smtpd -o milter_macro_daemon_name=MSA
2526      inet  n - n -     -  smtpd -o milter_macro_daemon_name=MTA
    -o smtpd_authorized_xclient_hosts=static:yes
pickup    unix  n - n 60    1  pickup
cleanup   unix  n - n -     0  cleanup
qmgr      unix  n - n 300   1  qmgr
rewrite   unix  - - n -     -  trivial-rewrite
bounce    unix  - - n -     0  bounce
defer     unix  - - n -     0  bounce
trace     unix  - - n -     0  bounce
flush     unix  n - n 1000? 0  flush
proxymap  unix  - - n -     -  proxymap
tlsmgr    unix  - - n 1000? 1  tlsmgr
anvil     unix  - - n -     1  anvil
showq     unix  n - n -     -  showq
error     unix  - - n -     -  error
retry     unix  - - n -     -  error
discard   unix  - - n -     -  discard
virtual   unix  - n n -     -  virtual
"""


def parameters(root, milter):
    mailboxes = " ".join(f"{{{user}@{servers.LOCAL_DOMAIN} = {user}}}"
                         for user in servers.USERS)
    return {
        "compatibility_level": "3.6",
        "queue_directory": QUEUE,
        "data_directory": "/run/postfix",
        "daemon_directory": f"{root}/usr/lib/postfix/sbin",
        "command_directory": f"{root}/usr/sbin",
        "shlib_directory": f"{root}/usr/lib/postfix",
        "import_environment": "MAIL_CONFIG TZ LANG "
                              f"LD_LIBRARY_PATH={servers.LIBRARIES}",
        "export_environment": "MAIL_CONFIG TZ LANG LD_LIBRARY_PATH",
        "myhostname": HOSTNAME,
        "default_privs": "guest",
        "myorigin": "origin.test",
        "mydestination": "",
        "mynetworks": "",
        "inet_interfaces": "all",
        "inet_protocols": "all",
        "alias_maps": "",
        "alias_database": "",
        "local_recipient_maps": "",
        "virtual_mailbox_domains": servers.LOCAL_DOMAIN,
        "virtual_mailbox_maps": f"inline:{{{mailboxes}}}",
        "virtual_mailbox_base": servers.MAIL,
        "virtual_minimum_uid": "10",
        "virtual_uid_maps": "static:65534",
        "virtual_gid_maps": "static:65534",
        "virtual_transport": "virtual:",
        "default_transport": "discard:",
        "relay_transport": "discard:",
        "smtpd_relay_restrictions": "check_client_access static:OK, reject",
        "local_header_rewrite_clients": "",
        "message_size_limit": "0",
        "mailbox_size_limit": "0",
        "virtual_mailbox_limit": "0",
        "smtpd_error_sleep_time": "0",
        "smtpd_soft_error_limit": "1000",
        "smtpd_hard_error_limit": "1000",
        "smtpd_junk_command_limit": "1000",
        "smtpd_client_connection_count_limit": "0",
        "smtpd_sasl_auth_enable": "yes",
        "smtpd_tls_security_level": "may",
        "smtpd_tls_chain_files": servers.CERTIFICATE,
        "smtpd_tls_session_cache_database": "",
        "smtp_tls_session_cache_database": "",
        "milter_protocol": "6",
        "milter_connect_timeout": "5s",
        "milter_command_timeout": "30s",
        "smtpd_milters": milter,
        "queue_run_delay": "2s",
    }


class Postfix:
    """A running Postfix; stop() or the end of the world ends it."""

    name = NAME
    ports = PORTS

    def __init__(self, milter, **more):
        """milter: in Postfix's spelling; more: main.cf parameters."""
        self.root = servers.root_of("usr/lib/postfix/sbin/master")
        self.settings = dict(parameters(self.root, milter), **more)
        for name, mode in (("public", 0o710), ("maildrop", 0o730)):
            os.makedirs(f"{QUEUE}/{name}", exist_ok=True)
            os.chmod(f"{QUEUE}/{name}", mode)
            os.chown(f"{QUEUE}/{name}", 101, 102)
        for name in FOLDERS:
            os.makedirs(f"{QUEUE}/{name}", exist_ok=True)
            if name not in ("pid", "public", "maildrop"):
                os.chmod(f"{QUEUE}/{name}", 0o700)
                os.chown(f"{QUEUE}/{name}", 101, 0)
        os.makedirs("/run/postfix", mode=0o700, exist_ok=True)
        os.chown("/run/postfix", 101, 0)
        write(f"{CONFIG}/sasl/smtpd.conf", servers.SASL)
        write(f"{CONFIG}/master.cf", MASTER)
        write(f"{CONFIG}/main.cf", "".join(
            f"{key} = {value}\n" for key, value in self.settings.items()))
        # Postfix does not read a file that is younger than two seconds
        os.utime(f"{CONFIG}/main.cf", (0, 0))
        self.environment = dict(os.environ, MAIL_CONFIG=CONFIG,
                                LD_LIBRARY_PATH=servers.LIBRARIES)
        self.master = subprocess.Popen(
            [f"{self.root}/usr/lib/postfix/sbin/master", "-c", CONFIG, "-d"],
            env=self.environment, stdin=subprocess.DEVNULL,
            start_new_session=True)
        servers.wait_for_ports(PORTS.values(), self.alive)

    def alive(self):
        return self.master.poll() is None

    def command(self, *words, text=""):
        """Run one of Postfix's own commands: gives what it printed."""
        program = f"{self.root}/usr/sbin/{words[0]}"
        return subprocess.run([program] + list(words[1:]), input=text,
                              env=self.environment, text=True, check=True,
                              capture_output=True).stdout

    def submit(self, sender, recipients, text):
        """Local submission: sendmail(1)."""
        return self.command("sendmail", "-i", "-f", sender, *recipients,
                            text=text)

    def deliver(self, seconds=10):
        """Wait until the queue is empty."""
        end = time.monotonic() + seconds
        while self.command("postqueue", "-j") and time.monotonic() < end:
            time.sleep(0.05)

    def stop(self):
        os.kill(self.master.pid, signal.SIGTERM)
        self.master.wait()
