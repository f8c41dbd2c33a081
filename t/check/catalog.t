#!/usr/bin/env python3
"""catalog.t - etc/replies/*.ini against the catalogue, both ways.

Every row of t/data/catalog.tsv with a reason is the reply or an alternative
of that reason in that system's file, with the same code, enhanced code and
text; and every reply of these files is such a row. mailreeve.ini is native:
it has no rows. Before that the comparison shows that it can fail, on a
catalogue and files that were spoilt on purpose.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CATALOG = ROOT / "t" / "data" / "catalog.tsv"
REPLIES = ROOT / "etc" / "replies"
NATIVE = "mailreeve"

# the catalogue's name of a system -> its file, where they differ
FILES = {"postfix-hosting": "postfix"}

# what stands in the documents for a value -> the expansion of ours
PLACEHOLDERS = [
    ("[time]", "%{time}"),
    ("xxx.xxx.xxx.xxx", "%{client_addr}"),
    ("X.X.X.X", "%{client_addr}"),
    ("User %s has", "User %{recipient} has"),
    ("user@domain.com", "%{login}"),
    ("<recipient>", "<%{recipient}>"),
    ("<sender>", "<%{sender}>"),
    ("<helo>", "<%{helo}>"),
    ("<details of RBL>", "%{txt}"),
    ("zen.spamhaus.org", "%{zone}"),
]
# what the catalogue's last column adds to a text
ADDED = {
    ("mimecast", "content.signature"): "%{signature? - %{signature}}",
}


def read_catalog(text):
    """Rows with a reason, as (file, reason, code, xcode, text)."""
    rows = []
    for line in text.splitlines():
        if line.startswith("#") or line.startswith("system\t"):
            continue
        system, code, xcode, words, _, reason, _ = line.split("\t")
        if reason == "-":
            continue
        for placeholder, expansion in PLACEHOLDERS:
            words = words.replace(placeholder, expansion)
        words += ADDED.get((system, reason), "")
        rows.append((FILES.get(system, system), reason, code, xcode, words))
    return rows


def read_replies(name, text):
    """Replies of a file, in the form of read_catalog()."""
    rows, section = [], None
    for number, line in enumerate(text.splitlines(), 1):
        line = re.sub(r"(^|\s)[;#].*", "", line).rstrip()
        if not line:
            continue
        head = re.fullmatch(r"\[(.*)\]", line)
        if head:
            section = head.group(1)
            continue
        key, value = re.fullmatch(r"(\S+) = (.*)", line).groups()
        if section == "system":
            continue
        if not re.fullmatch(r"reply|alternative[2-9]?", key):
            raise ValueError(f"{name}.ini:{number}: key {key}")
        code, xcode, words = re.fullmatch(
            r"(\d{3}) (?:(\d\.\d+\.\d+) )?(.*)", value).groups()
        rows.append((name, section, code, xcode or "-", words))
    return rows


def compare(catalog, replies):
    """What is in one and not in the other, as lines."""
    missing = [f"not in {r[0]}.ini: {r[1:]}" for r in catalog
               if r not in replies]
    strange = [f"no row of the catalogue: {r}" for r in replies
               if r not in catalog]
    double = [f"twice: {r}" for r in set(replies) if replies.count(r) > 1]
    return missing + strange + double


def files():
    return sorted(p for p in REPLIES.glob("*.ini") if p.stem != NATIVE)


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, good, name, details=()):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        for line in details:
            print(f"# {line}")

    def done(self):
        print(f"1..{self.count}")
        sys.exit(self.failed > 0)


def spoilt(tap, catalog, replies):
    """The comparison sees each kind of difference."""
    def change(rows, field, value):
        row = list(rows[7])
        row[field] = value
        return rows[:7] + [tuple(row)] + rows[8:]

    for what, bad in [
            ("a reply left out", replies[1:]),
            ("a reply too many", replies + [("generic", "a.b", "550", "-",
                                             "Nobody documents this")]),
            ("a reply twice", replies + replies[:1]),
            ("another code", change(replies, 2, "599")),
            ("another enhanced code", change(replies, 3, "5.9.9")),
            ("another reason", change(replies, 1, "access.nobody")),
            ("another text", change(replies, 4, "Text"))]:
        tap.ok(compare(catalog, bad), f"would be seen: {what}")


def main():
    tap = Tap()
    catalog = read_catalog(CATALOG.read_text(encoding="utf-8"))
    replies = []
    for path in files():
        replies += read_replies(path.stem, path.read_text(encoding="ascii"))
    tap.ok(len(catalog) == 156, f"{len(catalog)} rows have a reason")
    tap.ok({r[0] for r in catalog} == {p.stem for p in files()},
           "one file for each system")
    for name in sorted({r[0] for r in catalog}):
        rows = [r for r in catalog if r[0] == name]
        have = [r for r in replies if r[0] == name]
        offenders = compare(rows, have)
        tap.ok(not offenders,
               f"{name}.ini: {len(rows)} rows, {len(have)} replies",
               offenders)
    spoilt(tap, catalog, replies)
    tap.done()


main()
