"""What a format is: a small record with a name, a sniff, a reader and perhaps a writer.

A reader yields `Read` facts and `Problem` values in document order: the good rows survive and the
report is complete. Unknown members are carried, never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from orebook.model.entry import Body, Seals
from orebook.model.problem import Problem


@dataclass(frozen=True, slots=True)
class Read:
    """One fact read from a document: kind, canonical body, and the place it was read from.

    `place` is a JSON pointer, `line 12`, or `sheet Bags, row 7`. `seal` lists what inside the
    body the sender wants sealed beyond what the attribute tables seal: JSON pointers, or `Seal`s.
    `author`, where the document names one, is the party that makes the statement.
    """

    kind: str
    body: Body
    place: str
    seal: Seals = ()
    author: str = ""
    evidence: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    encoded: bytes = field(default=b"", compare=False, repr=False)  # the body, canonical, if known
    plain: bool = field(default=False, compare=False)  # known to be sound, and all in the clear


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document came from: its file name and the address-free id it will be cited by.

    `notes` takes what a reader settled by itself (an encoding, a decimal sign, a sheet left out),
    to be told to the sender.
    `find_key` gives the key of a signer by its name, or says in words why there is none; without
    it only keys that are their own name (did:key) are known. `find_list` does so for the status
    list at an address; without it none is asked for.
    """

    name: str
    document: str
    notes: list[str] = field(default_factory=list)
    find_key: Callable[[str], object] | None = None
    find_list: Callable[[str], object] | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """One format of the world.

    `sniff(first bytes, file name)` gives 0 (not this) to 100 (certainly this). `write` takes the
    facts of one capture or one selection, as (kind, body), and writes one document.
    """

    name: str
    title: str
    media_types: tuple[str, ...]
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes, str], int]
    read: Callable[[BinaryIO, Source], Iterator[Read | Problem]]
    write: Callable[[Iterable[tuple[str, Body]], BinaryIO], None] | None = None
