"""Every parameter of the EPCIS 2.0 SimpleEventQuery, in one table: from its name to its filter.

A filter says yes only where the event, as its reader may see it, holds a value that fits. What is
absent or sealed for the reader fits nothing, so no filter tells what a sealed value is.
Source: EPCIS 2.0 (GS1, 2022) section 8.2.7.1; query-schema.json and openapi.json of 16 May 2023.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orebook.exchange import epcis_tests as tests
from orebook.exchange.epcis_tests import Fields, Test
from orebook.exchange.gs1_forms import every_form
from orebook.exchange.json_text import Object, Value
from orebook.model.problem import ReaderError

Values = tuple[str, ...]
_CMP = "(?P<op>EQ|GT|GE|LT|LE)"
_UOM = "(?P<uom>[A-Z0-9]{2,3})"
_TYPE = "(?P<type>[^\\s|]+)"
_FIELD = "(?P<field>[^\\s|]*[:#/][^\\s|]+)"
_PLACES = "(?P<place>readPoint|bizLocation)"


@dataclass(frozen=True, slots=True)
class Master:
    """What master data says of the identifiers in events.

    `below` gives an identifier with all its descendants; `attributes` the attributes of one.
    """

    below: Callable[[str], frozenset[str]] = lambda ident: frozenset({ident})
    attributes: Callable[[str], Mapping[str, Values]] = lambda _ident: {}


@dataclass(frozen=True, slots=True)
class Asked:
    """One parameter as asked: its name's parts, its values, and what gives names meaning."""

    name: str
    part: Mapping[str, str]
    values: Values
    master: Master
    prefixes: Mapping[str, str]

    def fields(self, within: str, *, deep: bool = False) -> Fields:
        """The extension members of that name within a part of the event."""
        return tests.extension(self.part["field"], within, self.prefixes, deep=deep)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of the table: how a name is written, what its value is, and the filter it makes."""

    form: str
    kind: str
    meaning: str
    make: Callable[[Asked], Test]
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(self.form))


def _words(at: str) -> Callable[[Asked], Test]:
    return lambda a: tests.among(tests.at(at), a.values)


def _times(at: str) -> Callable[[Asked], Test]:
    return lambda a: tests.timed(tests.at(at), a.part["op"], a.values)


def _typed(listed: str, member: str) -> Callable[[Asked], Test]:
    return lambda a: tests.among(tests.typed(listed, member, a.part["type"]), a.values)


def _matching(*at: str) -> Callable[[Asked], Test]:
    return lambda a: tests.matching(tests.at(*at), a.values)


def _measured(a: Asked) -> Test:
    spread = a.part["figure"] == "sDev"
    reports = tests.reports(a.part["figure"])
    return tests.measured(reports, a.part["op"], a.values, a.part["uom"], spread=spread)


def _extended(within: str, *, deep: bool = False) -> Callable[[Asked], Test]:
    def make(a: Asked) -> Test:
        fields = a.fields(within, deep=deep)
        if a.part["op"] == "EXISTS":
            return tests.exists(fields)
        return tests.compared(fields, a.part["op"], a.values)

    return make


_EPC = ("epcList", "childEPCs")
_IN, _OUT = ("inputEPCList",), ("outputEPCList",)
_CLASS = ("quantityList/epcClass", "childQuantityList/epcClass")
_IN_CLASS, _OUT_CLASS = ("inputQuantityList/epcClass",), ("outputQuantityList/epcClass",)
QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_META, _REPORT = "sensorElementList/sensorMetadata/", "sensorElementList/sensorReport/"
_EXT = "(?P<op>EQ|GT|GE|LT|LE|EXISTS)_(?P<deep>INNER_)?"


def _by_depth(within: str) -> Callable[[Asked], Test]:
    return lambda a: _extended(within, deep=bool(a.part.get("deep")))(a)


TABLE: tuple[Parameter, ...] = (
    Parameter("eventType", "words", "the type of the event", _words("type")),
    Parameter("(?P<op>GE|LT)_eventTime", "time", "when it happened", _times("eventTime")),
    Parameter("(?P<op>GE|LT)_recordTime", "time", "when this book took it", _times("recordTime")),
    Parameter("EQ_action", "words", "ADD, OBSERVE or DELETE", _words("action")),
    Parameter("EQ_bizStep", "words", "the business step", _words("bizStep")),
    Parameter("EQ_disposition", "words", "the disposition", _words("disposition")),
    Parameter(
        "EQ_persistentDisposition_(?P<way>set|unset)",
        "words",
        "a lasting disposition that is set or unset",
        lambda a: tests.among(tests.at(f"persistentDisposition/{a.part['way']}"), a.values),
    ),
    Parameter(
        f"EQ_{_PLACES}",
        "uris",
        "the place",
        lambda a: tests.among(tests.at(f"{a.part['place']}/id"), every_form(a.values)),
    ),
    Parameter(
        f"WD_{_PLACES}",
        "uris",
        "the place, or one that master data puts below it",
        lambda a: tests.among(
            tests.at(f"{a.part['place']}/id"),
            tuple(i for v in every_form(a.values) for i in sorted(a.master.below(v))),
        ),
    ),
    Parameter(
        f"EQ_bizTransaction_{_TYPE}",
        "uris",
        "a business document of that type",
        _typed("bizTransactionList", "bizTransaction"),
    ),
    Parameter(f"EQ_source_{_TYPE}", "uris", "a source", _typed("sourceList", "source")),
    Parameter(
        f"EQ_destination_{_TYPE}", "uris", "a destination", _typed("destinationList", "destination")
    ),
    Parameter("EQ_transformationID", "uris", "its transformation", _words("transformationID")),
    Parameter("MATCH_epc", "uris", "an EPC that is seen or packed", _matching(*_EPC)),
    Parameter("MATCH_parentID", "uris", "what holds it", _matching("parentID")),
    Parameter("MATCH_inputEPC", "uris", "an EPC that goes in", _matching(*_IN)),
    Parameter("MATCH_outputEPC", "uris", "an EPC that comes out", _matching(*_OUT)),
    Parameter("MATCH_anyEPC", "uris", "any EPC", _matching(*_EPC, "parentID", *_IN, *_OUT)),
    Parameter("MATCH_epcClass", "uris", "a class or lot seen or packed", _matching(*_CLASS)),
    Parameter("MATCH_inputEPCClass", "uris", "a class or lot going in", _matching(*_IN_CLASS)),
    Parameter("MATCH_outputEPCClass", "uris", "a class or lot coming out", _matching(*_OUT_CLASS)),
    Parameter(
        "MATCH_anyEPCClass",
        "uris",
        "any class or lot",
        _matching(*_CLASS, *_IN_CLASS, *_OUT_CLASS),
    ),
    Parameter(
        f"{_CMP}_quantity(?:_{_UOM})?",
        "number",
        "a quantity, units converted; without a unit one that has none",
        lambda a: tests.measured(
            tests.quantities(QUANTITIES), a.part["op"], a.values, a.part.get("uom") or ""
        ),
    ),
    Parameter("EQ_eventID", "uris", "the event of that id", _words("eventID")),
    Parameter(
        "EXISTS_errorDeclaration",
        "flag",
        "events declared erroneous",
        lambda _a: tests.exists(tests.at("errorDeclaration")),
    ),
    Parameter(
        "(?P<op>GE|LT)_errorDeclaration_?Time",
        "time",
        "when it was declared erroneous",
        _times("errorDeclaration/declarationTime"),
    ),
    Parameter("EQ_errorReason", "words", "why", _words("errorDeclaration/reason")),
    Parameter(
        "EQ_correctiveEventID",
        "uris",
        "an event that corrects it",
        _words("errorDeclaration/correctiveEventIDs"),
    ),
    Parameter(
        "EXISTS_sensorElementList",
        "flag",
        "events with sensor data",
        lambda _a: tests.exists(tests.at("sensorElementList")),
    ),
    Parameter(
        "(?P<op>GE|LT)_time",
        "time",
        "the time of a sensor element or report",
        lambda a: tests.timed(tests.at(f"{_META}time", f"{_REPORT}time"), a.part["op"], a.values),
    ),
    Parameter(
        "(?P<op>GE|LT)_(?P<end>startTime|endTime)",
        "time",
        "begin or end of a sensor element",
        lambda a: tests.timed(tests.at(_META + a.part["end"]), a.part["op"], a.values),
    ),
    Parameter("EQ_type", "words", "a type of measurement", _words(f"{_REPORT}type")),
    Parameter(
        "EQ_(?P<name>deviceID|dataProcessingMethod|bizRules)",
        "uris",
        "a property of a sensor element or report",
        lambda a: tests.among(tests.at(_META + a.part["name"], _REPORT + a.part["name"]), a.values),
    ),
    Parameter(
        "EQ_(?P<name>microorganism|chemicalSubstance|uriValue|stringValue|hexBinaryValue)",
        "uris",
        "what a sensor report found",
        lambda a: tests.among(tests.at(_REPORT + a.part["name"]), a.values),
    ),
    Parameter(
        "EQ_booleanValue", "flag", "true or false in a report", _words(f"{_REPORT}booleanValue")
    ),
    Parameter(
        f"{_CMP}_percRank",
        "number",
        "a percentile",
        lambda a: tests.compared(tests.at(f"{_REPORT}percRank"), a.part["op"], a.values),
    ),
    Parameter(
        f"{_CMP}_(?P<figure>value|minValue|maxValue|meanValue|sDev|percValue)_{_UOM}",
        "number",
        "a reading, units converted",
        _measured,
    ),
    Parameter(
        "HAS_?ATTR_(?P<at>[^\\s_]+)",
        "words",
        "a member whose identifier has that attribute in master data",
        lambda a: tests.attributed(tests.named(a.part["at"]), a.master.attributes, a.values),
    ),
    Parameter(
        "EQ_?ATTR_(?P<at>[^\\s_]+)_(?P<attribute>[^\\s]+)",
        "words",
        "a member whose identifier has that value of the attribute in master data",
        lambda a: tests.attribute_is(
            tests.named(a.part["at"]), a.master.attributes, a.part["attribute"], a.values
        ),
    ),
    Parameter(f"{_EXT}ILMD_{_FIELD}", "any", "lot data (ilmd)", _by_depth("ilmd")),
    Parameter(
        f"{_EXT}ERROR_DECLARATION_{_FIELD}", "any", "a declaration", _by_depth("errorDeclaration")
    ),
    Parameter(
        f"{_EXT}SENSORELEMENT_{_FIELD}", "any", "a sensor element", _by_depth("sensorElementList")
    ),
    Parameter(
        f"{_EXT}SENSORMETADATA_{_FIELD}", "any", "sensor metadata", _by_depth(_META.rstrip("/"))
    ),
    Parameter(
        f"{_EXT}SENSORREPORT_{_FIELD}", "any", "a sensor report", _by_depth(_REPORT.rstrip("/"))
    ),
    Parameter(
        f"{_EXT}{_PLACES}_{_FIELD}",
        "any",
        "an extension of a place",
        lambda a: _by_depth(a.part["place"])(a),
    ),
    Parameter(f"{_EXT}{_FIELD}", "any", "an extension of the event", _by_depth("")),
)
CONTROLS = (
    "orderBy",
    "orderDirection",
    "eventCountLimit",
    "maxEventCount",
    "perPage",
    "nextPageToken",
)


def parameter(name: str) -> tuple[Parameter, Mapping[str, str]] | None:
    """The line of the table for a name, with the parts of that name; None for no parameter."""
    for line in TABLE:
        match = line.pattern.fullmatch(name)
        if match:
            return line, match.groupdict()
    return None


def compiled(
    asked: Mapping[str, Sequence[str]],
    master: Master = Master(),
    prefixes: Mapping[str, str] | None = None,
) -> Test:
    """One test that an event passes when it passes every parameter.

    Takes: parameters with their values, controls left out; master data; what prefixes mean.
    Refuses: ReaderError that names the parameter, what was expected and what was found.
    """
    passed: list[Test] = []
    for name, values in asked.items():
        found = parameter(name)
        if found is None:
            message = f'there is no query parameter "{name[:80]}"'
            raise ReaderError(message)
        line, parts = found
        kept = _checked(name, line.kind, values)
        if line.kind == "flag" and name.startswith("EXISTS_") and kept == ("false",):
            continue  # a flag that is down asks nothing
        try:
            passed.append(line.make(Asked(name, parts, kept, master, prefixes or {})))
        except ReaderError as error:
            message = f"{name}: {error}"
            raise ReaderError(message) from error
    return lambda event: all(test(event) for test in passed)


def _checked(name: str, kind: str, values: Sequence[str]) -> Values:
    exists = name.startswith("EXISTS_")
    if kind in {"time", "number"} or (kind == "flag" and not exists):
        expected = {"time": "a time with offset", "number": "a number", "flag": "true or false"}
        if len(values) != 1:
            message = f"{name}: expected one value, {expected[kind]}, found {len(values)}"
            raise ReaderError(message)
    if exists:
        value = values[0] if len(values) == 1 else ("" if not values else "many")
        if value not in {"", "true", "false", "0", "1"}:
            message = f"{name}: expected true, false or no value, found {value[:40]!r}"
            raise ReaderError(message)
        return ("false" if value == "false" else "true",)
    if not values or not all(values):
        message = f"{name}: expected a value, found none"
        raise ReaderError(message)
    if name == "EQ_action" and (odd := set(values) - {"ADD", "OBSERVE", "DELETE"}):
        message = f"EQ_action: expected ADD, OBSERVE or DELETE, found {min(odd)[:40]!r}"
        raise ReaderError(message)
    if name == "EQ_booleanValue" and values[0] not in {"true", "false"}:
        message = f"EQ_booleanValue: expected true or false, found {values[0][:40]!r}"
        raise ReaderError(message)
    return tuple(values)


def ordering(name: str, prefixes: Mapping[str, str] | None = None) -> Callable[[Object], Value]:
    """The value by which events are ordered. Refuses: ReaderError for what is no such field."""
    if name in {"eventTime", "recordTime"}:
        return lambda event: event.get(name)
    if re.fullmatch(_FIELD, name):
        fields = tests.extension(name, "", prefixes or {}, deep=False)
        return lambda event: next(iter(fields(event)), None)
    message = f"orderBy: expected eventTime, recordTime or an extension, found {name[:80]!r}"
    raise ReaderError(message)


def lots_asked(asked: Mapping[str, Sequence[str]]) -> Iterable[tuple[str, ...]]:
    """For each MATCH parameter of whole identifiers, the lots one of which an event must name."""
    for name, values in asked.items():
        if name.startswith("MATCH_") and not any(tests.is_pattern(value) for value in values):
            yield every_form(values)
