"""Start-up stays light: what `orebook --help` loads is a short list (its time is a bench)."""

from __future__ import annotations

import subprocess
import sys

import pytest

ALLOWED = {"click", "orebook"}
HEAVY_OWN = ("orebook.web", "orebook.engines", "orebook.exchange", "orebook.book")

# Names loaded by the interpreter's own start (path hooks of the environment) are not ours.
LOAD = """
import sys
before = set(sys.modules)
sys.argv = ["orebook", {argument!r}]
from orebook.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
loaded = set(sys.modules) - before
print("LOADED", *sorted(name for name in loaded
    if "site-packages" in (getattr(sys.modules[name], "__file__", None) or "")
    or name.split(".")[0] == "orebook"))
"""


def loaded(argument: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOAD.format(argument=argument)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.rsplit("LOADED", 1)[1].split())


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_loads_only_what_it_shows(argument: str) -> None:
    modules = loaded(argument)
    assert "orebook.cli" in modules
    assert {name.split(".")[0] for name in modules} - ALLOWED == set()
    assert [name for name in modules if name.startswith(HEAVY_OWN)] == []
