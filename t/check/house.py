"""house - what the scripts that check the sources share: files and TAP."""

import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def sources(*folders, ends=(".c", ".h")):
    """Paths of the sources below folders, relative to the top, sorted."""
    found = []
    for folder in folders:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in ends and path.is_file():
                found.append(str(path.relative_to(ROOT)))
    return sorted(found)


def read(path):
    """The bytes of a file as text, one character a byte."""
    return (ROOT / path).read_bytes().decode("latin-1")


def code(text):
    """C without comments and literals, line for line."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())

    return re.sub(pattern, blank, text, flags=re.S)


class Tap:
    """A test is a name and its offenders; none is a pass."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def check(self, name, offenders):
        """One test; every offender is printed."""
        self.count += 1
        offenders = list(offenders)
        print(f"{'not ok' if offenders else 'ok'} {self.count} - {name}")
        for offender in offenders:
            print(f"# {offender}")
        self.failed += bool(offenders)

    def missing(self, name, program):
        """A test that needs a program which is not there: a failure when
        everything has to be run (make test)."""
        if os.environ.get("NO_SKIP"):
            self.check(name, [f"{program} is not installed"])
            return
        self.count += 1
        print(f"ok {self.count} # skip {name}: no {program}")

    def done(self):
        """The plan, and the exit status."""
        print(f"1..{self.count}")
        return 1 if self.failed else 0
