"""play - .build/t/storeplay as a mailreeve host of the tests."""

import json
import os
import subprocess
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(FOLDER))
BUILD = os.path.join(REPO, os.environ.get("BUILD", ".build"))
sys.path.append(os.path.join(REPO, "t/mta"))

# the test modules import them from here
from tap import Tap, side_by_side  # noqa: E402 pylint: disable=C0413,W0611


class Player:
    """One storeplay process. It has a folder for its embedded store."""

    count = 0

    def __init__(self, folder, settings, *command):
        Player.count += 1
        path = os.path.join(folder, f"local{Player.count}")
        self.log_path = os.path.join(folder, f"log{Player.count}")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [f"{BUILD}/t/storeplay", "--path", path, *settings,
                 *map(str, command)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        self.lines = None

    def finish(self):
        """Its last line, when it has ended."""
        out, _ = self.process.communicate(timeout=300)
        self.lines = out.decode().splitlines()
        if self.process.returncode != 0:
            raise RuntimeError(f"storeplay: status {self.process.returncode}\n"
                               + self.log())
        return json.loads(self.lines[-1])

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()


def play(folder, settings, *command):
    """The last line of one that runs to its end."""
    return Player(folder, settings, *command).finish()


def counted(folder, settings, policy="ratelimit"):
    """The sum of the first tier of all windows of a policy."""
    player = Player(folder, settings, "scan", policy)
    player.finish()
    return sum(json.loads(item["fields"])["tiers"][0]["count"]
               for item in map(json.loads, player.lines[:-1])
               if item["verb"] == "window")
