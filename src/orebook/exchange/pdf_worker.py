"""Reads one PDF in a process of its own: a file that crashes or swells it takes nothing else down.

Run as a module with `text`, or `image PAGE WIDTH`, and the limits; the file comes in on stdin. What
goes out is one JSON line, for an image followed by its bytes.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

MEMORY = 1024**3
TEXT_MOST = 400_000


def main(args: list[str]) -> int:
    """Answers one question and ends. Gives: 0, or 1 with the reason as a JSON line."""
    task, seconds, most = args[0], int(args[1]), int(args[2])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    import pypdfium2

    try:
        held = pypdfium2.PdfDocument(data)
        pages = len(held)
        if pages > most:
            return _fault(f"{pages} pages")
        if task == "text":
            return _say({"pages": [_text(held, n) for n in range(pages)]})
        return _image(held, int(args[3]), int(args[4]))
    except (pypdfium2.PdfiumError, MemoryError, ValueError, IndexError):
        return _fault("no PDF that can be opened")


def _text(held: Any, number: int) -> str:
    """The text of a page, its lines as they stand; empty where a page has none or is broken."""
    page = held[number]
    try:
        return str(page.get_textpage().get_text_bounded(errors="ignore"))[:TEXT_MOST]
    finally:
        page.close()


def _image(held: Any, number: int, width: int) -> int:
    page = held[number]
    across, down = page.get_size()
    scale = width / max(across, down / 3, 1.0)
    picture = page.render(scale=scale, may_draw_forms=False).to_pil().convert("L")
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    _say({"size": list(picture.size)})
    sys.stdout.buffer.write(stream.getvalue())
    return 0


def _say(value: object) -> int:
    sys.stdout.buffer.write(json.dumps(value).encode() + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _fault(found: str) -> int:
    _say({"fault": found})
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
