"""Our assays as EPCIS sensor reports, and sensor reports that say they are assays.

EPCIS has no basis, coverage, detection limit, laboratory, sample or mass fraction. These stand in
the namespace `urn:orebook:` (docs/reference/epcis-assays.md); the plain members are filled beside
them, so that others read something and never a bound as a value: a reading below a limit has
`maxValue` and no `value`. Source: EPCIS 2.0, 7.3.7 (sensor elements); CBV 2.0, 7.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast
from urllib.parse import quote, unquote

from orebook.exchange.format import Read
from orebook.exchange.json_check import is_uri
from orebook.exchange.json_text import Number, Object, Value
from orebook.exchange.json_text import read as json_read
from orebook.exchange.json_text import write as json_write
from orebook.model.entry import Body
from orebook.model.problem import Problem
from orebook.model.shape import check, decimal
from orebook.model.when import BadDate, when

EVENT_ID = "urn:orebook:assay:"  # of an event that says nothing but the assay
SUBSTANCE = "urn:orebook:substance:"
_ID = "urn:orebook:id:"
_OWN = "orebook:"
_APART = ("id", "lot", "results", "foreign")
_LIMITS = {"<": "maxValue", "≤": "maxValue", ">": "minValue", "≥": "minValue"}


def assay_event(body: Body) -> Object | None:
    """An event that states the assay; None where EPCIS cannot: no day, no lot that is named.

    The time of a day without a clock is its beginning in UTC, with the day as it is in
    `orebook:when`.
    """
    lot, day, results = body.get("lot"), body.get("when"), body.get("results")
    if not isinstance(lot, str) or not isinstance(day, str) or not isinstance(results, list):
        return None
    moment = _moment(day)
    if moment is None:
        return None
    time, offset = moment
    element: Object = {"orebook:assay": cast("str", body["id"])}
    if not is_uri(lot):
        element["orebook:lot"] = lot
    for name, value in body.items():
        if name not in _APART:
            element[_OWN + name] = _value(value)
    element["sensorReport"] = [_report(cast("Body", result)) for result in results]
    return {
        "type": "ObjectEvent",
        "eventID": EVENT_ID + quote(str(body["id"]), safe=":/"),
        "eventTime": time,
        "eventTimeZoneOffset": offset,
        "epcList": [lot if is_uri(lot) else _ID + quote(lot, safe="")],
        "action": "OBSERVE",
        "bizStep": "inspecting",
        "sensorElementList": [cast("Value", element)],
    }


def _moment(day: str) -> tuple[str, str] | None:
    try:
        known = when(day)
    except BadDate:
        return None
    if known.instant is not None:
        return day, "+00:00" if day.endswith("Z") else day[-6:]
    if len(day) != 10:
        return None
    return f"{day}T00:00:00Z", "+00:00"


def _report(result: Body) -> Value:
    """One result: the plain members for everybody, ours for what they cannot say."""
    report: Object = {"type": "Dimensionless"}
    substance = result.get("substance")
    if isinstance(substance, str):
        report["chemicalSubstance"] = SUBSTANCE + quote(substance, safe="")
    operator, grade = result.get("operator"), result.get("grade")
    if isinstance(operator, str):
        report["orebook:operator"] = operator
    if isinstance(grade, dict) and "value" in grade:
        limit = _LIMITS.get(str(operator))
        report[limit or "value"] = Number(str(grade["value"]))
        report["uom"] = cast("str", grade["unit"])
        doubt = grade.get("doubt")
        if isinstance(doubt, dict) and not limit:
            _spread(doubt, report)
        if isinstance(grade.get("cause"), str):
            report["orebook:cause"] = grade["cause"]
        if doubt is not None:
            report["orebook:doubt"] = _flat(doubt)
    elif grade is not None:
        report["orebook:grade"] = json_write(_value(grade))
    return report


def _flat(doubt: object) -> str:
    """A doubt as text, for in XML a report has attributes alone: `kind normal, sd 0.13`."""
    members = doubt.items() if isinstance(doubt, dict) else ()
    simple = all(isinstance(v, str) and re.fullmatch(r"[^\s,{}]+", v) for _, v in members)
    if members and simple:
        return ", ".join(f"{name} {value}" for name, value in members)
    return json_write(_value(doubt))


def _doubt(text: Value) -> object:
    if not isinstance(text, str):
        return _plain(text)
    if text.startswith("{"):
        value = json_read(text.encode("utf-8"))
        return text if isinstance(value, Problem) else _plain(value)
    return dict(part.split(" ", 1) for part in text.split(", ") if " " in part)


def _spread(doubt: Body, report: Object) -> None:
    if doubt.get("kind") == "normal" and decimal(doubt.get("sd")) is not None:
        report["sDev"] = Number(str(doubt["sd"]))
    if doubt.get("kind") == "range":
        for name, member in (("low", "minValue"), ("high", "maxValue")):
            if decimal(doubt.get(name)) is not None:
                report[member] = Number(str(doubt[name]))


def _value(value: object) -> Value:
    if isinstance(value, dict):
        return {name: _value(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_value(member) for member in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return Number(str(value))
    return cast("Value", value)


def only_assay(event: Object) -> bool:
    """Whether the event says nothing but an assay of ours."""
    named = str(event.get("eventID", "")).startswith(EVENT_ID)
    return named and next(_elements(event), None) is not None


def stated(event: Object, place: str, file: str, format_: str) -> Iterator[Read | Problem]:
    """The assays of the event as facts; those beside other statements marked as read from it."""
    alone = only_assay(event)
    for one in assays(event, place):
        if isinstance(one, Problem):
            yield one.within("", file)
            continue
        at, body = one
        yield Read("assay", body if alone else {**body, "foreign": {"format": format_}}, at)


def assays(event: Object, place: str) -> Iterator[tuple[str, Body] | Problem]:
    """The assays that sensor elements of the event say they are, each with its place.

    Refuses: a Problem for one that names itself an assay and is none.
    """
    for index, element in _elements(event):
        at = f"{place}/sensorElementList/{index}"
        body = _body(event, element)
        problems = check("assay", body)
        yield from (problem.within(at) for problem in problems)
        if not problems:
            yield at, body


def _elements(event: Object) -> Iterator[tuple[int, Object]]:
    listed = event.get("sensorElementList")
    for index, element in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(element, dict) and "orebook:assay" in element:
            yield index, element


def _body(event: Object, element: Object) -> Body:
    body: Body = {"id": element["orebook:assay"], "lot": element.get("orebook:lot", _lot(event))}
    for name, value in element.items():
        if name.startswith(_OWN) and name not in {"orebook:assay", "orebook:lot"}:
            body[name.removeprefix(_OWN)] = _plain(value)
    if "when" not in body:
        body["when"] = event["eventTime"]
    reports = element.get("sensorReport")
    listed = reports if isinstance(reports, list) else []
    body["results"] = [_result(cast("Object", report)) for report in listed]
    return body


def _lot(event: Object) -> Value:
    """The one lot the event speaks of; nothing where it speaks of several."""
    epcs, quantities = event.get("epcList"), event.get("quantityList")
    found: list[Value] = list(epcs) if isinstance(epcs, list) else []
    listed = quantities if isinstance(quantities, list) else []
    found += [one.get("epcClass") if isinstance(one, dict) else None for one in listed]
    return found[0] if len(found) == 1 else None


def _result(report: Object) -> Body:
    substance = str(report.get("chemicalSubstance", ""))
    operator = str(report.get("orebook:operator", "="))
    result: Body = {"substance": unquote(substance.removeprefix(SUBSTANCE)), "operator": operator}
    stated_grade = report.get("orebook:grade")
    if isinstance(stated_grade, str):
        value = json_read(stated_grade.encode("utf-8"))
        result["grade"] = stated_grade if isinstance(value, Problem) else _plain(value)
        return result
    amount = report.get(_LIMITS.get(operator, "value"), report.get("meanValue"))
    grade: Body = {"value": _plain(amount), "unit": report.get("uom")}
    if "orebook:doubt" in report:
        grade["doubt"] = _doubt(report["orebook:doubt"])
    if "orebook:cause" in report:
        grade["cause"] = _plain(report["orebook:cause"])
    if "doubt" not in grade and operator not in _LIMITS and isinstance(report.get("sDev"), Number):
        grade["doubt"] = {"kind": "normal", "sd": _plain(report["sDev"])}
    result["grade"] = grade
    return result


def _plain(value: Value) -> object:
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value
