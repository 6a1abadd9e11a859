"""The folds behind the views: what each makes of one leaf, pure, from the leaf alone.

A row holds in `[since, until)`: from the position of the entry that states it, up to that of the
entry which supersedes it. An entry supersedes only what the same author has said; what another
says stands beside it.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from orebook.book.stored import StoredLeaf
from orebook.model.shape import shapes

Row = tuple[object, ...]  # one row to be added to the view's table


@dataclass(frozen=True, slots=True)
class Close:
    """Rows of that leaf (or of one of its facts) that hold no longer."""

    leaf: str
    index: int | None
    author: str


@dataclass(frozen=True, slots=True)
class View:
    """A fold: its name (that of its table too), version, table, and pure step.

    `filled` names the columns that a row fills, in its order; the others fill themselves.
    `spans` says that its rows hold until superseded: then they are closed by what supersedes them.
    `kinds` are those that it makes rows of; where none is named, it may be any.
    A change to `step` or `columns` needs a new `version`; the next start then rebuilds from zero.
    """

    name: str
    version: int
    columns: str
    indexes: tuple[str, ...]
    filled: str
    step: Callable[[StoredLeaf], list[Row]]
    spans: bool = False
    kinds: tuple[str, ...] = ()


def closings(leaf: StoredLeaf) -> Iterator[Close]:
    """What an entry supersedes: `leafhash` or `leafhash#n`."""
    for reference in leaf.payload.get("supersedes", ()):
        target, mark, number = str(reference).partition("#")
        if not mark or number.isdigit():
            yield Close(target, int(number) if mark else None, leaf.author)


def _entries(leaf: StoredLeaf) -> list[Row]:
    capture = leaf.payload.get("capture", "")
    return [(leaf.position, bytes.fromhex(leaf.leaf), leaf.kind, leaf.author, capture)]


def _facts(leaf: StoredLeaf) -> list[Row]:
    at, kind = leaf.position, leaf.kind
    return [(at, index, kind, str(fact.get("id", ""))) for index, fact in enumerate(leaf.facts)]


def _flows(leaf: StoredLeaf) -> list[Row]:
    rows: list[Row] = []
    at = leaf.position
    for index, fact in enumerate(leaf.facts):
        number, event = 0, str(fact["id"])
        for name, direction in _DIRECTIONS:
            flows = fact.get(name)
            if flows.__class__ is not list:
                continue
            for flow in flows:
                lot = flow.get("lot") if flow.__class__ is dict else None
                if lot.__class__ is str:
                    rows.append((at, index, number, event, lot, direction))
                    number += 1
        container = fact.get("container")
        if container.__class__ is str:
            rows.append((at, index, number, event, container, "container"))
    return rows


_DIRECTIONS = (("inputs", "in"), ("outputs", "out"), ("subjects", "subject"))


# How what an event names as a lot is told by its attribute, for what is opened later.
DIRECTION = {
    **{f"{name}.lot": direction for name, direction in _DIRECTIONS},
    "container": "container",
}
# Lists of identifiers whose type is text, because they may name more than one kind of thing.
_NAMING = {("claim", "about"), ("reply", "to"), ("notice", "about"), ("event", "documents")}


def _abouts(leaf: StoredLeaf) -> list[Row]:
    kind, at = leaf.kind, leaf.position
    naming = _beside_flows() if kind == "event" else _naming(kind)
    rows: list[Row] = []
    for index, fact in enumerate(leaf.facts):
        found: list[tuple[str, str]] = []
        _refer(naming, fact, "", found)
        rows += [
            (at, index, number, kind, attribute, target)
            for number, (attribute, target) in enumerate(found)
        ]
    return rows


def refers(kind: str, attribute: str) -> bool:
    """Whether an attribute, dotted as the views have it, names another thing."""
    if kind == "event" and attribute in DIRECTION:
        return True
    for name in attribute.split("."):
        inner = _naming(kind).get(name)
        if inner is None:
            return False
        kind = inner
    return not kind


_Naming = dict[
    str, str
]  # name of an attribute → kind of the record it holds, empty for a reference


@cache
def _naming(kind: str) -> _Naming:
    """The attributes that name something, or may hold a record that does."""
    naming: _Naming = {}
    for name, attribute in shapes().get(kind, {}).items():
        type_ = attribute.type.removeprefix("list:")
        if type_.startswith("ref:") or (kind, name) in _NAMING:
            naming[name] = ""
        elif type_.startswith("record:") and _names(type_.removeprefix("record:"), (kind,)):
            naming[name] = type_.removeprefix("record:")
    return naming


@cache
def _beside_flows() -> _Naming:
    """What an event names but for its lots: these lie in the flows, and are looked up there."""
    lots = {"container", *(name for name, _ in _DIRECTIONS)}
    return {name: kind for name, kind in _naming("event").items() if name not in lots}


def _names(kind: str, above: tuple[str, ...]) -> bool:
    if kind in above:
        return True  # a record within its own kind: whatever it is, look
    for name, attribute in shapes().get(kind, {}).items():
        type_ = attribute.type.removeprefix("list:")
        inner = type_.removeprefix("record:")
        if type_.startswith("ref:") or (kind, name) in _NAMING:
            return True
        if inner != type_ and _names(inner, (*above, kind)):
            return True
    return False


def _refer(
    naming: _Naming, body: dict[str, Any], prefix: str, found: list[tuple[str, str]]
) -> None:
    for name, inner in naming.items():
        value = body.get(name)
        if value is None:
            continue
        for item in value if value.__class__ is list else (value,):
            if inner == "":
                if item.__class__ is str:
                    found.append((prefix + name, item))
            elif item.__class__ is dict:
                _refer(_naming(inner), item, f"{prefix}{name}.", found)


def _clock(leaf: StoredLeaf) -> list[Row]:
    return [(leaf.position, index, str(fact["at"])) for index, fact in enumerate(leaf.facts)]


def _reveals(leaf: StoredLeaf) -> list[Row]:
    """What an entry opens: each disclosure under its own digest. Nothing takes it back."""
    rows: list[Row] = []
    for index, fact in enumerate(leaf.facts):
        texts = fact.get("disclosures")
        for number, text in enumerate(texts if isinstance(texts, list) else ()):
            if isinstance(text, str) and text.isascii():
                rows.append((leaf.position, index, number, digest_of(text), text))
    return rows


def _opened(leaf: StoredLeaf) -> list[Row]:
    """The names that a public reveal opens, each with the fact it stood sealed in, and where.

    What stays sealed, or is opened to a party alone, is in no leaf and so in no row.
    """
    rows: list[Row] = []
    for index, fact in enumerate(leaf.facts):
        of, _, place = str(fact.get("of", "")).partition("#")
        texts = fact.get("disclosures")
        if not (_HEX.fullmatch(of) and place.isdecimal() and len(place) < _DIGITS):
            continue
        way = tuple(part for part in str(fact.get("at", "")).split("/") if not part.isdecimal())[1:]
        listed = [named(text, way) for text in (texts if isinstance(texts, list) else ())]
        names = dict.fromkeys(pair for pairs in listed for pair in pairs)
        rows += [
            (leaf.position, index, number, bytes.fromhex(of), int(place), attribute, name)
            for number, (attribute, name) in enumerate(names)
        ]
    return rows


def named(disclosure: object, way: tuple[str, ...]) -> list[tuple[str, str]]:
    """The texts in a disclosure that may name something, each with its attribute, dotted.

    Takes: the names on the way to the value that was opened; a disclosure of a part of it tells its
    own last name alone. Source: RFC 9901 sections 4.2.1, 4.2.2.
    """
    try:
        parts = json.loads(urlsafe_b64decode(f"{disclosure}==".encode("ascii")))
    except (ValueError, RecursionError):
        return []
    if not isinstance(parts, list) or len(parts) not in {2, 3}:
        return []
    if len(parts) == 3 and way[-1:] != (parts[1],):
        way = (*way, str(parts[1]))
    found: list[tuple[str, str]] = []
    waiting: list[tuple[tuple[str, ...], object]] = [(way, parts[-1])]
    while waiting:
        at, value = waiting.pop()
        if isinstance(value, str) and len(value) <= _NAME_MAX:
            found.append((".".join(at), value))
        elif isinstance(value, list):
            waiting += [(at, one) for one in value]
        elif isinstance(value, dict):
            waiting += [((*at, str(name)), one) for name, one in value.items()]
    return sorted(found)


_HEX = re.compile("[0-9a-f]{64}")
_DIGITS = 9
_NAME_MAX = 2000


def digest_of(disclosure: str) -> str:
    """The digest of a disclosure as it travels. Source: RFC 9901 section 4.2.3."""
    hashed = sha256(disclosure.encode("ascii")).digest()
    return urlsafe_b64encode(hashed).decode("ascii").rstrip("=")


def _keys(leaf: StoredLeaf) -> list[Row]:
    """What is stated of keys; `registry` says which of it counts."""
    rows: list[Row] = []
    for index, fact in enumerate(leaf.facts):
        body = json.dumps(fact, sort_keys=True, separators=(",", ":"))
        party = str(fact.get("party", ""))
        rows.append((leaf.position, index, leaf.kind, party, leaf.key_id, body))
    return rows


# From its own position on, so that only the end of a span is ever written.
_SPAN = "since INTEGER NOT NULL GENERATED ALWAYS AS (position) VIRTUAL, until INTEGER"
_PLACE = "position INTEGER NOT NULL, idx INTEGER NOT NULL"
# Rows lie in the order of their key, which is that of their coming: no second tree beside it.
_BY_PLACE = "PRIMARY KEY (position, idx)) WITHOUT ROWID"
_BY_NUMBER = "PRIMARY KEY (position, idx, number)) WITHOUT ROWID"
VIEWS = (
    View(
        "entries",
        2,
        "position INTEGER PRIMARY KEY, leaf BLOB NOT NULL, kind TEXT NOT NULL,"
        " author TEXT NOT NULL, capture TEXT NOT NULL)",
        ("leaf", "kind, position", "capture, position"),
        "position, leaf, kind, author, capture",
        _entries,
    ),
    View(
        "facts",
        3,
        f"{_PLACE}, kind TEXT NOT NULL, id TEXT NOT NULL, {_SPAN}, {_BY_PLACE}",
        ("kind, id",),
        "position, idx, kind, id",
        _facts,
        spans=True,
    ),
    View(
        "flows",
        4,
        f"{_PLACE}, number INTEGER NOT NULL,"
        f" event TEXT NOT NULL, lot TEXT NOT NULL, direction TEXT NOT NULL, {_SPAN}, {_BY_NUMBER}",
        ("lot, direction",),
        "position, idx, number, event, lot, direction",
        _flows,
        spans=True,
        kinds=("event",),
    ),
    View(
        "abouts",
        5,
        f"{_PLACE}, number INTEGER NOT NULL, kind TEXT NOT NULL, attribute TEXT NOT NULL,"
        f" target TEXT NOT NULL, {_SPAN}, {_BY_NUMBER}",
        ("target, kind",),
        "position, idx, number, kind, attribute, target",
        _abouts,
        spans=True,
    ),
    View(
        "clock",
        2,
        f"{_PLACE}, at TEXT NOT NULL, {_BY_PLACE}",
        ("at",),
        "position, idx, at",
        _clock,
        kinds=("clock",),
    ),
    View(
        "reveals",
        2,
        f"{_PLACE}, number INTEGER NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL,"
        f" {_BY_NUMBER}",
        ("digest",),
        "position, idx, number, digest, text",
        _reveals,
        kinds=("reveal",),
    ),
    View(
        "opened",
        1,
        f"{_PLACE}, number INTEGER NOT NULL, leaf BLOB NOT NULL, fact INTEGER NOT NULL,"
        f" attribute TEXT NOT NULL, name TEXT NOT NULL, {_BY_NUMBER}",
        ("name", "leaf, fact"),
        "position, idx, number, leaf, fact, attribute, name",
        _opened,
        kinds=("reveal",),
    ),
    View(
        "keys",
        2,
        f"{_PLACE}, kind TEXT NOT NULL, party TEXT NOT NULL, signer TEXT NOT NULL,"
        f" body TEXT NOT NULL, {_BY_PLACE}",
        ("party",),
        "position, idx, kind, party, signer, body",
        _keys,
        kinds=("key", "revocation"),
    ),
)
# What public reveals opened, each with the fact in which it stood sealed: from the names, which are
# few, or from the facts asked about. In this order: a planner may go through every event instead.
OPENED = (
    "opened o CROSS JOIN entries e ON e.leaf = o.leaf"
    " CROSS JOIN facts f ON f.position = e.position AND f.idx = o.fact"
)
OPENED_OF = (
    "facts f CROSS JOIN entries e ON e.position = f.position"
    " CROSS JOIN opened o ON o.leaf = e.leaf AND o.fact = f.idx"
)
