"""Fields of the OCDS profile for public-private partnerships, from what an agreement states.

Signatories, agreed metrics with their targets, what was measured since, the risks its terms speak
of, and amendments. Left out, as no fact here holds them: who retains a risk, shareholdings, charges
paid by users or government, penalties.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from orebook.exchange.json_text import Number, Object, Value
from orebook.model.entry import Body

_HOME = "https://raw.githubusercontent.com/open-contracting-extensions/"
EXTENSIONS = {
    "signatories": f"{_HOME}ocds_contract_signatories_extension/master/extension.json",
    "agreedMetrics": f"{_HOME}ocds_metrics_extension/master/extension.json",
    "metrics": f"{_HOME}ocds_metrics_extension/master/extension.json",
    "riskAllocation": f"{_HOME}ocds_riskAllocation_extension/master/extension.json",
    "finance": f"{_HOME}ocds_finance_extension/master/extension.json",
}
# Term of the contract list → category of the profile's codelist of risks.
RISKS = {
    "transfer-of-risk": "all",
    "hardship-clause-or-force-majeure": "forceMajeure",
    "stabilization-clause": "changeInLaw",
    "cancellation-or-termination": "earlyTermination",
    "expropriation-or-nationalization": "earlyTermination",
    "environmental-protections": "environmental",
    "resettlement": "landAvailability",
    "land-use-outside-of-concession-area": "landAvailability",
    "price-and-offtake": "revenue",
}
_UNITS = {"KGM": "kilogram", "TNE": "tonne", "GRM": "gram"}
Told = Mapping[str, Mapping[str, Body]]


def fill(agreement: Body, told: Told, contract: Object) -> None:
    """Puts the profile's fields on a contract, each only where a fact states it.

    Unknown: a term that is absent or sealed is no risk; a commitment without a figure is no metric.
    """
    fields: dict[str, list[Object]] = {
        "signatories": _signatories(agreement, told),
        "agreedMetrics": _agreed(agreement),
        "riskAllocation": _risks(agreement),
        "amendments": _amendments(agreement),
    }
    for name, items in fields.items():
        if items:
            contract[name] = cast("Value", items)
    if observed := _observed(agreement, told):
        held = cast("Object", contract.setdefault("implementation", {}))
        held["metrics"] = cast("Value", observed)


def extensions(contracts: list[Object]) -> list[Value]:
    """The extensions whose fields these contracts use, in a fixed order."""
    used = {name for contract in contracts for name in contract}
    for contract in contracts:
        used |= set(cast("Object", contract.get("implementation") or {}))
    return list(dict.fromkeys(link for name, link in EXTENSIONS.items() if name in used))


def text_of(body: Body, name: str) -> str:
    """A member that is text; empty where there is none."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def items_of(body: Body, name: str) -> list[Body]:
    """A member that lists objects; empty where there is none."""
    value = body.get(name)
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _signatories(agreement: Body, told: Told) -> list[Object]:
    found: dict[str, Object] = {}
    for role in items_of(agreement, "parties"):
        ident = text_of(role, "party")
        if ident and text_of(role, "role") == "signatory":
            known = told.get("party", {}).get(ident, {})
            found[ident] = {"id": ident, "name": text_of(known, "name") or ident}
    return list(found.values())


def _risks(agreement: Body) -> list[Object]:
    """Each term that speaks of a risk, in its own words; who retains it is not read out of them."""
    found: list[Object] = []
    for term in items_of(agreement, "terms"):
        key, words = text_of(term, "key"), text_of(term, "value")
        if key in RISKS and words:
            found.append({"id": key, "category": RISKS[key], "description": words})
    for clause in items_of(agreement, "clauses"):
        for key in _keys(clause):
            if key in RISKS and (words := text_of(clause, "text")):
                number = text_of(clause, "number")
                one: Object = {"id": f"clause-{number}-{key}", "category": RISKS[key]}
                found.append(one | {"description": words, "notes": f"Clause {number}"})
    return found


def _keys(clause: Body) -> list[str]:
    value = clause.get("keys")
    return [k for k in value if isinstance(k, str)] if isinstance(value, list) else []


def _agreed(agreement: Body) -> list[Object]:
    """Every commitment that gives a figure, as a metric with its target and day."""
    found = []
    for n, one in enumerate(items_of(agreement, "commitments"), 1):
        target = _figure(one)
        if target is None:
            continue
        if due := text_of(one, "due"):
            if len(due) == 10:
                target["period"] = {"endDate": f"{due}T00:00:00Z"}
            else:
                target["notes"] = f"Due {due}."
        metric: Object = {"id": f"commitments-{n}", "title": text_of(one, "topic") or "commitment"}
        if text := text_of(one, "text"):
            metric["description"] = text
        target["id"] = "target"
        metric["observations"] = [target]
        found.append(metric)
    return found


def _figure(one: Body) -> Object | None:
    money, mass, count = one.get("money"), one.get("mass"), one.get("count")
    if isinstance(money, dict) and "value" in money:
        return {
            "value": {"amount": Number(str(money["value"])), "currency": str(money["currency"])}
        }
    if isinstance(mass, dict) and "value" in mass:
        return _mass(mass)
    if isinstance(count, int) and not isinstance(count, bool):
        return {"measure": Number(str(count)), "unit": {"name": text_of(one, "measure") or "count"}}
    return None


def _mass(mass: Body) -> Object:
    code = str(mass.get("unit", ""))
    unit: Object = {"name": _UNITS.get(code, code), "scheme": "UNCEFACT", "id": code}
    told: Object = {"measure": Number(str(mass["value"])), "unit": unit}
    if basis := text_of(mass, "basis"):
        told["dimensions"] = {"basis": basis}
    return told


def _observed(agreement: Body, told: Told) -> list[Object]:
    """The mass of each shipment under the agreement, one observation each and no sum."""
    found: list[Value] = []
    for shipment in told.get("shipment", {}).values():
        mass = shipment.get("mass")
        if shipment.get("agreement") != agreement["id"] or not isinstance(mass, dict):
            continue
        if "value" not in mass:
            continue
        one = _mass(mass)
        one["id"] = str(shipment["id"])
        left = text_of(shipment, "dispatched")
        if len(left) == 10:
            one["period"] = {"startDate": f"{left}T00:00:00Z"}
        found.append(one)
    if not found:
        return []
    return [{"id": "shipped", "title": "mass of each shipment", "observations": found}]


def _amendments(agreement: Body) -> list[Object]:
    earlier = text_of(agreement, "amends")
    if not earlier:
        return []
    one: Object = {"id": str(agreement["id"]), "description": f"Changes {earlier}."}
    if version := text_of(agreement, "version"):
        one["description"] = f"Version {version}; changes {earlier}."
    signed = text_of(agreement, "signed")
    if len(signed) == 10:
        one["date"] = f"{signed}T00:00:00Z"
    return [one]
