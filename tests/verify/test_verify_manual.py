"""The manual's way to verify without us is run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "how" / "verify-without-us.md"


def test_the_commands_of_the_manual_run(tmp_path: Path) -> None:
    text = _PAGE.read_text("utf-8")
    block = re.search(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    commands = [line.removeprefix("$ ") for line in block[1].splitlines()]
    assert len(commands) == 5
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path}
    said = []
    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        said.append(done.stdout)
        if found := re.search(r"Verifier key of its log: (\S+)", done.stdout):
            env["KEY"] = found[1]
    assert said[-1] == said[-2]
    assert said[-1].startswith("PROVED\n")
