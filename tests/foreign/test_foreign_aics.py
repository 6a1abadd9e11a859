"""aics-tlog, a verifier that others wrote, checks a log of this run and refuses a changed file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.proof
_SHOWN = ("ok", "origin", "size", "cosignatures", "index", "old_size", "proof_length")


def _run(aics: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(aics), *map(str, words)], capture_output=True, text=True, check=False
    )


def test_aics_accepts_ours_and_refuses_what_was_changed(
    aics: Path, large: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, old, entry = (tmp_path / name for name in ("key", "old", "leaf"))
    key.write_text(large.vkey + "\n")
    old.write_bytes(large.old)
    entry.write_bytes(large.reader.bundle(100)[7])
    log = ["--vkey-file", key, "--tiles", large.folder]
    position = ["--index", 100 * 256 + 7]
    jobs = {
        "checkpoint": ["verify-checkpoint", *log],
        "cosignature": ["verify-checkpoint", *log, "--witness-key", large.witness, "--quorum", 1],
        "inclusion": ["verify-inclusion", *log, "--leaf", entry, *position],
        "consistency": ["verify-consistency", *log, "--old-checkpoint", old],
    }
    with capsys.disabled():
        print("\naics-tlog:")
        for name, words in jobs.items():
            done = _run(aics, *words)
            assert done.returncode == 0, (name, done.stdout, done.stderr)
            said = json.loads(done.stdout.strip().splitlines()[-1])
            print(f"{name}:", {key: said.get(key) for key in _SHOWN})
    entry.write_bytes(b"x" + entry.read_bytes()[1:])
    assert _run(aics, *jobs["inclusion"]).returncode != 0
    entry.write_bytes(large.reader.bundle(100)[7])
    old.write_bytes(large.old.replace(b"65537", b"65536"))
    assert _run(aics, *jobs["consistency"]).returncode != 0
    assert _run(aics, *jobs["cosignature"][:-1], 2).returncode != 0
    for name in ("tile/0/100", "tile/1/000"):
        path = large.folder / name
        before = path.read_bytes()
        try:
            path.write_bytes(before[:224] + bytes([before[224] ^ 1]) + before[225:])
            assert _run(aics, *jobs["inclusion"]).returncode != 0, name
        finally:
            path.write_bytes(before)
