"""The arrows between rooms: the contract holds, and it bites when it should."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

DEPTH = 10
# Upper may import lower. Each line: rooms side by side.
FLOORS = [
    {"cli"},
    {"web"},
    {"wiring", "testing"},
    {"show"},
    {"acts"},
    {"book", "exchange", "engines"},
    {"model", "log"},
]


def imports(module: str, tree: ast.Module, known: set[str], *, lazy: bool) -> Iterator[str]:
    """Modules of ours that this one names, under TYPE_CHECKING too; inside functions if lazy."""
    nodes = ast.walk(tree) if lazy else at_import(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            start = node.module or ""
            if node.level:
                package = module.split(".")[: -node.level] if module in known else []
                start = ".".join([*package, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{start}.{alias.name}"
                target = inner if inner in known else start
                if target in known and target != module:
                    yield target


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run when the module is imported, TYPE_CHECKING blocks included."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from at_import(node)


@pytest.fixture(scope="module")
def arrows(sources: dict[str, ast.Module]) -> dict[str, set[str]]:
    known = set(sources)
    return {name: set(imports(name, tree, known, lazy=True)) for name, tree in sources.items()}


def test_no_relative_imports(sources: dict[str, ast.Module]) -> None:
    relative = [
        f"{name}:{node.lineno}"
        for name, tree in sources.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_no_circles_type_imports_and_late_imports_included(arrows: dict[str, set[str]]) -> None:
    assert circle(arrows) is None


def circle(arrows: dict[str, set[str]]) -> list[str] | None:
    """One circle as a list of modules, or None."""
    done: set[str] = set()

    def follow(module: str, path: list[str]) -> list[str] | None:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return None
        for target in sorted(arrows.get(module, ())):
            if found := follow(target, [*path, module]):
                return found
        done.add(module)
        return None

    return next((found for start in sorted(arrows) if (found := follow(start, []))), None)


def test_the_circle_finder_finds_one() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def test_type_checking_imports_count() -> None:
    tree = ast.parse("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import b\n")
    assert set(imports("x", tree, {"a", "a.b", "x"}, lazy=False)) == {"a.b"}


def test_import_chains_stay_short(sources: dict[str, ast.Module]) -> None:
    known = set(sources)
    arrows = {name: set(imports(name, tree, known, lazy=False)) for name, tree in sources.items()}
    if circle(arrows):
        pytest.fail("there is a circle, so depth has no meaning")

    @cache
    def depth(module: str) -> int:
        return 1 + max(map(depth, arrows[module]), default=0)

    deepest = max(arrows, key=depth)
    assert depth(deepest) <= DEPTH, deepest


def test_every_arrow_points_down(arrows: dict[str, set[str]]) -> None:
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    wrong = [
        f"{source} -> {target}"
        for source, targets in arrows.items()
        for target in targets
        if source.count(".")
        and target.count(".")
        and source.split(".")[1] != target.split(".")[1]
        and floor[source.split(".")[1]] >= floor[target.split(".")[1]]
    ]
    assert wrong == []


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    env = dict(os.environ, PYTHONPATH=str(folder / "src"), PYTHONDONTWRITEBYTECODE="1")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def house(tmp_path: Path, root: Path) -> Path:
    """The contract of this project over a copy with every room, empty but for its docstring."""
    shutil.copy(root / "pyproject.toml", tmp_path)
    package = tmp_path / "src" / "orebook"
    for room in ("cli", "web", "show", "acts", "book", "exchange", "engines", "model", "log"):
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").touch()
    for engine in ("balance", "origin"):
        (package / "engines" / f"{engine}.py").touch()
    for name in ("__init__", "wiring", "testing"):
        (package / f"{name}.py").touch()
    return tmp_path


def test_an_empty_house_keeps_the_contract(house: Path) -> None:
    done = lint_imports(house)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("engines/__init__.py", "import orebook.book"),
        ("log/__init__.py", "import orebook.model"),
        ("model/__init__.py", "import orebook.log"),
        ("acts/__init__.py", "import orebook.web"),
        ("wiring.py", "import orebook.testing"),
        ("engines/origin.py", "import orebook.engines.balance"),
        (
            "model/__init__.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import orebook.book",
        ),
        ("book/__init__.py", "def late():\n    import orebook.exchange"),
        ("utils.py", ""),
    ],
)
def test_the_contract_bites(house: Path, file: str, text: str) -> None:
    (house / "src" / "orebook" / file).write_text(text)
    done = lint_imports(house)
    assert done.returncode != 0
    assert "BROKEN" in done.stdout or "exhaustive" in done.stdout, done.stdout + done.stderr


def test_a_circle_inside_a_room_breaks_the_contract(house: Path) -> None:
    room = house / "src" / "orebook" / "book"
    (room / "one.py").write_text("import orebook.book.two")
    (room / "two.py").write_text("import orebook.book.one")
    done = lint_imports(house)
    assert done.returncode != 0
    assert "no circles inside a room BROKEN" in done.stdout
