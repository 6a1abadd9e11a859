"""What is plainly sound has no fault: the quick look never passes what the whole check refuses."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orebook.model import shape
from orebook.model.shape import KINDS
from orebook.model.sound import sound


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


bodies = _beside("bodies")
ODD = (
    None, True, 0, -1, 2**53, 1.5, "", " ", "\x1f", " x", "x ", "\ud800", "é", "x" * 513, "1e3",
    "-1", "007", "1.", "NaN", "2025-02-30", "2025-10-02T06:00:00", "Zz", "KGM", "contained", [], {},
    ["x", {"absent": "sealed"}], {"absent": "sealed"}, {"absent": "no such word"},
    {"value": "-1", "unit": "KGM"}, {"value": "1", "unit": "KGM", "basis": "contained"},
    {"value": "101", "unit": "P1"}, {"value": "100", "unit": "P1"},
    {"value": "1", "unit": "MTR"}, {"value": "1", "unit": "KGM", "more": "x"}, {"value": "1"},
)  # fmt: skip


def changed(draw: Any, value: Any) -> Any:
    """The value with one thing in it, or itself, replaced, left out or added."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        name = draw(st.sampled_from(sorted(value)))
        match draw(st.integers(0, 5)):
            case 0:
                return {n: v for n, v in value.items() if n != name}
            case 1:
                return {**value, draw(st.sampled_from(["note", "sealed", "x", "absent"])): "x"}
            case _:
                return {**value, name: changed(draw, value[name])}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], changed(draw, value[at]), *value[at + 1 :]]
    return draw(st.sampled_from(ODD))


@pytest.mark.parametrize("kind", KINDS)
@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_quick_yes_is_a_yes(kind: str, data: st.DataObject) -> None:
    body = data.draw(bodies.bodies(kind))
    assert not shape._faults(kind, body, "")
    for _ in range(data.draw(st.integers(0, 2))):
        body = changed(data.draw, body)
    if sound(kind, body):
        assert shape._faults(kind, body, "") == []


def test_a_plain_event_is_seen_at_once() -> None:
    flow = {"lot": "lot:1", "mass": {"value": "21981.5", "unit": "KGM", "basis": "wet"}}
    body: dict[str, Any] = {"id": "event:1", "kind": "pack", "when": "2026-01-01T00:00:00Z"}
    body |= {"inputs": [flow], "outputs": [{"lot": "lot:2"}], "facility": "place:1"}
    assert sound("event", body)
    assert not sound("event", {**body, "when": "2026-02-30"})
    assert not sound("no such kind", body)
