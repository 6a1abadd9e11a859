"""Facts built from plain bodies, checked by shape first, as a book would hand them over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orebook.model.entry import Ref
from orebook.model.facts import Facts, Head, facts_of
from orebook.model.read import record
from orebook.model.shape import check

Bodies = list[tuple[str, dict[str, Any]]]


def facts_from(bodies: Bodies) -> Facts:
    head = Head("test.example/book", len(bodies), "00" * 32)
    records = []
    for position, (kind, body) in enumerate(bodies):
        assert check(kind, body) == []
        records.append(record(kind, body, Ref(f"{position:064x}", 0, position)))
    return facts_of(head, "", "2026-01-01", records)


def doubtful(value: str, unit: str, sd: str | None = None, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"value": value, "unit": unit, **more}
    if sd == "exact":
        body["doubt"] = {"kind": "exact"}
    elif sd is not None:
        body["doubt"] = {"kind": "normal", "sd": sd}
    return body


def smelter_bodies(**output: Any) -> Bodies:
    """The UN sample: 30 t of "30 %" concentrate becomes 10 t of cathode, nothing else said."""
    return [
        ("lot", {"id": "conc", "label": "copper concentrate", "form": "concentrate"}),
        (
            "lot",
            {
                "id": "cath",
                "label": "copper cathode",
                "form": "cathode",
                "made": "2025-03-01",
                "materials": [
                    {
                        "name": "Copper concentrate",
                        "country": "ZM",
                        "share": {"value": "88", "unit": "P1"},
                        "recycled": {"value": "0", "unit": "P1"},
                    },
                    {
                        "name": "Recycled copper scrap",
                        "country": "JP",
                        "share": {"value": "12", "unit": "P1"},
                        "recycled": {"value": "100", "unit": "P1"},
                    },
                ],
                **output,
            },
        ),
        (
            "assay",
            {
                "id": "a-conc",
                "lot": "conc",
                "standing": "declared",
                "results": [{"substance": "Cu", "grade": {"value": "30", "unit": "P1"}}],
            },
        ),
        (
            "assay",
            {
                "id": "a-cath",
                "lot": "cath",
                "standing": "declared",
                "results": [{"substance": "Cu", "grade": {"value": "99.99", "unit": "P1"}}],
            },
        ),
        (
            "event",
            {
                "id": "make",
                "kind": "smelt",
                "when": "2025-03-05T06:00:00Z",
                "inputs": [{"lot": "conc", "mass": {"value": "30000", "unit": "KGM"}}],
                "outputs": [{"lot": "cath", "mass": {"value": "10000", "unit": "KGM"}}],
            },
        ),
    ]


@pytest.fixture(scope="session")
def build() -> Callable[[Bodies], Facts]:
    return facts_from


@pytest.fixture(scope="session")
def figure_of() -> Callable[..., dict[str, Any]]:
    return doubtful


@pytest.fixture(scope="session")
def smelter() -> Callable[..., Bodies]:
    return smelter_bodies
