"""The tally of a complete run: counts add up, and a skip that nobody agreed to fails it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"/>
<testcase name="c"><skipped message="no browser here"/></testcase>
{more}</testsuite></testsuites>"""


def tally(root: Path, tmp_path: Path, skips: str, more: str = "", *extra: str) -> tuple[int, str]:
    (tmp_path / "test.xml").write_text(SUITE.format(more=more))
    (tmp_path / "skips.txt").write_text(skips)
    done = subprocess.run(
        [sys.executable, str(root / "tools" / "tally.py"), "--skips", str(tmp_path / "skips.txt"),
         str(tmp_path / "test.xml"), *extra],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_an_agreed_skip_passes(root: Path, tmp_path: Path) -> None:
    status, said = tally(root, tmp_path, "# why\n1 | ^no browser\n")
    assert status == 0
    assert said.splitlines()[-1] == "2 passed, 0 failed, 1 skipped"


@pytest.mark.parametrize(
    ("skips", "more", "last"),
    [
        ("", "", "2 passed, 1 failed, 1 skipped"),
        (
            "1 | no browser",
            '<testcase name="d"><skipped message="no browser either"/></testcase>',
            "2 passed, 1 failed, 2 skipped",
        ),
        (
            "1 | no browser",
            '<testcase name="d"><failure message="x"/></testcase>',
            "2 passed, 1 failed, 1 skipped",
        ),
    ],
)
def test_anything_else_fails(root: Path, tmp_path: Path, skips: str, more: str, last: str) -> None:
    status, said = tally(root, tmp_path, skips, more)
    assert status == 1
    assert said.splitlines()[-1] == last


def test_a_failed_step_and_a_missing_file_fail(root: Path, tmp_path: Path) -> None:
    status, said = tally(
        root, tmp_path, "1 | no", "", str(tmp_path / "none.xml"), "--step", "lint=2"
    )
    assert status == 1
    assert "failed: lint" in said
    assert said.splitlines()[-1] == "2 passed, 2 failed, 1 skipped"
