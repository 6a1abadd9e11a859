"""The locked requirements: complete, hashed, in step with pyproject.toml and with one another."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("setup", "build", "run", "test")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def locked(path: Path) -> list[tuple[Requirement, int]]:
    """Each pinned requirement of a lock file with how many hashes it has."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    rows = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            hashes = len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line))
            rows.append((Requirement(line.split(" --hash")[0]), hashes))
    return rows


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_is_an_exact_version_with_hashes(root: Path, name: str) -> None:
    rows = locked(root / "requirements" / f"{name}.txt")
    assert rows
    for requirement, hashes in rows:
        assert re.fullmatch(r"==[\w.+!]+", str(requirement.specifier)), requirement
        assert requirement.url is None
        assert hashes >= 1, requirement


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place_and_no_option(root: Path, name: str) -> None:
    text = (root / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    options = re.findall(r"^\s*(--?[a-z-]+)", text, re.MULTILINE)
    assert set(options) == {"--hash"}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_covers_what_pyproject_asks_for(
    root: Path, project: dict[str, Any], name: str, python: str
) -> None:
    asked = {
        "setup": project["dependency-groups"]["setup"],
        "build": project["dependency-groups"]["build"] + project["build-system"]["requires"],
        "run": project["project"]["dependencies"],
        "test": project["project"]["dependencies"] + project["dependency-groups"]["test"],
    }[name]
    here = {"python_version": python, "python_full_version": f"{python}.0"}
    versions = {
        canonicalize_name(row.name): next(iter(row.specifier)).version
        for row, _ in locked(root / "requirements" / f"{name}.txt")
        if row.marker is None or row.marker.evaluate(here)
    }
    for line in asked:
        wanted = Requirement(line)
        version = versions.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted.name} is not locked: run make lock"
        assert wanted.specifier.contains(version), f"{line} is locked at {version}: run make lock"


def test_locks_installed_together_agree(root: Path) -> None:
    pins: dict[tuple[str, str], set[str]] = {}
    for name in ("build", "run", "test"):
        for row, _ in locked(root / "requirements" / f"{name}.txt"):
            key = (canonicalize_name(row.name), str(row.marker))
            pins.setdefault(key, set()).add(str(row.specifier))
    assert {key: versions for key, versions in pins.items() if len(versions) > 1} == {}


def test_the_version_is_said_once(root: Path, project: dict[str, Any]) -> None:
    text = (root / "src" / "orebook" / "__init__.py").read_text(encoding="utf-8")
    said = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    assert said is not None
    assert project["project"]["version"] == said[1]
