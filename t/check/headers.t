#!/usr/bin/env python3
"""headers.t - every header compiles alone and is guarded by its own name."""

import os
import pathlib
import re
import subprocess
import sys

from house import ROOT, Tap, read, sources

# where the headers of libraries are that one of ours includes
LIBRARIES = subprocess.run(
    ["pkg-config", "--cflags", "gmime-3.0", "libzip"], text=True, check=True,
    capture_output=True).stdout.split()


def complaints(path):
    """What the compiler says of a source that has only this include."""
    done = subprocess.run(
        [os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-Wall",
         "-Wextra", "-Werror", "-Imilter", "-I.", *LIBRARIES, "-fsyntax-only", "-xc", "-"],
        input=f'#include "{path}"\n', cwd=ROOT, text=True, check=False,
        capture_output=True)
    if done.returncode != 0:
        yield from [path] + done.stderr.splitlines()


def guard(path):
    """The two lines of the guard that a header has to have."""
    name = re.sub(r"\W", "_", pathlib.PurePath(path).stem).upper()
    return re.compile(rf"^#ifndef (MAILREEVE_(\w+_)?{name}_H)\n#define \1\n",
                      re.M)


def main():
    """All of it."""
    tap = Tap()
    headers = sources("milter", "policies", "t", ends=(".h",))
    tap.check("there are headers",
              [] if len(headers) > 20 else [f"only {len(headers)}"])
    tap.check("each header compiles alone",
              (line for path in headers for line in complaints(path)))
    tap.check("each header is guarded by its name",
              (path for path in headers if not guard(path).search(read(path))))
    return tap.done()


sys.exit(main())
