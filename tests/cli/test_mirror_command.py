"""`orebook mirror` and `orebook recover`, from the outside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from click.testing import CliRunner, Result

from orebook.cli import commands


def orebook(*words: str) -> Result:
    return CliRunner().invoke(commands, words)


def test_a_book_is_mirrored_lost_and_brought_back(tmp_path: Path) -> None:
    book, copy, backup = tmp_path / "b", tmp_path / "m", tmp_path / "backup"
    made = orebook(
        "init", str(book), "--origin", "example.org/m", "--title", "M", "--operator", "me", "--json"
    )
    assert made.exit_code == 0, made.output
    key = json.loads(made.output)["log_key"]
    shutil.copytree(book, backup)
    refused = orebook("mirror", str(book), str(copy))
    assert refused.exit_code != 0
    assert "--key" in str(refused.exception)
    first = orebook("mirror", str(book), str(copy), "--key", key, "--json")
    assert json.loads(first.output)["size"] == 2
    lines = tmp_path / "lots.jsonl"
    lines.write_text(json.dumps({"kind": "lot", "fact": {"id": "lot:1"}}) + "\n")
    assert orebook("capture", str(lines), "--book", str(book)).exit_code == 0
    assert "3 of them new" in orebook("mirror", str(book), str(copy)).output
    shutil.rmtree(book)
    shutil.copytree(backup, book)
    stale = orebook("lots", "--book", str(book))
    assert stale.exit_code != 0
    assert "recover --from" in str(stale.exception)
    back = orebook("recover", "--from", str(copy), "--book", str(book))
    assert "from 2 to 5 entries" in back.output
    assert "lot:1" in orebook("lots", "--book", str(book)).output
