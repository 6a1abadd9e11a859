"""The official smelter sample, captured as published, and flagged: copper, transit, granularity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
SAMPLES = "untp-0.7.0/samples-rc-april-2026"
CONCENTRATE = "https://id.sample-mine.example.com/product/cu-conc-2025"
CATHODE = "https://id.sample-refinery.example.com/product/cu-cathode-2025"
MAKE = "https://sample-refinery.example.com/events/make-cathode-2025-0305"


@pytest.fixture
def told(standards: Path, made: Path, orebook: Run) -> Path:
    """A book that holds every credential of the official set, and nothing else."""
    kinds = ("dte", "dpp", "dfr", "dcc", "dia")
    files = [f for kind in kinds for f in sorted((standards / SAMPLES / kind).glob("*.json"))]
    assert len(files) == 11
    for some in (files[:6], files[6:]):  # few at a time: by this process alone
        done = orebook("capture", *some, "--book", made, "--json")
        assert done.code == 0, done.err
        assert {one["format"] for one in done.json} == {"untp"}
        assert not any(one["problems"] for one in done.json)
    return made


def test_the_copper_that_comes_out_was_never_put_in(told: Path, orebook: Run) -> None:
    """The grades stand in names ("Cu 30%"): whoever takes them for grades says so."""
    ask = ("balance", "--event", MAKE, "--book", told, "--json")
    silent = orebook(*ask)
    assert silent.code == 3  # no grade and no basis is stated: it cannot be told
    grades = (f"grade:{CONCENTRATE}:Cu=30%", f"grade:{CATHODE}:Cu=99.99%")
    words = [w for one in ("basis=dry", "as-written", *grades) for w in ("--assume", one)]
    asked = orebook(*ask, *words)
    assert asked.code == 1
    (finding,) = asked.json["findings"]
    assert finding["verdict"] == "does_not_add_up"
    copper = next(part for part in finding["parts"] if part["component"] == "Cu")
    figures = {one["name"]: one for one in copper["figures"]}
    assert figures["gap"]["value"] == "999"
    shown = orebook(*ask[:-1], *words).out.replace("\u00a0", " ")
    assert "33.33 % (stated: 30 %)" in shown  # the grade at which it would close


def test_four_days_by_sea_and_one_name_for_many_batches(told: Path, orebook: Run) -> None:
    done = orebook("contradictions", "--book", told, "--json")
    assert done.code == 1
    flagged = {(part["component"], part["subject"]): part for part in done.json["parts"]}
    assert set(flagged) == {
        ("moved-too-fast", CONCENTRATE),
        ("model-with-a-batch", CONCENTRATE),
        ("model-with-a-batch", CATHODE),
        ("made-before-its-event", CATHODE),
    }
    transit = flagged["moved-too-fast", CONCENTRATE]
    assert transit["verdict"] == "cannot_be_told"
    days = next(one for one in transit["figures"] if one["name"] == "days")
    assert days["value"] == "3.9"
    assert "a ship of 25 knots takes 10.9 days" in transit["reasons"][0]
    # Where the plants lie is sealed: who may not see it is not told what follows from it.
    public = orebook("contradictions", "--book", told, "--reader", "public", "--json").json
    assert "moved-too-fast" not in {part["component"] for part in public["parts"]}

    done = orebook("contradictions", CATHODE, "--book", told)
    assert done.code == 1
    assert "made-before-its-event" in done.out
    assert "moved-too-fast" not in done.out
    done = orebook("contradictions", "lot:none", "--book", told)
    assert (done.code, "expected a lot, event or assay" in done.err) == (2, True)
