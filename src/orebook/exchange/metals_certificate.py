"""Metals certificates of the material-identity schema v0.1.1, both directions.

The certificate is carried whole with its document and goes out as it came in; the people in it are
sealed. Its product becomes a `lot`, its chemical analysis an `assay`: a result with an operator is
a bound, a range is two bounds. The schema's uncertainty has no coverage, so it becomes no spread:
it stands in the assay's note as printed. What is measured otherwise (mechanical, physical, other
tests) is carried. Source: material-identity/schemas, Metals v0.1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from orebook.exchange.carried import Pair, carry, lay_over
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.json_check import (
    Check,
    Fault,
    Faults,
    boolean,
    date,
    filled,
    listing,
    number,
    pattern,
    record,
    text,
    word,
)
from orebook.exchange.json_text import Number, Object, Value, escape
from orebook.exchange.json_text import read_stream as json_read
from orebook.exchange.json_text import write as json_text
from orebook.model.entry import Body
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import decimal
from orebook.model.substance import UnknownSubstance, substance
from orebook.model.units import UnknownUnit, unit

NAME = "metals-certificate"
_SIGN = re.compile(rb'"DigitalMaterialPassport"|materialidentity\.org/metals-schemas')
_OPERATORS = {"=": "=", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_ROLES = ("Manufacturer", "Customer", "Subcustomer", "GoodsReceiver", "CertificateReceiver")
_PASSPORT = "DigitalMaterialPassport"


def _figure(value: Value) -> Faults | None:
    faults = number(value)
    if not faults and isinstance(value, Number) and decimal(value.text) is None:
        expected = "a number of at most 30 digits before and after the point"
        return [Fault("", "not-a-number", expected, value)]
    return faults


_RESULTS: dict[str, Check] = {
    "numeric": record(
        {
            "ResultType": text,
            "Value": _figure,
            "Operator": word(_OPERATORS),
            "Uncertainty": _figure,
            "SignificantDigits": _figure,
        },
        required=("Value",),
        extra="any",
    ),
    "boolean": record({"Value": boolean}, required=("Value",), extra="any"),
    "string": record({"Value": text}, required=("Value",), extra="any"),
    "range": record(
        {"Minimum": _figure, "Maximum": _figure, "Inclusive": boolean},
        required=("Minimum", "Maximum"),
        extra="any",
    ),
    "array": record(
        {"Data": listing(record({}, extra="any"), least=1)}, required=("Data",), extra="any"
    ),
    "multiValue": record(
        {"Values": listing(record({}, extra="any"), least=3)}, required=("Values",), extra="any"
    ),
}


def _result(value: Value) -> Faults | None:
    kind = value.get("ResultType") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _RESULTS:
        expected = f"a result of type {', '.join(_RESULTS)}"
        return [Fault("/ResultType", "unknown-word", expected, kind)]
    return _RESULTS[kind](value)


_COUNTRY = pattern("[A-Z]{2}", "two capital letters (ISO 3166-1)")
_ELEMENT = record(
    {
        **dict.fromkeys(("PropertySymbol", "PropertyName", "Unit", "Method", "Formula"), text),
        **dict.fromkeys(("Actual", "Minimum", "Maximum", "Target"), _result),
    },
    required=("Actual",),
    extra="any",
)
_ANALYSIS = record(
    {"HeatNumber": filled, "Elements": listing(_ELEMENT), "AnalysisStandard": text},
    required=("HeatNumber", "Elements"),
    extra="any",
)
_PARTY = record(
    {
        "Name": filled,
        "Country": _COUNTRY,
        "Identifiers": record(dict.fromkeys(("CageCode", "VAT", "DUNS"), filled), extra="any"),
    },
    required=("Name", "Country"),
    extra="any",
)
_PRODUCT = record(
    {
        "Name": filled,
        "BatchId": filled,
        "CountryOfOrigin": _COUNTRY,
        "ProductionDate": date,
        "Weight": _figure,
        "WeightUnit": text,
    },
    required=("Name", "BatchId"),
    extra="any",
)
_SHAPE = record(
    {
        "RefSchemaUrl": text,
        _PASSPORT: record(
            {
                "Languages": listing(text, least=1, distinct=True),
                "Id": filled,
                "Version": pattern(r"[0-9]+\.[0-9]+\.[0-9]+", "a version such as 1.0.0"),
                "IssueDate": date,
                "TransactionData": record(
                    {
                        "Parties": record(
                            dict.fromkeys(_ROLES, _PARTY),
                            required=("Manufacturer", "Customer"),
                            extra="any",
                        )
                    },
                    required=("Parties",),
                    extra="any",
                ),
                "Product": _PRODUCT,
                "ChemicalAnalysis": _ANALYSIS,
                "Validation": record({}, extra="any"),
            },
            required=(
                "Languages",
                "Id",
                "Version",
                "IssueDate",
                "Product",
                "TransactionData",
                "Validation",
            ),
            extra="any",
        ),
    },
    required=(_PASSPORT,),
    extra="any",
)


def sniff(start: bytes, name: str) -> int:
    """How surely this is a metals certificate: 0 to 100."""
    if _SIGN.search(start) and start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return 92
    return 4 if name.lower().endswith(".json") else 0


def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    """The parties, the lot and the assay of one certificate, then its document.

    Refuses: the whole certificate where a part that becomes a fact is at fault.
    """
    value = json_read(stream)
    if isinstance(value, Problem):
        yield value.within("", source.name)
        return
    faults = _SHAPE(value)
    if faults:
        yield from (fault.problem().within("", source.name) for fault in faults)
        return
    certificate = cast("Object", value)
    facts = list(_facts(cast("Object", certificate[_PASSPORT])))
    yield from facts
    shown, sealed = _parted(certificate)
    body: Body = {
        "id": source.document,
        "media_type": "application/json",
        "format": NAME,
        "facts": len(facts),
        "envelope": carry(shown),
    }
    if sealed:
        body["withheld"] = carry(sealed)
    if source.name.strip():
        body["name"] = source.name
    yield Read("document", body, "")


def _parted(certificate: Object) -> tuple[list[Pair], list[Pair]]:
    """The members that lie open, and those that say who a person is."""
    sealed: list[Pair] = []
    passport = dict(cast("Object", certificate[_PASSPORT]))
    at = f"/{_PASSPORT}"
    validation = dict(cast("Object", passport["Validation"]))
    if "Validators" in validation:
        sealed.append((f"{at}/Validation/Validators", validation.pop("Validators")))
    passport["Validation"] = validation
    data = dict(cast("Object", passport["TransactionData"]))
    parties = dict(cast("Object", data["Parties"]))
    for role, party in parties.items():
        if isinstance(party, dict):
            kept = dict(party)
            for name in ("Contacts", "Email"):
                if name in kept:
                    where = f"{at}/TransactionData/Parties/{escape(role)}/{name}"
                    sealed.append((where, kept.pop(name)))
            parties[role] = kept
    passport["TransactionData"] = {**data, "Parties": parties}
    whole = {**certificate, _PASSPORT: passport}
    return [(f"/{escape(name)}", one) for name, one in whole.items()], sealed


def _facts(passport: Object) -> Iterator[Read]:
    at = f"/{_PASSPORT}"
    parties = cast("Object", cast("Object", passport["TransactionData"])["Parties"])
    for role in _ROLES:
        party = parties.get(role)
        ids = _ids(party)
        if isinstance(party, dict) and ids:
            body: Body = {"id": ids[0], "name": party["Name"], "country": party["Country"]}
            body["identifiers"] = ids
            yield Read("party", body, f"{at}/TransactionData/Parties/{role}")
    maker = parties["Manufacturer"]
    product = cast("Object", passport["Product"])
    named = (_ids(maker) or [str(cast("Object", maker)["Name"])])[0]
    lot = f"{named}/{product['BatchId']}"
    yield Read("lot", _lot(product, lot), f"{at}/Product")
    analysis = passport.get("ChemicalAnalysis")
    if isinstance(analysis, dict):
        assay = _assay(analysis, lot, str(passport["Id"]))
        if assay is not None:
            yield Read("assay", assay, f"{at}/ChemicalAnalysis")


def _ids(party: Value) -> list[str]:
    """The register numbers of a party; a name alone is no identity."""
    known = party.get("Identifiers") if isinstance(party, dict) else None
    numbers = known if isinstance(known, dict) else {}
    return [
        f"{scheme}:{numbers[name]}"
        for name, scheme in (("VAT", "vat"), ("DUNS", "duns"), ("CageCode", "cage"))
        if name in numbers
    ]


def _lot(product: Object, lot: str) -> Body:
    body: Body = {"id": lot, "material": product["Name"], "batch": product["BatchId"]}
    if "CountryOfOrigin" in product:
        body["country"] = product["CountryOfOrigin"]
    if "ProductionDate" in product:
        body["made"] = product["ProductionDate"]
    weight, name = product.get("Weight"), product.get("WeightUnit")
    code = _code(name, "mass")
    if isinstance(weight, Number) and code and weight.decimal() >= 0:
        body["mass"] = {"value": weight.text, "unit": code}
    return body


def _code(name: Value, dimension: str) -> str | None:
    try:
        known = unit(name) if isinstance(name, str) else None
    except UnknownUnit:
        return None
    return known.code if known is not None and known.dimension == dimension else None


def _assay(analysis: Object, lot: str, passport: str) -> Body | None:
    results: list[Body] = []
    notes: list[str] = []
    for element in cast("list[Object]", analysis["Elements"]):
        made, note = _results(element)
        results += made
        notes += note
    if not results:
        return None
    body: Body = {
        "id": f"{passport}#ChemicalAnalysis",
        "lot": lot,
        "sample": analysis["HeatNumber"],
        "standing": "certificate",
        "basis": "unstated",
        "results": results,
    }
    method = analysis.get("AnalysisStandard")
    if isinstance(method, str) and method.strip():
        body["method"] = method
    if notes:
        body["note"] = "; ".join(notes)[:20_000]
    return body


def _results(element: Object) -> tuple[list[Body], list[str]]:
    """The results of one line, and what of it no result of ours can say."""
    symbol = str(element.get("PropertySymbol") or element.get("PropertyName") or "")
    actual = cast("Object", element["Actual"])
    try:
        formula = substance(symbol).formula
    except UnknownSubstance:
        return [], [f"{symbol or 'a line without a symbol'} is no element or compound"]
    if element.get("Formula"):
        return [], [f"{symbol} is calculated ({element['Formula']})"]
    code = _code(element.get("Unit"), "fraction")
    if code is None:
        return [], [f"{symbol} has no unit of a mass fraction"]
    kind = actual["ResultType"]
    if kind == "numeric":
        sign = _OPERATORS[str(actual.get("Operator", "="))]
        notes = []
        if "Uncertainty" in actual:
            printed = cast("Number", actual["Uncertainty"]).text
            notes.append(f"{symbol}: uncertainty {printed} as printed, coverage not stated")
        return [_line(formula, sign, cast("Number", actual["Value"]), code)], notes
    if kind == "range":
        least, most = ("≥", "≤") if actual.get("Inclusive", True) else (">", "<")
        low, high = cast("Number", actual["Minimum"]), cast("Number", actual["Maximum"])
        return [_line(formula, least, low, code), _line(formula, most, high, code)], []
    return [], [f"{symbol} is given as {kind}, which is no single result"]


def _line(formula: str, operator: str, value: Number, code: str) -> Body:
    return {
        "substance": formula,
        "operator": operator,
        "grade": {"value": format(value.decimal(), "f"), "unit": code},
    }


def write(facts: Iterable[tuple[str, Body]], stream: BinaryIO) -> None:
    """The certificate the facts were read from, equal in value, number text included.

    A certificate of our own would need addresses and validators that a book does not hold.
    Refuses: ReaderError unless the facts hold exactly one certificate's document.
    """
    known = [body for kind, body in facts if kind == "document" and body.get("format") == NAME]
    if len(known) != 1:
        message = f"expected the facts of one metals certificate, found {len(known)}"
        raise ReaderError(message)
    whole = lay_over({}, known[0].get("envelope"))
    stream.write(json_text(lay_over(whole, known[0].get("withheld"))).encode("utf-8"))


FORMAT = Format(
    name=NAME,
    title="metals certificate (material identity v0.1.1)",
    media_types=("application/json",),
    suffixes=(".json",),
    sniff=sniff,
    read=read,
    write=write,
)
