"""The record, and everything rebuilt from it: one writer, two narrow ports, views, audit."""
