"""One EPCIS event in XML as the event of the JSON binding, with the line of every member.

Both bindings say the same things; what differs is spelling. So the checks and our words are those
of JSON, and a fault is placed by the line it came from. Source: EPCIS 2.0, 9 (XML) and 10 (JSON).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from orebook.exchange.epcis_terms import REPORT_NUMBERS
from orebook.exchange.epcis_xml_words import ORDER, alert, bare, measure
from orebook.exchange.json_text import Number, Object, Value, escape
from orebook.exchange.xml_text import XML, Element, attributes, is_element, split, typed

EPCIS = ("urn:epcglobal:epcis:xsd:1", "urn:epcglobal:epcis:xsd:2")
QUERY = ("urn:epcglobal:epcis-query:xsd:1", "urn:epcglobal:epcis-query:xsd:2")
MASTER = ("urn:epcglobal:epcis-masterdata:xsd:1", "urn:epcglobal:epcis-masterdata:xsd:2")
OWN_SPACES = frozenset((*EPCIS, *QUERY, *MASTER))
EVENTS = (*ORDER, "QuantityEvent")
_PLAIN = frozenset(
    {"http://www.w3.org/2001/XMLSchema", "http://www.w3.org/2001/XMLSchema-instance", XML}
)
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMERIC = re.compile(r".*:(?:integer|decimal|double|float|int|long|short)")
EPC_LISTS = {"epcList", "childEPCs", "inputEPCList", "outputEPCList"}
_QUANTITIES = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
_PLACES = {"readPoint", "bizLocation"}
_WORDS = {"bizStep", "disposition"}
_TYPED = {
    "bizTransactionList": ("bizTransaction", "transaction"),
    "sourceList": ("source", "party"),
    "destinationList": ("destination", "party"),
}
Part = Callable[[Element, str], Object]
_REPORT_WORDS = {"type": measure, "exception": alert}


class Names:
    """The prefixes of a document: every namespace has one, and every prefix one namespace."""

    def __init__(self) -> None:
        self.by_space: dict[str, str] = {}
        self._taken: dict[str, str] = {}

    def learn(self, element: Element) -> None:
        """Takes the prefixes that are in force at an element."""
        for prefix, space in element.nsmap.items():
            if space not in OWN_SPACES and space not in _PLAIN:
                self._give(space, prefix)

    def _give(self, space: str, wish: str | None) -> str:
        if space in self.by_space:
            return self.by_space[space]
        base = wish or "ext"
        prefix, number = base, 1
        while prefix in self._taken:
            number += 1
            prefix = f"{base}{number}"
        self._taken[prefix] = space
        self.by_space[space] = prefix
        return prefix

    def name(self, clark: str) -> str:
        """The name as JSON writes it: `prefix:local`, or bare where it has no namespace."""
        space, local = split(clark)
        if not space or space in OWN_SPACES:
            return local
        return f"{self._give(space, None)}:{local}"

    def of(self, element: Element) -> str:
        """The name of an element, with the prefix it has itself where that is free."""
        space, local = split(element.tag)
        if not space or space in OWN_SPACES:
            return local
        return f"{self._give(space, element.prefix)}:{local}"

    def context(self) -> list[Value]:
        """The prefixes as a JSON-LD context."""
        return [{prefix: space} for space, prefix in self.by_space.items()]


class Reading:
    """One event being read: the object so far, and the line of each member by JSON pointer."""

    def __init__(self, names: Names, *, shorten: bool = True) -> None:
        self._names = names
        self._report_words = _REPORT_WORDS if shorten else {}
        self.lines: dict[str, int] = {}

    def event(self, element: Element) -> Object:
        """The event as the JSON binding writes it; what is no word of EPCIS stays as it stands."""
        self._names.learn(element)
        type_ = split(element.tag)[1]
        event: Object = {"type": type_}
        self.lines[""] = element.sourceline
        for child in flat(element):
            name = self._names.of(child)
            at = f"/{escape(name)}"
            self.lines[at] = child.sourceline
            self._add(event, name, self._member(name, child, at))
        return _from_quantity(event) if type_ == "QuantityEvent" else event

    def _member(self, name: str, element: Element, at: str) -> Value:
        if name in _TYPED:
            return self._each(element, at, _typed_text(*_TYPED[name]))
        if name in _WORDS:
            return bare(name, text_of(element))
        readers: dict[str, Callable[[], Value]] = {
            **dict.fromkeys(EPC_LISTS, lambda: [text_of(child) for child in children(element)]),
            **dict.fromkeys(_QUANTITIES, lambda: self._each(element, at, self._quantity)),
            **dict.fromkeys((*_PLACES, "ilmd"), lambda: self._record(element, at)),
            "sensorElementList": lambda: self._each(element, at, self._sensor),
            "persistentDisposition": lambda: _states(element),
            "errorDeclaration": lambda: self._error(element, at),
        }
        if name in readers:
            return readers[name]()
        return self._any(element, at) if ":" in name else text_of(element)

    def _each(self, element: Element, at: str, read: Part) -> list[Value]:
        found: list[Value] = []
        for index, child in enumerate(flat(element)):
            self.lines[f"{at}/{index}"] = child.sourceline
            found.append(read(child, f"{at}/{index}"))
        return found

    def _quantity(self, element: Element, at: str) -> Object:
        found: Object = {}
        for child in flat(element):
            name = self._names.of(child)
            self.lines[f"{at}/{escape(name)}"] = child.sourceline
            text = text_of(child)
            self._add(found, name, number_of(text) if name == "quantity" else text)
        return found

    def _sensor(self, element: Element, at: str) -> Object:
        found: Object = {}
        reports: list[Value] = []
        for child in flat(element):
            name = self._names.of(child)
            if name == "sensorMetadata":
                self.lines[f"{at}/{name}"] = child.sourceline
                found[name] = {self._names.name(k): v for k, v in attributes(child).items()}
            elif name == "sensorReport":
                here = f"{at}/sensorReport/{len(reports)}"
                self.lines[here] = child.sourceline
                reports.append(self._report(child))
            else:
                here = f"{at}/{escape(name)}"
                self.lines[here] = child.sourceline
                self._add(found, name, self._any(child, here))
        if reports:
            found["sensorReport"] = reports
        return found

    def _report(self, element: Element) -> Object:
        found: Object = {}
        for clark, text in element.attrib.items():
            name = self._names.name(str(clark))
            value: Value = str(text)
            if name in REPORT_NUMBERS:
                value = number_of(str(text))
            elif name == "booleanValue" and text in {"true", "false", "1", "0"}:
                value = text in {"true", "1"}
            elif name in self._report_words:
                value = self._report_words[name](str(text))
            elif name == "component":
                value = bare(name, str(text))
            found[name] = value
        return found

    def _error(self, element: Element, at: str) -> Object:
        found: Object = {}
        for child in flat(element):
            name = self._names.of(child)
            self.lines[f"{at}/{escape(name)}"] = child.sourceline
            if name == "correctiveEventIDs":
                found[name] = [text_of(inner) for inner in children(child)]
            elif name == "reason":
                found[name] = bare(name, text_of(child))
            else:
                here = f"{at}/{escape(name)}"
                self._add(found, name, self._any(child, here) if ":" in name else text_of(child))
        return found

    def _record(self, element: Element, at: str) -> Object:
        found: Object = {}
        for child in flat(element):
            name = self._names.of(child)
            here = f"{at}/{escape(name)}"
            self.lines[here] = child.sourceline
            self._add(found, name, self._any(child, here))
        return found

    def _any(self, element: Element, at: str) -> Value:
        """An extension: text, or an object of what stands inside it."""
        inner = children(element)
        extra = attributes(element)
        if not inner and not extra:
            return _plain(element)
        found: Object = {f"@{self._names.name(k)}": v for k, v in extra.items()}
        for child in inner:
            name = self._names.of(child)
            here = f"{at}/{escape(name)}"
            self.lines[here] = child.sourceline
            self._add(found, name, self._any(child, here))
        if (text := text_of(element)) and not inner:
            found["#text"] = text
        return found

    @staticmethod
    def _add(found: Object, name: str, value: Value) -> None:
        """Puts a member, as a list from the second of its name on."""
        if name not in found:
            found[name] = value
            return
        before = found[name]
        found[name] = [*(before if isinstance(before, list) else [before]), value]


def children(element: Element) -> list[Element]:
    """The elements inside, without comments and processing instructions."""
    return [child for child in element if is_element(child)]


def flat(element: Element) -> list[Element]:
    """The elements inside, those of EPCIS's own extension wrappers in their place."""
    found: list[Element] = []
    for child in children(element):
        if split(child.tag)[0] in {"", *EPCIS} and split(child.tag)[1] in {
            "extension",
            "baseExtension",
        }:
            found += flat(child)
        else:
            found.append(child)
    return found


def text_of(element: Element) -> str:
    """The text of an element, comments left out, without the white space around it."""
    return ((element.text or "") + "".join(child.tail or "" for child in element)).strip()


def number_of(text: str) -> Value:
    """A number with its text as written; in plain form where JSON has no such spelling."""
    if _JSON_NUMBER.fullmatch(text):
        return Number(text)
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    return Number(format(value, "f")) if value.is_finite() else text


def _plain(element: Element) -> Value:
    text = text_of(element)
    kind = typed(element)
    if kind.endswith(":boolean") and text in {"true", "false", "1", "0"}:
        return text in {"true", "1"}
    return number_of(text) if _NUMERIC.fullmatch(kind) else text


def _typed_text(member: str, words: str) -> Part:
    def read(element: Element, _at: str) -> Object:
        found: Object = {}
        if element.get("type") is not None:
            found["type"] = bare(words, str(element.get("type")))
        found[member] = text_of(element)
        return found

    return read


def _states(element: Element) -> Object:
    found: Object = {}
    for child in flat(element):
        name = split(child.tag)[1]
        states = found.setdefault(name, [])
        assert isinstance(states, list)
        states.append(bare("disposition", text_of(child)))
    return found


def _from_quantity(event: Object) -> Object:
    """A QuantityEvent of EPCIS 1.x as what replaced it: an observation of a quantity."""
    given = dict(event)
    element: Object = {}
    for name in ("epcClass", "quantity"):
        if name in given:
            value = given.pop(name)
            element[name] = (
                number_of(value) if name == "quantity" and isinstance(value, str) else value
            )
    given["type"] = "ObjectEvent"
    return {
        **given,
        "action": "OBSERVE",
        "quantityList": [element],
        "orebook:type": "QuantityEvent",
    }
