#!/usr/bin/python3
"""bench_content - what it costs to look into messages.

cost     processor time for a message of 4 KB, 100 KB and 10 MB: with no
         policy that looks at content, with uribl (two lists, their name server
         is not counted), with 100 content rules, with both. Letters of text
         and HTML with a link every few lines; the large one is mostly an
         attachment
reader   how fast messages are read, by kind, with every byte decoded

Exit status 1 when a limit is passed.
"""

import base64
import os
import quopri
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", ".build"))
REPETITIONS = 5

OTHERS = """access commands helo sender auth tls size relay recipient srs rdns
dnsbl spf ratelimit greylist loop integrity connlimit abuse reputation"""
OFF = "".join(f"[{name}]\nenabled = no\n" for name in OTHERS.split())
URIBL = """[uribl]
lines = 0
[uribl.dom]
zone = dom.list.test
[uribl.ip]
zone = ip.list.test
checks = ip
"""
RULES = "".join(f"""[content.rule{i}]
where = subject, body
pattern = /\\b(buy|order|get) {word}(s|es)? (now|today).{{0,20}}offer{i}\\b/
""" for i, word in enumerate(["pill", "watch", "phone", "ticket"] * 25))
ZONE = """list.test SOA 300
test.dom.list.test A 127.0.0.2
2.0.0.127.ip.list.test A 127.0.0.2
*.example.com A 198.51.100.10
*.dom.list.test SOA 300
"""
WORDS = ("the quick brown fox jumps over a lazy dog and then it goes home "
         "to order some tea for today and for tomorrow").split()

# milliseconds that a message may cost, by size and by what is on
MOST = {("4 KB", "both"): 10, ("100 KB", "both"): 60, ("10 MB", "both"): 250}
LEAST = 50  # megabytes a second of the reader, any kind


def text(size):
    """Lines of words, with a link in every tenth."""
    lines, length = [], 0
    while length < size:
        i = len(lines)
        line = " ".join(WORDS[(i * 7 + k * 3) % len(WORDS)] for k in range(11))
        if i % 10 == 3:
            line += f" http://www{i // 10 % 15}.example.com/path/{i}"
        lines.append(line)
        length += len(line) + 1
    return "\n".join(lines) + "\n"


def html(size):
    """The same as paragraphs."""
    body = "".join(f'<p class="x">{line}</p>\n'
                   for line in text(size * 9 // 10).splitlines())
    return f"<html><body>{body}</body></html>\n"


def letter(size):
    """Text, HTML, and where it is large an attachment."""
    small = min(size, 100 * 1024)
    parts = ["Content-Type: text/plain; charset=utf-8\n\n" + text(small // 3),
             "Content-Type: text/html; charset=utf-8\nContent-Transfer-"
             "Encoding: quoted-printable\n\n" + quopri.encodestring(
                 html(small // 2).encode()).decode()]
    if size > small:
        data = base64.encodebytes(os.urandom((size - small) * 74 // 100))
        parts.append("Content-Type: application/octet-stream; name=a.bin\n"
                     "Content-Transfer-Encoding: base64\n\n" + data.decode())
    return "Subject: a letter\nMIME-Version: 1.0\nContent-Type: " \
        "multipart/mixed; boundary=next\n\n--next\n" + \
        "\n--next\n".join(parts) + "\n--next--\n"


def of_kind(size):
    """name -> a message of that size for the reader alone."""
    data = os.urandom(size * 74 // 100)
    plain = text(size)
    page = html(size)
    return {
        "text": "\n" + plain,
        "text in parts": "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
                         + plain + "--b--\n",
        "text, windows-1252": "Content-Type: text/plain; charset="
                              "windows-1252\n\n" + plain,
        "text, base64": "Content-Transfer-Encoding: base64\n\n"
                        + base64.encodebytes(plain.encode()).decode(),
        "HTML": "Content-Type: text/html; charset=utf-8\n\n" + page,
        "HTML, quoted-printable": "Content-Type: text/html; charset=utf-8\n"
        "Content-Transfer-Encoding: quoted-printable\n\n"
        + quopri.encodestring(page.encode()).decode(),
        "attachment, base64": "Content-Type: application/pdf\n"
        "Content-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(data).decode(),
    }


def play(folder, ini, message, times):
    """The least of some means, in milliseconds, and the heap in KB."""
    paths = [os.path.join(folder, name) for name in ("ini", "message")]
    for path, content in zip(paths, (ini, message)):
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
    best, heap = None, 0
    for _ in range(REPETITIONS):
        out = subprocess.run([os.path.join(BUILD, "t/mimeplay"), "-n",
                              str(times)] + paths, check=True,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL).stdout.decode()
        _, _, ms, kilobytes, _ = out.split()
        best = min(best or float(ms), float(ms))
        heap = max(heap, int(kilobytes))
    return best, heap


def cost(folder, where):
    """The table of costs; what is over its limit."""
    dns = f"[dns]\nservers = {where}\n"
    choices = {"off": "", "uribl": URIBL, "100 rules": RULES,
               "both": URIBL + RULES}
    print("processor time of a message, ms (heap, KB)")
    print(f"{'':10}" + "".join(f"{name:>18}" for name in choices))
    for name, size, times in (("4 KB", 4096, 500), ("100 KB", 102400, 100),
                              ("10 MB", 10485760, 10)):
        message = letter(size)
        row = f"{name:10}"
        for choice, ini in choices.items():
            ms, heap = play(folder, OFF + dns + ini, message, times)
            row += f"{ms:10.3f} ({heap:5})"
            if ms > MOST.get((name, choice), ms):
                yield f"{name}, {choice}: {ms} ms"
        print(row, flush=True)


def reader(folder):
    """Megabytes a second by kind; what is under its limit."""
    ini = OFF + "[mime]\ntext_size = 64M\nlinks = 10000\n[content.all]\n" \
        "where = flaw\npattern = no such flaw\n[uribl]\nwait = 0\n" \
        "[uribl.dom]\nzone = dom.list.test\n"
    print("reader, MB/s")
    for kind, message in of_kind(8 << 20).items():
        size = len(message.encode()) / 1e6
        ms, _ = play(folder, ini, message, 3)
        print(f"{kind:26}{size / ms * 1000:8.0f}", flush=True)
        if size / ms * 1000 < LEAST:
            yield f"{kind}: {size / ms * 1000:.0f} MB/s"


def main():
    with tempfile.TemporaryDirectory() as folder:
        zone = os.path.join(folder, "zone")
        with open(zone, "w", encoding="ascii") as file:
            file.write(ZONE)
        server = subprocess.Popen([os.path.join(BUILD, "t/dnsd"),
                                   "127.0.0.1:0", zone],
                                  stdout=subprocess.PIPE, text=True)
        try:
            where = server.stdout.readline().split()[1]
            over = list(cost(folder, where)) + list(reader(folder))
        finally:
            server.terminate()
            server.wait()
    for line in over:
        print(f"over the limit: {line}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
