"""rspamd - the peer of the bench: Debian's rspamd as a milter.

It does what mailreeve is measured with: greylist, two rate limits, two DNS
lists, SPF; no rules, nothing else. Unpacked below .build, never installed, on
ports of its own, with a Redis and a name server that the bench gives it.
"""

import glob
import os
import shutil
import subprocess
import tempfile
import time

import bench

ROOT = os.path.join(bench.REPO, ".build/rspamd")
CONF = """
options {{
    filters = "";
    pidfile = false;
    tempdir = "{folder}";
    cache_file = "{folder}/symbols.cache";
    hs_cache_dir = "{folder}";
    url_tld = "{share}/effective_tld_names.dat";
    local_addrs = ["127.0.0.0/8"];
    dns {{ nameserver = ["{dns}"]; timeout = 1s; }}
}}
logging {{ level = "warning"; type = "console"; }}
worker "rspamd_proxy" {{
    bind_socket = "127.0.0.1:{port}";
    milter = yes;
    count = {workers};
    upstream "local" {{ default = yes; self_scan = yes; }}
}}
modules {{ path = "{share}/plugins"; }}
redis {{ servers = "{redis}"; }}
greylist {{ timeout = 2s; greylist_min_score = 3; expire = 1d; }}
ratelimit {{ rates {{
    client {{ selector = "ip";
        bucket = {{ burst = 100000; rate = "100000 / 1min"; }} }}
    domain {{ selector = "from('smtp'):domain";
        bucket = {{ burst = 100000; rate = "100000 / 1min"; }} }}
}} }}
spf {{ }}
rbl {{ rbls {{
    a {{ rbl = "a.list.test"; checks = ["from"]; symbol = "LIST_A"; }}
    b {{ rbl = "b.list.test"; checks = ["from"]; symbol = "LIST_B"; }}
}} }}
# so that whatever passes SPF is greylisted
group "peer" {{ symbols {{ "R_SPF_ALLOW" {{ weight = 5; }} }} }}
actions {{ reject = 150; add_header = 100; greylist = 4; }}
"""


def unpack():
    """rspamd and the libraries that the machine has not, once."""
    if os.path.exists(f"{ROOT}/usr/bin/rspamd"):
        return
    names = [line.split()[1] for line in subprocess.run(
        ["apt-get", "install", "-s", "--no-install-recommends", "rspamd"],
        stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        if line.startswith("Inst ")]
    print("unpacking into .build/rspamd (not installing):", *names)
    shutil.rmtree(ROOT, ignore_errors=True)
    os.makedirs(f"{ROOT}/debs")
    subprocess.run(["apt-get", "download", "-q", "-o",
                    "APT::Sandbox::User=root", *names], check=True,
                   cwd=f"{ROOT}/debs", stdout=subprocess.DEVNULL)
    for deb in glob.glob(f"{ROOT}/debs/*.deb"):
        subprocess.run(["dpkg-deb", "-x", deb, ROOT], check=True)
    shutil.rmtree(f"{ROOT}/debs")


class Rspamd(bench.Program):
    """As a milter under measurement, with workers of its own."""

    def __init__(self, dns, redis, workers=1):
        unpack()
        self.folder = tempfile.mkdtemp(prefix="bench-rspamd.")
        port = bench.free_port()
        share = f"{ROOT}/usr/share/rspamd"
        conf = f"{self.folder}/rspamd.conf"
        with open(conf, "w") as f:
            f.write(CONF.format(folder=self.folder, share=share, dns=dns,
                                redis=redis, port=port, workers=workers))
        libraries = [f"{ROOT}/usr/lib/rspamd",
                     *glob.glob(f"{ROOT}/usr/lib/*-linux-gnu")]
        os.environ.update(LUALIBDIR=f"{share}/lualib", SHAREDIR=share,
                          RULESDIR=f"{share}/rules",
                          PLUGINSDIR=f"{share}/plugins")
        super().__init__("rspamd", [
            "env", "LD_LIBRARY_PATH=" + ":".join(libraries),
            f"{ROOT}/usr/bin/rspamd", "-i", "-f", "-u", "root", "-g", "root",
            "-c", conf], port)
        # its first look-ups are slow: they are not measured
        for first in range(3):
            self.load("-c", "4", "-n", "300", "-D", "-F",
                      str(900000000 + 1000 * first))
            time.sleep(1)

    def serves(self):
        """Its first answers take as long as its start."""
        with bench.socket.socket() as probe:
            port = int(self.socket.split(":")[1].split("@")[0])
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return False
        return super().serves()

    def processes(self):
        """The main process and its workers."""
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(path) as f:
            return [self.process.pid, *map(int, f.read().split())]

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)
