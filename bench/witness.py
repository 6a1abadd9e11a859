"""Witness: cosignings per second, each durable before it is answered, and policy checks."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from orebook.book.witness_store import WitnessFolder
from orebook.log import note, policy, tree, witness
from orebook.log.checkpoint import Checkpoint, sign_checkpoint
from orebook.log.keys import SigningKey
from rows import Row

COUNT = 600
LOG = note.Signer("bench.example/log", SigningKey.from_seed(b"L" * 32))
LOGS = {LOG.name: [LOG.verifier]}


def requests() -> list[bytes]:
    """A log that grows by one leaf at a time, each head with its proof from the one before."""
    leaves = [tree.leaf_hash(b"%d" % n) for n in range(COUNT)]
    known: dict[tuple[int, int], bytes] = {}

    def read(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        if (level, index) not in known:
            left, right = read(level - 1, 2 * index), read(level - 1, 2 * index + 1)
            known[level, index] = tree.node_hash(left, right)
        return known[level, index]

    made = []
    for size in range(1, COUNT + 1):
        head = Checkpoint(LOG.name, size, tree.root_from(size, read))
        path = tuple(tree.consistency_path(size - 1, size, read))
        made.append(witness.Request(size - 1, path, sign_checkpoint(head, LOG)).encode())
    return made


def cosigned(bodies: list[bytes], folder: Path, *, post_quantum: bool) -> tuple[float, bytes]:
    """Answers per second over a database on disk, and the last head with its cosignatures."""
    kept = WitnessFolder.create(folder, "w.example/bench", post_quantum=post_quantum)
    store = kept.store()
    begun = time.perf_counter()
    for number, body in enumerate(bodies):
        answer = store.add_checkpoint(body, LOGS, kept.keys, 1_700_000_000 + number)
        assert answer.status == 200, answer.body
    rate = len(bodies) / (time.perf_counter() - begun)
    seen = store.seen(LOG.name)
    store.close()
    assert seen is not None
    return rate, seen.note


def checked(note_: bytes, vkeys: tuple[str, ...]) -> float:
    """Policy verdicts per second."""
    lines = [f"log {LOG.verifier.vkey}"]
    lines += [f"witness w{n} {vkey}" for n, vkey in enumerate(vkeys)]
    lines += [f"group all all {' '.join(f'w{n}' for n in range(len(vkeys)))}", "quorum all", ""]
    chosen = policy.parse_policy("\n".join(lines).encode())
    begun = time.perf_counter()
    for _ in range(COUNT):
        assert policy.evaluate(chosen, note_).satisfied
    return COUNT / (time.perf_counter() - begun)


def run() -> list[Row]:
    bodies = requests()
    rows = []
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as place:
        for name, both in (("Ed25519", False), ("Ed25519 and ML-DSA-44", True)):
            folder = Path(place) / str(both)
            rate, head = cosigned(bodies, folder, post_quantum=both)
            rows.append(Row(f"cosignings, {name}", rate, "/s", "proof checked, on disk, no HTTP"))
            vkeys = WitnessFolder.load(folder).vkeys()
            rows.append(Row(f"policy verdicts, {name}", checked(head, vkeys), "/s"))
    return rows
