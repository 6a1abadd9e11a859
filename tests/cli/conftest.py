"""The program in this process: what it prints, where, and the code it ends with."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orebook.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Ran:
    """Exit code, bytes on stdout, text on stderr."""

    code: int
    data: bytes
    err: str

    @property
    def out(self) -> str:
        return self.data.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.data)


Run = Callable[..., Ran]


@pytest.fixture
def orebook(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `orebook` with these words; `stdin` is bytes."""
    monkeypatch.delenv("OREBOOK", raising=False)
    monkeypatch.delenv("OREBOOK_DEBUG", raising=False)

    def run(*words: object, stdin: bytes = b"") -> Ran:
        streams = [io.TextIOWrapper(io.BytesIO(data), "utf-8") for data in (stdin, b"", b"")]
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["orebook", *map(str, words)])
            for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
                patched.setattr(sys, name, stream)
            with pytest.raises(SystemExit) as ended:
                main()
            for stream in streams[1:]:
                stream.flush()
        code = ended.value.code
        assert isinstance(code, int)
        out, err = (stream.buffer.getvalue() for stream in streams[1:])  # type: ignore[attr-defined]
        return Ran(code, out, err.decode("utf-8"))

    return run


@pytest.fixture
def made(tmp_path: Path, orebook: Run) -> Path:
    """A new, empty book in a folder."""
    folder = tmp_path / "book"
    done = orebook("init", folder, "--origin", "test.example/cli", "--title", "A book")
    assert done.code == 0, done.err
    return folder


@pytest.fixture(scope="session")
def chain_files() -> list[Path]:
    """The invented chain, which adds up."""
    return sorted((EXAMPLES / "rare-earth-chain").glob("*.jsonl"))


@pytest.fixture(scope="session")
def smelter_files() -> list[Path]:
    """The smelter of the UN's sample, which does not."""
    return sorted((EXAMPLES / "copper-smelter").glob("*.jsonl"))


@pytest.fixture(scope="session")
def sheet_file() -> Path:
    """A shipment sheet."""
    return EXAMPLES / "rare-earth-chain" / "shipment-sheet.csv"
