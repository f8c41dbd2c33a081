#!/bin/sh
# dialogue.t - every dialogue case on the session, in the test's process.
cd "$(dirname "$0")/.." || exit 1
exec "${BUILD:-.build}/t/dialogue" process t/cases/*/*.case
