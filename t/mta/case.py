"""case - reads a dialogue case (t/cases/POLICY/NAME.case).

The format is told in t/README. A Case has the ini, what the case is about,
and its lines in order: Step (with what the client must see), File, Server,
and Pattern (log, nolog, header, noheader).
"""

import os
import re
from dataclasses import dataclass, field

RUNNERS = ("process", "wire", "postfix", "sendmail")


class Malformed(Exception):
    """file:line: what is wrong with it"""


@dataclass
class Step:
    number: int
    verb: str
    text: str
    block: str | None
    expected: dict = field(default_factory=dict)  # runner or "" -> text

    def expect(self, runner):
        """What this runner's client must see; "ok" when nothing is said."""
        return self.expected.get(runner, self.expected.get("", "ok"))


@dataclass
class File:
    number: int
    name: str
    block: str


@dataclass
class Server:
    number: int
    kind: str
    text: str
    block: str


@dataclass
class Pattern:
    number: int
    kind: str  # log, nolog, header, noheader
    regex: str


@dataclass
class Case:
    path: str
    policy: str
    name: str
    ini: str = ""
    catalogue: list = field(default_factory=list)
    runners: tuple = RUNNERS
    not_for: dict = field(default_factory=dict)  # runner -> reason
    lines: list = field(default_factory=list)

    def runs(self, runner):
        return runner in self.runners and runner not in self.not_for


class Reader:
    """One file; ${DIR} in any text becomes folder, ${DNS} the place of the
    case's name server."""

    DNS = "127.0.0.1:5353"  # of the world, which has one case at a time
    NO_NAMES = "127.0.0.1:5354"  # services.NoNames

    def __init__(self, path, folder):
        self.folder = folder
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            self.text = f.read().split("\n")
        self.at = 0
        policy = os.path.basename(os.path.dirname(path))
        name = os.path.basename(path).removesuffix(".case")
        self.case = Case(path, policy, f"{policy}/{name}")

    def malformed(self, what):
        return Malformed(f"{self.case.path}:{self.at}: {what}")

    def expand(self, text):
        return text.replace("${DIR}", self.folder) \
            .replace("${DNS}", self.DNS)

    def block(self):
        """The tab-indented lines that follow; None when there are none."""
        lines, blank = [], 0
        while self.at < len(self.text):
            line = self.text[self.at]
            if line == "":
                blank += 1
            elif line[0] == "\t":
                lines += [""] * (blank if lines else 0) + [line[1:]]
                blank = 0
            else:
                break
            self.at += 1
        return self.expand("".join(x + "\n" for x in lines)) or None

    def read(self):
        while self.at < len(self.text):
            line = self.text[self.at]
            self.at += 1
            if line and line[0] != "#":
                self.head(line)
        if "[dns]" not in self.case.ini:
            has_names = any(isinstance(line, Server) and line.kind == "dns"
                            for line in self.case.lines)
            where = self.DNS if has_names else self.NO_NAMES
            self.case.ini += f"\n[dns]\nservers = {where}\n"
        return self.case

    def head(self, line):
        if line[0] == ">":
            return self.step(line[1:].strip(" \t"))
        if line[0] == "<":
            return self.expectation(line)
        found = re.match(r"(file|server|not) ([^:\n]*?): *(.*)$", line)
        if line.startswith("server "):  # its text may hold colons
            found = re.match(r"(server) (.*):()$", line)
        if found:
            return getattr(self, "head_" + found[1])(found[2], found[3])
        found = re.match(r"(ini|catalogue|only|log|nolog|header|noheader):[ \t]*(.*)$",
                         line)
        if not found:
            raise self.malformed(f"not understood: {line}")
        return getattr(self, "head_" + found[1])(found[2])

    def step(self, text):
        verb, _, rest = text.partition(" ")
        number = self.at
        self.case.lines.append(Step(number, verb, self.expand(rest.strip()),
                                    self.block()))

    def expectation(self, line):
        name, _, text = line[1:].partition(" ")
        if not self.case.lines or not isinstance(self.case.lines[-1], Step):
            raise self.malformed('"<" follows no step')
        if name and name not in RUNNERS:
            raise self.malformed(f"no such runner: {name}")
        self.case.lines[-1].expected[name] = self.expand(text.strip())

    def head_ini(self, _):
        self.case.ini = self.block() or ""

    def head_catalogue(self, text):
        self.case.catalogue.append(text)

    def head_only(self, text):
        self.case.runners = tuple(text.split())
        if not set(self.case.runners) <= set(RUNNERS):
            raise self.malformed(f"no such runner: {text}")

    def head_not(self, runner, reason):
        if runner not in RUNNERS or not reason:
            raise self.malformed('"not RUNNER: reason" is wanted')
        self.case.not_for[runner] = reason

    def head_file(self, name, _):
        number = self.at
        self.case.lines.append(File(number, name, self.block() or ""))

    def head_server(self, name, _):
        number = self.at
        kind, _, text = name.partition(" ")
        self.case.lines.append(Server(number, kind, self.expand(text),
                                      self.block() or ""))

    def pattern(self, kind, regex):
        self.case.lines.append(Pattern(self.at, kind, self.expand(regex)))

    def head_log(self, regex):
        self.pattern("log", regex)

    def head_nolog(self, regex):
        self.pattern("nolog", regex)

    def head_header(self, regex):
        self.pattern("header", regex)

    def head_noheader(self, regex):
        self.pattern("noheader", regex)


def read(path, folder):
    return Reader(path, folder).read()
