"""Every system call of one append fails, or is the last one: the audit is the oracle.

strace changes the outcome of the N-th call of one kind in the real program, in a process of its
own. What it covers: each write, sync, rename, truncation and removal that the append makes, with an
input/output error, a full disk, and a kill. `make proof` tries every one; `make test` a sample,
spread evenly over the calls; where it begins depends on the commit, so that other commits try
others. What the power leaves behind is in test_power_lost.py.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orebook.book import query
from orebook.book.audit import audit_folder
from orebook.book.book import Book

CALLS = ("pwrite64", "write", "fsync", "fdatasync", "rename", "ftruncate", "unlink")
ENDS = ("error=EIO", "error=ENOSPC", "signal=SIGKILL")
WRITER = """
import sys
from pathlib import Path
from orebook.book.book import Book
from orebook.model.entry import Draft
from orebook.model.problem import OrebookError
try:
    with Book.open(Path(sys.argv[1])) as book:
        receipt = book.append([Draft("lot", ({"id": "lot:x", "note": "w"},), "me")])
    Path(sys.argv[2]).write_text(f"{receipt.head.size} {receipt.head.root}")
except OrebookError as error:
    sys.exit(3)
"""


def works() -> bool:
    """Whether strace is here and may follow a process."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], check=False).returncode == 0


needs_strace = pytest.mark.skipif(
    not works(), reason="strace is not installed, or may not follow a process here"
)


@pytest.fixture
def start(make_book, tmp_path: Path) -> Path:
    folder = tmp_path / "start"
    make_book(folder).close()
    return folder


def run(folder: Path, answer: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["strace", "-f", "-qq", *words, sys.executable, "-B", "-c", WRITER]
    return subprocess.run(
        [*command, str(folder), str(answer)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def calls_of(start: Path, tmp_path: Path) -> dict[str, int]:
    folder, trace = tmp_path / "counted", tmp_path / "trace"
    shutil.copytree(start, folder)
    done = run(folder, tmp_path / "a", "-o", str(trace), "-e", f"trace={','.join(CALLS)}")
    assert done.returncode == 0, done.stderr
    names = re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE)
    return {name: names.count(name) for name in CALLS if name in names}


def offset() -> int:
    """A number that each commit has anew; 0 outside of a repository."""
    words = ["git", "rev-parse", "--short=8", "HEAD"]
    done = subprocess.run(
        words, check=False, capture_output=True, text=True, cwd=Path(__file__).parent
    )
    return int(done.stdout, 16) if done.returncode == 0 else 0


@needs_strace
@pytest.mark.parametrize("end", ENDS)
def test_whichever_call_fails_nothing_answered_is_lost_and_nothing_forks(
    start: Path, tmp_path: Path, count, end: str
) -> None:
    found = calls_of(start, tmp_path)
    assert found["fsync"] + found.get("fdatasync", 0) >= 5, found
    plan = [(call, n) for call in found for n in range(1, found[call] + 1)]
    step = max(len(plan) // count(3, len(plan)), 1)
    begin = offset() % step
    before = Book.open(start)
    size, root = before.head.size, before.head.root
    before.close()
    for number, (call, n) in enumerate(plan[begin::step]):
        folder, answer = tmp_path / f"b{number}", tmp_path / f"answer{number}"
        shutil.copytree(start, folder)
        done = run(folder, answer, "-o", "/dev/null", "-e", f"inject={call}:{end}:when={n}")
        case = f"{call} {n} {end}: {done.stderr[-500:]}"
        with Book.open(folder) as book:
            assert book.head_at(size).root == root, case
            if answer.exists() and (said := answer.read_text().split()):
                assert book.head_at(int(said[0])).root == said[1], case
                assert query.ids(book, "lot") == ["lot:x"], case
        assert audit_folder(folder) == [], case
        shutil.rmtree(folder)
