#!/usr/bin/env python3
"""style.t - the form of the sources.

clang-format leaves them alone; files are no longer than 400 lines, functions
no longer than 100 (and 19 of 20 no longer than 60); no blanks at the end of a
line, no blank before a tab, a final line feed and no carriage return.
"""

import re
import shutil
import subprocess
import sys

from house import ROOT, Tap, code, read, sources

LINES = 400


def unformatted(paths):
    """What clang-format would change."""
    done = subprocess.run(
        ["clang-format", "--dry-run", "-Werror", "--ferror-limit=1", *paths],
        cwd=ROOT, text=True, check=False, capture_output=True)
    if done.returncode != 0:
        lines = re.findall(r"^(\S+?:\d+):\d+: error", done.stderr, flags=re.M)
        yield from lines or done.stderr.splitlines()


def functions(path):
    """(line, lines) of every function: from "{" to "}" in column 0."""
    start = None
    for number, line in enumerate(code(read(path)).split("\n"), 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield start, number - start - 1
            start = None


def undescribed(path, declared):
    """Functions without a comment before them, in no header, and of no family
    (is_digit, is_hex; parse_size, print_size) whose first one has it."""
    lines = read(path).split("\n")
    family = set()
    for number, _ in functions(path):
        top = number - 2
        while lines[top] and not lines[top].endswith("*/"):
            top -= 1
        match = re.search(r"^(\w+)\(", "\n".join(lines[top:number]),
                          flags=re.M)
        if match is None:
            continue
        words = match[1].split("_")
        if lines[top]:
            family = {words[0], words[-1]}
        elif family & {words[0], words[-1]}:
            family |= {words[0], words[-1]}
        elif match[1] not in declared | {"main"}:
            yield f"{path}:{number}: {match[1]}()"


def too_long(paths):
    """Files over the limit."""
    for path in paths:
        lines = read(path).count("\n")
        if lines > LINES:
            yield f"{path}: {lines} lines"


def lengths(paths):
    """Functions over 100 lines; too many over 60."""
    found = sorted((length, f"{path}:{line}") for path in paths
                   for line, length in functions(path))
    for length, where in found:
        if length > 100:
            yield f"{where}: {length} lines"
    length, where = found[len(found) * 19 // 20]
    if length > 60:
        yield f"one of 20 functions is longer than {length} lines ({where})"


def blanks(path):
    """Lines with blanks where none should be, and wrong ends."""
    text = read(path)
    for number, line in enumerate(text.split("\n"), 1):
        if line.endswith((" ", "\t")):
            yield f"{path}:{number}: blank at the end"
        if " \t" in line:
            yield f"{path}:{number}: blank before a tab"
        if "\r" in line:
            yield f"{path}:{number}: carriage return"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield f"{path}: the end of the file"


def main():
    """All of it."""
    tap = Tap()
    product = sources("milter", "policies")
    declared = {name for path in product if path.endswith(".h")
                for name in re.findall(r"(\w+)\(", code(read(path)))}
    every = product + sources("t")
    if shutil.which("clang-format"):
        tap.check("clang-format changes nothing", unformatted(every))
    else:
        tap.missing("clang-format changes nothing", "clang-format")
    tap.check(f"files are no longer than {LINES} lines", too_long(product))
    tap.check("functions are short", lengths(product))
    tap.check("each function is described",
              (where for path in product if path.endswith(".c")
               for where in undescribed(path, declared)))
    scripts = sources("t", ends=(".py", ".t", ".sh"))
    tap.check("blanks and line ends are in order",
              (line for path in every + scripts for line in blanks(path)))
    return tap.done()


sys.exit(main())
