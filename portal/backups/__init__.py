"""Backups: the whole database in one file with a manifest, and the way back with checks."""

# What audit rows name.
SUBJECT = "backup"
