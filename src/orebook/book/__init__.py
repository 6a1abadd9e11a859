"""The record, and everything rebuilt from it: one writer, two narrow ports, views, audit."""

# The form of an entry's payload, written into each one as `orebook`.
VERSION = 1
