"""A small, safe builder of SVG: everything is escaped unless this room has already escaped it.

Width: a picture is drawn for one width in CSS pixels and its text is real text of 13 px or more
at that width. The page shows two drawings, WIDE and NARROW, and the stylesheet shows one of them
(see ``responsive``); a picture that needs more room than it was given scrolls sideways.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

from orebook.show.html import Html, clean, escape, isolate, safe_href
from orebook.show.style import SVG_CSS

WIDE = 760
NARROW = 358
TEXT = 14.0
SMALL = 13.0

Attribute = str | int | float | Decimal | None

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_BREAKS = re.compile(r"[ \t\r\n]+")
_SLIM = frozenset("iIjlrtf.,:;|!'()[]/ \u00a0\u2009\u202f")
_IN_NUMBER = "0123456789.,\u202f\u2212"
_BROAD = frozenset("mwMW@%—")


def measure(text: str, size: float = TEXT, *, strong: bool = False) -> float:
    """About how wide a text stands, in pixels; errs on the wide side."""
    ems = 0.0
    for char in text:
        if char in _SLIM:
            ems += 0.34
        elif char in _BROAD:
            ems += 0.93
        elif char.isupper():
            ems += 0.70
        elif unicodedata.combining(char) or unicodedata.category(char) == "Cf":
            continue
        elif unicodedata.east_asian_width(char) in {"W", "F"}:
            ems += 1.05
        else:
            ems += 0.58
    return ems * size * (1.2 if strong else 1.0)


def wrap(
    text: str, room: float, size: float = TEXT, *, lines: int = 2, strong: bool = False
) -> tuple[str, ...]:
    """The text in at most so many lines, each within the room; a cut is marked with "…"."""
    # Not str.split(): it would break at the no-break spaces that keep a number whole.
    words = [word for word in _BREAKS.split(clean(text)) if word]
    out: list[str] = []
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if line and measure(longer, size, strong=strong) > room:
            out.append(line)
            line = word
        else:
            line = longer
    out.append(line)
    kept = out[:lines]
    if len(out) > lines:
        kept[-1] = f"{kept[-1]} …"
    return tuple(_cut(one, room, size, strong=strong) for one in kept)


def _cut(text: str, room: float, size: float, *, strong: bool) -> str:
    if measure(text, size, strong=strong) <= room:
        return text
    bare = text.removesuffix(" …")
    while len(bare) > 1 and measure(f"{bare}…", size, strong=strong) > room:
        bare = bare[:-1]
    # Half a number is another number: a cut that falls into one takes the whole of it away.
    if bare[-1:] in _IN_NUMBER and text[len(bare) : len(bare) + 1] in _IN_NUMBER:
        bare = bare.rstrip(_IN_NUMBER)
    return f"{bare.rstrip()}…"


def el(name: str, *children: str, **attributes: Attribute) -> Html:
    """One element. Plain text within is escaped; attributes of None are left out.

    Takes: attribute names with "_" for "-" and a trailing "_" for words Python keeps
    (``class_``); camel-case names such as ``viewBox`` as they are.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"an element name: expected letters and digits, found {name!r}")
    parts = [name]
    for key, value in attributes.items():
        if value is not None:
            shown = _short(value)
            parts.append(f'{key.rstrip("_").replace("_", "-")}="{escape(shown)}"')
    head = " ".join(parts)
    if not children:
        return Html(f"<{head}/>")
    return Html(f"<{head}>{''.join(escape(child) for child in children)}</{name}>")


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float = TEXT,
    anchor: str = "start",
    class_: str | None = None,
) -> Html:
    """One line of real text; right-to-left words are isolated from what stands beside them."""
    return el(
        "text",
        isolate(words),
        x=x,
        y=y,
        font_size=size,
        text_anchor=None if anchor == "start" else anchor,
        class_=class_,
    )


def lines_of_text(
    x: float,
    y: float,
    lines: tuple[str, ...],
    *,
    size: float = TEXT,
    anchor: str = "start",
    class_: str | None = None,
) -> Html:
    """Lines under one another, the first with its baseline at y."""
    step = leading(size)
    return Html(
        "".join(
            text(x, y + step * place, line, size=size, anchor=anchor, class_=class_)
            for place, line in enumerate(lines)
        )
    )


def leading(size: float = TEXT) -> float:
    """The distance from one line to the next."""
    return round(size * 1.3, 1)


def group(*children: str, label: str | None = None, class_: str | None = None) -> Html:
    """Parts that belong together, with a tooltip when there is more to say than fits."""
    title = el("title", label) if label else Html("")
    return el("g", title, *children, class_=class_) if (title or children) else Html("")


def link(
    href: str | None, label: str, *children: str, current: bool = False, quiet: bool = False
) -> Html:
    """The parts as a link named for those who hear it; without a safe address, a plain group.

    Takes: ``quiet`` for a second way to the same place, which only a pointer needs.
    """
    address = safe_href(href)
    if address is None:
        return group(*children, label=label)
    return el(
        "a",
        el("title", label),
        *children,
        href=address,
        aria_label=None if quiet else label,
        aria_current="true" if current else None,
        aria_hidden="true" if quiet else None,
        tabindex=-1 if quiet else None,
    )


def hatch(ident: str, kind: str) -> Html:
    """A hatched fill under this id: "hatch" for what is sealed, "doubt" for what is in doubt."""
    step = 7
    return el(
        "pattern",
        el("rect", width=step, height=step, class_=f"{kind}-ground"),
        el("path", d=f"M0 0V{step}", class_=f"{kind}-line"),
        id=ident,
        width=step,
        height=step,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )


def arrow(ident: str, class_: str) -> Html:
    """An arrow head under this id, for the end of a line."""
    return el(
        "marker",
        el("path", d="M0 0L8 4L0 8Z", class_=class_),
        id=ident,
        viewBox="0 0 8 8",
        refX=7,
        refY=4,
        markerWidth=7,
        markerHeight=7,
        markerUnits="userSpaceOnUse",
        orient="auto",
    )


def picture(
    key: str,
    width: float,
    height: float,
    *children: str,
    title: str,
    desc: str,
    natural: bool = False,
    standalone: bool = False,
) -> Html:
    """A whole picture with its name and description.

    Takes: ``key``, unique on its page, from which every id inside is made; ``natural`` for a
    picture that keeps its size and scrolls; ``standalone`` for a file, with its style inside.
    Refuses: a key that is no id, and a picture without a name.
    """
    check_key(key)
    if not title.strip():
        raise ValueError(f"picture {key}: expected a title, found none; name what it shows")
    body = Html("".join(escape(child) for child in children))
    # role="img" hides what is inside from a screen reader, links included.
    role = "group" if "<a " in body else "img"
    root = el(
        "svg",
        el("title", title, id=f"{key}-title"),
        el("desc", desc, id=f"{key}-desc") if desc else Html(""),
        el("style", Html(SVG_CSS.replace("<", "&lt;"))) if standalone else Html(""),
        body,
        xmlns="http://www.w3.org/2000/svg" if standalone else None,
        id=key,
        class_="ob ob-natural" if natural else "ob",
        role=role,
        aria_labelledby=f"{key}-title",
        aria_describedby=f"{key}-desc" if desc else None,
        viewBox=f"0 0 {_short(width)} {_short(height)}",
        width=width,
        height=height,
        direction="ltr",
    )
    if not natural or standalone:
        return root
    return Html(
        f'<div class="ob-scroll" tabindex="0" role="region" aria-label="{escape(title)}">'
        f"{root}</div>"
    )


def responsive(
    key: str,
    draw: Callable[[str, int], Html],
    *,
    wide: int = WIDE,
    narrow: int = NARROW,
) -> Html:
    """The same picture drawn for a wide page and for a phone; the stylesheet shows one.

    Takes: ``draw(key, width)``. The hidden drawing is also hidden from screen readers.
    """
    return Html(
        f'<div class="ob-wide">{draw(f"{key}-w", wide)}</div>'
        f'<div class="ob-narrow">{draw(f"{key}-n", narrow)}</div>'
    )


def check_key(key: str) -> None:
    """Passes a text that can stand as an id; refuses any other."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"a picture's key: expected letters, digits, - and _, found {key!r}")


def num(value: float) -> str:
    """A coordinate, to a tenth of a pixel, in as few characters as it takes."""
    shown = f"{value:.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown


def _short(value: str | float | Decimal) -> str:
    return value if isinstance(value, str) else num(float(value))
