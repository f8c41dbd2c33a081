#!/usr/bin/python3
"""spf.t - SPF through the whole daemon: what a client is told after packets of
a name server.

    t/daemon/spf.t                    our own cases (t/spf/*.cases)
    SPF_SUITE=FILE t/daemon/spf.t     also the test suite of RFC 7208 (YAML),
                                      which is not part of this project

Each session has two recipients. To the first, everything but pass is refused
with a reply of its own for each result, so that its text is the result and the
explanation. The second takes all, and the message is told the result in
Authentication-Results. The cases of a zone are played at the same time.
"""

import glob
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../spf"))

import bed  # noqa: E402
import names  # noqa: E402
import suite  # noqa: E402
from names import together  # noqa: E402
from wire import connect, macros, words  # noqa: E402

RESULTS = ("fail", "softfail", "neutral", "none", "permerror", "temperror")
MILTER = "user =\ntrusted_networks =\nhostname = mx.example.test"
INI = names.DNS + "timeout = 1500ms\ntries = 1\n" + "".join(
    f"[{name}]\nenabled = no\n" for name in (
        "greylist", "helo", "sender", "rdns")) + \
    "[spf]\nhelo = no\n" + "".join(
        f"{result} = {'defer' if result == 'temperror' else 'reject'}\n"
        for result in RESULTS) + "[spf rcpt=told.test]\n" + "".join(
        f"{result} = pass\n" for result in RESULTS) + "[replies]\n" + "".join(
        f"spf.{result} = {450 if result == 'temperror' else 550} {result} "
        "%{spf_explanation}\n" for result in RESULTS)
QUESTIONS_MAX = 21  # a record, ten terms, ten that were asked early
VALUE_MAX = 256  # bytes of a stranger's text in a reply
# A name of the client cannot be looked up. RFC 7208 5.5 takes that for "no
# match"; nobody is refused for good for it, so the reply is that of temperror.
UNSURE = ("error-ptr-fail", "ptr-cname-loop")


def packet_words(*texts):
    """words() for cases that hold any byte."""
    return b"".join(text.encode("latin-1") + b"\0" for text in texts)


def play(daemon, case):
    """The result in the message, that of the reply, the explanation."""
    with daemon.mta(4 * names.STEP_MAX) as mta:
        mta.negotiate()
        mta.send(b"D", macros(b"C", j="mx.example.test", daemon_name="MTA",
                              v="Postfix 3.7.11", client_resolve="TEMP"))
        mta.step(b"C", connect(f"[{case.client}]", case.client))
        mta.step(b"H", packet_words(case.helo))
        mta.step(b"M", packet_words(f"<{case.sender}>"))
        reply = understand(mta.step(b"R", words("<alice@example.test>")))
        if mta.step(b"R", words("<bob@told.test>")) != "c":
            return "refused", *reply
        return end_message(mta), *reply


def understand(answer):
    """A milter's answer as result and explanation."""
    if not answer.startswith("y "):
        return {"c": "pass"}.get(answer, answer), ""
    lines = [re.sub(r"^\d{3}[ -]([45]\.\d+\.\d+ )?", "", line)
             for line in answer[2:].split("\r\n")]
    result, _, explanation = " ".join(lines).replace("%%", "%").partition(" ")
    return result, explanation


def end_message(mta):
    """The result in the field that is added."""
    mta.step(b"T")
    mta.step(b"L", words("Subject", "x"))
    mta.step(b"N")
    mta.step(b"B", b"text\r\n")
    answers = [mta.step(b"E")]
    while answers[-1] and answers[-1][0] in "him":
        answers.append(mta.answer())
    return "".join(re.findall(
        r"Authentication-Results\0mx\.example\.test;\s+spf=(\w+)",
        " ".join(answers)))


def is_explanation(wanted, got):
    """A long one comes cut, and in several lines."""
    if wanted is None:
        return True
    if len(wanted) <= VALUE_MAX:
        return got == wanted
    got = got.replace(" ", "")
    return len(got) > VALUE_MAX // 2 and wanted.replace(" ", "").startswith(got)


def play_group(tap, folder, group):
    """Its cases: how many there were, results right, explanations right."""
    os.makedirs(folder)
    os.chmod(folder, 0o755)
    server = names.NameServer(folder, "\n".join(group.zone) + "\n")
    daemon = bed.Daemon(folder, INI, milter=MILTER)
    replies = together(len(group.cases),
                       lambda n: play(daemon, group.cases[n]))
    right = explained = 0
    for case, (told, reply, explanation) in zip(group.cases, replies):
        good = told in case.results and reply == (
            "temperror" if case.name in UNSURE else told)
        right += good
        good = good and is_explanation(case.explanation, explanation)
        explained += good
        tap.ok(good, f"{case.name}: {told}", f"wanted {case.results} "
               f"{case.explanation!r}, got {told}; {reply} {explanation!r}")
    tap.equal(daemon.stop(), "", f"{group.name}: ends well")
    server.end()
    return len(group.cases), right, explained


def play_all(tap, folder, title, groups):
    sums = [sum(column) for column in zip(*(
        play_group(tap, os.path.join(folder, str(number)), group)
        for number, group in enumerate(groups)))]
    tap.comment(f"{title}: {sums[1]} of {sums[0]} results, {sums[2]} with "
                "the explanation")


def ours(tap, folder):
    groups = []
    for path in sorted(glob.glob(os.path.join(bed.REPO, "t/spf/*.cases"))):
        groups += suite.read_cases(path)
    play_all(tap, folder, "our own cases", groups)


def bounded(tap, folder):
    """Ten includes in each record, four levels deep: 11,111 questions for who
    follows them all."""
    zone = ["tree.test", "*.tree.test"]
    server = names.NameServer(folder, "".join(
        f'{name} TXT "v=spf1 {" ".join(f"include:{n}.%{{d}}" for n in range(10))}'
        ' -all"\n' for name in zone))
    daemon = bed.Daemon(folder, INI, milter=MILTER)
    told, _, _ = play(daemon, suite.Case(
        "tree", "203.0.113.5", "mail.remote.test", "a@tree.test", [], None))
    count = daemon.ask("stats")["dns"]["queries"]
    tap.equal(told, "permerror", "a tree of includes is an error")
    tap.ok(count <= QUESTIONS_MAX, "after few questions", count)
    tap.comment(f"a tree of includes: {count} questions, of 11,111")
    tap.equal(daemon.stop(), "", "ends well")
    server.end()


def rfc7208(tap, folder):
    play_all(tap, folder, "the test suite of RFC 7208",
             suite.read_yaml(os.environ["SPF_SUITE"]))


bed.run(*[ours, bounded] + [rfc7208] * ("SPF_SUITE" in os.environ))
