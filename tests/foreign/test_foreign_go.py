"""golang.org/x/mod/sumdb checks logs and receipts of this run, and refuses what was changed."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orebook.acts import receipt as act
from orebook.acts.see import view
from orebook.log.proof import parse_proof
from orebook.log.receipt import parse_receipt
from orebook.model.entry import Draft
from orebook.wiring import Naming, create_book

pytestmark = pytest.mark.proof
_OLD, _SIZE = 65_537, 70_000


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _run(go: Path, **job: Any) -> tuple[int, str]:
    done = subprocess.run(
        [str(go)], input=json.dumps(job), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def _inclusion(large: Any, index: int) -> dict[str, Any]:
    number, within = divmod(index, 256)
    return {
        "Index": index,
        "Leaf": _text(large.reader.bundle(number)[within]),
        "Path": [_text(item) for item in large.reader.inclusion_path(index)],
    }


def _job(large: Any) -> dict[str, Any]:
    return {
        "Folder": str(large.folder),
        "Key": large.vkey,
        "Old": large.old.decode(),
        "Consistency": [_text(item) for item in large.reader.consistency_path(_OLD)],
        "Inclusion": [_inclusion(large, at) for at in (0, 255, 256, 65_535, 65_536, 69_999)],
    }


def test_go_accepts_a_log_of_70000_and_notices_one_byte_in_every_file(
    go: Path, large: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = _run(go, **_job(large), Flip=True)
    with capsys.disabled():
        print(f"\nGo, golang.org/x/mod/sumdb:\n{said}")
    assert code == 0, said
    assert f"checkpoint signed: {_SIZE}" in said
    assert f"consistent with: {_OLD}" in said
    assert said.count("included: ") == 6
    assert "hashed again: 70000 entries, 277 tiles" in said
    assert "one byte changed in each of 551 files: every one noticed" in said


@pytest.mark.parametrize("what", ["key", "old", "consistency", "path", "leaf", "index"])
def test_go_refuses_what_was_changed(go: Path, large: Any, what: str) -> None:
    job = _job(large)
    one = job["Inclusion"][0]
    if what == "key":
        job["Key"] = large.vkey.replace("books.example", "books.exampl3")
    elif what == "old":
        job["Old"] = job["Old"].replace(str(_OLD), str(_OLD - 1))
    elif what == "consistency":
        job["Consistency"][0] = _text(b"\0" * 32)
    elif what == "path":
        one["Path"][0] = _text(b"\0" * 32)
    elif what == "leaf":
        one["Leaf"] = _text(b"another")
    else:
        one["Index"] = 1
    code, said = _run(go, **job)
    assert code == 1
    assert "refused:" in said


@pytest.mark.parametrize("name", ["tile/0/273.p/112", "tile/entries/012", "tile/1/001.p/17"])
def test_go_refuses_a_changed_file(go: Path, large: Any, name: str) -> None:
    path = large.folder / name
    before = path.read_bytes()
    try:
        path.write_bytes(before[:40] + bytes([before[40] ^ 1]) + before[41:])
        code, said = _run(go, Folder=str(large.folder), Key=large.vkey)
    finally:
        path.write_bytes(before)
    assert code == 1
    assert "refused:" in said


def test_go_accepts_the_files_and_receipts_of_a_book(go: Path, tmp_path: Path) -> None:
    book = create_book(tmp_path / "book", Naming("books.example/small", "Small"))
    for number in range(3):
        book.append([Draft("lot", ({"id": f"lot:{number}", "label": "L"},), "party:miner")])
    here = view(book, "public", "2026-11-23")
    told = []
    for position in range(here.head.size):
        parts = parse_receipt(act.receipt(here, str(position)))
        proof = parse_proof(parts.proof)
        path = [_text(item) for item in proof.path]
        told.append({"Index": proof.index, "Leaf": _text(parts.leaf), "Path": path})
    book.close()
    job = {"Folder": str(tmp_path / "book" / "public"), "Key": book.log_key}
    assert _run(go, **job, Inclusion=told)[0] == 0
    told[0], told[1] = ({**told[0], "Leaf": told[1]["Leaf"]}, {**told[1], "Leaf": told[0]["Leaf"]})
    assert _run(go, **job, Inclusion=told)[0] == 1
