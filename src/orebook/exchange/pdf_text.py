"""The text and the picture of a page of a PDF, read in a process of its own within stated limits.

Needs the extra `orebook[pdf]`. The reader is PDFium; a file that makes it fail, swell or never end
costs that process and nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec

from orebook.model.problem import KeeperError, Problem

MOST_BYTES = 50_000_000
MOST_PAGES = 1500
SECONDS = 30
WIDTH = 1000
NEEDS = "install orebook[pdf]"
_STEP = "Save the file anew from the program that made it, or print it to PDF, and give that."
START = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Limits:
    """How large, how long: bytes, pages, seconds of processor time (the wall clock twice that)."""

    size: int = MOST_BYTES
    pages: int = MOST_PAGES
    seconds: int = SECONDS


def present() -> bool:
    """Whether the extra is installed."""
    return find_spec("pypdfium2") is not None and find_spec("PIL") is not None


def page_texts(data: bytes, limits: Limits = Limits()) -> tuple[str, ...] | Problem:
    """The text of each page, in order; an empty one where a page is a picture alone.

    Refuses: with a Problem, what is no PDF, is locked, or goes over a limit. KeeperError without
    the extra.
    """
    head = _asked(data, limits, "text")
    if isinstance(head, Problem):
        return head
    pages = head[0].get("pages")
    assert isinstance(pages, list)
    return tuple(str(p).replace("\r\n", "\n").replace("\x00", "") for p in pages)


def page_picture(data: bytes, page: int, limits: Limits = Limits()) -> bytes | Problem:
    """One page as a PNG in grey, 1000 pixels wide. Takes: the page, counted from 1.

    Refuses: as `page_texts` does.
    """
    head = _asked(data, limits, "image", str(page - 1), str(WIDTH))
    return head if isinstance(head, Problem) else head[1]


def _asked(
    data: bytes, limits: Limits, task: str, *more: str
) -> tuple[dict[str, object], bytes] | Problem:
    """The answer of the worker: its JSON line and what follows it."""
    if len(data) > limits.size:
        return _problem("too-large", f"at most {limits.size} bytes", f"{len(data)} bytes")
    if START not in data[:1024]:
        return _problem("no-pdf", "a PDF", "another file, or an empty one")
    if not present():
        message = f"reading a PDF needs PDFium: {NEEDS}"
        raise KeeperError(message)
    worker = [sys.executable, "-I", "-m", "orebook.exchange.pdf_worker"]
    told = [task, str(limits.seconds), str(limits.pages), *more]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, by our own interpreter
            [*worker, *told],
            input=data,
            capture_output=True,
            timeout=limits.seconds * 2,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _slow(limits)
    if done.returncode not in {0, 1}:
        slow = done.returncode in {-24, -9}
        return (
            _slow(limits) if slow else _problem("no-pdf", "a PDF", "one that its reader fails on")
        )
    line, _, rest = done.stdout.partition(b"\n")
    try:
        head = json.loads(line)
    except ValueError:
        return _problem("no-pdf", "a PDF", "one that its reader fails on")
    if "fault" in head:
        over = str(head["fault"]).endswith(" pages")
        expected = (
            f"at most {limits.pages} pages" if over else "a PDF that opens without a password"
        )
        return _problem("too-large" if over else "no-pdf", expected, str(head["fault"]))
    return head, rest


def _slow(limits: Limits) -> Problem:
    found = "one that takes longer, or more memory"
    return _problem("too-large", f"a PDF read within {limits.seconds} s", found)


def _problem(code: str, expected: str, found: str) -> Problem:
    return Problem(code, "", expected, found, _STEP)
