"""Our pytest plugin: browser tests say why they are left out; counts grow under `make proof`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).resolve().parent))

import system

FULL = os.environ.get("OREBOOK_FULL") == "1"
settings.register_profile("orebook-full", derandomize=True, deadline=None, max_examples=500)


@pytest.fixture(scope="session")
def count() -> Callable[[int, int], int]:
    """`count(small, full)`: how many to try in `make test`, and how many in `make proof`."""
    return lambda small, full: full if FULL else small


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    # After tests/conftest.py has loaded the everyday profile, before any test is decorated.
    if FULL:
        settings.load_profile("orebook-full")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = system.why_not()
    for item in items:
        if reason and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=reason))
        if "count" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.counted)
