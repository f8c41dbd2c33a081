"""names - a name server for tests of the daemon, and sessions with a watch."""

import os
import statistics
import subprocess
import threading
import time

import bed
import world
from wire import connect, macros, words

WHERE = "127.0.0.1:5353"  # of the world: nobody else is there
DNS = f"[dns]\nservers = {WHERE}\n"
SENDER = "sender.test MX 10 mx.sender.test\nmx.sender.test A 203.0.113.25\n"
STEP_MAX = 8  # seconds: [milter] deadline


class NameServer:
    """.build/t/dnsd with a zone (milter/dns/dns_zone.h); serve() has
    another one take its place."""

    def __init__(self, folder, zone, where=WHERE):
        self.path = os.path.join(folder, "zone")
        self.where = where
        self.process = None
        self.serve(zone)

    def serve(self, zone):
        self.end()
        world.write(self.path, zone)
        self.process = subprocess.Popen(
            [os.path.join(bed.BUILD, "t/dnsd"), self.where, self.path],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        if not self.process.stdout.readline():
            raise RuntimeError("dnsd does not start")

    def end(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
        self.process = None


class Session:
    """One session up to RCPT: its answers and what they took."""

    def __init__(self, daemon, client="203.0.113.5", resolve="OK",
                 helo="mail.remote.test", sender="<a@sender.test>",
                 pace=0, rcpts=1):
        self.answers, self.took = [], []
        with daemon.mta(4 * STEP_MAX) as self.mta:
            self.mta.negotiate()
            self.mta.send(b"D", macros(
                b"C", j="mx.example.test", daemon_name="MTA",
                v="Postfix 3.7.11", client_resolve=resolve))
            name = helo if resolve == "OK" else f"[{client}]"
            self.step(b"C", connect(name, client))
            for command, text in [(b"H", helo), (b"M", sender)] + [
                    (b"R", f"<u{n}@example.test>") for n in range(rcpts)]:
                time.sleep(pace)
                self.step(command, words(text))

    def step(self, command, payload):
        begin = time.monotonic()
        self.answers.append(self.mta.step(command, payload))
        self.took.append(time.monotonic() - begin)

    @property
    def reply(self):
        """That to the last RCPT."""
        return self.answers[-1]

    @property
    def waited(self):
        """All of it."""
        return sum(self.took)


def together(count, make):
    """make(number) at the same time; the results, by number."""
    results = [None] * count
    errors = []

    def run(number):
        try:
            results[number] = make(number)
        except Exception as e:  # is the test's own
            errors.append(e)
    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def client(number):
    """An address for a session of its own."""
    return f"198.51.{100 + number // 250}.{1 + number % 250}"


def median_ms(sessions):
    return 1000 * statistics.median(s.waited for s in sessions)
