"""catalog - the documented replies (t/data/catalog.tsv), and which of them
were seen from which mail server."""

import glob
import os
import re
from dataclasses import dataclass

from world import REPO

FILE = os.path.join(REPO, "t/data/catalog.tsv")
MTAS = ("postfix", "sendmail")
ADDRESS = r"[0-9a-fA-F.:]+"
# what stands in a documented text for something that varies
PLACEHOLDERS = (
    (r"\[time\]", r".+"),
    (r"[\[(]xxx\.xxx\.xxx\.xxx[\])]", rf"[\[(]?{ADDRESS}[\])]?"),
    (r"X\.X\.X\.X", rf"\[?{ADDRESS}\]?"),
    (r"zen\.spamhaus\.org", r"[\w.-]+"),
    (r"user@domain\.com", r"\S+@\S+"),
    (r"<details of RBL>", r".+"),
    (r"<(?:recipient|sender|helo)>", r"<?\S+>?"),
    (r"%s", r"\S+"),
)
# what is added behind a documented text, as its condition says
ADDED = {"content.signature": r"(?: - \S+)?"}
DASHES = str.maketrans(
    "\u2010\u2011\u2012\u2013\u2014\u2018\u2019\u201c\u201d", "-----''\"\"")


@dataclass(frozen=True)
class Row:
    system: str
    code: str
    enhanced: str  # "" for none documented
    text: str
    reason: str

    @property
    def policy(self):
        return self.reason.split(".")[0]

    @property
    def words(self):
        return " ".join(x for x in (self.system, self.code, self.enhanced,
                                    self.text) if x)

    def pattern(self):
        """A regular expression for "CODE [XCODE] TEXT"."""
        kinds = "|".join(f"({documented})" for documented, _ in PLACEHOLDERS)
        text, out, at = self.text.translate(DASHES), "", 0
        for found in re.finditer(kinds, text):
            out += re.escape(text[at:found.start()])
            out += PLACEHOLDERS[found.lastindex - 1][1]
            at = found.end()
        enhanced = re.escape(self.enhanced + " ") if self.enhanced else ""
        return (f"{self.code} {enhanced}{out}{re.escape(text[at:])}"
                f"{ADDED.get(self.reason, '')}$")


def rows():
    """Those that a milter can give: they have a reason."""
    with open(FILE, encoding="utf-8") as f:
        lines = [line.rstrip("\n").split("\t") for line in f
                 if not line.startswith("#")]
    return [Row(system, code, "" if enhanced == "-" else enhanced, text,
                reason)
            for system, code, enhanced, text, _, reason, *_ in lines[1:]
            if reason != "-"]


def built():
    """The reasons that this tree can give: those that its sources declare."""
    found = set()
    for pattern in ("policies/*.c", "milter/session/*.c"):
        for path in glob.glob(os.path.join(REPO, pattern)):
            with open(path, encoding="utf-8") as f:
                found.update(re.findall(r'\.name = "(\w+\.\w+)"', f.read()))
    return found


class Matrix:
    """Rows against mail servers: how each row came off."""

    def __init__(self):
        self.rows, self.built = rows(), built()
        self.shown = {}      # (row, mta) -> case
        self.not_shown = {}  # (row, mta) -> reason
        self.problems = []

    def named(self, case):
        """For each catalogue line of a case the rows that it may mean: two
        reasons of one system may share a text."""
        for words in case.catalogue:
            same = [row for row in self.rows
                    if self.normal(row.words) == self.normal(words)]
            if same:
                own = [row for row in same if row.policy == case.policy]
                yield own or same
            else:
                self.problems.append(f"{case.path}: not in the catalogue: "
                                     + words)

    @staticmethod
    def normal(words):
        return " ".join(words.translate(DASHES).split()).replace(
            "postfix ", "postfix-hosting ", 1)

    def met(self, row, reasons):
        """The log tells that the row's condition came about. That of a
        catch-all is a refusal whose reason the system does not document."""
        if row.policy != "milter":
            return row.reason in reasons
        return any(not any(r.system == row.system and r.reason == reason
                           for r in self.rows) for reason in reasons)

    def add(self, case, mta, replies, reasons):
        """A case passed. replies: all that its client saw, as text; reasons:
        those in the daemon's log."""
        for rows_named in self.named(case):
            shown = [row for row in rows_named if self.met(row, reasons)
                     and any(re.match(row.pattern(), r) for r in replies)]
            self.shown.update({(row, mta): case.name for row in shown})
            if not shown:
                self.problems.append(f"{case.path}: {mta} did not show: "
                                     + rows_named[0].words)

    def exclude(self, case, mta, reason):
        for rows_named in self.named(case):
            for row in rows_named:
                self.not_shown[row, mta] = reason

    def missing(self):
        return [(row, mta) for row in self.rows for mta in MTAS
                if row.reason in self.built and (row, mta) not in self.shown
                and (row, mta) not in self.not_shown]

    def state(self, row, mta):
        if (row, mta) in self.shown:
            return "shown"
        reason = self.not_shown.get((row, mta))
        if reason:
            return f"not showable: {reason}"
        return "missing" if row.reason in self.built else "not built"

    def counts(self):
        """For each mail server."""
        for mta in MTAS:
            states = [self.state(row, mta).split(":")[0] for row in self.rows]
            yield f"{mta}: " + ", ".join(
                f"{states.count(kind)} {kind}" for kind in
                ("shown", "not showable", "missing", "not built"))

    def table(self):
        """The whole matrix, as text."""
        for row in self.rows:
            yield f"{row.reason}: {row.words}"
            for mta in MTAS:
                by = self.shown.get((row, mta))
                yield (f"    {mta:8} {self.state(row, mta)}"
                       + (f" (t/cases/{by}.case)" if by else ""))
        yield ""
        yield from self.counts()
