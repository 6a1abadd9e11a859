"""Fields of the OCDS profile for public-private partnerships, from what an agreement states.

Signatories, agreed metrics with their targets, what was measured since, the risks its terms speak
of with who bears them where that is stated, tariffs, charges and amendments; shareholdings of its
parties. Left out, as no fact here holds them: penalties and failures of performance.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from orebook.exchange.json_text import Number, Object, Value
from orebook.model.entry import Body
from orebook.model.units import unit

_HOME = "https://raw.githubusercontent.com/open-contracting-extensions/"
EXTENSIONS = {
    "signatories": f"{_HOME}ocds_contract_signatories_extension/master/extension.json",
    "agreedMetrics": f"{_HOME}ocds_metrics_extension/master/extension.json",
    "metrics": f"{_HOME}ocds_metrics_extension/master/extension.json",
    "riskAllocation": f"{_HOME}ocds_riskAllocation_extension/master/extension.json",
    "finance": f"{_HOME}ocds_finance_extension/master/extension.json",
    "shareholders": f"{_HOME}ocds_shareholders_extension/master/extension.json",
    "tariffs": f"{_HOME}ocds_tariffs_extension/master/extension.json",
    "charges": f"{_HOME}ocds_charges_extension/master/extension.json",
}
# Kinds of party that the profile calls public authorities; a party without a kind is neither.
_PUBLIC = {"government", "state_body", "office_holder"}
_PRIVATE = {"company"}
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
        "riskAllocation": _risks(agreement, told),
        "tariffs": _tariffs(agreement),
        "amendments": _amendments(agreement),
    }
    for name, items in fields.items():
        if items:
            contract[name] = cast("Value", items)
    if observed := _observed(agreement, told):
        held = cast("Object", contract.setdefault("implementation", {}))
        held["metrics"] = cast("Value", observed)
    if charged := _charges(agreement):
        held = cast("Object", contract.setdefault("implementation", {}))
        held["charges"] = cast("Value", charged)


def shareholders(party: Body, told: Told) -> list[Object]:
    """The organisations that hold shares of a party, each with its share where it is stated."""
    found: list[Object] = []
    for one in items_of(party, "shareholders"):
        ident = text_of(one, "holder")
        if not ident:
            continue
        name = text_of(told.get("party", {}).get(ident, {}), "name") or ident
        held: Object = {"id": ident, "shareholder": {"id": ident, "name": name}}
        if (share := fraction(one.get("share"))) is not None:
            held["shareholding"] = Number(format(share, "f"))
        if votes := text_of(one, "votes"):
            held["votingRightsDetails"] = votes
        if on := text_of(one, "on"):
            held["notes"] = f"As told of {on}."
        found.append(held)
    return found


def fraction(value: object) -> Decimal | None:
    """A share as a part of one; None where it is absent, sealed or not told."""
    if not isinstance(value, dict) or "value" not in value:
        return None
    told = (Decimal(str(value["value"])) * unit(str(value["unit"])).factor).normalize()
    return told.quantize(Decimal(1)) if told == told.to_integral_value() else told


def extensions(contracts: list[Object], parties: list[Object]) -> list[Value]:
    """The extensions whose fields these contracts and parties use, in a fixed order."""
    used = {name for one in (*contracts, *parties) for name in one}
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


def _risks(agreement: Body, told: Told) -> list[Object]:
    """Each term that speaks of a risk, in its own words, with who bears it where that is stated.

    Unknown: who bears a risk is never read out of words.
    """
    found: list[Object] = []
    for term in items_of(agreement, "terms"):
        key, words = text_of(term, "key"), text_of(term, "value")
        if key in RISKS and words:
            one: Object = {"id": key, "category": RISKS[key], "description": words}
            found.append(one | _borne(term, told, ""))
    for clause in items_of(agreement, "clauses"):
        for key in _texts(clause, "keys"):
            if key in RISKS and (words := text_of(clause, "text")):
                number = text_of(clause, "number")
                one = {"id": f"clause-{number}-{key}", "category": RISKS[key]}
                found.append(one | {"description": words} | _borne(clause, told, number))
    return found


def _borne(one: Body, told: Told, clause: str) -> Object:
    """The side that bears a risk by the profile's codelist, and the parties by name."""
    parties = told.get("party", {})
    bearers = [parties.get(ident, {"id": ident}) for ident in _texts(one, "borne_by")]
    notes = [f"Clause {clause}"] if clause else []
    if not bearers:
        return {"notes": notes[0]} if notes else {}
    names = ", ".join(text_of(b, "name") or str(b["id"]) for b in bearers)
    kinds = {text_of(b, "kind") for b in bearers}
    side = "undefined"
    if kinds <= _PUBLIC:
        side = "publicAuthority"
    elif kinds <= _PRIVATE:
        side = "privateParty"
    return {"allocation": side, "notes": "; ".join((*notes, f"borne by {names}"))}


def _tariffs(agreement: Body) -> list[Object]:
    """Every charge that has a rate: the amount, for which unit, from when to when."""
    found = []
    for n, one in enumerate(items_of(agreement, "charges"), 1):
        rate = one.get("rate")
        if not isinstance(rate, dict) or "value" not in rate:
            continue
        tariff = _charge(one, n)
        tariff["value"] = _money(rate)
        if per := text_of(one, "per"):
            tariff["unit"] = {"name": per}
        found.append(tariff)
    return found


def _charges(agreement: Body) -> list[Object]:
    """Every charge whose revenue is told, expected or paid."""
    found = []
    for n, one in enumerate(items_of(agreement, "charges"), 1):
        told = {"estimatedValue": one.get("expected"), "actualValue": one.get("paid")}
        sums = {k: _money(v) for k, v in told.items() if isinstance(v, dict) and "value" in v}
        if sums:
            found.append(_charge(one, n) | cast("Object", sums))
    return found


def _charge(one: Body, number: int) -> Object:
    told: Object = {"id": f"charges-{number}"}
    if title := text_of(one, "title"):
        told["title"] = title
    if payer := text_of(one, "paid_by"):
        told["paidBy"] = payer
    ends = {"startDate": text_of(one, "since"), "endDate": text_of(one, "until")}
    if period := {k: f"{v}T00:00:00Z" for k, v in ends.items() if len(v) == 10}:
        told["period"] = cast("Value", period)
    if vague := [v for v in ends.values() if v and len(v) != 10]:
        told["notes"] = f"Dates as told: {', '.join(vague)}."
    return told


def _money(body: Body) -> Object:
    return {"amount": Number(str(body["value"])), "currency": str(body["currency"])}


def _texts(one: Body, name: str) -> list[str]:
    value = one.get(name)
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
        return {"value": _money(money)}
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
