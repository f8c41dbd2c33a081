#!/usr/bin/env python3
"""hostile.t - hostile and odd messages: each ends in a decision, within the
limits of time and memory.

t/mime/hostile.py makes them. Where AddressSanitizer is built in the heap is
not measured: it is its own.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "t/check"), str(ROOT / "t/mime")]

import hostile  # noqa: E402
from house import Tap  # noqa: E402

BUILD = ROOT / os.environ.get("BUILD", ".build")
PROGRAM = BUILD / "t/mimeplay"

# [mime] time, [content] time of each rule, and the machine's other work
MOST_MS = 4000
# header_size and text_size with copies, links, a window, buffers
MOST_KB = 3000

INI = """
[content.words]
where = any
pattern = /\\bno such words\\b/
[content.slow]
where = any
pattern = ^(x+x+)+y$
[content.field]
where = subject, header:From, type, flaw
pattern = refuse this
[content.names]
where = name
table = inline:{.exe}
[uribl]
wait = 0
on_error = pass
[uribl.dom]
zone = dom.example
health = 0
[uribl.ip]
zone = ip.example
checks = ip
health = 0
"""
OTHERS = """access commands helo sender auth tls size relay recipient srs rdns
dnsbl spf ratelimit greylist loop integrity connlimit abuse reputation"""


def play(folder):
    """name -> (outcome, ms, KB) of each message."""
    ini = os.path.join(folder, "ini")
    with open(ini, "w", encoding="ascii") as file:
        file.write(INI)
        for name in OTHERS.split():
            file.write(f"[{name}]\nenabled = no\n")
    paths = []
    for number, (name, data) in enumerate(hostile.messages()):
        safe = "".join(c if c.isalnum() else "_" for c in name)
        paths.append(os.path.join(folder, f"{number:03}-{safe}"))
        with open(paths[-1], "wb") as file:
            file.write(data)
    run = subprocess.run([PROGRAM, ini] + paths, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, check=False)
    seen = {}
    for line in run.stdout.decode().splitlines():
        path, outcome, ms, kilobytes, _ = line.split(" ")
        seen[os.path.basename(path)] = (outcome, float(ms), int(kilobytes))
    return run, [os.path.basename(path) for path in paths], seen


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        run, names, seen = play(folder)
    tap.check("the program ends well", [] if run.returncode == 0 else [
        f"status {run.returncode}"] + run.stderr.decode().splitlines()[-20:])
    tap.check("there are at least 200 messages",
              [] if len(names) >= 200 else [f"{len(names)}"])
    tap.check("each ends in a decision",
              (name for name in names if seen.get(name, ("",))[0] not in
               ("pass", "reject", "tempfail")))
    tap.check("some are refused", [] if any(
        row[0] == "reject" for row in seen.values()) else ["none"])
    tap.check(f"none takes more than {MOST_MS} ms",
              (f"{name}: {row[1]} ms" for name, row in seen.items()
               if row[1] > MOST_MS))
    tap.check(f"none takes more than {MOST_KB} KB",
              (f"{name}: {row[2]} KB" for name, row in seen.items()
               if row[2] > MOST_KB))
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
