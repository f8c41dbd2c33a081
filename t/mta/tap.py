"""tap - Test Anything Protocol: what prove reads."""

import os
import sys
import threading
import traceback


class Tap:
    """One stream of test points, from any thread. finish() gives the exit
    status."""

    def __init__(self, indent=""):
        """indent: of a subtest, which prove passes over: what fails is told
        in comments as well, which it shows"""
        self.count = self.failed = 0
        self.indent = indent
        self.lock = threading.Lock()

    def print(self, line, indent=None):
        """One write, and cut: a pipe takes 4096 bytes (PIPE_BUF) at once, but
        those of another process come in between more, or two."""
        indent = self.indent if indent is None else indent
        sys.stdout.write((indent + line)[:1000] + "\n")
        sys.stdout.flush()

    def ok(self, passed, what, why=""):
        with self.lock:
            self.count += 1
            self.failed += not passed
            point = f"{self.count} - " + what.replace("#", "\\#")
            self.print(("ok " if passed else "not ok ") + point)
            if not passed and self.indent:
                self.print("# not ok " + point, indent="")
            if not passed:
                for line in str(why).splitlines():
                    self.print("# " + line, indent="")
        return passed

    def equal(self, got, wanted, what):
        return self.ok(got == wanted, what, f"got: {got}\nwanted: {wanted}")

    def comment(self, text):
        for line in str(text).splitlines():
            self.print("# " + line)

    def subtest(self, what, process):
        """A child process that prints, indented, points of its own."""
        status = os.waitpid(process, 0)[1]
        return self.ok(status == 0, what, f"exit status {status}")

    def finish(self):
        self.print(f"1..{self.count}")
        return 1 if self.failed else 0


def side_by_side(tap, jobs, acts):
    """acts: (what, function of a Tap), each in a process of its own, so many
    at a time. Each is one point; those of its Tap are a subtest."""
    acts, running = list(acts), {}
    while acts or running:
        while acts and len(running) < jobs:
            what, act = acts.pop(0)
            running[begin(act)] = what
        process, status = os.wait()
        if process in running:
            tap.ok(status == 0, running.pop(process),
                   f"exit status {status}")


def begin(act):
    """The process that does it."""
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        tap = Tap(indent="    ")
        act(tap)
        status = tap.finish()
    except SystemExit:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
