"""Installs what the tests need from the system, where it may; says what is left out where not.

Never asks anything: without the right to install it goes on, and the tests concerned are skipped
with the reason printed here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-liberation")
GO_CODE = Path("/usr/share/gocode")
GO = ("golang-go", "golang-golang-x-mod-dev")
NPM = ("nodejs", "npm")
POSTGRES = ("postgresql",)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def browser() -> str | None:
    """The path of an installed Chromium; $OREBOOK_CHROMIUM names another, or none if empty."""
    told = os.environ.get("OREBOOK_CHROMIUM")
    if told is not None:
        return told or None
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def why_not() -> str | None:
    """The sentence that explains why browser tests cannot run here, or None when they can."""
    if browser() is None:
        return "Chromium is not installed (apt-get install -y chromium)"
    return None


def privilege() -> list[str] | None:
    """The words that go before apt-get, or None where nothing may be installed."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and quiet([sudo, "-n", "true"]) is None:
        return [sudo, "-n"]
    return None


def quiet(command: list[str]) -> str | None:
    """None when the command worked, else the end of what it said."""
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return None
    return "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:]) or "it failed"


def install(packages: Sequence[str] = PACKAGES) -> str | None:
    """None when the packages are in place, else why they could not be."""
    before = privilege()
    if before is None:
        return "not root, no password-free sudo, or no apt-get"
    print(f"installing {' '.join(packages)} (tests need them)", file=sys.stderr, flush=True)
    apt = [*before, "apt-get", "-q", "-y"]
    return quiet([*apt, "update"]) or quiet([*apt, "install", "--no-install-recommends", *packages])


def why_no_go() -> str | None:
    """The sentence that explains why Go's own log checker cannot run here, or None."""
    if shutil.which("go") is None or not (GO_CODE / "src/golang.org/x/mod/sumdb").is_dir():
        return f"Go and its sumdb packages are not installed (apt-get install -y {' '.join(GO)})"
    return None


def why_no_npm() -> str | None:
    """The sentence that explains why npm's SD-JWT verifier cannot run here, or None."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return f"Node.js and npm are not installed (apt-get install -y {' '.join(NPM)})"
    return None


def postgres() -> Path | None:
    """The newest folder of PostgreSQL's server programs; $OREBOOK_POSTGRES names another."""
    told = os.environ.get("OREBOOK_POSTGRES")
    if told is not None:
        return Path(told) if told else None
    found = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found and (there := shutil.which("initdb")):
        return Path(there).parent
    return max(found, key=lambda p: int(p.parent.name), default=None)


def why_no_postgres() -> str | None:
    """The sentence that explains why tests on PostgreSQL cannot run here, or None."""
    if postgres() is None:
        return "PostgreSQL's server is not installed (apt-get install -y postgresql)"
    return None


def foreign() -> None:
    """Installs what the foreign checkers need, as far as it is missing and may be."""
    for packages, why in ((GO, why_no_go), (NPM, why_no_npm)):
        if (reason := why()) and (fault := install(packages)):
            print(f"left out: a foreign checker, as {reason}: {fault}", file=sys.stderr)


def preflight(path: str) -> str | None:
    """None when the browser can show an empty page, else what it said."""
    with tempfile.TemporaryDirectory() as profile:
        return quiet([path, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", "about:blank"])


def main(words: Sequence[str] = ()) -> int:
    if "--foreign" in words:
        foreign()
    told = "OREBOOK_POSTGRES" in os.environ
    if not told and (reason := why_no_postgres()) and (broken := install(POSTGRES)):
        print(f"left out: tests on PostgreSQL, as {reason}: {broken}", file=sys.stderr)
    fault = install() if browser() is None and "OREBOOK_CHROMIUM" not in os.environ else None
    path = browser()
    if path is None:
        print(
            f"left out: tests marked 'browser', as {why_not()}: {fault or 'told to go without'}",
            file=sys.stderr,
        )
        return 0
    if broken := preflight(path):
        print(
            f"{path} is installed but cannot show an empty page:\n{broken}\n"
            "Reinstall it (apt-get install --reinstall chromium), or leave the browser tests out "
            "with OREBOOK_CHROMIUM= (empty).",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
