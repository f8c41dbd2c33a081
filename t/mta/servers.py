"""servers - what Postfix and Sendmail have in common in the tests."""

import glob
import os
import subprocess
import time

from world import HOSTNAME, REPO

UNPACKED = os.path.join(REPO, ".build/mta")  # by t/mta/unpack
LIBRARIES = ":".join([f"{UNPACKED}/usr/lib/postfix", "/usr/lib/postfix"]
                     + glob.glob(f"{UNPACKED}/usr/lib/*-linux-*")
                     + glob.glob(f"{UNPACKED}/lib/*-linux-*"))
CERTIFICATE = "/etc/ssl/mx.pem"
MAIL = "/run/mail"
LOCAL_DOMAIN = "local.test"
USERS = ("alice", "bob", "carol")
SASL = "pwcheck_method: saslauthd\nmech_list: PLAIN LOGIN\n" \
       "saslauthd_path: /run/saslauthd/mux\n"


def root_of(program):
    """Where a server is installed: "" for the machine's own packages."""
    for root in ("", UNPACKED):
        if os.path.exists(os.path.join(root + "/", program)):
            return root
    raise SystemExit(f"{program}: neither installed nor unpacked; "
                     "t/mta/unpack does that")


def prepare():
    """Certificate and mailbox folder; once in a world."""
    os.makedirs(MAIL, exist_ok=True)
    os.chown(MAIL, 65534, 65534)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         f"/O=Test/CN={HOSTNAME}", "-keyout", CERTIFICATE, "-out",
         CERTIFICATE + ".crt"], check=True, capture_output=True)
    with open(CERTIFICATE, "a", encoding="ascii") as key, \
            open(CERTIFICATE + ".crt", encoding="ascii") as certificate:
        key.write(certificate.read())
    os.chmod(CERTIFICATE, 0o600)


def wait_for_ports(ports, alive, seconds=20):
    """Until each is listened on, without disturbing who listens."""
    wanted = {f":{port:04X}" for port in ports}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not alive():
            raise RuntimeError("the mail server ended while starting")
        with open("/proc/net/tcp", encoding="ascii") as f:
            listening = {line.split()[1][8:] for line in f
                         if line.split()[3] == "0A"}
        if wanted <= listening:
            return
        time.sleep(0.01)
    raise RuntimeError(f"the mail server does not listen on {ports}")


def mailbox(user):
    """What was delivered to one of USERS, "" for nothing."""
    try:
        with open(os.path.join(MAIL, user), encoding="utf-8",
                  errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""
