"""run_case - plays dialogue cases through one mail server in a world.

The server is started once; each case has a mailreeve of its own. Results go
to the parent as JSON lines: {"case", "error", "replies", "reasons",
"transcript"}.
"""

import json
import os
import re

import case as cases
import postfix
import sendmail
import servers
import services
import world
from daemon import SOCKET, Broken, Daemon
from dialogue import Dialogue, Failed, forms

START = {
    "postfix": lambda: postfix.Postfix(f"unix:{SOCKET}"),
    "sendmail": lambda: sendmail.Sendmail(f"unix:{SOCKET}"),
}
CRASHES = ("panic", "killed by signal", "SYSERR", "core dump")


class Host:
    """A mail server in a fresh world, with what it leans on."""

    def __init__(self, name):
        self.names = services.Names()
        self.log = services.MailLog()
        self.passwords = services.Passwords()
        servers.prepare()
        world.write(SOCKET, "")  # Sendmail complains when there is none
        self.mta = START[name]()


class Runner:
    def __init__(self, name):
        self.host = Host(name)
        self.stopping = []

    def run(self, path):
        """Play one case: its result."""
        folder = os.path.join("/run/cases", os.path.basename(path))
        os.makedirs(folder, exist_ok=True)
        start = len(self.host.log.lines)
        result = {"case": path, "error": "", "replies": [], "reasons": [],
                  "transcript": ""}
        try:
            self.play(cases.read(path, folder), folder, result)
        except (Failed, Broken, cases.Malformed) as e:
            result["error"] = str(e)
        except Exception as e:
            result["error"] = f"{type(e).__name__}: {e}"
        said = self.host.log.lines[start:]
        crash = [line for line in said if any(w in line for w in CRASHES)]
        if crash and not result["error"]:
            result["error"] = "the mail server: " + crash[0]
        if result["error"]:
            result["transcript"] += "\n" + "\n".join(said)
        return result

    def play(self, case, folder, result):
        daemon = None
        dialogue = Dialogue(case, self.host.mta, self.host.names, folder)
        try:
            dialogue.prepare()
            daemon = dialogue.daemon = Daemon(case.ini, folder)
            dialogue.play()
            if not daemon.alive():
                raise Failed("mailreeve died")
        finally:
            dialogue.end()
            if daemon:
                daemon.begin_to_stop()
                self.stopping.append((case.name, daemon))
            result["transcript"] = str(dialogue.transcript)
            result["replies"] = [
                form for reply, address in dialogue.replies
                for form in forms(reply, self.host.mta.name, address)]
            if daemon:
                result["reasons"] = re.findall(r"\breason=([\w.]+)",
                                               daemon.log())

    def stop(self):
        """All daemons must have ended well: gives what did not."""
        return [f"{name}: {what}" for name, daemon in self.stopping
                if (what := daemon.stop())]


def work(name, paths, out):
    """The child's main: results to the file descriptor out."""
    with os.fdopen(out, "w", encoding="utf-8") as stream:
        runner = Runner(name)
        for path in paths:
            print(json.dumps(runner.run(path)), file=stream, flush=True)
        print(json.dumps({"case": None, "error": "\n".join(runner.stop())}),
              file=stream, flush=True)
    return 0


def start(name, paths):
    """Begin in a world of its own: a stream of results."""
    results, out = os.pipe()
    world.start(lambda: work(name, paths, out))
    os.close(out)
    return os.fdopen(results, encoding="utf-8")
