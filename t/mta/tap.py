"""tap - Test Anything Protocol: what prove reads."""

import sys


class Tap:
    """One stream of test points. finish() gives the exit status."""

    def __init__(self):
        self.count = self.failed = 0

    def ok(self, passed, what, why=""):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - "
              + what.replace("#", "\\#"))
        if not passed:
            self.comment(why)
        sys.stdout.flush()
        return passed

    def equal(self, got, wanted, what):
        return self.ok(got == wanted, what, f"got: {got}\nwanted: {wanted}")

    def comment(self, text):
        for line in str(text).splitlines():
            print("# " + line)

    def finish(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0
