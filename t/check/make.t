#!/usr/bin/env python3
"""make.t - the Makefile works as it is called by people, from nothing.

`make run` builds in a make of its own, which has no built-in variables; `make
install` puts everything below DESTDIR and PREFIX, and uninstall takes it away
again, but for the ini.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from house import ROOT, Tap

BUILD = os.environ.get("BUILD", ".build")
PAGES = {
    "mailreeve.8", "mailreevectl.8", "mailreeve.ini.5",
    "mailreeve-policies.7", "mailreeve-replies.7",
}


def make(*words):
    """What make prints, called from a shell without any of our variables."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(("MAKE", "MFLAGS")) and name != "CC"}
    done = subprocess.run(["make", *words], cwd=ROOT, env=env, text=True,
                          check=False, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"make {words}: {done.stderr.strip()}")
    return done.stdout


def without_compiler():
    """Lines of a build from nothing that compile or link with nobody."""
    with tempfile.TemporaryDirectory() as folder:
        lines = make("-n", "V=1", f"B={folder}/b", "run").splitlines()
    calls = [line for line in lines if re.search(r"\.o( |$)", line) and
             " -o " in line]
    if len(calls) < 50:
        yield f"only {len(calls)} calls of a compiler"
    for line in calls:
        if not re.match(r"cc -", line):
            yield line[:70]


def installed(below):
    """Files below a folder, relative to it."""
    return {str(path.relative_to(below))
            for path in pathlib.Path(below).rglob("*") if path.is_file()}


def wrongly_installed():
    """What is missing, or where it should not be, after install."""
    with tempfile.TemporaryDirectory() as folder:
        where = [f"B={BUILD}", f"DESTDIR={folder}", "PREFIX=/opt/mail"]
        # not built again for that prefix: only where files go matters here
        for target in ("install", "uninstall"):
            make("-o", "all", *where, target)
            found = installed(folder)
            yield from (f"{target}: {name} is not below PREFIX"
                        for name in found
                        if not name.startswith("opt/mail/"))
            if target == "uninstall":
                yield from (f"{name} is left" for name in
                            found - {"opt/mail/etc/mailreeve/mailreeve.ini"})
                continue
            wanted = {f"opt/mail/share/man/man{page[-1]}/{page}"
                      for page in PAGES}
            wanted |= {"opt/mail/sbin/mailreeve", "opt/mail/sbin/mailreevectl",
                       "opt/mail/etc/mailreeve/mailreeve.ini",
                       "opt/mail/share/mailreeve/replies/mimecast.ini",
                       "opt/mail/share/mailreeve/rsyslog-feed.conf.example"}
            wanted |= {f"opt/mail/lib/systemd/system/{name}.service"
                       for name in ("mailreeve", "mailreeve-feed")}
            yield from (f"{name} is missing" for name in wanted - found)


def main():
    """All tests."""
    tap = Tap()
    tap.check("make run builds from nothing", without_compiler())
    tap.check("make install and uninstall", wrongly_installed())
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
