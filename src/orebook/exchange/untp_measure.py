"""What was measured, as UNTP says it: a range of doubt as tolerances, grades as performances."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from orebook.exchange.json_text import Number, Object, Value
from orebook.exchange.untp_statement import text
from orebook.model.entry import Body
from orebook.model.units import unit

GRADE = "urn:orebook:grade"


def performances(assay: Body) -> list[Value]:
    """What was measured of each substance; a reading below a limit is a score, and no number."""
    basis = {"dry": ", dry basis", "as_received": ", as received"}.get(text(assay, "basis"), "")
    found: list[Value] = []
    for result in cast("list[Body]", assay.get("results") or []):
        grade, substance = result.get("grade"), str(result["substance"])
        if not isinstance(grade, dict) or "value" not in grade:
            continue
        one: Object = {
            "metric": {
                "type": ["PerformanceMetric"],
                "id": f"{GRADE}:{substance}",
                "name": f"{substance} content{basis}",
            }
        }
        if operator := text(result, "operator"):
            one["score"] = {
                "code": f"{operator} {grade['value']} {unit(str(grade['unit'])).symbol}",
                "definition": "a limit: what was measured lies below it",
            }
        else:
            one["measure"] = {"value": Number(str(grade["value"])), "unit": str(grade["unit"])}
            tolerances(one, grade, "measure")
        found.append(one)
    return found


def tolerances(item: Object, quantity: Value, member: str) -> None:
    """A range of doubt as what UNTP has for it; any other doubt it cannot say."""
    doubt = quantity.get("doubt") if isinstance(quantity, dict) else None
    measure = item.get(member)
    if not isinstance(doubt, dict) or doubt.get("kind") != "range" or not isinstance(measure, dict):
        return
    value = Decimal(str(cast("Object", quantity)["value"]))
    low, high = Decimal(str(doubt["low"])), Decimal(str(doubt["high"]))
    measure["lowerTolerance"] = Number(format(value - low, "f"))
    measure["upperTolerance"] = Number(format(high - value, "f"))
