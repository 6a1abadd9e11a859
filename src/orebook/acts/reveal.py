"""Open a sealed value, to a party or to everyone, or let it go for good.

A public reveal is an entry that carries the disclosures: anyone can hash them and find the digests
in the earlier leaf. It can never be erased. Free text, persons and allegations are never revealed
by an entry: they go on the public shelf, where a court can have them taken down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orebook.acts.record import Record
from orebook.log import sdjwt
from orebook.log.errors import LogError
from orebook.log.leaf import read_leaf
from orebook.model.custody import Hidden
from orebook.model.entry import OWNER, PUBLIC, Body, Draft
from orebook.model.hidden import clear
from orebook.model.problem import NotFound, ReaderError
from orebook.model.shape import shelves

_HASH_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of a hidden value.

    `since` is the entry that sealed it, `at` its pointer. `how` is `entry` (revealed to everyone by
    entry `entry`), `shelf` (put on the public shelf), `copy` (kept for a party), `erased` or
    `taken_down`. `file_gone` says that the captured file it came in was deleted with it.
    """

    since: int
    of: str
    at: str
    how: str
    audience: str
    digests: tuple[str, ...]
    disclosures: tuple[str, ...] = ()
    entry: int | None = None
    file_gone: bool = False

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "sealed_since": self.since,
            "of": self.of,
            "at": self.at,
            "how": self.how,
            "audience": self.audience,
            "digests": list(self.digests),
            "disclosures": list(self.disclosures),
            "entry": self.entry,
            "file_gone": self.file_gone,
        }


@dataclass(frozen=True, slots=True)
class _Spot:
    """A fact in the record, and the values that are hidden at one pointer of it."""

    position: int
    index: int
    reference: str
    kind: str
    capture: str
    at: str
    values: tuple[Hidden, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        return tuple(value.digest for value in self.values)


def reveal(book: Record, reference: str, at: str, to: str, *, author: str = "") -> Opened:
    """The value at that pointer opened: to a party, who then sees it, or to `public`.

    Takes: an entry by position or leaf hash, `#n` for its n-th fact; a JSON pointer in the fact.
    Gives: the disclosures, for a private hand-over. To everyone: by an entry, never to be erased;
    free text goes on the public shelf instead.
    Refuses: NotFound where nothing is hidden; ReaderError for what is open already, is gone,
    cannot be opened here, or for a reader who is no party of this book.
    """
    spot = _spot(book, reference, at)
    if to == book.operator:
        to = OWNER
    if to not in {PUBLIC, OWNER} and not book.names_party(to):
        message = f"a value is revealed to public or a party of this book, not {to[:80]}"
        raise ReaderError(message)
    _must_be_there(spot)
    shut = [value for value in spot.values if value.text is None]
    if shut:
        whom = ", ".join(sorted({name for value in shut for name in value.audiences})) or "nobody"
        message = f"{spot.at}: only {whom} can open it: give that key with --key"
        raise ReaderError(message)
    texts = tuple(value.text for value in spot.values if value.text is not None)
    if to != PUBLIC:
        book.share(spot.values, to)
        return _done(spot, "copy", to, texts)
    if all(PUBLIC in value.audiences for value in spot.values):
        message = f"{spot.at}: it lies on the public shelf already, where everyone can read it"
        raise ReaderError(message)
    if _speaks_freely(book, spot):
        book.share(spot.values, PUBLIC)
        return _done(spot, "shelf", PUBLIC, texts)
    fact: Body = {
        "id": f"reveal:{spot.digests[0]}",
        "of": spot.reference,
        "at": spot.at,
        "disclosures": list(texts),
    }
    if why := reveal_fault(book, fact):
        raise ReaderError(why)
    draft = Draft("reveal", (fact,), author or book.operator, evidence=(spot.reference,))
    receipt = book.append([draft])
    return _done(spot, "entry", PUBLIC, texts, receipt.first)


def reveal_fault(book: Record, fact: Body) -> str:
    """Why a fact of kind `reveal` does not open what it says; empty where it does.

    Each disclosure must hash to a digest that stands exactly once in the leaf named, or in another
    of these disclosures, and speak of a member of that fact.
    """
    reference = str(fact.get("of", ""))
    leaf, _, number = reference.partition("#")
    texts = fact.get("disclosures")
    try:
        position = book.find(leaf)
        payload = read_leaf(book.leaf(position)).payload
        facts = payload["facts"]
        named = facts[int(number)] if isinstance(facts, list) else None
        if not isinstance(named, dict) or not isinstance(texts, list) or not texts:
            return f"{reference[:90]}: expected a fact of this book and its disclosures"
        # Opened by itself: every disclosure must be one of this very fact, and each digest once.
        sdjwt.reveal(named, [str(text) for text in texts])
    except (NotFound, ValueError, IndexError, KeyError) as error:
        if isinstance(error, LogError):
            return f"disclosures: expected {error.expected}, found {error.found}"
        return f"of: expected a fact of this book as leafhash#n, found {reference[:90]}"
    return ""


def erase(
    book: Record, reference: str, at: str, basis: str, today: str, *, take_down: bool = False
) -> Opened:
    """The value at that pointer is gone for good; its leaf, and every proof, stay as they are.

    Takes: the legal basis; the day. `take_down` for what lies on the public shelf.
    Gives: a dated tombstone, and an entry of kind `erasure` that says so. The captured file it
    came in is deleted with it.
    Refuses: NotFound; ReaderError for what an entry has revealed: that can never be erased.
    """
    if not basis.strip():
        message = "expected the legal basis of an erasure, found none"
        raise ReaderError(message)
    spot = _spot(book, reference, at)
    revealed = [value.opened for value in spot.values if value.opened is not None]
    if revealed:
        message = f"{spot.at}: entry {revealed[0]} revealed it: it can never be erased again"
        raise ReaderError(message)
    gone = [value.gone for value in spot.values if value.gone is not None]
    shown = any(PUBLIC in value.audiences for value in spot.values)
    if not gone and shown != take_down:
        verb = "lies on the public shelf: take it down" if shown else "was not published: erase it"
        message = f"{spot.at}: it {verb} instead"
        raise ReaderError(message)
    # First the value, then the entry that says so: a crash between leaves no untrue entry, and the
    # same call again finds the tombstone and its day.
    book.forget(spot.values, basis, today)
    file_gone = bool(spot.capture) and book.forget_document(spot.capture)
    day, ground = gone[0] if gone else (today, basis)
    how = "taken_down" if take_down else "erased"
    fact: Body = {
        "id": f"erasure:{spot.digests[0]}",
        "of": spot.reference,
        "at": spot.at,
        "digests": list(spot.digests),
        "how": how,
        "when": day,
        "basis": ground,
    }
    draft = Draft("erasure", (fact,), book.operator, evidence=(spot.reference,))
    receipt = book.append([draft])
    return _done(spot, how, "", (), receipt.first, file_gone=file_gone)


def _spot(book: Record, reference: str, at: str) -> _Spot:
    name, _, number = reference.partition("#")
    short = name.isdecimal() and len(name) < _HASH_DIGITS
    position = int(name) if short else book.find(name)
    entry = book.entry(position, PUBLIC)
    if not number and len(entry.facts) > 1:
        last = len(entry.facts) - 1
        message = f"entry {position} has {len(entry.facts)} facts: say which, {name}#0 to #{last}"
        raise ReaderError(message)
    if number and not number.isdecimal():
        message = f"{reference[:90]}: expected the number of a fact after #"
        raise ReaderError(message)
    index = int(number or 0)
    every = book.hidden(position, index)
    found = [v for v in every if v.at == at or (v.at and v.at.startswith(f"{at}/"))]
    if not found:
        known = ", ".join(sorted({v.at for v in every if v.at})) or "nothing that can be named here"
        message = f"{at or 'the whole fact'}: nothing is hidden there; hidden are: {known}"
        raise NotFound(message)
    reference = f"{entry.leaf}#{index}"
    return _Spot(position, index, reference, entry.kind, entry.capture, at, tuple(found))


def _must_be_there(spot: _Spot) -> None:
    for value in spot.values:
        if value.gone is not None:
            message = f"{spot.at}: it was erased on {value.gone[0]}; nothing can bring it back"
            raise ReaderError(message)
    if all(value.opened is not None for value in spot.values):
        message = f"{spot.at}: entry {spot.values[0].opened} revealed it to everyone already"
        raise ReaderError(message)


def _speaks_freely(book: Record, spot: _Spot) -> bool:
    """Whether any of it is what the tables keep off the record: free text, persons, allegations."""
    payload = read_leaf(book.leaf(spot.position)).payload
    facts = payload["facts"]
    named = facts[spot.index] if isinstance(facts, list) else None
    assert isinstance(named, dict)
    every = book.hidden(spot.position, spot.index)
    known = {value.digest: value.text for value in every if value.text is not None}
    fact, _ = sdjwt.overlay(named, known, marker={"absent": "sealed"})
    return any(
        _touch(pointer, value.at)
        for pointer, audience in shelves(spot.kind, clear(fact))
        if audience == PUBLIC
        for value in spot.values
    )


def _touch(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _done(
    spot: _Spot,
    how: str,
    audience: str,
    texts: Sequence[str],
    entry: int | None = None,
    *,
    file_gone: bool = False,
) -> Opened:
    return Opened(
        spot.position,
        spot.reference,
        spot.at,
        how,
        audience,
        spot.digests,
        tuple(texts),
        entry,
        file_gone,
    )
