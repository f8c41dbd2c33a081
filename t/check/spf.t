#!/bin/sh
# spf.t - SPF checks: our own cases (long records, limits, hostile ones), in the
# process and with a name server in between; and 1,000 hostile records.
play=${BUILD:-.build}/t/spfplay
t/spf/hostile.py 1000 | $play t/spf/*.cases /dev/stdin -p t/spf/*.cases
