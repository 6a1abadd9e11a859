"""What the README and the first hour tell a reader to type is run, in order, as it stands.

`<!-- run -->` before a block of `sh` runs it; `<!-- run 3 -->` says its last command ends with 3.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(
    r"<!-- run(?: (?P<code>\d+))? -->\n```sh\n(?P<script>.*?)^```$", re.MULTILINE | re.DOTALL
)
_MARK = re.compile(r"<!--\s*run")
PAGES = ["README.md", "docs/how/spreadsheets.md"]
LONGER = [
    "docs/how/weigh-a-deal.md",
    "docs/start/first-hour.md",
    "docs/how/papers.md",
    "docs/how/issue-credentials.md",
]


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OREBOOK")}
    return {**kept, "PATH": f"{Path(sys.executable).parent}:{kept.get('PATH', '')}"}


# What the first hour says a reader will see.
SAID = {
    "README.md": ("Sound.", "NdPr oxide"),
    "docs/start/first-hour.md": (
        "sheet.csv, line 9, column E",
        "nothing appended; 3 already in the book.",
        "Sb: cannot be told",
        "Sb: does not add up",
        "Sound.",
        "NOT SOUND",
        "in tile/entries",
    ),
    "docs/how/weigh-a-deal.md": (
        "What is not public",
        "no clause that a number opens",
        "kept as document:offtake",
    ),
    "docs/how/papers.md": ("S-10424", "they disagree", "KHI-1: entries"),
    "docs/how/issue-credentials.md": (
        "STANDS",
        "where the lots came",
        "1 source, 1 claim, 1 assay",
        "dry basis",
        "REFUSED",
    ),
    "docs/how/spreadsheets.md": ("from row 3 on", "weighings: id", "not known", "guess"),
}


@pytest.mark.parametrize(
    "name", [*PAGES, *(pytest.param(name, marks=pytest.mark.proof) for name in LONGER)]
)
def test_what_a_page_says_to_type_works(name: str, tmp_path: Path) -> None:
    text = (ROOT / name).read_text("utf-8")
    blocks = list(_BLOCK.finditer(text))
    assert len(blocks) == len(_MARK.findall(text)) > 1
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    whole = ""
    for block in blocks:
        line = text.count("\n", 0, block.start()) + 1
        done = subprocess.run(
            ["sh", "-e", "-c", block["script"]],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        said = f"{name}, line {line}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == int(block["code"] or 0), said
        assert "Traceback" not in done.stderr, said
        whole += done.stdout + done.stderr
    for words in SAID[name]:
        assert words in whole, words
