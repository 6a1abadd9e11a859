"""One byte changed in every published file of a large log: each is found and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from orebook.book.audit import audit_log
from orebook.book.publish import Growth, grown
from orebook.book.store_memory import MemoryShelf
from orebook.log.checkpoint import Checkpoint, sign_checkpoint
from orebook.log.errors import LogError
from orebook.log.keys import SigningKey
from orebook.log.note import Signer
from orebook.log.reader import TileReader
from orebook.log.tile import Edge, TileFile


class Changed:
    """A shelf in which one file has one byte changed."""

    def __init__(self, shelf: MemoryShelf, path: str) -> None:
        self.shelf, self.path = shelf, path
        data = shelf.files[path]
        at = len(data) // 2
        self.data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    def get(self, path: str) -> bytes:
        return self.data if path == self.path else self.shelf.get(path)

    def paths(self) -> list[str]:
        return list(self.shelf.paths())


def log_of(size: int) -> tuple[MemoryShelf, Signer, Checkpoint]:
    signer = Signer("example.org/flip", SigningKey(b"\x01" * 32))
    growth = grown(Growth(Edge(), ()), [b"leaf %d" % n for n in range(size)])
    checkpoint = Checkpoint(signer.verifier.name, size, growth.edge.root())
    shelf = MemoryShelf()
    shelf.put(growth.files)
    shelf.put([TileFile("checkpoint", sign_checkpoint(checkpoint, signer))])
    return shelf, signer, checkpoint


def reads(shelf: Changed, checkpoint: Checkpoint, path: str) -> None:
    """Everything a reader of that file would ask for; a Tampered when it is not as signed."""
    reader = TileReader(shelf.get, checkpoint.size, checkpoint.root)
    level, _, rest = path.removeprefix("tile/").partition("/")
    index = int("".join(p.removeprefix("x") for p in rest.partition(".p/")[0].split("/")))
    if level == "entries":
        reader.bundle(index)
    else:
        reader.read(int(level) * 8, index * 256)


@pytest.mark.parametrize("size", [700, pytest.param(70_000, marks=pytest.mark.proof)])
def test_a_byte_changed_in_any_tile_is_found(size: int, tmp_path: Path) -> None:
    shelf, signer, checkpoint = log_of(size)
    assert audit_log(shelf, signer.verifier) == []
    tiles = [path for path in shelf.paths() if path != "checkpoint"]
    # the whole log is hashed anew per file only where that is quick; a reader of the file always
    for number, path in enumerate(tiles):
        changed = Changed(shelf, path)
        with pytest.raises(LogError):
            reads(changed, checkpoint, path)
        if size < 1000 or number % 50 == 0:
            assert audit_log(changed, signer.verifier) != [], path
    assert len(tiles) > size // 128
