"""Prepares .venv/ from the hash-locked requirements: once, and again only when they change.

Uses the standard library alone, for it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
HOME = VENV / ".made-at"  # scripts in an environment hold its path, so a moved one is useless
LEVELS = {"run": ("run", "build"), "test": ("test", "build")}
OLDEST_UV = (0, 9)
QUIETLY = ["pip", "install", "--quiet"]
PIP = [str(PYTHON), "-m", *QUIETLY, "--disable-pip-version-check"]


class SetupError(Exception):
    """A reason to stop, said in one line, with the line to run."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def requirement(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.txt"


def fingerprint(level: str) -> str:
    """Changes when anything that decides what gets installed changes."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    for path in (Path(__file__), ROOT / "pyproject.toml", *map(requirement, LEVELS[level])):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def stamp(level: str) -> Path:
    return VENV / f".ready-{level}"


def ready(level: str) -> bool:
    """True when .venv/ already holds this level, or the test level, which includes it."""
    return PYTHON.exists() and any(
        stamp(each).exists() and stamp(each).read_text() == fingerprint(each)
        for each in {level, "test"}
    )


def create() -> None:
    """A fresh environment, or the one line that makes it possible."""
    if PYTHON.exists():
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        major, minor = sys.version_info[:2]
        plain = sys.executable == "/usr/bin/python3"
        package = "python3-venv" if plain else f"python{major}.{minor}-venv"
        raise SetupError(
            f"{sys.executable} cannot create environments: its venv module is incomplete.\n"
            f"Run:  apt-get install -y {package}"
        )
    say(f"creating .venv/ with Python {sys.version.split()[0]}")
    call([sys.executable, "-m", "venv", str(VENV)], "the environment could not be created")
    HOME.write_text(str(VENV))


def call(command: list[str], fault: str, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SetupError(f"{fault}:\n{done.stderr.strip() or done.stdout.strip()}")


def uv() -> str:
    """A usable uv: the one on PATH, else the locked one, put into .venv/."""
    for candidate in (shutil.which("uv"), str(VENV / "bin" / "uv")):
        if candidate and new_enough(candidate):
            return candidate
    call([*PIP, "--require-hashes", "-r", str(requirement("setup"))], "uv could not be installed")
    return str(VENV / "bin" / "uv")


def new_enough(candidate: str) -> bool:
    try:
        done = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    found = re.match(r"uv (\d+)\.(\d+)", done.stdout)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST_UV


def index_settings() -> dict[str, str]:
    """The environment for uv, with the index and certificate that are configured for pip alone.

    uv does not read pip's settings; someone behind a mirror has usually told only pip.
    """
    env = dict(os.environ, UV_NO_PROGRESS="1", UV_PYTHON_DOWNLOADS="never")
    listed = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    ).stdout
    line = r"^(?:global|install|site|user|:env:)\.([\w-]+)='(.*)'$"
    told = dict(re.findall(line, listed, re.MULTILINE))
    own = {"UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_CONFIG_FILE"} & env.keys()
    if "index-url" in told and not own:
        env["UV_DEFAULT_INDEX"] = told["index-url"]
    if "cert" in told:
        env.setdefault("SSL_CERT_FILE", told["cert"])
    return env


def install(level: str) -> None:
    """Every locked package, checked against its hash, then the project itself, editable."""
    say(f"installing the locked requirements ({level})")
    try:
        fill([uv(), *QUIETLY, "--python", str(PYTHON)], level, index_settings())
    except SetupError as reason:
        # pip knows settings that uv does not: further indexes, folders of wheels, proxies.
        say(f"{reason}\ntrying again with pip, which is slower")
        fill(PIP, level)


def fill(installer: list[str], level: str, env: dict[str, str] | None = None) -> None:
    """Installs with one of the two installers, which take the same words."""
    files = [part for name in LEVELS[level] for part in ("-r", str(requirement(name)))]
    call([*installer, "--require-hashes", *files], "the requirements did not install", env)
    # Without index and isolation: nothing is fetched here that the lock does not name.
    project = ["--no-index", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    call([*installer, *project], "the project itself did not install", env)


def main(level: str) -> int:
    if ready(level):
        return 0
    begun = time.monotonic()
    try:
        if PYTHON.exists() and not usable():
            # Only a cache, and ours: rebuilt rather than repaired.
            shutil.rmtree(VENV)
        create()
        install(level)
    except SetupError as reason:
        say(f"\norebook: {reason}")
        return 1
    stamp(level).write_text(fingerprint(level))
    say(f".venv/ is ready ({time.monotonic() - begun:.0f} s)")
    return 0


def usable() -> bool:
    """False when the environment's Python is gone or too old, or its scripts point elsewhere."""
    if HOME.exists() and HOME.read_text() != str(VENV):
        return False
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        done = subprocess.run([str(PYTHON), "-c", check], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LEVELS:
        sys.exit(f"usage: bootstrap.py {'|'.join(LEVELS)}")
    sys.exit(main(sys.argv[1]))
