"""The disclosure matrix as a picture: one tile per item and per key, its state by shape and "
"mark."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.engines.disclosure.cells import Cell
from orebook.show.disclosed import CELL_STATES
from orebook.show.html import Html
from orebook.show.svg import SMALL, el, link, num, picture, responsive, text, wrap

_TILE = 34.0
_GAP = 6.0
# State → class of the tile and the mark in it: never told by colour alone.
_LOOK = {
    "full": ("bar", "✓"),
    "partial": ("known", "½"),
    "summary": ("known", "s"),
    "not_found": ("gap", "∅"),
    "undisclosed": ("gap", "–"),
    "withheld": ("gap", "×"),
    "sealed": ("sealed hatch-ground", "▨"),
    "unknown": ("unknown", "?"),
    "not_due": ("box", "…"),
    "not_applicable": ("rule", "·"),
}
_GROUPS = ("general", "social", "fiscal", "environmental", "operational", "legal", "disclosure")


def matrix_picture(key: str, items: Sequence[Cell]) -> Html:
    """The items of the standard in one row of tiles."""
    return _tiles(key, [("EITI 2023 items", list(items))], items)


def keys_picture(key: str, keys: Sequence[Cell]) -> Html:
    """The terms of the contract list in tiles, group by group."""
    rows = [(g, own) for g in _GROUPS if (own := [c for c in keys if c.group == g])]
    return _tiles(key, rows, keys)


def _tiles(key: str, rows: list[tuple[str, list[Cell]]], cells: Sequence[Cell]) -> Html:
    told = "; ".join(f"{c.code} {c.title}: {CELL_STATES[c.state]}" for c in cells)
    return responsive(key, lambda k, width: _drawn(k, rows, width, told))


def _drawn(key: str, rows: list[tuple[str, list[Cell]]], width: int, told: str) -> Html:
    parts: list[Html] = []
    y = 4.0
    across = int((width + _GAP) // (_TILE + _GAP))
    for title, cells in rows:
        parts.append(text(0, y + 12, title, size=SMALL, class_="t-strong"))
        y += 20
        for n, cell in enumerate(cells):
            x = (n % across) * (_TILE + _GAP)
            if n and n % across == 0:
                y += _TILE + _GAP
            parts.append(_tile(x, y, cell))
        y += _TILE + 14
    used = list(dict.fromkeys(c.state for _, cells in rows for c in cells))
    parts += _legend(used, y, width)
    y += 22.0 * len(used) + 6
    return picture(key, width, y, *parts, title="What is public, tile by tile", desc=told)


def _tile(x: float, y: float, cell: Cell) -> Html:
    look, mark = _LOOK[cell.state]
    body = [
        el("title", f"{cell.code} {cell.title}: {CELL_STATES[cell.state]}"),
        el("rect", x=num(x + 1), y=num(y), width=_TILE - 2, height=_TILE, rx=4, class_=look),
    ]
    if cell.group == "eiti":
        body.append(
            text(x + _TILE / 2, y + 15, cell.code, size=SMALL, anchor="middle", class_=_ink(look))
        )
        body.append(
            text(x + _TILE / 2, y + 29, mark, size=SMALL, anchor="middle", class_=_ink(look))
        )
    else:
        body.append(
            text(x + _TILE / 2, y + 22, mark, size=SMALL, anchor="middle", class_=_ink(look))
        )
    return link(f"#cell-{cell.code}", f"{cell.title}: {CELL_STATES[cell.state]}", *body)


def _ink(look: str) -> str | None:
    return "t-mark" if look == "bar" else None


def _legend(states: Sequence[str], y: float, width: int) -> list[Html]:
    parts = []
    for n, state in enumerate(states):
        look, mark = _LOOK[state]
        top = y + 22 * n
        parts.append(el("rect", x=1, y=num(top), width=18, height=18, rx=3, class_=look))
        parts.append(text(10, top + 14, mark, size=SMALL, anchor="middle", class_=_ink(look)))
        words = wrap(CELL_STATES[state], width - 30, SMALL, lines=1)[0]
        parts.append(text(28, top + 14, words, size=SMALL, class_="t-muted"))
    return parts
