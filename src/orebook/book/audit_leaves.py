"""What one worker of an audit does with a run of bundles: hash, read, verify. Nothing is shared.

Everything it takes and gives can be sent between processes, and is small: a sound run of 4,096
entries comes back as sixteen hashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orebook.book.audit_tiles import Difference
from orebook.book.errors import RecordBroken
from orebook.book.leaves import digests, parse_parts
from orebook.book.ports import Shelf
from orebook.book.registry import KeyStatement
from orebook.book.stored import StoredLeaf
from orebook.log import jws, keys, sdjwt
from orebook.log.errors import LogError
from orebook.log.tile import (
    HASHES_PER_TILE,
    bundle_path,
    decode_bundle,
    hash_tile_path,
    subtree_levels,
    tile_width,
)
from orebook.log.tree import leaf_hash


@dataclass(frozen=True, slots=True)
class Log:
    """What every worker must know: the files, the size and name of the log, its operator's keys."""

    shelf: Shelf
    size: int
    origin: str
    operator: Mapping[str, bytes]


@dataclass(slots=True)
class Part:
    """What a run of bundles holds. `clean` is False where a bundle and its tile do not agree.

    `roots` are those of its full bundles, `rest` the leaf hashes of the last where it is not full;
    `parties` the positions signed by no key of the operator, by name of the key and author.
    """

    clean: bool = True
    roots: list[bytes] = field(default_factory=list)
    rest: list[bytes] = field(default_factory=list)
    wrong: list[Difference] = field(default_factory=list)
    said: list[KeyStatement] = field(default_factory=list)
    parties: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    sealed: list[int] = field(default_factory=list)


def operator_keys(first: StoredLeaf) -> dict[str, bytes]:
    """The keys the first entry names, by their own thumbprints."""
    public = [keys.from_jwk(jwk) for jwk in first.payload.get("keys", ())]
    return {keys.thumbprint(key): key for key in public}


def read_bundle(shelf: Shelf, index: int, size: int) -> list[bytes]:
    """The leaves of a bundle. Refuses: LookupError; Malformed where it is not what it must be."""
    width = tile_width(0, index, size)
    return decode_bundle(shelf.get(bundle_path(index, width)), width)


def check_part(log: Log, bundles: range) -> Part:
    """One run of bundles hashed against its tiles, each leaf read, the operator's verified."""
    part = Part()
    for index in bundles:
        width = tile_width(0, index, log.size)
        try:
            leaves = read_bundle(log.shelf, index, log.size)
            tile = log.shelf.get(hash_tile_path(0, index, width))
        except (LookupError, LogError):
            part.clean = False
            continue
        hashes = [leaf_hash(leaf) for leaf in leaves]
        part.clean &= tile == b"".join(hashes)
        if width == HASHES_PER_TILE:
            part.roots.append(subtree_levels(hashes)[-1][0])
        else:
            part.rest = hashes
        begin = index * HASHES_PER_TILE
        for number, (leaf, hashed) in enumerate(zip(leaves, hashes, strict=True)):
            _leaf(log, part, begin + number, leaf, hashed)
    return part


def _leaf(log: Log, part: Part, position: int, data: bytes, hashed: bytes) -> None:
    try:
        stored, parts = parse_parts(position, data, hashed)
    except RecordBroken as error:
        expected = "a leaf of the form of this book"
        part.wrong.append(Difference(f"entry {position}", expected, str(error), position))
        return
    if stored.payload["book"] != log.origin:
        found = str(stored.payload["book"])
        expected = f"the origin {log.origin}"
        part.wrong.append(Difference(f"entry {position}, book", expected, found, position))
    public = log.operator.get(stored.key_id)
    if public is None:
        part.parties.setdefault((stored.key_id, stored.author), []).append(position)
    elif fault := signature_fault(position, parts, public):
        part.wrong.append(fault)
    if stored.kind in {"key", "revocation"}:
        part.said += [
            KeyStatement(position, stored.kind, fact, stored.key_id) for fact in stored.facts
        ]
    if sdjwt.ALGORITHM in stored.payload and digests(stored.payload):
        part.sealed.append(position)


def signature_fault(position: int, parts: jws.Jws, public: bytes) -> Difference | None:
    """What is wrong with the signature of a leaf whose form is known to be right, or None."""
    try:
        key = keys.public_key(public)
        if not keys.verify_alone(key, parts.signing_input, parts.signature):
            jws.verify_jws(parts, public)
    except LogError as error:
        place = f"entry {position}, {error.place}"
        return Difference(place, error.expected, error.found, position)
    return None


def check_signatures(log: Log, wanted: Mapping[bytes, list[int]]) -> list[Difference]:
    """The faults of leaves that parties signed. Takes: their positions, by the party's key."""
    by_position = sorted((position, key) for key, at in wanted.items() for position in at)
    wrong: list[Difference] = []
    leaves: list[bytes] = []
    index = -1
    for position, key in by_position:
        if position // HASHES_PER_TILE != index:
            index = position // HASHES_PER_TILE
            leaves = read_bundle(log.shelf, index, log.size)
        parts = jws.parse_jws(leaves[position % HASHES_PER_TILE])
        if fault := signature_fault(position, parts, key):
            wrong.append(fault)
    return wrong
