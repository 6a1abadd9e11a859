"""The folds behind the views: what each makes of one leaf, pure, from the leaf alone.

A row holds in `[since, until)`: from the position of the entry that states it, up to that of the
entry which supersedes it. An entry supersedes only what the same author has said; what another
says stands beside it.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
    payload = leaf.payload
    capture = payload.get("capture", "")
    yield Row(
        (
            *(leaf.position, leaf.leaf, leaf.kind, leaf.author, payload["issued"], leaf.key_id),
            *(capture, len(leaf.facts)),
        )
    )


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


# Lists of identifiers whose type is text, because they may name more than one kind of thing.
_NAMING = {("claim", "about"), ("reply", "to"), ("notice", "about"), ("event", "documents")}


def _abouts(leaf: StoredLeaf) -> Iterator[Row | Close]:
    for index, fact in enumerate(leaf.facts):
        for number, (attribute, target) in enumerate(references(leaf.kind, fact)):
            yield Row(
                (
                    *(leaf.position, index, number, leaf.kind, str(fact.get("id", ""))),
                    *(attribute, target, leaf.position, None),
                )
            )
    yield from closings(leaf)


def references(kind: str, body: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every identifier a fact names in the clear, with the attribute that names it."""
    shape = shapes().get(kind, {})
    for name, value in body.items():
        attribute = shape.get(name)
        if attribute is None:
            continue
        type_ = attribute.type.removeprefix("list:")
        values = value if isinstance(value, list) else [value]
        for item in values:
            if type_.startswith("ref:") or (kind, name) in _NAMING:
                if isinstance(item, str):
                    yield prefix + name, item
            elif type_.startswith("record:") and isinstance(item, dict):
                inner = type_.removeprefix("record:")
                yield from references(inner, item, f"{prefix}{name}.")


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
VIEWS = (
    View(
        "entries",
        1,
        "position INTEGER PRIMARY KEY, leaf TEXT NOT NULL, kind TEXT NOT NULL,"
        " author TEXT NOT NULL, issued TEXT NOT NULL, key_id TEXT NOT NULL,"
        " capture TEXT NOT NULL, count INTEGER NOT NULL",
        ("leaf", "kind, position", "capture, position"),
        8,
        _entries,
    ),
    View(
        "facts",
        1,
        "position INTEGER NOT NULL, idx INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,"
        f" {_SPAN}, PRIMARY KEY (position, idx)",
        ("kind, id", "id"),
        6,
        _facts,
    ),
    View(
        "flows",
        1,
        "position INTEGER NOT NULL, idx INTEGER NOT NULL, number INTEGER NOT NULL,"
        f" event TEXT NOT NULL, lot TEXT NOT NULL, direction TEXT NOT NULL, {_SPAN},"
        " PRIMARY KEY (position, idx, number)",
        ("lot, direction", "event"),
        8,
        _flows,
    ),
    View(
        "abouts",
        1,
        "position INTEGER NOT NULL, idx INTEGER NOT NULL, number INTEGER NOT NULL,"
        " kind TEXT NOT NULL, id TEXT NOT NULL, attribute TEXT NOT NULL, target TEXT NOT NULL,"
        f" {_SPAN}, PRIMARY KEY (position, idx, number)",
        ("target, kind", "kind, id"),
        9,
        _abouts,
    ),
    View(
        "clock",
        1,
        "position INTEGER NOT NULL, idx INTEGER NOT NULL, at TEXT NOT NULL,"
        " PRIMARY KEY (position, idx)",
        ("at",),
        3,
        _clock,
    ),
    View(
        "reveals",
        1,
        "position INTEGER NOT NULL, idx INTEGER NOT NULL, number INTEGER NOT NULL,"
        " digest TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (position, idx, number)",
        ("digest, position",),
        5,
        _reveals,
    ),
    View(
        "keys",
        1,
        "position INTEGER NOT NULL, idx INTEGER NOT NULL, kind TEXT NOT NULL,"
        " party TEXT NOT NULL, signer TEXT NOT NULL, body TEXT NOT NULL,"
        " PRIMARY KEY (position, idx)",
        ("party",),
        6,
        _keys,
    ),
)
