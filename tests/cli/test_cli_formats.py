"""`orebook formats`: documents tried without a book."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]
LOT = b'{"kind": "lot", "author": "party:a", "fact": {"id": "lot:a"}}\n'


def test_the_formats_are_listed(orebook: Run) -> None:
    done = orebook("formats", "--json")
    assert done.code == 0
    assert {"epcis-json", "epcis-xml", "untp", "jsonl"} <= {one["name"] for one in done.json}


def test_a_folder_of_documents_is_tried_and_nothing_is_kept(tmp_path: Path, orebook: Run) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "lots.jsonl").write_bytes(LOT)
    (tmp_path / "in" / "bad.jsonl").write_bytes(LOT + b'{"kind": "lot", "fact": {}}\n')
    (tmp_path / "in" / "noise.bin").write_bytes(bytes(range(256)))
    done = orebook("formats", tmp_path)
    assert done.code == 4
    assert "3 documents: 1 in part, 1 refused, 1 unchanged." in done.out
    assert "in/bad.jsonl, line 2, /fact/id" in done.err
    assert "Traceback" not in done.err
    trips = orebook("formats", tmp_path / "lots.jsonl", "--json").json
    assert trips == [
        {
            "name": "lots.jsonl",
            "format": "jsonl",
            "facts": 1,
            "outcome": "unchanged",
            "problems": [],
        }
    ]


def test_stdin_and_what_is_not_there(orebook: Run) -> None:
    done = orebook("formats", "-", stdin=LOT)
    assert done.code == 0
    assert "stdin" in done.out
    assert orebook("formats", "nowhere.json").code == 2
