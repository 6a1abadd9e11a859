"""From the bytes of a leaf to an entry, as one reader may see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from orebook.book import VERSION
from orebook.book.errors import RecordBroken
from orebook.book.stored import StoredLeaf
from orebook.log import b64, canon, sdjwt
from orebook.log import leaf as log_leaf
from orebook.log.errors import LogError
from orebook.log.jws import Jws
from orebook.log.tree import leaf_hash
from orebook.model.entry import Body, Entry

# Stands where an element of a list is sealed, so that it is seen to be missing and not skipped.
SEALED_ELEMENT: Body = {"absent": "sealed"}


class _Parts(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The payload of an entry, its facts told apart and not read."""

    facts: list[msgspec.Raw]
    orebook: int
    book: str
    kind: str
    author: str
    issued: str
    about: str | msgspec.UnsetType = msgspec.UNSET
    capture: str | msgspec.UnsetType = msgspec.UNSET
    evidence: list[str] | msgspec.UnsetType = msgspec.UNSET
    supersedes: list[str] | msgspec.UnsetType = msgspec.UNSET
    algorithm: str | msgspec.UnsetType = msgspec.field(name=sdjwt.ALGORITHM, default=msgspec.UNSET)


_parts = msgspec.json.Decoder(_Parts)
_NAMES = dict(zip(_Parts.__struct_fields__, _Parts.__struct_encode_fields__, strict=True))


def parse(position: int, data: bytes) -> StoredLeaf:
    """The leaf at a position, form checked, signature not.

    Refuses: RecordBroken for bytes that are not a leaf of ours.
    """
    return parse_parts(position, data, leaf_hash(data))[0]


def parse_parts(position: int, data: bytes, hashed: bytes) -> tuple[StoredLeaf, Jws]:
    """As `parse`, and the parts of the leaf, for who verifies its signature next.

    Takes: `hashed`, its leaf hash.
    """
    try:
        parts = log_leaf.parse_leaf(data)
        header, payload = log_leaf.read_parsed(data, parts)
    except LogError as error:
        message = f"entry {position}: {error}"
        raise RecordBroken(message) from error
    get = payload.get
    facts = get("facts")
    texts = isinstance(get("book"), str) and isinstance(get("kind"), str)
    texts = texts and isinstance(get("author"), str) and isinstance(get("issued"), str)
    sound = isinstance(facts, list) and set(map(type, facts)) <= {dict}
    if get("orebook") != VERSION or not texts or not sound:
        message = (
            f"entry {position}: expected orebook {VERSION} with book, kind, author, issued"
            f" and facts, found {', '.join(sorted(payload))}"
        )
        raise RecordBroken(message)
    return StoredLeaf(position, hashed.hex(), header["kid"], payload), parts


def parse_some(
    position: int, data: bytes, wanted: Collection[int], hashed: bytes = b""
) -> StoredLeaf:
    """As `parse`, of its facts those wanted alone; each of the others is an empty one.

    Takes: a leaf that was parsed whole before, as every one is when it is folded; its leaf hash,
    where that is known.
    """
    hashed = hashed or leaf_hash(data)
    try:
        header, body = log_leaf.split_leaf(data)
        parts = _parts.decode(body)
    except LogError as error:
        message = f"entry {position}: {error}"
        raise RecordBroken(message) from error
    except ValueError:  # members that no other entry has
        return parse_parts(position, data, hashed)[0]
    found = ((name, getattr(parts, own)) for own, name in _NAMES.items())
    payload = {name: value for name, value in found if value is not msgspec.UNSET}
    facts: list[object] = [{} for _ in parts.facts]
    payload["facts"] = facts
    for number in wanted:
        facts[number] = canon.decode(bytes(parts.facts[number]))
    return StoredLeaf(position, hashed.hex(), header["kid"], payload)


def entry_of(
    stored: StoredLeaf, available: Mapping[str, str], *, self_signed: bool = False
) -> Entry:
    """The entry with the values opened that `available` discloses; the rest named in `sealed`.

    Takes: disclosures by digest, of any number of leaves; whether its author's own key signed it.
    Refuses: RecordBroken for a disclosure that does not belong under its digest.
    """
    payload = stored.payload
    facts = stored.facts
    if sdjwt.ALGORITHM in payload:
        try:
            opened, _ = sdjwt.overlay(payload, available, marker=dict(SEALED_ELEMENT))
        except LogError as error:
            message = f"entry {stored.position}: {error}"
            raise RecordBroken(message) from error
        facts = opened["facts"]
        for fact in facts:
            _tidy(fact)
    return Entry(
        position=stored.position,
        leaf=stored.leaf,
        kind=stored.kind,
        author=stored.author,
        issued=str(payload["issued"]),
        key_id=stored.key_id,
        facts=tuple(facts),
        evidence=tuple(payload.get("evidence", ())),
        supersedes=tuple(payload.get("supersedes", ())),
        about=str(payload.get("about", "")),
        capture=str(payload.get("capture", "")),
        self_signed=self_signed,
    )


def _tidy(value: Any) -> None:
    """Takes the names that are now readable out of each object's `sealed`."""
    if isinstance(value, list):
        for item in value:
            _tidy(item)
    elif isinstance(value, dict):
        sealed = value.get("sealed")
        if isinstance(sealed, dict):
            left = {name: audience for name, audience in sealed.items() if name not in value}
            if left:
                value["sealed"] = left
            else:
                del value["sealed"]
        for member in value.values():
            if isinstance(member, dict | list):
                _tidy(member)


def digests(value: Any) -> list[str]:
    """Every digest that lies open in a payload; those inside disclosures are not among them."""
    found: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending += item
        elif isinstance(item, dict):
            for name, member in item.items():
                if name == sdjwt.DIGESTS:
                    found += member
                elif name == sdjwt.ELEMENT:
                    found.append(member)
                elif isinstance(member, dict | list):
                    pending.append(member)
    return found


def value_of(disclosure: str) -> object:
    """The value in a disclosure, as it stands there. Source: RFC 9901 section 4.2."""
    parts = canon.read_foreign(b64.decode(disclosure, "disclosure"), "disclosure")
    assert isinstance(parts, list)
    return parts[-1]
