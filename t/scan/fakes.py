"""fakes - scanners that do as they are told (t/tool/scand.c), and the daemon
that asks them."""

import os
import subprocess
import time

import bed
from bed import world

SCAND = os.path.join(bed.BUILD, "t/scand")
GOOD = {
    "clamd": "stream: OK\\0",
    "spamd": "SPAMD/1.1 0 EX_OK\nSpam: False ; 1.0 / 5.0\n\n\n",
    "rspamd": 'HTTP/1.1 200 OK\n\n{"score":1,"action":"no action"}',
}
BAD = {
    "clamd": "stream: Eicar-Test-Signature FOUND\\0",
    "spamd": "SPAMD/1.1 0 EX_OK\nSpam: True ; 99.0 / 5.0\n\nGTUBE\n",
    "rspamd": 'HTTP/1.1 200 OK\n\n{"score":99,"action":"reject"}',
}
# policies that ask others
OTHERS_OFF = "".join(f"[{policy}]\nenabled = no\n"
                     for policy in ("sender", "spf", "rdns", "connlimit"))


class Scanner:
    """One that listens in a folder, or on a port of 127.0.0.1, once it has a
    behaviour."""

    def __init__(self, name, folder, port=None):
        self.path, self.file = f"{folder}/{name}", f"{folder}/{name}.answer"
        self.where = f"127.0.0.1:{port}" if port else "unix:" + self.path
        self.process = None

    def behave(self, text):
        """What scand's file holds; None: nobody listens."""
        self.end()
        if text is None:
            return
        world.write(self.file, text)
        self.process = subprocess.Popen(
            [SCAND, self.where, self.file], stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            if os.path.exists(self.path):
                os.unlink(self.path)
            self.process = None


def send(daemon, *rest, **more):
    """The last answer to a message (Mta.message), and the seconds it took."""
    with daemon.mta(60) as mta:
        mta.negotiate()
        mta.greet()
        begin = time.monotonic()
        return mta.message(*rest, **more)[-1], time.monotonic() - begin
