"""`orebook audit FOLDER` on a mirror: what it says and the code it ends with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from orebook.acts.audit import audit as act
from orebook.acts.mirror import mirror
from orebook.book.book import Book
from orebook.cli.book import audit
from orebook.log.keys import SigningKey
from orebook.log.note import Signer
from orebook.model.entry import Draft


@pytest.fixture
def copy(make_book, chain, tmp_path: Path) -> tuple[Path, str]:
    book = make_book(tmp_path / "b")
    book.append(chain)
    vkey = book.verifier.vkey
    book.close()
    mirror(str(tmp_path / "b"), tmp_path / "m", vkey)
    return tmp_path / "m", vkey


def test_a_mirror_is_audited_with_the_key_it_was_given(copy) -> None:
    folder, vkey = copy
    done = CliRunner().invoke(audit, [str(folder)])
    assert done.exit_code == 0, done.output
    assert "Sound." in done.output
    assert "mirror.toml" in done.output
    told = CliRunner().invoke(audit, [str(folder), "--key", vkey, "--json"])
    assert told.exit_code == 0
    assert json.loads(told.output)["key_from"] == "--key"


def test_without_a_key_it_cannot_be_told(copy) -> None:
    folder, _ = copy
    (folder / "mirror.toml").unlink()
    done = CliRunner().invoke(audit, [str(folder)])
    assert done.exit_code == 3
    assert "NOT PROVED" in done.output
    assert "Not checked: who signed the head" in done.output
    told = json.loads(CliRunner().invoke(audit, [str(folder), "--json"]).output)
    assert (told["sound"], told["proved"]) == (True, False)


def test_a_changed_tile_and_a_wrong_key_end_with_1(copy) -> None:
    folder, vkey = copy
    other = Signer("example.org/test-book", SigningKey(b"\x07" * 32)).verifier.vkey
    wrong = CliRunner().invoke(audit, [str(folder), "--key", other])
    assert wrong.exit_code == 1
    assert "checkpoint: expected" in wrong.output
    tile = next((folder / "tile" / "0").rglob("*.p/*"))
    data = bytearray(tile.read_bytes())
    data[0] ^= 1
    tile.write_bytes(bytes(data))
    done = CliRunner().invoke(audit, [str(folder), "--key", vkey])
    assert done.exit_code == 1
    assert "tile/0/000.p/" in done.output
    assert "byte 0" in done.output


def test_a_keepers_book_is_audited_whole_unless_a_key_is_named(copy, tmp_path: Path) -> None:
    _, vkey = copy
    whole = CliRunner().invoke(audit, [str(tmp_path / "b")])
    assert "views" in whole.output
    public = CliRunner().invoke(audit, ["--book", str(tmp_path / "b"), "--key", vkey])
    assert (whole.exit_code, public.exit_code) == (0, 0)
    assert "Not checked: the keeper's own parts" in public.output


def test_a_book_behind_what_is_remembered_is_told_and_a_fork_is_no_sound_book(
    make_book, tmp_path: Path
) -> None:
    folder, heads = tmp_path / "b", tmp_path / "heads"
    make_book(folder).close()
    shutil.copytree(folder, tmp_path / "old")
    with Book.open(folder, heads=heads) as book:
        book.append([Draft("lot", ({"id": "a"},), "example.org/keeper")])
    assert act(folder, "", heads).sound
    old = act(tmp_path / "old", "", heads)
    assert old.sound
    assert any("OLDER THAN IT WAS" in line for line in old.lines())
    with Book.open(tmp_path / "old") as book:
        book.append([Draft("lot", ({"id": "b"},), "example.org/keeper")])
    (wrong,) = act(tmp_path / "old", "", heads).differences
    assert "signed twice" in wrong.found
