#!/bin/sh
# The systemd units: verified, and each one's exposure (0 safe .. 10 unsafe) below 2. The program they start is made up.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for unit in deploy/systemd/*; do
    sed 's#/opt/pozk/bin/pozk#/bin/true#' "$unit" > "$folder/$(basename "$unit")"
done
systemd-analyze verify "$folder"/*
systemd-analyze security --offline=yes --threshold=20 "$folder"/*.service
