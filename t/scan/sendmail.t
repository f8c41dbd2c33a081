#!/usr/bin/python3
"""sendmail.t - clamd, spamd and rspamd behind real Sendmail.

    t/scan/sendmail.t [SCENE...]
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../mta")]

from scan_scenes import SCENES  # noqa: E402
from scenes import play  # noqa: E402

play("sendmail", SCENES)
