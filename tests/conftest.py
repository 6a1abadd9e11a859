"""Shared settings of the suite: one deterministic hypothesis profile, one door to the standards."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import postgres_server
import system

settings.register_profile("orebook", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("orebook")

_ROOT = Path(__file__).resolve().parent.parent


def _shared() -> Path:
    return Path(os.environ.get("OREBOOK_SHARED", _ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def standards() -> Path:
    """Official schemas, samples and vectors, read in place."""
    folder = _shared() / "standards"
    if not folder.is_dir():
        pytest.skip("the folder of official standards is not beside this project")
    return folder


@pytest.fixture(scope="session")
def cases() -> Path:
    """Facts typed from named sources, read in place."""
    folder = _shared() / "cases"
    if not folder.is_dir():
        pytest.skip("the folder of cases is not beside this project")
    return folder


@pytest.fixture(scope="session")
def statistics() -> Path:
    """Official statistics and published indicators, read in place."""
    folder = _shared() / "data"
    if not folder.is_dir():
        pytest.skip("the folder of statistics is not beside this project")
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, without a display and without a network of its own.

    One for all tests of a process: Playwright allows only one of its kind at a time.
    """
    from playwright.sync_api import sync_playwright

    path = system.browser()
    if path is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path, args=[flag for flag in system.FLAGS if flag != "--headless"]
        )
        yield opened


@pytest.fixture(scope="session", autouse=True)
def _state_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The user's state folder of the suite: no test touches the real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """The socket folder of a PostgreSQL server of this run alone."""
    if (reason := system.why_no_postgres()) is not None:
        pytest.skip(reason)
    with postgres_server.running() as folder:
        yield folder


@pytest.fixture
def postgres(postgres_socket: Path) -> Callable[[], object]:
    """Makes places for books in PostgreSQL, each a schema of its own."""
    from orebook.book.where import Postgres

    def fresh() -> Postgres:
        return Postgres(postgres_server.conninfo(postgres_socket), f"t{secrets.token_hex(8)}")

    return fresh
