#!/bin/sh
# dialogue.t - every dialogue case on the daemon, over the milter protocol.
cd "$(dirname "$0")/../.." || exit 1
exec "${BUILD:-.build}/t/dialogue" wire t/cases/*/*.case
