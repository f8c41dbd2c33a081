"""listserver - rbldnsd, a real name server, with the zone of a case.

Cases that show a documented reply ask it in place of .build/t/dnsd, as far as
it has words for their zone: addresses in a DNS list become an ip4set, domains
in one a dnset, all other records (A, MX, TXT) a generic dataset.
"""

import os
import re
import subprocess

import world
from servers import root_of

SOA = "$SOA 300 ns.invalid admin.invalid 1 2h 2h 1w 5m\n"
RECORD = re.compile(r"(\S+)\s+(A|MX|TXT)\s+(.*)$")
REVERSED = re.compile(r"(\d+)\.(\d+)\.(\d+)\.(\d+)$")
PROGRAM = "usr/sbin/rbldnsd"
MARK = "# rbldnsd has the zone"  # in a transcript
NOBODY = "65534"


def records(text):
    """(owner, type, data) of each line; None when one says what rbldnsd
    cannot: wildcards, other types, and faults ("!SERVFAIL")."""
    found = []
    for line in text.splitlines():
        match = RECORD.match(line.strip())
        if not match or match[1][0] == "*" or match[3][0] == "!":
            return None
        found.append(match.groups())
    return found


def listed(name, addresses):
    """A line of a list: the name, the value, the list's own text."""
    text = re.sub(r'"\s*"', "", addresses.get("TXT", "")).strip('"')
    reverse = REVERSED.match(name)
    if reverse:
        name = ".".join(reversed(reverse.groups()))
    return f"{name} :{addresses['A']}:{text.replace('$', '$$')}\n"


def datasets(text, zones):
    """{(zone, type of dataset): its lines}, None where it cannot be."""
    found, lists = {}, {}
    for owner, kind, data in records(text) or [("", "", "")]:
        zone = next((z for z in zones if owner.endswith("." + z)), None)
        if zone:
            name = owner[:-len(zone) - 1]
            lists.setdefault((zone, name), {})[kind] = data
        elif "." in owner:
            host, top = owner.rsplit(".", 1)
            key = top, "generic"
            found[key] = found.get(key, SOA) + f"{host} {kind} {data}\n"
        else:
            return None
    for (zone, name), addresses in lists.items():
        key = zone, "ip4set" if REVERSED.match(name) else "dnset"
        found[key] = found.get(key, SOA) + listed(name, addresses)
    return found


def start(where, text, zones, folder):
    """The process, when it answers; None for a zone that it cannot have."""
    words = []
    found = datasets(text, zones)
    if found is None:
        return None
    for (zone, kind), lines in found.items():
        path = os.path.join(folder, f"{zone}.{kind}")
        world.write(path, lines)
        words.append(f"{zone}:{kind}:{path}")
    server = subprocess.Popen(
        [os.path.join(root_of(PROGRAM) + "/", PROGRAM), "-n", "-u", NOBODY, "-b", where.replace(":", "/"),
         "-t", "300", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    for line in server.stdout:
        if b" started " in line:
            return server
    raise RuntimeError(f"rbldnsd does not start: {words}")
