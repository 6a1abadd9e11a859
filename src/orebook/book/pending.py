"""What is to be appended under one head and is too much for memory: sealed, and kept on disk.

Nothing of it is in the book before `append` is called; without it the file is simply gone.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import BinaryIO, Generic, Protocol, Self, TypeVar, cast, overload

from orebook.book.write import Receipt, Sealed
from orebook.model.custody import Kept
from orebook.model.entry import Draft

T = TypeVar("T")
_SPOOL = 8 << 20


class Desk(Protocol):
    """What seals drafts and writes what is sealed; the writer does."""

    def key_of(self, draft: Draft) -> bytes:
        """The keyed hash of a draft's full envelope."""

    def seal(self, draft: Draft, issued: str, capture: str) -> Sealed:
        """One draft as it would be written. Refuses: BadDraft."""

    def sealed(
        self, sealed: Mapping[bytes, Sealed], issued: str, *, aside: bool = False
    ) -> Receipt:
        """What is sealed already, under one new head; each once."""

    def now(self) -> str:
        """The time as entries write it."""


class Pending:
    """Drafts one after another, all to stand under one head or none.

    Takes: who seals and writes; the capture id; `check`, which refuses a draft that cannot
    stand; `answer`, which makes the receipt good.
    """

    def __init__(
        self,
        desk: Desk,
        capture: str,
        check: Callable[[Draft], None],
        answer: Callable[[Receipt], Receipt],
    ) -> None:
        self._desk = desk
        self._check = check
        self._capture = capture
        self._answer = answer
        aside = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - closed on leaving
        self._file = cast("BinaryIO", aside)
        self._sealed: dict[bytes, Sealed] = {}
        self._issued = ""

    def add(self, draft: Draft) -> None:
        """Seals a draft and puts it aside; one that is there already is not sealed again.

        Refuses: BadDraft.
        """
        self._check(draft)
        key = self._desk.key_of(draft)
        if key in self._sealed:
            return
        self._issued = self._issued or self._desk.now()
        made = self._desk.seal(draft, self._issued, self._capture)
        leaves = _Run(self._file, made.leaves, bytes, bytes)
        kept = _Run(self._file, made.kept, _packed, _unpacked)
        self._sealed[key] = _Aside(leaves, kept)

    def append(self) -> Receipt:
        """All of it as entries under one new head. Refuses: as `Book.append`."""
        return self._answer(self._desk.sealed(self._sealed, self._issued, aside=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


class _Aside:
    """A sealed draft of which memory holds only the places."""

    __slots__ = ("kept", "leaves")

    def __init__(self, leaves: Sequence[bytes], kept: Sequence[Kept]) -> None:
        self.leaves = leaves
        self.kept = kept


class _Run(Sequence[T], Generic[T]):
    """Items that lie one after another in a file."""

    __slots__ = ("_begin", "_file", "_sizes", "_unpack")

    def __init__(
        self,
        file: BinaryIO,
        items: Sequence[T],
        pack: Callable[[T], bytes],
        unpack: Callable[[bytes], T],
    ) -> None:
        self._file = file
        self._unpack = unpack
        self._begin = file.seek(0, 2)
        sizes = array("Q")
        for item in items:
            data = pack(item)
            file.write(data)
            sizes.append(len(data))
        self._sizes = sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[T]:
        at = self._begin
        for size in self._sizes:
            self._file.seek(at)
            yield self._unpack(self._file.read(size))
            at += size

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return list(self)[index]


def _packed(kept: Kept) -> bytes:
    return json.dumps([kept.digest, kept.audience, kept.text]).encode()


def _unpacked(data: bytes) -> Kept:
    return Kept(*json.loads(data))
