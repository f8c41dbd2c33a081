#!/usr/bin/env python3
"""hostile.py - hostile and odd messages, the same ones every time.

    t/mime/hostile.py FOLDER

writes each into a file of FOLDER; t/hostile.t plays them.
"""

import base64
import io
import os
import random
import struct
import sys
import zipfile

MIME = b"MIME-Version: 1.0\n"
TEXT = b"Hello, see http://www.example.com/ for more.\n"


def multipart(boundary, *parts, kind=b"mixed", close=True):
    """A multipart's header and body."""
    out = b'Content-Type: multipart/' + kind + b'; boundary="' + boundary + \
        b'"\n\n'
    for part in parts:
        out += b"--" + boundary + b"\n" + part + b"\n"
    return out + (b"--" + boundary + b"--\n" if close else b"")


def part(kind, body, *fields):
    """A header and a body."""
    head = b"Content-Type: " + kind + b"\n"
    return head + b"".join(f + b"\n" for f in fields) + b"\n" + body


def nested(depth, same=False):
    """Multiparts inside each other."""
    head, tail = b"", b""
    for i in range(depth):
        name = b"b" if same else b"b%d" % i
        head += b"Content-Type: multipart/mixed; boundary=" + name + \
            b"\n\n--" + name + b"\n"
        tail = b"--" + name + b"--\n" + tail
    return head + b"\n" + TEXT + tail


def messages_in_messages(depth):
    """message/rfc822 inside each other."""
    return b"Content-Type: message/rfc822\n\n" * depth + b"\n" + TEXT


def zipped(names, comment=b"", locked=False):
    """An archive with these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), "x")
        archive.comment = comment
    data = bytearray(out.getvalue())
    if locked:
        at = data.find(b"PK\1\2")
        data[at + 8] |= 1
    return bytes(data)


def archive(data, encoding=b"base64"):
    """An archive as an attachment."""
    if encoding == b"base64":
        data = base64.encodebytes(data)
    return MIME + part(b"application/zip; name=a.zip", data,
                       b"Content-Transfer-Encoding: " + encoding)


def end64(count, size, offset):
    """The last records of a ZIP64 archive that claims much."""
    record = struct.pack("<IQHHIIQQQQ", 0x06064b50, 44, 45, 45, 0, 0, count,
                         count, size, offset)
    locator = struct.pack("<IIQI", 0x07064b50, 0, 0, 1)
    end = struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, 0xffff, 0xffff,
                      0xffffffff, 0xffffffff, 0)
    return record + locator + end


def nesting():
    for depth in (1, 5, 19, 20, 21, 50, 500, 5000):
        yield f"multipart-{depth}", MIME + nested(depth)
        yield f"same-boundary-{depth}", MIME + nested(depth, True)
        yield f"message-{depth}", messages_in_messages(depth)
    yield "digest", MIME + multipart(b"d", *[b"\nSubject: x\n\ny"] * 300,
                                     kind=b"digest")
    yield "unclosed-all", MIME + nested(15).split(b"--b14--")[0]
    yield "outer-ends-inner", MIME + multipart(
        b"a", multipart(b"b", part(b"text/plain", TEXT), close=False),
        part(b"text/plain", TEXT))


def many():
    for count in (1, 100, 199, 200, 201, 3000, 60000):
        yield f"parts-{count}", MIME + multipart(b"p", *[b"\nx"] * count)
    yield "empty-parts", MIME + multipart(b"p", *[b""] * 5000)
    yield "boundaries-only", MIME + multipart(b"p") + b"--p\n" * 50000
    for count in (100, 1000, 20000):
        yield f"fields-{count}", b"".join(
            b"X-Field-%d: value\n" % i for i in range(count)) + b"\n" + TEXT
        yield f"part-fields-{count}", MIME + multipart(
            b"p", b"".join(b"X-%d: v\n" % i for i in range(count)) + b"\nx")
    yield "folds", b"Subject: a" + b"\n b" * 50000 + b"\n\n" + TEXT
    yield "long-field", b"Subject: " + b"x" * 2000000 + b"\n\n" + TEXT
    yield "long-name", b"X" * 500000 + b": x\n\n" + TEXT
    yield "content-types", b"Content-Type: text/html\n" * 5000 + b"\n" + TEXT
    yield "parameters", b"Content-Type: text/plain" + \
        b"".join(b"; p%d=v" % i for i in range(20000)) + b"\n\n" + TEXT
    yield "long-part-field", MIME + multipart(
        b"p", b"Content-Type: text/plain; name=" + b"n" * 1000000 + b"\n\nx")


def lines():
    for name, unit in (("x", b"x"), ("hyphens", b"-"), ("blanks", b" "),
                       ("returns", b"\r"), ("ends", b"\n"), ("crlf", b"\r\n"),
                       ("nul", b"\0"), ("high", b"\xff"), ("tag", b"<"),
                       ("entity", b"&"), ("quote", b'="'), ("dots", b".a"),
                       ("at", b"a@"), ("scheme", b"http://"),
                       ("percent", b"%41"), ("escape", b"=\n"),
                       ("colon", b"a:\n"), ("boundary", b"--p\n-")):
        data = unit * (400000 // len(unit))
        yield f"line-plain-{name}", b"\n" + data
        yield f"line-html-{name}", part(b"text/html", data)
        yield f"line-mixed-{name}", MIME + multipart(b"p", b"\n" + data)
    yield "giant", b"\n" + b"y" * 5000000
    yield "giant-html", part(b"text/html", b"<a href='" + b"z" * 3000000)


def encodings():
    broken = [b"", b"=", b"====", b"A", b"AA", b"AAA", b"AAAA=", b"A=AA",
              b"!!!!", b"AAAA\n=\nAAAA", b"A" * 100001, b"\0AAA", b"-_-_",
              b"AA==BB==", b"\xff" * 1000, b"A\n" * 20000]
    for number, data in enumerate(broken):
        for kind in (b"text/plain", b"application/zip"):
            yield f"base64-{number}-{kind[-3:].decode()}", part(
                kind, data, b"Content-Transfer-Encoding: base64")
    broken = [b"=", b"==", b"=4", b"=4G", b"=\r", b"=\r\n", b"=  \n", b"=00",
              b"=" * 100000, b"=3D" * 50000, b"=0D=0A" * 20000, b"=ff" * 9999]
    for number, data in enumerate(broken):
        yield f"quoted-{number}", part(
            b"text/html", data, b"Content-Transfer-Encoding: quoted-printable")
    broken = [b"", b"begin", b"begin ", b"begin 644 a\n" + b"M\n" * 50000,
              b"begin 644 a\n" + b"M" * 300000, b"begin 1 a\n`\nend\n" * 9999,
              b"begin " + b"x" * 300000 + b"\n#86)C", b"begi" * 50000,
              b"begin 644 \xff\0\n\xff\0\1\n" * 9]
    for number, data in enumerate(broken):
        for kind in (b"text/html", b"application/zip"):
            yield f"uu-{number}-{kind[-3:].decode()}", part(
                kind, data, b"Content-Transfer-Encoding: x-uuencode")
    for name in (b"7bit", b"x-uuencode", b"base65", b"", b"base64 base64",
                 b"\xe4", b"x" * 5000):
        yield f"encoding-{name[:9].decode('latin-1').strip()!r}", part(
            b"text/plain", TEXT, b"Content-Transfer-Encoding: " + name)


def charsets():
    every = bytes(range(256)) * 20
    for name in ("utf-8", "us-ascii", "utf-7", "utf-16", "utf-16le",
                 "utf-32", "iso-8859-1", "iso-8859-15", "windows-1252",
                 "windows-1258", "koi8-r", "gb2312", "gbk", "gb18030", "big5",
                 "big5-hkscs", "shift_jis", "euc-jp", "iso-2022-jp",
                 "iso-2022-kr", "iso-2022-cn-ext", "euc-kr", "ks_c_5601-1987",
                 "hz-gb-2312", "tis-620", "macintosh", "ibm850", "ebcdic-us",
                 "IBM1364", "../../x", "utf-8//TRANSLIT", "x" * 3000, "\xff"):
        yield f"charset-{name[:15].replace('/', '_')}", part(
            b'text/html; charset="' + name.encode("latin-1") + b'"', every)
    yield "charset-utf-7-ends", part(b"text/plain; charset=utf-7",
                                     b"+AC" * 10000)
    yield "charset-jp-escapes", part(b"text/plain; charset=iso-2022-jp",
                                     b"\x1b$B\x1b(B" * 10000)


def words():
    yield "words", b"Subject: " + b"=?utf-8?q?a?= " * 4000 + b"\n\nx"
    yield "words-open", b"Subject: " + b"=?utf-8?q?" * 4000 + b"\n\nx"
    yield "words-inside", b"Subject: " + b"=?utf-8?q?=?utf-8?b?" * 2000 + \
        b"?=" * 4000 + b"\n\nx"
    yield "words-charsets", b"Subject: " + b" ".join(
        b"=?c%d?q?a?=" % i for i in range(3000)) + b"\n\nx"
    yield "word-bad", b"Subject: =?utf-8?b?!!!?= =?utf-8?x?a?= =??q?a?=\n\nx"
    yield "word-nul", b"Subject: =?utf-8?q?=00=0d=0a?=\n\nx"
    yield "word-long", b"Subject: =?utf-8?b?" + b"QUJD" * 20000 + b"?=\n\nx"
    yield "parts-of-name", b"Content-Type: text/plain" + b"".join(
        b"; name*%d=a" % i for i in range(5000)) + b"\n\nx"
    yield "parts-with-gaps", b"Content-Type: text/plain" + b"".join(
        b"; name*%d*=utf-8''%%41" % (i * 7) for i in range(500)) + b"\n\nx"
    yield "part-number", b"Content-Type: text/plain; " \
        b"name*99999999999999999999=a; name*-1=b; name*=x'y'z\n\nx"
    for number, value in enumerate((
            b";", b"text", b"/", b"text/", b"/plain", b"text/plain; charset",
            b"text/plain; =x", b'text/plain; charset="x', b"\xff/\xfe",
            b"multipart/mixed; boundary=", b'multipart/mixed; boundary=""',
            b"multipart/mixed; boundary=" + b"b" * 1000,
            b"multipart/mixed; boundary=\xff", b"text/plain(" + b"(" * 5000,
            b'text/plain; name="' + b"\\" * 5000, b"a/b" + b";" * 5000)):
        yield f"type-{number}", MIME + part(value, b"--b\n\n" + TEXT)
        yield f"disposition-{number}", MIME + b"Content-Disposition: " + \
            value + b"\n" + part(b"text/plain", TEXT)


def high():
    every = bytes(i for i in range(1, 256) if i not in (10, 13))
    yield "high-value", b"Subject: " + every + b"\n\n" + every
    yield "high-name", b"Subj\xe4\xff: x\n\n" + TEXT
    yield "high-from", b"From: \xe4\xf6 <\xfc@\xff.test>\n\n" + TEXT
    yield "high-boundary", MIME + multipart(b"\xe4\xf6", part(b"text/plain",
                                                             every))
    yield "high-file", MIME + part(b'text/plain; name="\xe4\xff.exe"', every)
    yield "nul-header", b"Subject: a\0b\n\n" + TEXT
    yield "no-header", b"\n" + TEXT
    yield "empty", b""
    yield "header-only", b"Subject: x\n"
    yield "no-end", b"Subject: x"
    yield "no-colon", b"this is no field\nnor this\n\n" + TEXT
    yield "body-at-once", TEXT
    yield "only-cr", b"Subject: x\r\rhello\rhttp://www.example.com\r"
    yield "dots", b"Subject: x\n\n.\n..\n.\n"


def html():
    for name, data in (
            ("comment", b"<!--" + b"-" * 200000),
            ("comments", b"<!---->" * 30000),
            ("script", b"<script>" + b"</scrip" * 30000),
            ("scripts", b"<script></script>" * 15000),
            ("tags", b"<b>" * 80000),
            ("attributes", b"<a " + b"href=x " * 40000),
            ("value", b"<a href=\"http://www.example.com/" + b"x" * 300000),
            ("entities", b"&#104;" * 50000),
            ("entity-long", b"&" + b"a" * 300000),
            ("entity-huge", b"&#99999999999999999999;" * 9000),
            ("markup", b"<!" + b"<" * 300000),
            ("question", b"<?" + b"?" * 300000),
            ("nested", b"<" * 300000),
            ("quotes", b"<a '\"'\"" * 40000),
            ("blocks", b"<p>" * 100000),
            ("surrogates", b"&#xd800;&#xdfff;" * 9000)):
        yield f"html-{name}", part(b"text/html", data + TEXT)


def links():
    yield "links-same", b"\n" + b"http://www.example.com/ " * 20000
    yield "links-other", b"\n" + b" ".join(
        b"http://h%d.example.com/" % i for i in range(20000))
    yield "links-attributes", part(b"text/html", b"".join(
        b"<a href=http://h%d.example.com>" % i for i in range(8000)))
    for name, host in (
            ("long", b"a" * 200000), ("labels", b"a." * 100000),
            ("hyphens", b"-." * 100000), ("users", b"u@" * 100000),
            ("percent", b"%2e" * 80000), ("percents", b"%" * 200000),
            ("wide", "\u3002".encode() * 60000),
            ("letters", "b\xfccher.".encode() * 20000),
            ("idna", b"xn--" * 50000), ("numbers", b"1." * 100000),
            ("hex", b"0x" * 100000), ("big", b"9" * 200000),
            ("bracket", b"[" * 200000), ("ipv6", b"[2001:db8::" * 20000),
            ("colons", b":" * 200000), ("slashes", b"/" * 200000)):
        yield f"host-{name}", b"\nhttp://" + host + b"/ " + TEXT
        yield f"host-html-{name}", part(
            b"text/html", b"<a href='http://" + host[:4000] + b"/'>")
    yield "host-short-words", b"\n" + "b\xfc.\xe4 ".encode() * 40000


def archives():
    good = zipped(["a/readme.txt", "b.exe"])
    yield "zip", archive(good)
    yield "zip-8bit", archive(good, b"8bit")
    yield "zip-many", archive(zipped([f"f{i}.txt" for i in range(3000)]))
    yield "zip-names", archive(zipped(["n" * 60000, "m" * 60000]))
    yield "zip-odd-names", archive(zipped(
        ["../../etc/passwd", "a\\b", "\u202egpj.exe", " ", "con"]))
    yield "zip-comment", archive(zipped(["a.txt"], b"c" * 65535))
    yield "zip-locked", archive(zipped(["a.txt"], locked=True))
    yield "zip-cut", archive(good[:-10])
    yield "zip-no-begin", archive(good[40:])
    yield "zip-behind-much", archive(b"MZ" + b"\0" * 3000000 + good)
    yield "zip-before-much", archive(good + b"\0" * 300000)
    yield "zip-empty", archive(zipped([]))
    yield "zip-in-zip", archive(zipped(["inner.zip"]) + good)
    yield "zip-header-only", archive(b"PK\3\4")
    yield "zip-end-only", archive(b"PK\5\6" + b"\xff" * 18)
    for count in (1, 1 << 20, 1 << 32, 1 << 63, (1 << 64) - 1):
        yield f"zip64-{count}", archive(b"PK\3\4" + b"x" * 50 +
                                        end64(count, 46, 4))
    for at in range(0, len(good), 9):
        wrong = bytearray(good)
        wrong[at] ^= 0xff
        yield f"zip-flipped-{at}", archive(bytes(wrong))


def mutated():
    """Good messages with bytes changed, lost and doubled."""
    dice = random.Random(20260101)
    good = [MIME + multipart(b"b1", part(b"text/plain", TEXT), part(
        b"text/html; charset=utf-8",
        b"<p><a href=3D\"http://www.exa=\nmple.com\">x</a>",
        b"Content-Transfer-Encoding: quoted-printable"),
        archive(zipped(["a.exe"]))[len(MIME):]),
        b"Subject: =?iso-8859-1?q?=E4?=\n" + messages_in_messages(3)]
    for number in range(60):
        data = bytearray(dice.choice(good))
        for _ in range(dice.randrange(1, 30)):
            at = dice.randrange(len(data))
            what = dice.randrange(3)
            if what == 0:
                data[at] = dice.randrange(256)
            elif what == 1:
                del data[at:at + dice.randrange(1, 20)]
            else:
                data[at:at] = data[at:at + dice.randrange(1, 50)]
            if not data:
                break
        yield f"mutated-{number}", bytes(data)


def messages():
    """(name, bytes) of all."""
    for group in (nesting, many, lines, encodings, charsets, words, high,
                  html, links, archives, mutated):
        yield from group()


def main():
    for number, (name, data) in enumerate(messages()):
        safe = "".join(c if c.isalnum() or c in "-." else "_" for c in name)
        with open(os.path.join(sys.argv[1], f"{number:03}-{safe}"),
                  "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
