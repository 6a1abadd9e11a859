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
from typing import Any, NamedTuple

from orebook.book.stored import StoredLeaf
from orebook.model.shape import shapes


class Row(NamedTuple):
    """One row to be added to the view's table."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """Rows of that leaf (or of one of its facts) that hold no longer."""

    leaf: str
    index: int | None
    author: str


@dataclass(frozen=True, slots=True)
class View:
    """A fold: its name (that of its table too), version, table, and pure step.

    A change to `step` or `columns` needs a new `version`; the next start then rebuilds from zero.
    """

    name: str
    version: int
    columns: str
    indexes: tuple[str, ...]
    width: int
    step: Callable[[StoredLeaf], Iterator[Row | Close]]


def closings(leaf: StoredLeaf) -> Iterator[Close]:
    """What an entry supersedes: `leafhash` or `leafhash#n`."""
    for reference in leaf.payload.get("supersedes", ()):
        target, mark, number = str(reference).partition("#")
        if not mark or number.isdigit():
            yield Close(target, int(number) if mark else None, leaf.author)


def _entries(leaf: StoredLeaf) -> Iterator[Row | Close]:
    capture = leaf.payload.get("capture", "")
    yield Row((leaf.position, bytes.fromhex(leaf.leaf), leaf.kind, leaf.author, capture))


def _facts(leaf: StoredLeaf) -> Iterator[Row | Close]:
    for index, fact in enumerate(leaf.facts):
        yield Row((leaf.position, index, leaf.kind, str(fact.get("id", "")), leaf.position, None))
    yield from closings(leaf)


def _flows(leaf: StoredLeaf) -> Iterator[Row | Close]:
    if leaf.kind == "event":
        for index, fact in enumerate(leaf.facts):
            number = 0
            for name, direction in _DIRECTIONS:
                flows = fact.get(name)
                for flow in flows if isinstance(flows, list) else ():
                    lot = flow.get("lot") if isinstance(flow, dict) else None
                    if isinstance(lot, str):
                        yield _flow(leaf, index, number, str(fact["id"]), lot, direction)
                        number += 1
            if isinstance(container := fact.get("container"), str):
                yield _flow(leaf, index, number, str(fact["id"]), container, "container")
    yield from closings(leaf)


_DIRECTIONS = (("inputs", "in"), ("outputs", "out"), ("subjects", "subject"))


def _flow(leaf: StoredLeaf, index: int, number: int, event: str, lot: str, direction: str) -> Row:
    return Row((leaf.position, index, number, event, lot, direction, leaf.position, None))


# How what an event names as a lot is told by its attribute, for what is opened later.
DIRECTION = {
    **{f"{name}.lot": direction for name, direction in _DIRECTIONS},
    "container": "container",
}
# Lists of identifiers whose type is text, because they may name more than one kind of thing.
_NAMING = {("claim", "about"), ("reply", "to"), ("notice", "about"), ("event", "documents")}


# What an event names as its lots lies in the flows, and is looked up there.
_IN_FLOWS = {"inputs.lot", "outputs.lot", "subjects.lot", "container"}


def _abouts(leaf: StoredLeaf) -> Iterator[Row | Close]:
    kind, position = leaf.kind, leaf.position
    for index, fact in enumerate(leaf.facts):
        for number, (attribute, target) in enumerate(references(kind, fact)):
            if kind == "event" and attribute in _IN_FLOWS:
                continue
            yield Row((position, index, number, kind, attribute, target, position, None))
    yield from closings(leaf)


def references(kind: str, body: dict[str, Any]) -> list[tuple[str, str]]:
    """Every identifier a fact names in the clear, with the attribute that names it."""
    found: list[tuple[str, str]] = []
    _refer(_naming(kind), body, "", found)
    return found


def refers(kind: str, attribute: str) -> bool:
    """Whether an attribute, dotted as `references` has it, names another thing."""
    if kind == "event" and attribute in _IN_FLOWS:
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
    for name, value in body.items():
        inner = naming.get(name)
        if inner is None:
            continue
        for item in value if value.__class__ is list else (value,):
            if inner == "":
                if item.__class__ is str:
                    found.append((prefix + name, item))
            elif item.__class__ is dict:
                _refer(_naming(inner), item, f"{prefix}{name}.", found)


def _clock(leaf: StoredLeaf) -> Iterator[Row | Close]:
    if leaf.kind == "clock":
        for index, fact in enumerate(leaf.facts):
            yield Row((leaf.position, index, str(fact["at"])))


def _reveals(leaf: StoredLeaf) -> Iterator[Row | Close]:
    """What an entry opens: each disclosure under its own digest. Nothing takes it back."""
    if leaf.kind == "reveal":
        for index, fact in enumerate(leaf.facts):
            texts = fact.get("disclosures")
            for number, text in enumerate(texts if isinstance(texts, list) else ()):
                if isinstance(text, str) and text.isascii():
                    yield Row((leaf.position, index, number, digest_of(text), text))


def _opened(leaf: StoredLeaf) -> Iterator[Row | Close]:
    """The names that a public reveal opens, each with the fact it stood sealed in, and where.

    What stays sealed, or is opened to a party alone, is in no leaf and so in no row.
    """
    if leaf.kind != "reveal":
        return
    for index, fact in enumerate(leaf.facts):
        of, _, place = str(fact.get("of", "")).partition("#")
        texts = fact.get("disclosures")
        if not (_HEX.fullmatch(of) and place.isdecimal() and len(place) < _DIGITS):
            continue
        way = tuple(part for part in str(fact.get("at", "")).split("/") if not part.isdecimal())[1:]
        listed = [named(text, way) for text in (texts if isinstance(texts, list) else ())]
        names = dict.fromkeys(pair for pairs in listed for pair in pairs)
        for number, (attribute, name) in enumerate(names):
            yield Row(
                (leaf.position, index, number, bytes.fromhex(of), int(place), attribute, name)
            )


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


def _keys(leaf: StoredLeaf) -> Iterator[Row | Close]:
    """What is stated of keys; `registry` says which of it counts."""
    if leaf.kind in {"key", "revocation"}:
        for index, fact in enumerate(leaf.facts):
            body = json.dumps(fact, sort_keys=True, separators=(",", ":"))
            party = str(fact.get("party", ""))
            yield Row((leaf.position, index, leaf.kind, party, leaf.key_id, body))


_SPAN = "since INTEGER NOT NULL, until INTEGER"
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
        5,
        _entries,
    ),
    View(
        "facts",
        2,
        f"{_PLACE}, kind TEXT NOT NULL, id TEXT NOT NULL, {_SPAN}, {_BY_PLACE}",
        ("kind, id",),
        6,
        _facts,
    ),
    View(
        "flows",
        2,
        f"{_PLACE}, number INTEGER NOT NULL,"
        f" event TEXT NOT NULL, lot TEXT NOT NULL, direction TEXT NOT NULL, {_SPAN}, {_BY_NUMBER}",
        ("lot, direction", "event"),
        8,
        _flows,
    ),
    View(
        "abouts",
        3,
        f"{_PLACE}, number INTEGER NOT NULL, kind TEXT NOT NULL, attribute TEXT NOT NULL,"
        f" target TEXT NOT NULL, {_SPAN}, {_BY_NUMBER}",
        ("target, kind",),
        8,
        _abouts,
    ),
    View("clock", 2, f"{_PLACE}, at TEXT NOT NULL, {_BY_PLACE}", ("at",), 3, _clock),
    View(
        "reveals",
        2,
        f"{_PLACE}, number INTEGER NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL,"
        f" {_BY_NUMBER}",
        ("digest",),
        5,
        _reveals,
    ),
    View(
        "opened",
        1,
        f"{_PLACE}, number INTEGER NOT NULL, leaf BLOB NOT NULL, fact INTEGER NOT NULL,"
        f" attribute TEXT NOT NULL, name TEXT NOT NULL, {_BY_NUMBER}",
        ("name", "leaf, fact"),
        7,
        _opened,
    ),
    View(
        "keys",
        2,
        f"{_PLACE}, kind TEXT NOT NULL, party TEXT NOT NULL, signer TEXT NOT NULL,"
        f" body TEXT NOT NULL, {_BY_PLACE}",
        ("party",),
        6,
        _keys,
    ),
)
