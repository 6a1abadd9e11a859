"""Auditing a public log with no database: whole, over processes, and where the time goes."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from orebook.book.audit_leaves import signature_fault
from orebook.book.audit_public import LogFolder, audit_public
from orebook.book.leaves import parse
from orebook.log import b64, jws, keys
from orebook.log.checkpoint import Checkpoint, sign_checkpoint
from orebook.log.keys import SigningKey, to_jwk
from orebook.log.leaf import make_leaf
from orebook.log.note import Signer
from orebook.log.tile import Edge, bundle_path, encode_bundle, grow_tiles
from orebook.log.tree import leaf_hash
from rows import Row, best

ORIGIN = "bench.example/audit"
DISTINCT = 2000
LOG, AUTHOR = SigningKey(b"\x01" * 32), SigningKey(b"\x02" * 32)


def leaf(kind: str, **more: object) -> bytes:
    payload = {
        "orebook": 1,
        "book": ORIGIN,
        "kind": kind,
        "author": "keeper",
        "issued": "2026-01-01T00:00:00Z",
        **more,
    }
    return make_leaf(payload, AUTHOR)


def lot(number: int) -> bytes:
    mass = {"value": "21981.5", "unit": "KGM", "basis": "wet"}
    fact = {"id": f"lot:{number}", "material": "copper concentrate", "mass": mass}
    return leaf("lot", facts=[fact])


def write(folder: Path, size: int, distinct: list[bytes]) -> None:
    """A log of that size, its files written plainly: how it is kept is measured elsewhere."""
    first = leaf("book", facts=[{"id": ORIGIN}], keys=[to_jwk(AUTHOR.public)])
    edge = Edge()

    def put(files: Iterable[tuple[str, bytes]]) -> None:
        for path, data in files:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    for begin in range(0, size, 256):
        part = [
            distinct[n % DISTINCT] if n else first for n in range(begin, min(begin + 256, size))
        ]
        edge, files = grow_tiles(edge, [leaf_hash(data) for data in part])
        index = begin // 256
        put([(bundle_path(index, len(part)), encode_bundle(part))])
        put((f.path, f.data) for f in files if ".p/" not in f.path or begin + 256 >= size)
    for level, hashes in enumerate(edge.levels):
        if hashes:  # the partial tiles of the end; those on the way are not kept
            index = (size >> 8 * level) // 256
            grown = grow_tiles(Edge(), hashes)[1][0].path.removeprefix("tile/0/000")
            name = bundle_path(index).removeprefix("tile/entries/")
            put([(f"tile/{level}/{name}{grown}", b"".join(hashes))])
    signer = Signer(ORIGIN, LOG)
    put([("checkpoint", sign_checkpoint(Checkpoint(ORIGIN, size, edge.root()), signer))])


def each(work: Callable[[bytes], object], leaves: list[bytes]) -> float:
    """Microseconds for one leaf, in one process."""

    def all_of_them() -> None:
        for data in leaves:
            work(data)

    return best(all_of_them) / len(leaves) * 1e6


def parts(leaves: list[bytes]) -> list[Row]:
    split = [data.rpartition(b".") for data in leaves]
    ready = [(signed, b64.decode_bytes(tail)) for signed, _, tail in split]

    def each_pair(verify: Callable[[bytes, bytes, bytes], bool]) -> float:
        def all_of_them() -> None:
            for signed, signature in ready:
                assert verify(AUTHOR.public, signed, signature)

        return best(all_of_them) / len(ready) * 1e6

    apart = [jws.parse_jws(data) for data in leaves]

    def as_done() -> None:
        for parsed in apart:
            assert signature_fault(1, parsed, AUTHOR.public) is None

    note = "for one entry, one process"
    library = "vodozemac" if keys._other_key(AUTHOR.public) else "libsodium"  # noqa: SLF001
    return [
        Row("audit: hash", each(leaf_hash, leaves), "µs", note),
        Row("audit: read, form and origin", each(lambda d: parse(1, d), leaves), "µs", note),
        Row("audit: signature by libsodium", each_pair(keys.verify), "µs", note),
        Row(
            "audit: signature as done here",
            best(as_done) / len(apart) * 1e6,
            "µs",
            f"{note}; {library}",
        ),
    ]


def processor() -> float:
    """Seconds of processor time of this process and of those it has waited for."""
    own, others = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def whole(size: int, processes: int, distinct: list[bytes]) -> Row:
    folder = Path(tempfile.mkdtemp(prefix="orebook-bench-"))
    try:
        write(folder, size, distinct)
        begun, used = time.perf_counter(), processor()
        found = audit_public(LogFolder(folder), Signer(ORIGIN, LOG).verifier, processes=processes)
        took, used = time.perf_counter() - begun, processor() - used
    finally:
        shutil.rmtree(folder)
    if found.differences or found.head is None or found.head.size != size:
        message = f"expected a sound log of {size}, found {found.differences[:1]}"
        raise AssertionError(message)
    note = f"{processes} process{'' if processes == 1 else 'es'}, {size / took:,.0f} entries/s;"
    note += f" {used:.1f} s of processor time; {DISTINCT} distinct leaves, each verified each time"
    return Row(f"log of {size:,} audited", took, "s", note)


def run() -> list[Row]:
    """The table. The log of 1,000,000 is asked to take 30 s on 2 cores; AUDIT=SIZE shortens it."""
    distinct = [lot(number) for number in range(DISTINCT)]
    cores = os.cpu_count() or 1
    largest = int(os.environ.get("AUDIT", "1000000"))
    known = parts(distinct)
    bound = known[-1].value * 1_000_000 / 1e6 / cores
    note = f"no audit on {cores} cores can be faster while each is verified; asked for 30 in all"
    return [
        *known,
        Row("signatures of 1,000,000, alone", bound, "s", f"reckoned: {note}"),
        whole(100_000, 1, distinct),
        whole(100_000, cores, distinct),
        *([whole(largest, cores, distinct)] if largest > 100_000 else []),
    ]
