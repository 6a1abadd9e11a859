"""What the files of the project may say: finished work, no private places, no registry hosts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest


def joined(*words: str) -> list[str]:
    """The words without their tildes, which keep this file from holding what it looks for."""
    return [word.replace("~", "") for word in words]


HOSTS = joined(
    r"py~pi\.org", "python~hosted", "npm~js", r"deb~ian\.org", r"cra~tes\.io", r"proxy\.go~lang",
    r"ana~conda\.org", "yarn~pkg",
)  # fmt: skip
PRIVATE = joined(
    r"/wo~rk/(main|shared|tmp|\.)", "/ro~ot/", r"/ho~me/\w", r"\bcla~ude\b", r"\banth~ropic\b",
    r"\bchat~gpt\b", r"\bopen~ai\b", r"\bco~pilot\b", r"\bLL~Ms?\b", r"\blanguage mo~del",
    r"\bAI[- ](assis~tant|gen~erated|ag~ent)", r"\bcoding ass~istant", r"\bco-auth~ored-by",
)  # fmt: skip
UNFINISHED = joined(
    r"\bTO~DO\b", r"\bFIX~ME\b", r"\bXX~X\b", r"\bHA~CK\b", r"# ?st~ub\b", "NotImplemented~Error"
)


def hits(files: list[Path], words: list[str], root: Path) -> list[str]:
    """`file:line: word` for each line of a text file that one of the words is in."""
    pattern = re.compile("|".join(words), re.IGNORECASE)
    found = []
    for path in files:
        data = path.read_bytes()
        if b"\0" in data[:8000]:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{path.relative_to(root)}:{number}: {match[0]}")
    return found


def test_no_file_names_a_package_registry(tracked: list[Path], root: Path) -> None:
    assert hits(tracked, HOSTS, root) == []


def test_no_file_speaks_of_anything_but_the_project(tracked: list[Path], root: Path) -> None:
    assert hits(tracked, PRIVATE, root) == []


def test_the_source_is_finished(tracked: list[Path], root: Path) -> None:
    source = [path for path in tracked if path.is_relative_to(root / "src")]
    code = [path for path in source if path.suffix in {".py", ".html", ".css", ".js"}]
    assert hits(code, [f"(?-i:{word})" for word in UNFINISHED], root) == []


@pytest.mark.parametrize("word", joined("https://py~pi.org/simple", "files.python~hosted.org"))
def test_a_host_would_be_noticed(tmp_path: Path, word: str) -> None:
    (tmp_path / "lock.txt").write_text(f"--index-url {word}\n")
    assert hits([tmp_path / "lock.txt"], HOSTS, tmp_path) != []


def test_every_text_file_ends_with_a_line_end_and_uses_plain_ones(tracked: list[Path]) -> None:
    kinds = {".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ".csv", ".sh"}
    wrong = [
        path.name
        for path in tracked
        if path.suffix in kinds
        and (data := path.read_bytes())
        and (not data.endswith(b"\n") or b"\r" in data)
    ]
    assert wrong == []
