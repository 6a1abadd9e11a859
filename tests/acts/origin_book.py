"""Rows of small books of copper whose shares can be worked out by hand."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def kilograms(value: float | str) -> Row:
    return {"value": str(value), "unit": "KGM", "basis": "dry", "doubt": {"kind": "exact"}}


def mine(name: str) -> Row:
    fact = {"id": f"facility:{name}", "name": f"Mine {name}", "kind": "mine", "country": "CL"}
    return {"kind": "facility", "fact": fact}


def lot(name: str, mass: float | None = None, grade: str = "100", **more: Any) -> list[Row]:
    """A lot of metal and its assay: of this grade of copper, exactly."""
    fact = {"id": f"lot:{name}", "form": "metal", **more}
    if mass is not None:
        fact["mass"] = kilograms(mass)
    result = {
        "substance": "Cu",
        "grade": {"value": grade, "unit": "P1", "doubt": {"kind": "exact"}},
    }
    assay = {"id": f"assay:{name}", "lot": f"lot:{name}", "basis": "dry", "results": [result]}
    return [{"kind": "lot", "fact": fact}, {"kind": "assay", "fact": assay}]


def ore(name: str, mass: float, at: str) -> list[Row]:
    """A lot that a mine says is its own."""
    return lot(name, mass, facility=f"facility:{at}", stage="mine", country="CL")


def event(
    name: str, into: dict[str, float | None], out: dict[str, float | None], **more: Any
) -> Row:
    """Something made of lots; a mass of None is not stated."""
    fact = {
        "id": f"event:{name}",
        "kind": "transform",
        "when": "2026-02-01T00:00:00Z",
        "inputs": [_flow(*pair) for pair in into.items()],
        "outputs": [_flow(*pair) for pair in out.items()],
        **more,
    }
    return {"kind": "event", "fact": fact}


def _flow(name: str, mass: float | None) -> Row:
    flow: Row = {"lot": f"lot:{name}"}
    if mass is not None:
        flow["mass"] = kilograms(mass)
    return flow


def two_mines() -> list[Row]:
    """60 kg of mine A and 40 kg of mine B, each with its lot."""
    return [mine("A"), mine("B"), *ore("a", 60, "A"), *ore("b", 40, "B")]
