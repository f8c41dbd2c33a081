#!/usr/bin/env python3
"""hostile.py - so many records by people who mean harm, as cases for spfplay.

    t/spf/hostile.py [COUNT [SEED]] > FILE

What must come out is not known ("*"): spfplay looks at what holds of any
check. Records include each other, grow, repeat, and are wrong in every way;
explanations fill buffers to the last bytes (CVE-2023-42118).
"""

import random
import sys

LETTERS = "slodiphvcrtSLODIPHVCRTxZ"
DELIMITERS = ["", ".", "-", "+", ",", "/", "_", "=", ".-+", "}"]
NAMES = ["a", "mx", "ptr", "exists", "include", "ip4", "ip6", "all", "A",
         "redirect", "exp", "unknown"]


class Writer:
    """Random records, the same for the same seed."""

    def __init__(self, count, seed):
        self.count = count
        self.random = random.Random(seed)

    def one_of(self, *choices):
        return self.random.choice(choices)

    def macro(self):
        r = self.random
        digits = self.one_of("", "", "1", "2", "99", "0", "128",
                             "99999999999999999999")
        return (f"%{{{r.choice(LETTERS)}{digits}{self.one_of('', 'r')}"
                f"{r.choice(DELIMITERS)}}}")

    def text(self):
        """A piece of a name or of an explanation."""
        r = self.random
        kind = r.randrange(12)
        if kind < 3:
            return self.macro()
        if kind == 3:
            return "%{d}" * r.choice([2, 42, 63, 64, 127, 128, 400])
        if kind == 4:
            return ("x" * r.choice([1, 2, 3, 60]) + "%{d}") * r.choice(
                [2, 41, 42, 43, 60])
        if kind == 5:
            return self.one_of("%", "%%", "%_", "%-", "%{", "%}", "}", "%{}")
        if kind == 6:
            return "y" * r.choice([1, 63, 64, 253, 255, 256, 511, 600, 5000])
        if kind == 7:
            return "." * r.choice([1, 2, 300])
        if kind == 8:
            return chr(r.randrange(256))
        return f"h{r.randrange(self.count)}.hostile.test"

    def host(self):
        pieces = "".join(self.text() for _ in range(
            self.random.choice([1, 1, 1, 2, 3, 8])))
        return pieces + self.one_of("", ".test", ".hostile.test", ".%{d}")

    def bits(self):
        return self.one_of("", "", "", "/0", "/24", "/32", "//0", "/24//64",
                           "/33", "//129", "/", "//", "/024")

    def term(self):
        r = self.random
        kind = r.randrange(20)
        qualifier = self.one_of("", "", "+", "-", "~", "?", "--")
        if kind < 9:
            return (qualifier + r.choice(NAMES[:5]) + ":"
                    + self.host() + self.bits())
        if kind == 9:
            return qualifier + self.one_of("a", "mx", "ptr") + self.bits()
        if kind == 10:
            return qualifier + "ip4:" + ".".join(
                str(r.randrange(300)) for _ in range(4)) + self.bits()
        if kind == 11:
            return qualifier + "ip6:" + ":".join(
                f"{r.randrange(70000):x}" for _ in range(8)) + self.bits()
        if kind == 12:
            return "redirect=" + self.host()
        if kind < 15:
            return f"exp=x{r.randrange(self.count)}.hostile.test"
        if kind == 15:
            return r.choice(NAMES) + self.one_of("=", ":", "/") + self.text()
        if kind == 16:
            return qualifier + "all"
        return qualifier + self.one_of(
            "include:", "exists:", "a:", "mx:"
        ) + f"h{r.randrange(self.count)}.hostile.test"

    def clean_term(self):
        """One of correct form, so that the check goes on behind it."""
        r = self.random
        name = f"h{r.randrange(self.count)}.hostile.test"
        long = self.one_of("%{d}", "%{D}.", "%{s}", "%{h}", "%{p}.", "%{lr-}.",
                           "%{i}.", "%{d1}", "a" * 70 + ".", "x%{d}")
        target = self.one_of(
            name, name, name, "%{d}", f"{r.randrange(9)}.%{{d}}.grow.test",
            long * r.choice([1, 2, 42, 128, 1500]) + ".test")
        kind = r.choice(["a", "mx", "ptr", "exists", "include", "include"])
        return self.one_of("", "+", "-", "~", "?") + self.one_of(
            f"{kind}:{target}", f"{kind}:{target}", f"{kind}:{target}",
            f"ip4:10.{r.randrange(256)}.0.0/16",
            f"a:{target}" + self.one_of("/0", "//0", "/24//64"))

    def record(self):
        r = self.random
        make = self.one_of(self.term, self.clean_term, self.clean_term)
        terms = [make() for _ in range(
            r.choice([1, 1, 2, 3, 5, 11, 40, 200]))]
        if make == self.clean_term:
            terms += self.one_of(
                [], [f"exp=x{r.randrange(self.count)}.hostile.test"],
                [f"redirect=h{r.randrange(self.count)}.hostile.test"])
        terms.append(self.one_of("-all", "-all", "-all", "+all", "~all", ""))
        return self.one_of("v=spf1 ", "v=spf1 ", "v=spf1 ", "V=SPF1  "
                           ) + " ".join(terms)

    def explanation(self):
        return self.one_of("", " ").join(
            self.text() for _ in range(self.random.choice([1, 2, 5, 50])))


def quote(text):
    """A TXT record's data: strings of at most 255 bytes, at most 15,500 in
    all. A "!" at its begin would be a fault of the zone."""
    data = text.encode("latin-1")[:15500].lstrip(b"!") or b"-"
    return " ".join('"' + "".join(
        chr(c) if 32 <= c < 127 and c not in b'"\\' else f"\\{c:03d}"
        for c in data[i:i + 255]) + '"' for i in range(0, len(data), 255))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    writer = Writer(count, sys.argv[2] if len(sys.argv) > 2 else "1")
    print("[zone]")
    for i in range(count):
        name = f"h{i}.hostile.test"
        print(f"{name} TXT {quote(writer.record())}")
        print(f"x{i}.hostile.test TXT {quote(writer.explanation())}")
        print(f"{name} A 192.0.2.{i % 256}")
        print(f"{name} MX {i % 7} h{(i * 7) % count}.hostile.test")
    print("5.113.0.203.in-addr.arpa PTR h0.hostile.test")
    print("h0.hostile.test A 203.0.113.5")
    print('*.grow.test TXT "v=spf1 include:%{d}.%{d} include:%{s}%{s} -all"')
    print("[cases]")
    for i in range(count):
        client = writer.one_of("203.0.113.5", "192.0.2.1", "2001:db8::5")
        local = writer.one_of("a", "a.b-c+d", "....", "x" * 200, "%{d}%", "")
        print(f"hostile-{i}\t{client}\th{i}.hostile.test\t"
              f"{local}@h{i}.hostile.test\t*")


main()
