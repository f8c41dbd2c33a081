"""run_case - plays dialogue cases through one mail server in a world.

The server is started once; each case has a mailreeve of its own. Results go
to the parent as JSON lines: {"case", "error", "replies", "reasons",
"transcript"}.
"""

import json
import os
import re

import case as cases
import world
from daemon import Broken, MovableDaemon
from dialogue import Dialogue, Failed, forms
from host import Host


class Runner:
    def __init__(self, name):
        self.host = Host(name)

    def run(self, path):
        """Play one case: its result."""
        name = "-".join(path.split(os.sep)[-2:])
        folder = self.host.folder(name)
        start = len(self.host.log.lines)
        result = {"case": path, "error": "", "replies": [], "reasons": [],
                  "transcript": ""}
        try:
            self.play(cases.read(path, folder), folder, result)
        except (Failed, Broken, cases.Malformed) as e:
            result["error"] = str(e)
        except Exception as e:
            result["error"] = f"{type(e).__name__}: {e}"
        result["error"] = result["error"] or self.host.crash(start)
        if result["error"]:
            result["transcript"] += "\n" + "\n".join(
                self.host.log.lines[start:])
        return result

    def play(self, case, folder, result):
        daemon = None
        dialogue = Dialogue(case, self.host.mta, self.host.names, folder)
        try:
            dialogue.prepare()
            daemon = MovableDaemon(case.ini, folder)
            dialogue.daemon = daemon
            dialogue.play()
            if not daemon.alive():
                raise Failed("mailreeve died")
        finally:
            dialogue.end()
            result["transcript"] = str(dialogue.transcript)
            result["replies"] = [
                form for reply, address in dialogue.replies
                for form in forms(reply, self.host.name, address)]
            if daemon:
                self.host.retire(daemon, case.name)
                result["reasons"] = re.findall(r"\breason=([\w.]+)",
                                               daemon.log())


def work(name, paths, out):
    """The child's main: results to the file descriptor out."""
    with os.fdopen(out, "w", encoding="utf-8") as stream:
        runner = Runner(name)
        for path in paths:
            print(json.dumps(runner.run(path)), file=stream, flush=True)
        print(json.dumps({"case": None, "error": runner.host.end()}),
              file=stream, flush=True)
    return 0


def start(name, paths):
    """Begin in a world of its own: a stream of results."""
    results, out = os.pipe()
    world.start(lambda: work(name, paths, out))
    os.close(out)
    return os.fdopen(results, encoding="utf-8")
