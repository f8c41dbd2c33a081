"""suite - SPF cases: from our own files, and from the suite of RFC 7208.

Our files (*.cases) have groups of two blocks:

    [zone]
    example.test  TXT  "v=spf1 a -all"      as dns_zone.h tells
    [cases]
    name  client  helo  sender  result  explanation

The columns of a case stand between tabs. "result" may be several words with
"|" between them: each is right. The explanation is left out when it does not
matter, and "-" when there must be none. A case that is not judged here by the
sender has the sender "<>". "#" begins a comment at the begin of a line.

The suite of RFC 7208 is YAML; its zones are written anew in our form.
"""

import os
import re


class Case:
    """One check: what goes in and what must come out."""

    def __init__(self, name, client, helo, sender, results, explanation):
        self.name, self.client = name, client
        self.helo, self.sender = helo, sender
        self.results = results          # all of them are right
        self.explanation = explanation  # "" = none given, None = any


class Group:
    """Cases that share a zone."""

    def __init__(self, name):
        self.name = name
        self.zone = []
        self.cases = []


def read_cases(path):
    """The groups of one of our files."""
    groups, block = [], None
    with open(path, encoding="latin-1") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line in ("[zone]", "[cases]"):
                block = line
                if line == "[zone]":
                    groups.append(
                        Group(f"{os.path.basename(path)}:{number}"))
            elif block == "[zone]":
                groups[-1].zone.append(line)
            elif line and not line.startswith("#"):
                groups[-1].cases.append(read_case(line))
    return groups


def read_case(line):
    """One line of a [cases] block."""
    name, client, helo, sender, results, *rest = re.split(r"\t+", line)
    explanation = rest[0] if rest else None
    return Case(name, client, helo, "" if sender == "<>" else sender,
                results.split("|"), "" if explanation == "-" else explanation)


# --- the suite of RFC 7208

def quote(text):
    """A string of a TXT record, cut as a name server has to."""
    data = text.encode("latin-1")
    parts = [data[i:i + 255] for i in range(0, len(data), 255)] or [b""]
    return " ".join('"' + escape(part, '"') + '"' for part in parts)


def escape(data, also=""):
    r"""Bytes as \DDD where they are not plain."""
    return "".join(chr(c) if 32 < c < 127 and chr(c) not in '\\;' + also
                   or c == 32 and also else f"\\{c:03d}" for c in data)


def owner(name):
    """A name of the suite's zones; none is the root."""
    return escape(name.encode("latin-1")) or "."


def lines_of(name, records):
    """The lines of one name: {type: [data]}, or a type that times out."""
    for kind, values in records.items():
        for value in values:
            yield f"{owner(name)} {kind} {value}"


def convert_name(entries):
    """{type: [data]} of one name. TXT is made of SPF (type 99, which nobody
    asks any more) where the suite does not write it itself."""
    records, silent = {}, False
    for entry in entries:
        if entry == "TIMEOUT":
            silent = True
            continue
        (kind, value), = entry.items()
        if kind in ("SPF", "TXT"):
            if value == "NONE":
                records.setdefault(kind, [])
                continue
            strings = value if isinstance(value, list) else [value]
            value = " ".join(quote(s) for s in strings) or '""'
        elif kind == "MX":
            value = f"{value[0]} {owner(value[1])}"
        elif kind in ("PTR", "CNAME"):
            value = owner(value)
        records.setdefault(kind, []).append(value)
    spf = records.pop("SPF", [])
    records.setdefault("TXT", spf)
    if silent:
        for kind in ("A", "AAAA", "MX", "PTR", "TXT"):
            if not records.get(kind):
                records[kind] = ["!TIMEOUT"]
    return records


def convert(document):
    """One scenario of the suite."""
    group = Group(document["description"])
    for name, entries in document["zonedata"].items():
        group.zone += lines_of(name, convert_name(entries))
    for name, test in document["tests"].items():
        results = test["result"]
        explanation = test.get("explanation")
        group.cases.append(Case(
            name, str(test["host"]), test["helo"], test["mailfrom"],
            results if isinstance(results, list) else [results],
            "" if explanation == "DEFAULT" else explanation))
    return group


def read_yaml(path):
    """The groups of the suite of RFC 7208 (python3-yaml)."""
    import yaml  # only here: our own files need no package
    with open(path, encoding="utf-8") as file:
        return [convert(document) for document in yaml.safe_load_all(file)]
