#!/usr/bin/env python3
"""docs.t - what is made from the tables is committed as it is made now.

The sample ini, the native replies and the manual pages are what gendoc prints;
the sample ini is good, and setting every option in it to what it says is the
default changes nothing; manual pages pass mandoc's lint.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from house import ROOT, Tap, read

BUILD = ROOT / os.environ.get("BUILD", ".build")


def run(*command):
    """Standard output; an error ends the test with its words."""
    done = subprocess.run([str(word) for word in command], cwd=ROOT, text=True,
                          check=False, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


def pages():
    """Manual pages that are made from a .in file."""
    return sorted(str(path.relative_to(ROOT))[:-len(".in")]
                  for path in (ROOT / "man").glob("*.in"))


def out_of_date():
    """Files that `make docs` would change."""
    made = {
        "etc/mailreeve.ini": ["ini"],
        "etc/replies/mailreeve.ini": ["replies"],
    }
    for page in pages():
        made[page] = ["man", f"{page}.in"]
    for path, arguments in made.items():
        if run(BUILD / "gendoc", *arguments) != read(path):
            yield f"{path}: make docs"


def in_force(text):
    """What an ini sets, with all defaults."""
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write(text)
        file.flush()
        return run(BUILD / "mailreeve", "-C", "-d", "-c", file.name)


def not_default():
    """Lines of the sample that are not at the default."""
    sample = read("etc/mailreeve.ini")
    written = re.sub(r"^;(?=[a-z_]+ =)(?!include)", "", sample, flags=re.M)
    empty = in_force("").splitlines()
    for text in (sample, written):
        for line in in_force(text).splitlines():
            if line and line != "[replies]" and line not in empty:
                yield line


def lint():
    """What mandoc warns of."""
    for path in sorted((ROOT / "man").glob("*.[0-9]")):
        done = subprocess.run(
            ["mandoc", "-T", "lint", "-W", "warning", path], cwd=ROOT,
            text=True, check=False, capture_output=True)
        yield from done.stdout.splitlines()


def main():
    """All tests."""
    tap = Tap()
    tap.check("generated files are up to date", out_of_date())
    tap.check("the sample ini is at the defaults", not_default())
    if shutil.which("mandoc"):
        tap.check("manual pages are clean", lint())
    else:
        tap.missing("manual pages are clean", "mandoc")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
