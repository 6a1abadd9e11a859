"""The verifier that is one file: it is current, needs PyNaCl alone, and says what the book says."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import orebook
from orebook import __version__
from orebook.acts.standalone import NAME, standalone
from orebook.acts.verify import EXIT

_ROOM = Path(orebook.__file__).parent
# Loads the file once as the program it is, then hands it one command line after another.
_DRIVER = """
import io, json, runpy, sys
sys.argv = [sys.argv[1], "--help"]
held, sys.stdout = sys.stdout, io.StringIO()
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit:
    pass
program = sys.modules["orebook.acts.verify"]
for line in sys.stdin:
    sys.stdout = io.StringIO()
    code = program.main(json.loads(line))
    held.write(json.dumps([code, sys.stdout.getvalue()]) + "\\n")
origin = [getattr(m, "__file__", None) for n, m in sys.modules.items() if n.startswith("orebook")]
held.write(json.dumps([sys.modules.get("orjson"), any(origin)]) + "\\n")
"""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("alone") / NAME
    path.write_text(standalone(), "utf-8")
    return path


def test_it_says_what_the_book_says_of_every_receipt(
    alone: Path, all_cases: Any, tmp_path: Path
) -> None:
    words = []
    for number, case in enumerate(all_cases):
        path = tmp_path / f"{number}.json"
        path.write_bytes(case.data)
        given = [str(path), "--json", "--key", case.key, "--author-key", case.author]
        words.append(json.dumps(given))
    done = subprocess.run(
        [sys.executable, "-I", "-c", _DRIVER, str(alone)],
        input="\n".join(words) + "\n", capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    *answers, loaded = map(json.loads, done.stdout.splitlines())
    assert loaded == [None, False]  # no orjson, and no module of the installed package
    assert len(answers) == len(all_cases)
    for case, (code, text) in zip(all_cases, answers, strict=True):
        said = json.loads(text)
        place = (said["refusal"] or {"place": ""})["place"]
        assert (said["outcome"], code) == (case.outcome, EXIT[case.outcome]), case.name
        assert place.startswith(case.place), case.name
        assert bool(place) == bool(case.place), case.name


@pytest.mark.parametrize(("index", "key", "code"), [(0, True, 0), (0, False, 3), (11, True, 4)])
def test_it_runs_as_a_command(
    alone: Path, all_cases: Any, tmp_path: Path, index: int, key: bool, code: int
) -> None:
    path = tmp_path / "receipt.json"
    path.write_bytes(all_cases[index].data)
    words = ["--key", all_cases[0].key] if key else []
    done = subprocess.run(
        [sys.executable, "-I", str(alone), str(path), *words],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, "")
    assert "not checked here" in done.stdout or code == 4


def test_a_bad_key_is_wrong_usage(alone: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(alone), str(tmp_path), "--key", "x+y"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "verifier key" in done.stderr


def test_it_holds_the_modules_word_for_word_and_names_their_hashes(alone: Path) -> None:
    text = alone.read_text("utf-8")
    assert f"Version {__version__}." in text
    named = re.findall(r"^  ([0-9a-f]{64})  orebook/(\S+)$", text, re.MULTILINE)
    assert [name for _, name in named][-1] == "acts/verify.py"
    assert {"log/receipt.py", "log/sdjwt.py", "log/policy.py"} <= {name for _, name in named}
    for digest, name in named:
        source = (_ROOM / name).read_bytes()
        assert sha256(source).hexdigest() == digest
        assert source.decode() in text
    assert standalone() == text


def test_it_imports_the_standard_library_and_pynacl_alone(alone: Path) -> None:
    tree = ast.parse(alone.read_text("utf-8"))
    sources = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "import" in node.value
    ]
    shut_out = {"orjson", "msgspec", "vodozemac"}
    optional = {*shut_out, "cryptography"}  # that one is asked for in a try
    allowed = {*sys.stdlib_module_names, "nacl", "orebook", *optional}
    for source in [alone.read_text("utf-8"), *sources[1:]]:
        for node in ast.walk(ast.parse(source)):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            )  # fmt: skip
            assert {name.split(".")[0] for name in names} <= allowed, names


def test_a_changed_section_does_not_run(alone: Path, tmp_path: Path) -> None:
    bad = tmp_path / NAME
    text = alone.read_text("utf-8")
    bad.write_text(
        text.replace("raise Tampered(place, expected.hex()", "return (place, ("), "utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-I", str(bad), "x"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is not as it was made" in done.stderr
