#!/usr/bin/python3
"""cases.t - every dialogue case through real Postfix and real Sendmail.

    t/mta/cases.t [-m postfix|sendmail] [CASE...]

Without arguments: all of t/cases, through both at the same time, and then
the catalogue: each documented reply must have been seen by an SMTP client,
or a case must say why that mail server cannot show it. The whole matrix
goes to .build/catalog-matrix.txt.

CASES_EVERY=N in the environment: only every Nth case of each policy, and no
catalogue. For instrumented builds, which have all cases over the milter
protocol.
"""

import argparse
import glob
import json
import os
import selectors
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import case as cases  # noqa: E402
import catalog  # noqa: E402
import listserver  # noqa: E402
import run_case  # noqa: E402
import world  # noqa: E402
from tap import Tap  # noqa: E402

WORLDS = 2
MATRIX = os.path.join(world.REPO, ".build/catalog-matrix.txt")


def arguments():
    parser = argparse.ArgumentParser(description="cases through mail servers")
    parser.add_argument("-m", dest="mta", choices=catalog.MTAS)
    parser.add_argument("case", nargs="*")
    return parser.parse_args()


def choose(every):
    """All cases, or every Nth of each policy, the first among them."""
    return sorted(
        path for policy in glob.glob(os.path.join(world.REPO, "t/cases/*"))
        for path in sorted(glob.glob(os.path.join(policy, "*.case")))[::every])


def read_all(paths, tap):
    """path -> Case; a file that is no case is a failed test."""
    found = {}
    for path in paths:
        try:
            found[path] = cases.read(path, "${DIR}")
        except (cases.Malformed, OSError) as e:
            tap.ok(False, f"{path} is a case", e)
    return found


def results(jobs):
    """(mta, result) of all jobs as they come; jobs: mta -> paths. Each mail
    server runs WORLDS times, because much of it is waiting."""
    ready = selectors.DefaultSelector()
    for mta, paths in jobs.items():
        for first in range(min(WORLDS, len(paths))):
            ready.register(run_case.start(mta, paths[first::WORLDS]),
                           selectors.EVENT_READ, mta)
    while ready.get_map():
        for key, _ in ready.select():
            line = key.fileobj.readline()
            if not line:
                ready.unregister(key.fileobj)
                continue
            yield key.data, json.loads(line)


def play(found, mtas, tap, matrix):
    jobs = {mta: [path for path, case in found.items() if case.runs(mta)]
            for mta in mtas}
    open_ends = {(mta, path) for mta in mtas for path in [*jobs[mta], None]}
    asked = 0
    for mta, result in results(jobs):
        asked += listserver.MARK in result.get("transcript", "")
        path = result["case"]
        open_ends.discard((mta, path))
        name = found[path].name if path else "every mailreeve ended well"
        passed = tap.ok(not result["error"], f"{mta} {name}", result["error"])
        if not passed:
            tap.comment(result.get("transcript", ""))
        elif path:
            matrix.add(found[path], mta, result["replies"],
                       result["reasons"])
    tap.comment(f"{asked} of them asked rbldnsd, a real name server")
    for mta, path in sorted(open_ends, key=str):
        tap.ok(False, f"{mta} {path or 'ended'}", "the runner broke off")


def show(matrix, tap):
    """The catalogue's part: a row that nobody showed or explained fails."""
    with open(MATRIX, "w", encoding="utf-8") as f:
        f.writelines(line + "\n" for line in matrix.table())
    missing = [f"{mta}: {row.reason}: {row.words}"
               for row, mta in matrix.missing()]
    tap.ok(not matrix.problems, "cases show the rows that they name",
           "\n".join(matrix.problems))
    tap.ok(not missing, "every documented reply is shown, or it is said why "
           "not", "\n".join(missing))
    for line in matrix.counts():
        tap.comment(line)
    tap.comment("the whole matrix: .build/catalog-matrix.txt")


def main():
    options, tap, matrix = arguments(), Tap(), catalog.Matrix()
    every = int(os.environ.get("CASES_EVERY", "1"))
    paths = options.case or choose(every)
    found = read_all([os.path.abspath(path) for path in paths], tap)
    mtas = [options.mta] if options.mta else list(catalog.MTAS)
    play(found, mtas, tap, matrix)
    for case in found.values():
        for mta in set(mtas) & set(case.not_for):
            matrix.exclude(case, mta, case.not_for[mta])
    if not options.case and not options.mta and every == 1:
        show(matrix, tap)
    return tap.finish()


if __name__ == "__main__":
    world.become_root()
    world.end_with_parent(15)
    sys.exit(main())
