"""One clean line and a documented code on every error, and never a traceback."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from orebook.cli import EXIT_CODES
from orebook.cli import errors as cli_errors
from orebook.cli.manual import every
from orebook.log.errors import LogError
from orebook.model.problem import OrebookError

LOT = b'{"kind": "lot", "fact": {"id": "lot:a"}}\n'


def classes(root: type[Exception]) -> list[type[Exception]]:
    """The class and every class below it."""
    return [root, *(c for below in root.__subclasses__() for c in classes(below))]


def ended_with(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    @click.command()
    def failing() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        cli_errors.run(failing, [])
    assert isinstance(ended.value.code, int)
    return ended.value.code, capsys.readouterr().err


@pytest.mark.parametrize("cls", classes(OrebookError), ids=lambda c: c.__name__)
def test_every_error_has_a_move_a_code_and_an_exit_code(cls, capsys) -> None:
    assert cls.code
    code, err = ended_with(cls("disk: expected room, found none"), capsys)
    expected = {"sender": 4, "reader": 2, "keeper": 5, "tampering": 1}[cls.move]
    assert (code, err) == (expected, "orebook: disk: expected room, found none\n")


@pytest.mark.parametrize("cls", classes(LogError), ids=lambda c: c.__name__)
def test_a_record_that_does_not_verify_ends_with_1(cls, capsys) -> None:
    code, err = ended_with(cls("tile/0/000", "a hash", "another"), capsys)
    assert code == 1
    assert "tile/0/000: expected a hash, found another" in err


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (OSError(28, "No space left on device", "x.sqlite3"), 5, "No space left"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (ZeroDivisionError("secret 7391.25"), 5, "a fault of the program (ZeroDivisionError)"),
        (click.UsageError("no such thing"), 2, "no such thing"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_of_the_system(error, code, word, capsys, monkeypatch) -> None:
    monkeypatch.delenv("OREBOOK_DEBUG", raising=False)
    found, err = ended_with(error, capsys)
    assert found == code
    assert word in err
    assert "secret" not in err
    assert "Traceback" not in err


def test_the_help_names_every_exit_code() -> None:
    for code in (0, 1, 2, 3, 4, 5, 130):
        assert f"{code} " in EXIT_CODES
    assert set(cli_errors.BY_MOVE.values()) <= {1, 2, 4, 5}


def book_words(tmp_path: Path) -> list[tuple[str, ...]]:
    return [
        ("lots",), ("lot", "x"), ("trace", "x"), ("balance",), ("deal",), ("deal", "x"),
        ("export",), ("audit",), ("rebuild",), ("serve",),
    ]  # fmt: skip


@pytest.mark.parametrize("words", book_words(Path()), ids=" ".join)
def test_a_folder_that_is_no_book_is_one_line_and_2(words, orebook, tmp_path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        done = orebook(*words, "--book", folder)
        assert (done.code, done.err.count("\n")) == (2, 1), done.err
        assert "expected a book" in done.err


@pytest.mark.parametrize(
    "words",
    [("lot", "lot:none"), ("trace", "lot:none"), ("deal", "x"), ("balance", "--event", "x")],
    ids=" ".join,
)
def test_what_is_not_in_the_book_is_one_line_and_2(words, orebook, made) -> None:
    done = orebook(*words, "--book", made)
    assert (done.code, done.err.count("\n"), done.out) == (2, 1, "")


def test_a_file_that_is_not_there_is_said_before_anything_is_kept(orebook, made, tmp_path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LOT)
    for wrong in (tmp_path / "none.jsonl", tmp_path):
        done = orebook("capture", tmp_path / "a.jsonl", wrong, "--book", made)
        assert done.code == 2
        assert str(wrong) in done.err
    assert orebook("lots", "--book", made, "--json").json == []


@pytest.mark.parametrize("key", ["log", "author", "vault", "idempotency"])
def test_a_missing_or_broken_key_is_the_keepers_move(key, orebook, made) -> None:
    path = made / "keys" / f"{key}.key"
    for data in (b"", b"zz", b"00" * 31):
        path.write_bytes(data)
        done = orebook("lots", "--book", made)
        assert (done.code, done.err.count("\n")) == (5, 1), done.err
        assert f"{key}.key" in done.err
    path.unlink()
    assert orebook("lots", "--book", made).code == 5


@pytest.mark.parametrize("data", [b"", b"\xff", b"origin = ", b"origin = 5"])
def test_broken_settings_are_the_keepers_move(data, orebook, made) -> None:
    (made / "book.toml").write_bytes(data)
    for command in ("lots", "audit"):
        done = orebook(command, "--book", made)
        assert (done.code, done.err.count("\n")) == (5, 1), done.err


@pytest.mark.parametrize("name", ["stage.sqlite3", "head.sqlite3", "vault.sqlite3"])
def test_a_store_that_is_no_database_is_one_line(name, orebook, made) -> None:
    for beside in made.glob(f"{name}*"):
        beside.unlink()
    (made / name).write_bytes(b"not a database, and long enough to be looked at " * 50)
    done = orebook("lots", "--book", made)
    assert done.code in {1, 5}
    assert done.err.count("\n") == 1
    assert "a fault of the program" not in done.err


def test_a_head_restored_from_an_older_copy_is_noticed(orebook, made, tmp_path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in made.glob("head.sqlite3*"):
        shutil.copy(file, copy)
    assert orebook("capture", "-", "--book", made, stdin=LOT).code == 0
    for file in made.glob("head.sqlite3*"):
        file.unlink()
    for file in copy.iterdir():
        shutil.copy(file, made)
    done = orebook("lots", "--book", made)
    assert done.code == 5
    assert "restored from an older copy" in done.err


def test_a_portal_file_that_is_not_toml_is_the_keepers_move(orebook, made) -> None:
    (made / "portal.toml").write_text("[front")
    done = orebook("serve", "--book", made)
    assert (done.code, "expected TOML" in done.err) == (5, True)


@pytest.mark.parametrize(
    "words",
    [
        (), ("nonsense",), ("lot",), ("init", "x"), ("capture",), ("lots", "--reader", "nobody"),
        ("trace", "x", "--steps", "0"), ("serve", "--port", "99999"),
        ("capture", "x", "--limit", "0"), ("balance", "--table", "/none/such"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_words_end_with_2_and_without_a_traceback(words, orebook) -> None:
    done = orebook(*words)
    assert done.code in ({0, 2} if not words else {2})
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "words",
    [
        words
        for c in every()
        if not isinstance(c.command, click.Group) and len(words := c.command_path.split()[1:]) == 1
    ],
    ids=" ".join,
)
def test_every_command_explains_itself_with_an_example(words, orebook) -> None:
    done = orebook(*words, "--help")
    assert done.code == 0
    shown = done.out.partition("Options")[0].partition("\n")[2]
    assert f"orebook {' '.join(words)}" in shown


def test_a_reader_that_goes_away_is_no_error(made) -> None:
    program = Path(sys.executable).with_name("orebook")
    shell = f"'{program}' export --kind clock --book '{made}' | true"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


def test_a_debug_switch_shows_the_fault(capsys, monkeypatch) -> None:
    monkeypatch.setenv("OREBOOK_DEBUG", "1")

    @click.command()
    def failing() -> None:
        raise ZeroDivisionError("why")

    with pytest.raises(ZeroDivisionError, match="why"):
        cli_errors.run(failing, [])
