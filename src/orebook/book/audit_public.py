"""The audit of a public log with no database: a mirror, a bucket's copy, the folder a book serves.

The work is split over processes; what is found is the same as in one. Where files and head do not
agree the slower `audit_tiles` says which byte.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Self, TypeVar

from orebook.book.audit_leaves import (
    Log,
    Part,
    check_part,
    check_signatures,
    operator_keys,
    read_bundle,
)
from orebook.book.audit_tiles import Difference, audit_tiles, same, strays
from orebook.book.errors import RecordBroken
from orebook.book.leaves import parse
from orebook.book.ports import CHECKPOINT, Shelf
from orebook.book.registry import fold
from orebook.book.store_folder import FolderShelf
from orebook.log.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from orebook.log.errors import LogError
from orebook.log.note import NoteVerifier
from orebook.log.tile import HASHES_PER_TILE, Edge, hash_tile_path, subtree_levels

SPLIT_FROM = 4096  # entries; below it the start of a process costs more than it saves
_BUNDLES = 16
_A = TypeVar("_A")
_B = TypeVar("_B")


class LogFolder(FolderShelf):
    """A folder that holds a public log; what else lies there is no part of it and is not read."""

    def paths(self) -> Iterable[str]:
        """See `ports.Shelf`: the checkpoint and all below `tile/`."""
        return [p for p in super().paths() if p == CHECKPOINT or p.startswith("tile/")]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the leaves of a log are. `clean` is False where files, tiles and root do not agree.

    `sealed` are the positions of entries with hidden values, `operator` the names of its keys.
    """

    clean: bool
    root: bytes
    differences: tuple[Difference, ...]
    sealed: tuple[int, ...]
    operator: frozenset[str]


@dataclass(frozen=True, slots=True)
class Audited:
    """The head that files were measured against, if it opens, and every difference."""

    head: Checkpoint | None
    differences: tuple[Difference, ...]


def audit_public(
    shelf: Shelf, verifier: NoteVerifier | None, *, processes: int | None = None
) -> Audited:
    """Every difference in a public log, from its files alone: bytes, form, origin, signatures.

    Takes: the log's verifier key; without it the head is believed and the caller must say so.
    """
    try:
        signed = shelf.get(CHECKPOINT)
        head = parse_checkpoint(signed) if verifier is None else open_checkpoint(signed, verifier)
    except LookupError:
        return Audited(None, (Difference(CHECKPOINT, "a signed head", "nothing"),))
    except LogError as error:
        found = error.found or error.place
        return Audited(None, (Difference(CHECKPOINT, error.expected, found),))
    if far := _beyond(shelf, head.size):
        return Audited(head, (far,))
    checked = check_leaves(shelf, head.size, head.origin, processes=processes)
    if not checked.clean or checked.root != head.root:
        # nothing that is derived from a broken log says anything
        return Audited(head, tuple(audit_tiles(shelf, head)))
    return Audited(head, (*strays(shelf, head.size, ahead=False), *checked.differences))


def _beyond(shelf: Shelf, size: int) -> Difference | None:
    """A head far beyond the files: a made-up size must not keep an audit busy for ever."""
    there = sum(path.startswith("tile/entries/") for path in shelf.paths())
    needed = -(-size // HASHES_PER_TILE)
    if needed <= 2 * there + _BUNDLES:
        return None
    place = f"{CHECKPOINT}, size {size}"
    return Difference(place, f"{needed} bundles in tile/entries", str(there))


def check_leaves(shelf: Shelf, size: int, origin: str, *, processes: int | None = None) -> Checked:
    """The leaves below `size`: hashed into tiles and root, read, and their signatures verified.

    Takes: `processes`, as many as there are processors unless told; one for what is not a folder.
    """
    if size < SPLIT_FROM or not isinstance(shelf, FolderShelf):
        processes = 1
    first: list[Difference] = []
    log = Log(shelf, size, origin, _operator(shelf, size))
    with _Workers(processes or os.cpu_count() or 1) as workers:
        count = -(-size // HASHES_PER_TILE)
        runs = [range(at, min(at + _BUNDLES, count)) for at in range(0, count, _BUNDLES)]
        parts = workers.each(partial(check_part, log), runs)
        clean, root = _tree(shelf, size, parts)
        if not clean:
            return Checked(False, root, (), (), frozenset(log.operator))
        statements = (said for part in parts for said in part.said)
        registry = fold(origin, frozenset(log.operator), statements)
        for position, why in registry.refused.items():
            place = f"entry {position}, a statement about keys"
            first.append(Difference(place, "one that counts", why))
        wanted: list[dict[bytes, list[int]]] = []
        wrong = [d for part in parts for d in part.wrong]
        for part in parts:
            known: dict[bytes, list[int]] = {}
            for (kid, author), positions in part.parties.items():
                for position in positions:
                    public = registry.public(author, kid, position)
                    if public is not None:
                        known.setdefault(public, []).append(position)
                        continue
                    found, place = f"kid {kid}", f"entry {position}"
                    wrong.append(Difference(place, "a key this book knows", found, position))
            if known:
                wanted.append(known)
        for found_wrong in workers.each(partial(check_signatures, log), wanted):
            wrong += found_wrong
    ordered = sorted(wrong, key=lambda d: d.entry or 0)
    sealed = tuple(position for part in parts for position in part.sealed)
    return Checked(True, root, (*first, *ordered), sealed, frozenset(log.operator))


def _operator(shelf: Shelf, size: int) -> dict[str, bytes]:
    """The operator's keys; none where the first entry does not read, which is named elsewhere."""
    try:
        return operator_keys(parse(0, read_bundle(shelf, 0, size)[0])) if size else {}
    except (LookupError, LogError, RecordBroken):
        return {}


def _tree(shelf: Shelf, size: int, parts: list[Part]) -> tuple[bool, bytes]:
    """Whether every tile above level 0 is as it must be, and the root; level 0 is checked."""
    if not all(part.clean for part in parts):
        return False, b""
    hashes = [root for part in parts for root in part.roots]
    levels = [tuple(parts[-1].rest)] if parts else []
    while hashes:
        level, full = len(levels), len(hashes) // HASHES_PER_TILE
        above = []
        for index in range(-(-len(hashes) // HASHES_PER_TILE)):
            tile = hashes[index * HASHES_PER_TILE : (index + 1) * HASHES_PER_TILE]
            if same(shelf, hash_tile_path(level, index, len(tile)), b"".join(tile)):
                return False, b""
            if index < full:
                above.append(subtree_levels(tile)[-1][0])
        levels.append(tuple(hashes[full * HASHES_PER_TILE :]))
        hashes = above
    return True, Edge(size, tuple(levels)).root()


class _Workers:
    """A `map` over processes, or in this one where there is to be one or none can be started."""

    def __init__(self, processes: int) -> None:
        # spawn: a fork would copy locks that threads of a server hold
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(processes, mp_context=context) if processes > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def each(self, work: Callable[[_A], _B], items: list[_A]) -> list[_B]:
        """What `work` makes of each item, in their order."""
        if self._pool is not None:
            with suppress(BrokenProcessPool):
                return list(self._pool.map(work, items))
        return [work(item) for item in items]
