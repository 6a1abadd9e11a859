"""What the pages say to type against a served book is typed, with curl, against a served book."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"<!-- served -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = {
    "README.md": ("EPCISQueryDocument", '"uom":"TNE"'),
    "docs/how/capture-over-http.md": ('"success": true', '"uom":"TNE"', "party:mine"),
}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize(
    "name", ["README.md", pytest.param("docs/how/capture-over-http.md", marks=pytest.mark.proof)]
)
def test_what_a_page_says_to_send_is_taken_and_found(name: str, tmp_path: Path) -> None:
    blocks = _BLOCK.findall((ROOT / name).read_text("utf-8"))
    assert blocks
    script = "".join(blocks).replace("8080", str(free_port()))
    assert " &\n" in script
    script = script.replace(
        " &\n", " &\nserved=$!\ntrap 'kill $served; wait $served || true' EXIT\n", 1
    )
    if name == "README.md":
        script = "orebook init my-book --origin example.org/my-book --title T\n" + script
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OREBOOK")}
    assert shutil.which("curl")
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=tmp_path,
        env={**kept, "PATH": path},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for said in PAGES[name]:
        assert said in done.stdout, done.stdout + done.stderr
