"""The event hash ID of GS1's Core Business Vocabulary: an identifier of what an EPCIS event says.

It leaves out the event's id, record time and error declaration by design, so it is never a key of
this book nor a proof of anything in it: an event and its withdrawal hash alike. Its rules moved, so
it names the version of the vocabulary it follows. 2.0 writes sensor elements without the word
`sensorElementList` and puts what extensions hold inside standard fields at the end; 2.1 keeps both
in place. Source: CBV 2.0, 8.9; the public reference rules and values as of July 2026.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from orebook.exchange.gs1_keys import canonical
from orebook.exchange.json_text import Number, Object, Value


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_COMMENTS = frozenset({"@context", "#text", "rdfs:comment", "comment"})
_IGNORED = _COMMENTS | {"type", "recordTime", "eventID", "errorDeclaration", "orebook:type"}
_EPCS = {"epcList", "inputEPCList", "outputEPCList", "childEPCs"}
_QUANTITIES = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
_PAIRS = {
    "bizTransactionList": ("bizTransaction", "BTT-"),
    "sourceList": ("source", "SDT-"),
    "destinationList": ("destination", "SDT-"),
}
_ORDER = _words(
    "eventTime eventTimeZoneOffset certificationInfo parentID epcList inputEPCList childEPCs "
    "quantityList childQuantityList inputQuantityList outputEPCList outputQuantityList action "
    "transformationID bizStep disposition persistentDisposition readPoint bizLocation "
    "bizTransactionList sourceList destinationList sensorElementList ilmd"
)
_METADATA = _words(
    "time startTime endTime deviceID deviceMetadata rawData dataProcessingMethod bizRules"
)
_REPORT = _words(
    "type exception deviceID deviceMetadata rawData dataProcessingMethod time microorganism "
    "chemicalSubstance value component stringValue booleanValue hexBinaryValue uriValue minValue "
    "maxValue meanValue sDev percRank percValue uom coordinateReferenceSystem"
)
_CBV = "https://ref.gs1.org/cbv/"
_VOC = "https://ref.gs1.org/voc/"
_LONG = (
    ("urn:epcglobal:cbv:bizstep:", _CBV + "BizStep-"),
    ("urn:epcglobal:cbv:disp:", _CBV + "Disp-"),
    ("urn:epcglobal:cbv:btt:", _CBV + "BTT-"),
    ("urn:epcglobal:cbv:sdt:", _CBV + "SDT-"),
    ("urn:epcglobal:cbv:er:", _CBV + "ER-"),
    ("https://gs1.org/voc/", _VOC),
    ("https://www.gs1.org/voc/", _VOC),
)
_WORDS = {
    "bizStep": _CBV + "BizStep-",
    "disposition": _CBV + "Disp-",
    "set": _CBV + "Disp-",
    "unset": _CBV + "Disp-",
    "component": _CBV + "Comp-",
    "type": _VOC,
    "exception": _VOC,
}
_TIMES = {"eventTime", "time", "startTime", "endTime"}
_BARE = re.compile(r"[A-Za-z][A-Za-z_-]*")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def event_hash(
    event: Object, version: str, spaces: dict[str, str], leave_out: Iterable[str] = ()
) -> str:
    """The event hash ID with the version of its rules, `ni:///sha-256;…?ver=CBV2.0`.

    Takes: an event in the form of the JSON binding; `spaces`, the namespaces of its prefixes;
    `leave_out`, members that the document says are its repository's own.
    Source: RFC 6920 section 3; CBV 2.0, 8.9.3.
    """
    text = pre_hash(event, version, spaces, leave_out)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV{version}"


def pre_hash(
    event: Object, version: str, spaces: dict[str, str], leave_out: Iterable[str] = ()
) -> str:
    """The text that is hashed: what the event says, in one order and one spelling."""
    return _Text(version, spaces, frozenset(leave_out)).event(event)


class _Text:
    """One event being spelled; `late` holds what 2.0 puts after the standard fields."""

    def __init__(self, version: str, spaces: dict[str, str], leave_out: frozenset[str]) -> None:
        self.in_place = version != "2.0"
        self.spaces = spaces
        self.leave_out = leave_out
        self.late: list[str] = []

    def event(self, event: Object) -> str:
        parts = [f"eventType={event.get('type', '')}"]
        parts += [self._field(name, event[name]) for name in _ORDER if name in event]
        rest = self._extensions(event, _IGNORED | self.leave_out | set(_ORDER))
        return "".join([*parts, *self.late, rest])

    def _field(self, name: str, value: Value) -> str:
        if name in _EPCS:
            return _under(name, sorted(f"epc={self._plain(one)}" for one in _list(value)))
        if name in _QUANTITIES:
            return _under(name, sorted(self._quantity(one) for one in _objects(value)))
        if name in _PAIRS:
            return _under(name, sorted(self._pair(name, one) for one in _objects(value)))
        if name == "persistentDisposition" and isinstance(value, dict):
            return _under(name, [self._values(side, value.get(side)) for side in ("set", "unset")])
        if name in {"readPoint", "bizLocation"} and isinstance(value, dict):
            return self._record(name, value, ("id",))
        if name == "sensorElementList":
            return self._sensors(_objects(value))
        if name == "ilmd" and isinstance(value, dict):
            return _under(name, [self._extensions(value)])
        return self._values(name, value)

    def _values(self, name: str, value: Value) -> str:
        """`name=value`, once for each of a list, sorted; nothing for an empty value."""
        texts = [self._word(name, one) for one in _list(value)]
        return "".join(sorted(f"{name}={text}" for text in texts if text))

    def _quantity(self, element: Object) -> str:
        names = ("epcClass", "quantity", "uom")
        return "quantityElement" + "".join(self._values(n, element.get(n)) for n in names)

    def _pair(self, name: str, one: Object) -> str:
        item, prefix = _PAIRS[name]
        kind = one.get("type")
        text = "" if kind is None else self._plain(kind)
        if _BARE.fullmatch(text):
            text = _CBV + prefix + text
        return (f"type={text}" if text else "") + f"{item}={self._plain(one.get(item, ''))}"

    def _record(self, name: str, value: Object, order: Iterable[str]) -> str:
        """A standard record; its extensions in place, or kept for the end under its name."""
        held = "".join(self._values(n, value[n]) for n in order if n in value)
        more = self._extensions({n: one for n, one in value.items() if ":" in n})
        if self.in_place or not more:
            return _under(name, [held, more])
        self.late.append(name + more)
        return _under(name, [held])

    def _sensors(self, elements: list[Object]) -> str:
        here: list[str] = []
        late: list[str] = []
        for element in elements:
            held, more = self._sensor(element)
            here += ["sensorElement" + held] if held else []
            late += ["sensorElement" + more] if more else []
        self.late += sorted(late)
        if self.in_place:
            return _under("sensorElementList", sorted(here))
        return "".join(sorted(here))

    def _sensor(self, element: Object) -> tuple[str, str]:
        """A sensor element as it stands, and what of it goes to the end."""
        metadata = element.get("sensorMetadata")
        parts = [("sensorMetadata", metadata, _METADATA)] if isinstance(metadata, dict) else []
        reports = [("sensorReport", r, _REPORT) for r in _objects(element.get("sensorReport"))]
        held: list[str] = []
        more: list[str] = []
        for group in (parts, reports):
            outer, self.late = self.late, []
            held += sorted(self._record(name, value, order) for name, value, order in group)
            more += sorted(self.late)
            self.late = outer
        own = self._extensions({n: one for n, one in element.items() if ":" in n})
        if self.in_place:
            return "".join([*held, own]), ""
        return "".join(held), "".join([*more, own])

    def _extensions(self, value: Object, but: Iterable[str] = _COMMENTS) -> str:
        texts = [self._any(name, one) for name, one in value.items() if name not in but]
        return "".join(sorted(text for several in texts for text in several))

    def _any(self, name: str, value: Value) -> list[str]:
        """The texts of an extension member, one for each value it has."""
        full = self._name(name)
        if isinstance(value, list):
            return [text for one in value for text in self._any(name, one)]
        if not isinstance(value, dict):
            text = self._plain(value)
            return [f"{full}={text}" if text else full]
        own = self._plain(value.get("#text", ""))
        return [(f"{full}={own}" if own else full) + self._extensions(value)]

    def _name(self, name: str) -> str:
        prefix, colon, local = name.removeprefix("@").partition(":")
        space = self.spaces.get(prefix) if colon else None
        return f"{{{space}}}{local}" if space else name.removeprefix("@")

    def _word(self, name: str, value: Value) -> str:
        if name in _TIMES and isinstance(value, str):
            return instant(value)
        if name == "eventTimeZoneOffset":
            return str(value)
        text = self._plain(value)
        if name in _WORDS and _BARE.fullmatch(text):
            return _WORDS[name] + text
        return text

    def _plain(self, value: Value) -> str:
        """One value in its canonical spelling."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Number):
            return _numeric(value.text)
        text = value.strip() if isinstance(value, str) else ""
        for old, new in _LONG:
            text = text.replace(old, new)
        for prefix, space in (("gs1:", _VOC), ("cbv:", _CBV)):
            if text.startswith(prefix):
                text = space + text[len(prefix) :]
        text = _numeric(text)
        return canonical(text) or text


def instant(text: str) -> str:
    """The moment in UTC with exactly three decimals, the fourth rounded half up; else the text."""
    form = _INSTANT.fullmatch(text.strip())
    if form is None:
        return text.strip()
    fraction = Decimal("0" + (form[2] or ".0"))
    thousandths = int((fraction * 1000).quantize(Decimal(1), ROUND_HALF_UP))
    try:
        moment = dt.datetime.fromisoformat(form[1] + form[3].replace("Z", "+00:00"))
        moment = (moment + dt.timedelta(milliseconds=thousandths)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return text.strip()
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _numeric(text: str) -> str:
    """A number without sign +, exponent, and zeros that say nothing, exactly; else the text."""
    if _NUMBER.fullmatch(text) is None:
        return text
    plain = format(Decimal(text), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in {"-0", ""} else plain


def _under(name: str, parts: list[str]) -> str:
    held = "".join(parts)
    return name + held if held else ""


def _list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _objects(value: Value) -> list[Object]:
    return [one for one in _list(value) if isinstance(one, dict)]
