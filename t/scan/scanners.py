"""scanners - real clamd, spamd and rspamd inside a world (t/mta/world.py).

Each knows two or three things that a test wrote and asks nobody: no signatures
and no rules of others, no name server. They end with the world. unpack puts
them below .build where they are not installed.
"""

import glob
import hashlib
import os
import signal
import socket
import subprocess
import time

import world

UNPACKED = os.path.join(world.REPO, ".build/scan")
RUN = "/run/scan"
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" \
    "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
BODY = "these-words-are-a-test-virus"
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*" \
    "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
CLAMD = f"unix:{RUN}/clamd.ctl"
CLAMD_TCP = "127.0.0.1:3310"
SPAMD = f"unix:{RUN}/spamd.ctl"
RSPAMD = "127.0.0.1:11333"

CLAMD_CONF = f"""\
LocalSocket {RUN}/clamd.ctl
LocalSocketMode 666
TCPSocket 3310
TCPAddr 127.0.0.1
DatabaseDirectory {RUN}/signatures
Foreground yes
LogFile {RUN}/clamd.log
StreamMaxLength 1M
MaxThreads 2
ConcurrentDatabaseReload no
"""
SPAMD_RULES = r"""
util_rb_tld test com
body TEST_GTUBE /GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL/
score TEST_GTUBE 1000
header TEST_CLIENT X-Spam-Relays-Untrusted =~ /^\[ ip=203\.0\.113\.5 rdns=mail\.remote\.test helo=mail\.remote\.test by=mx\.example\.test /
score TEST_CLIENT 1.5
header TEST_SENDER EnvelopeFrom =~ /^a\@sender\.test$/
score TEST_SENDER 0.2
"""
RSPAMD_CONF = f"""\
options {{
    pidfile = "{RUN}/rspamd.pid"; tempdir = "{RUN}"; filters = "";
    url_tld = "{RUN}/tld.dat"; enable_test_patterns = true;
    dns {{ nameserver = ["127.0.0.1"]; timeout = 1s; retransmits = 1; }}
}}
logging {{ type = "file"; filename = "{RUN}/rspamd.log"; level = "info"; }}
actions {{ reject = 15; add_header = 6; }}
worker "normal" {{ bind_socket = "127.0.0.1:11333"; count = 1; }}
lua = "{RUN}/rspamd.lua";
"""
# what it was told beside the message
RSPAMD_LUA = """\
rspamd_config.TEST_ENVELOPE = {
  score = 1.25,
  callback = function(task)
    local from = (task:get_from('smtp') or {{}})[1] or {}
    local rcpt = (task:get_recipients('smtp') or {{}})[1] or {}
    return tostring(task:get_from_ip()) == '203.0.113.5'
      and task:get_helo() == 'mail.remote.test'
      and task:get_hostname() == 'mail.remote.test'
      and from.addr == 'a@sender.test' and rcpt.addr == 'x@example.test'
  end
}
"""


def program(path):
    unpacked = os.path.join(UNPACKED, path)
    return unpacked if os.path.exists(unpacked) else "/" + path


def environment():
    """Libraries and modules that were unpacked."""
    libraries = glob.glob(f"{UNPACKED}/usr/lib/*-linux-*") \
        + glob.glob(f"{UNPACKED}/lib/*-linux-*") \
        + glob.glob(f"{UNPACKED}/usr/lib/rspamd")
    return dict(os.environ, LD_LIBRARY_PATH=":".join(libraries))


def perl_folders():
    return [f"{UNPACKED}/usr/share/perl5"] \
        + glob.glob(f"{UNPACKED}/usr/lib/*-linux-*/perl5") \
        + glob.glob(f"{UNPACKED}/usr/lib/*-linux-*/perl5/5.*")


class Scanner:
    """A server; it listens when the constructor returns."""

    def __init__(self, words, address):
        self.address = address
        self.words = words
        self.begin()

    def begin(self):
        with open(f"{RUN}/{type(self).__name__}.out", "ab") as out:
            self.process = subprocess.Popen(
                self.words, env=environment(), stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, start_new_session=True)
        end = time.monotonic() + 60
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.words[0]} does not start")
            time.sleep(0.02)

    def listens(self):
        kind, to = (socket.AF_UNIX, self.address[5:]) \
            if self.address.startswith("unix:") else \
            (socket.AF_INET, ("127.0.0.1", int(self.address.split(":")[1])))
        with socket.socket(kind) as probe:
            return probe.connect_ex(to) == 0

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def end(self):
        """At once, with its workers."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Clamd(Scanner):
    def __init__(self):
        world.write(f"{RUN}/clamd.conf", CLAMD_CONF)
        digest = hashlib.md5(EICAR.encode()).hexdigest()
        world.write(f"{RUN}/signatures/test.hdb",
                    f"{digest}:{len(EICAR)}:Test.Eicar\n")
        world.write(f"{RUN}/signatures/test.ndb",
                    f"Test.Body:0:*:{BODY.encode().hex()}\n")
        super().__init__([program("usr/sbin/clamd"), "-c",
                          f"{RUN}/clamd.conf"], CLAMD)


class Spamd(Scanner):
    def __init__(self):
        world.write(f"{RUN}/rules/test.cf", SPAMD_RULES)
        world.write(f"{RUN}/site/init.pre",
                    "loadplugin Mail::SpamAssassin::Plugin::Check\n")
        os.chmod(RUN, 0o755)
        super().__init__(
            ["perl", "-T"] + [f"-I{folder}" for folder in perl_folders()]
            + [program("usr/sbin/spamd"), "-L", "-x", "-u", "mailreeve", "-C",
               f"{RUN}/rules", f"--siteconfigpath={RUN}/site",
               f"--socketpath={RUN}/spamd.ctl", "--socketmode=0666",
               "--max-children=1", "-H", RUN, "-s", "stderr"], SPAMD)


class Rspamd(Scanner):
    def __init__(self):
        world.write(f"{RUN}/rspamd.conf", RSPAMD_CONF)
        world.write(f"{RUN}/rspamd.lua", RSPAMD_LUA)
        world.write(f"{RUN}/tld.dat", "com\ntest\n")
        share = program("usr/share/rspamd")
        folders = {"SHAREDIR": share, "LUALIBDIR": f"{share}/lualib",
                   "RULESDIR": f"{share}/rules",
                   "PLUGINSDIR": f"{share}/plugins", "CONFDIR": RUN,
                   "DBDIR": RUN, "LOGDIR": RUN, "RUNDIR": RUN}
        more = [word for name, folder in folders.items()
                for word in ("--var", f"{name}={folder}")]
        super().__init__([program("usr/bin/rspamd"), "-f", "-i", "-c",
                          f"{RUN}/rspamd.conf", *more], RSPAMD)


running = {}


def started(kind):
    """The one of this kind, begun when first needed."""
    if kind not in running:
        os.makedirs(RUN, exist_ok=True)
        running[kind] = kind()
    return running[kind]
