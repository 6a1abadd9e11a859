"""The world's formats, both directions, one file each: read and write side by side."""
