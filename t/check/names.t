#!/usr/bin/env python3
"""names.t - words that do not belong into the tree, and names that do.

Nothing unfinished is marked. Sources are ASCII, but for strings of unit
programs and for data: t/data, t/cases, t/fuzz/corpus. A function that a header
declares begins with a word of the header's name.
"""

import os.path
import re
import sys

from house import ROOT, Tap, code, read, sources

SCRIPTS = (".c", ".h", ".py", ".t", ".sh", ".ini", ".conf", ".mc", ".service")
DATA = ("t/data/", "t/cases/", "t/fuzz/corpus/")
MARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|HA" r"CK)\b")


def lines(path):
    """Numbered lines of a file."""
    return enumerate(read(path).split("\n"), 1)


def texts():
    """Every file that people write, without the data of tests."""
    found = sources("milter", "policies", "etc", "t", "man",
                    ends=SCRIPTS + (".1", ".5", ".7", ".8"))
    found += [name for name in ("Makefile", "README")
              if (ROOT / name).is_file()]
    return [path for path in found if not path.startswith(DATA)]


def beyond_ascii(path):
    """Lines that are not ASCII where they should be."""
    text = read(path)
    if path.startswith("t/unit/"):
        text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    for number, line in enumerate(text.split("\n"), 1):
        if not line.isascii():
            yield f"{path}:{number}"


def exported(path):
    """Names of the functions that a header declares."""
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)\)?", "", code(read(path)),
                  flags=re.S)
    text = re.sub(r"\{[^{}]*\}", "", text)
    text = re.sub(r"\{[^{}]*\}", "", text)
    return re.findall(r"^(?!typedef|#|static)\w[\w \t]*?[ *](\w+)\(", text,
                      flags=re.M)


def foreign(path, also):
    """Exported functions whose name does not tell where they are."""
    words = os.path.basename(path).split(".")[0].split("_")
    words += also.get(path, ())
    for name in exported(path):
        if not name.startswith(tuple(words)):
            yield f"{path}: {name}()"


# header -> beginnings of names besides its own
ALSO = {
    "milter/base/mem.h": ("arena_",),
    "milter/base/netaddr.h": ("netprefix_",),
    "milter/service/option.h": ("networks_", "words_"),
    "milter/table/sockpool.h": ("sock_",),
    "milter/table/socketmap.h": ("netstring_",),
    "milter/spf/spfcheck.h": ("spf_",),
    "milter/tool/gendoc.h": ("mdoc_",),
}


def main():
    """All of it."""
    tap = Tap()
    every = texts()
    tap.check("there are files to look at",
              [] if len(every) > 50 else [f"only {len(every)}"])
    tap.check("nothing unfinished is marked",
              (f"{path}:{number}: {match[0]}" for path in every
               for number, line in lines(path)
               for match in [MARKS.search(line)] if match))
    tap.check("sources are ASCII",
              (where for path in every for where in beyond_ascii(path)))
    tap.check("exported functions carry the name of their file",
              (line for path in sources("milter", "policies", ends=(".h",))
               for line in foreign(path, ALSO)))
    return tap.done()


sys.exit(main())
