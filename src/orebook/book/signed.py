"""Leaves that parties signed themselves: verified, held to the same form, never changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from orebook.book.errors import BadDraft, RecordBroken
from orebook.book.leaves import parse_parts
from orebook.log import jws
from orebook.log.errors import LogError
from orebook.log.tree import leaf_hash
from orebook.model.hidden import check_hidden, clear
from orebook.model.problem import Problem
from orebook.model.shape import shelves
from orebook.model.sound import sound

KeyOf = Callable[[str, str], bytes | None]

_KEPT_BACK = {"book", "clock"}  # what the sequencer alone writes
_PART = 64


def admit(leaves: Sequence[bytes], origin: str, key_of: KeyOf) -> None:
    """Returns only when every leaf is of this book's form and signed by its author's own key.

    Takes: `key_of(kid, author)`, the 32-byte key registered under that name for that author, or
    None where there is none.
    Refuses: BadDraft with the number of the first leaf that is not so, and why.
    """
    parts = [range(at, min(at + _PART, len(leaves))) for at in range(0, len(leaves), _PART)]

    def verify(part: range) -> Problem | None:
        found = (_fault(number, leaves[number], origin, key_of) for number in part)
        return next((problem for problem in found if problem), None)

    if len(parts) > 1:  # libsodium lets other threads run while it works
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            problems = [problem for problem in pool.map(verify, parts) if problem]
    else:
        problems = [problem for problem in map(verify, parts) if problem]
    if problems:
        raise BadDraft(problems[0].text(), problems)


def _fault(number: int, leaf: bytes, origin: str, key_of: KeyOf) -> Problem | None:
    place = f"/{number}"
    try:
        stored, parts = parse_parts(number, leaf, leaf_hash(leaf))
    except RecordBroken as error:
        return _bad("not-a-leaf", place, "a signed leaf of the form of this book", str(error))
    if stored.payload["book"] != origin:
        found = str(stored.payload["book"])[:80]
        return _bad("other-book", f"{place}/book", f"the origin {origin}", found)
    if stored.kind in _KEPT_BACK:
        return _bad("kept-back", f"{place}/kind", "a kind that parties may state", stored.kind)
    if not stored.facts:
        return _bad("empty-draft", f"{place}/facts", "at least one fact", "none")
    public = key_of(stored.key_id, stored.author)
    if public is None:
        expected = f"a key registered for {stored.author[:80]}"
        return _bad("unknown-key", f"{place}/kid", expected, stored.key_id[:80])
    try:
        jws.verify_jws(parts, public)
    except LogError as error:
        return _bad("bad-signature", place, error.expected, error.found)
    for index, fact in enumerate(stored.facts):
        where = f"{place}/facts/{index}"
        plain = sound(stored.kind, fact)  # then nothing in it is hidden or names what is
        if not plain and (problems := check_hidden(stored.kind, fact, where)):
            return problems[0]
        if shown := next(iter(shelves(stored.kind, fact if plain else clear(fact))), None):
            return _bad("shown", where + shown[0], "a digest: this is hidden", "the value itself")
    return None


def _bad(code: str, place: str, expected: str, found: str) -> Problem:
    return Problem(code, place, expected, found, "Correct it, sign it anew and send it again.")
