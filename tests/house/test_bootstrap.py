"""Preparing the environment: what stops it says the line to run, and pip's settings reach uv."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def bootstrap(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", root / "tools" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / "venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / "venv" / "bin" / "python")
    monkeypatch.setattr(module, "HOME", tmp_path / "venv" / ".made-at")
    return module


def test_without_a_new_python_the_line_to_run_is_named(root: Path) -> None:
    env = dict(os.environ, PYTHON="no-such-python")
    done = subprocess.run(
        ["sh", str(root / "tools" / "bootstrap.sh"), "run"],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "apt-get install -y python3" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_venv_the_line_to_run_is_named(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(bootstrap.sys, "executable", "/usr/bin/python3")
    assert bootstrap.main("run") == 1
    assert "apt-get install -y python3" in capsys.readouterr().err
    assert not bootstrap.VENV.exists()


def test_the_stamp_follows_the_locks(bootstrap: ModuleType) -> None:
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.touch()
    assert not bootstrap.ready("run")
    bootstrap.stamp("run").write_text(bootstrap.fingerprint("run"))
    assert bootstrap.ready("run")
    assert not bootstrap.ready("test")
    bootstrap.stamp("run").write_text("an earlier lock")
    assert not bootstrap.ready("run")
    bootstrap.stamp("test").write_text(bootstrap.fingerprint("test"))
    assert bootstrap.ready("run")


def test_a_moved_environment_is_not_trusted(bootstrap: ModuleType) -> None:
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.symlink_to(sys.executable)
    assert bootstrap.usable()
    bootstrap.HOME.write_text("/elsewhere/.venv")
    assert not bootstrap.usable()
    bootstrap.HOME.write_text(str(bootstrap.VENV))
    assert bootstrap.usable()
    bootstrap.PYTHON.unlink()
    bootstrap.PYTHON.symlink_to("/no/such/python")
    assert not bootstrap.usable()


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, "https://mirror.test/simple"),
        ({"UV_DEFAULT_INDEX": "https://own.test"}, "https://own.test"),
    ],
)
def test_an_index_told_to_pip_alone_reaches_uv(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    own: dict[str, str],
    expected: str,
) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://mirror.test/simple\n")
    for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_CONFIG_FILE", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    assert bootstrap.index_settings()["UV_DEFAULT_INDEX"] == expected


def test_pip_takes_over_where_uv_fails(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[list[str]] = []

    def call(command: list[str], fault: str, env: object = None) -> None:
        ran.append(command)
        if command[0] == "uv":
            raise bootstrap.SetupError(f"{fault}: no such index")

    monkeypatch.setattr(bootstrap, "uv", lambda: "uv")
    monkeypatch.setattr(bootstrap, "index_settings", dict)
    monkeypatch.setattr(bootstrap, "call", call)
    bootstrap.install("run")
    assert "no such index" in capsys.readouterr().err
    assert [command[0] for command in ran] == ["uv", bootstrap.PIP[0], bootstrap.PIP[0]]
    assert all("--require-hashes" in command or "--no-index" in command for command in ran)
