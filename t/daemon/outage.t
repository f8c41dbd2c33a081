#!/usr/bin/python3
"""outage.t - name servers that are down, broken or slow: mail passes or is
deferred as configured, nobody is refused, and every step ends in time."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bed  # noqa: E402
import names  # noqa: E402
from names import STEP_MAX, Session, client, together  # noqa: E402

# every policy that asks name servers, each wanting to know it
ASKING = ("dnsbl", "rdns", "sender", "helo")
INI = names.DNS + """\
[connlimit]
enabled = no
[rdns]
mismatch = yes
[helo]
unresolvable = yes
[dnsbl.one]
zone = one.example
[dnsbl.two]
zone = two.example
checks = sender, helo
[dnsbl.good]
zone = good.example
weight = -4
"""
# what becomes of mail: further lines of the ini, and the reply
FATES = {
    "passed": ("", "c"),
    "deferred": ("".join(f"[{name}]\non_error = defer\n" for name in ASKING),
                 "y 451 4.4.3"),
    "deferred by SPF": ("[spf]\ntemperror = defer\n", "y 451 4.7.24"),
}
LISTS = "2.0.0.127.one.example A 127.0.0.2\ntest.two.example A 127.0.0.2\n" \
    "2.0.0.127.good.example A 127.0.0.2\n"
WORKING = names.SENDER + LISTS + \
    'sender.test TXT "v=spf1 ip4:203.0.113.5 -all"\n' \
    "5.113.0.203.one.example A 127.0.0.2\n" \
    "mail.remote.test A 203.0.113.5\n*.in-addr.arpa PTR mail.remote.test\n"
SPOILT = ("example", "test", "arpa")
OUTAGES = {
    "down": None,
    "SERVFAIL": "!SERVFAIL",
    "REFUSED": "!REFUSED",
    "silent": "!TIMEOUT",
    "garbage": "!GARBAGE random",
    "broken records": "!GARBAGE rdata",
    "answers after 10 s": "!DELAY 10000",
}
QUICK = INI.replace("[connlimit]", "timeout = 1s\n[connlimit]", 1)
WAIT_MAX = 6  # seconds: `timeout' of spf, the longest, from the step's begin
AT_ONCE = 200
SLACK = 8  # seconds, on a busy machine


def begin_outage(server, how):
    if how is None:
        server.end()
    else:
        server.serve(WORKING + "".join(
            f'*.{top} A 127.0.0.2\n*.{top} TXT "v=spf1 -all"\n*.{top} ANY {how}\n'
            for top in SPOILT)
            + "".join(f"{line.split()[0]} ANY {how}\n"
                      for line in WORKING.splitlines()))


def outage(tap, folder, number, fate):
    """Some sessions at the same time, one after that."""
    title, how = list(OUTAGES.items())[number]
    folder = os.path.join(folder, f"{number}{fate}")
    os.makedirs(folder)
    os.chmod(folder, 0o755)
    where = f"127.0.1.{1 + number}:5353"
    server = names.NameServer(folder, names.SENDER + LISTS, where)
    more, wanted = FATES[fate]
    daemon = bed.Daemon(folder, QUICK.replace(names.WHERE, where) + more)
    begin_outage(server, how)
    sessions = together(5, lambda n: Session(
        daemon, client(n), "TEMP", sender=f"<a@s{n}.test>", rcpts=2))
    sessions.append(Session(daemon, client(99), "TEMP", rcpts=2))
    longest = max(max(session.took) for session in sessions)
    replies = {answer for s in sessions for answer in s.answers[-2:]}
    tap.ok(all(reply.startswith(wanted) for reply in replies),
           f"{title}: mail is {fate}", replies)
    tap.ok(longest < WAIT_MAX + 0.5 * SLACK, f"{title}: a step waits once for all "
           "that it asks", f"{longest:.2f} s")
    tap.comment(f"{title}, {fate}: the longest step {longest:.2f} s, then "
                f"{1000 * sessions[-1].waited:.0f} ms in a session")
    tap.equal(daemon.stop(), "", f"{title}: ends well")
    server.end()


def outages(tap, folder):
    """One fate after the other, all outages side by side: they are waits."""
    for fate in FATES:
        together(len(OUTAGES), lambda n: outage(tap, folder, n, fate))


def at_once(daemon):
    """Whether a client that is not judged is served sooner than any name
    server is given up; on a busy machine one of some tries will do."""
    begin = time.monotonic()
    with daemon.mta() as mta:
        mta.negotiate()
        mta.greet("127.0.0.1", "localhost")
        return mta.message()[1] == "c" and time.monotonic() - begin < 1


def crowd(tap, folder):
    """Sessions by the hundred while nothing answers; then all is well."""
    server = names.NameServer(folder, WORKING)
    daemon = bed.Daemon(folder, INI.replace(
        "zone = one.example", "zone = one.example\nhealth = 1s"))
    begin_outage(server, "!TIMEOUT")
    begin = time.monotonic()
    sessions = together(AT_ONCE, lambda n: Session(
        daemon, client(n), "TEMP", sender=f"<a@s{n}.test>"))
    took = time.monotonic() - begin
    longest = max(max(session.took) for session in sessions)
    tap.equal({s.reply for s in sessions}, {"c"},
              f"{AT_ONCE} sessions at the same time: mail passes")
    tap.ok(longest < STEP_MAX + SLACK, "all get their answers in time",
           f"{longest:.2f} s")
    tap.comment(f"{AT_ONCE} sessions while nothing answers: {took:.2f} s for "
                f"all of them, the longest step {longest:.2f} s")
    tap.ok(bed.wait_until(lambda: at_once(daemon)),
           "who needs no name servers does not wait at all")
    server.serve(WORKING)
    tap.ok(bed.wait_until(lambda: Session(daemon).reply.startswith(
        "y 550 5.7.1 Your address 203.0.113.5 is listed by one.example")),
        "when they are back, mail is judged again", daemon.log()[-2000:])
    tap.equal(daemon.stop(), "", "ends well")
    server.end()


bed.run(outages, crowd)
