"""An EPCIS event of the JSON binding as an element of EPCIS 2.0 XML, in the order of its schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import cast

from lxml import etree

from orebook.exchange.epcis_xml_words import ORDER, full, full_measure
from orebook.exchange.json_text import Number, Object, Value
from orebook.exchange.xml_text import Element

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
# What the standard's own JSON-LD context declares, as far as names of members use it.
KNOWN = {
    "cbvmda": "urn:epcglobal:cbv:mda",
    "gs1": "https://gs1.org/voc/",
    "cbv": "https://ref.gs1.org/cbv/",
    "orebook": "urn:orebook:",
}
_LOCAL = re.compile(r"[A-Za-z_][\w.-]*")
_SPACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EPC_LISTS = {"epcList", "childEPCs", "inputEPCList", "outputEPCList"}
_QUANTITIES = {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}


class Spaces:
    """Which namespace each prefix stands for; a prefix nobody declares gets one of ours."""

    def __init__(self, contexts: Iterable[Value]) -> None:
        self.of: dict[str, str] = dict(KNOWN)
        for context in contexts:
            for item in context if isinstance(context, list) else [context]:
                if isinstance(item, dict):
                    self.of.update(
                        {
                            k: v
                            for k, v in item.items()
                            if isinstance(v, str) and _SPACE.fullmatch(v)
                        }
                    )

    def clark(self, name: str) -> str:
        """The name of a member as the name of an element or attribute."""
        prefix, colon, local = name.partition(":")
        if not colon:
            return _safe(name)
        if local.startswith("//") or prefix == "urn":
            cut = max(name.rfind("/"), name.rfind("#"), name.rfind(":")) + 1
            if _SPACE.fullmatch(name[:cut]):
                return f"{{{name[:cut]}}}{_safe(name[cut:])}"
        return f"{{{self.of.get(prefix, f'urn:orebook:prefix:{_safe(prefix)}')}}}{_safe(local)}"

    def nsmap(self, names: Iterable[str]) -> dict[str, str]:
        """The prefixes those names use, for the element that holds them."""
        prefixes = dict.fromkeys(name.partition(":")[0] for name in names if ":" in name)
        return {p: self.of[p] for p in prefixes if p in self.of and re.fullmatch(_LOCAL, p)}


def _safe(local: str) -> str:
    """A name XML allows; every character it does not, by its number."""
    if _LOCAL.fullmatch(local):
        return local
    plain = "".join(c if re.match(r"[\w.-]", c) else f"_x{ord(c):04X}_" for c in local)
    return plain if _LOCAL.fullmatch(plain) else f"_{plain}"


def element_of(event: Object, spaces: Spaces) -> Element:
    """The event as an element without namespace, its words as URIs.

    Members EPCIS names stand in the order of its schema; the others after them, as they come.
    """
    type_ = cast("str", event["type"])
    root = etree.Element(_safe(type_), nsmap=spaces.nsmap(_names(event)) or None)
    order = ORDER.get(type_, ())
    for name in order:
        if name in event:
            _member(root, name, event[name], spaces)
    for name, value in event.items():
        if name not in order and name not in {"type", "@context"}:
            _any(root, name, value, spaces)
    return root


def _names(value: Value) -> Iterable[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name.removeprefix("@")
            yield from _names(member)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)


def _member(root: Element, name: str, value: Value, spaces: Spaces) -> None:
    writer = _WRITERS.get(name)
    if writer is not None:
        writer(root, name, value, spaces)
        return
    for item in value if isinstance(value, list) else [value]:
        _text(root, name, _plain(item))


def _epcs(root: Element, name: str, value: Value, _spaces: Spaces) -> None:
    _texts(root, name, "epc", value)


def _quantities(root: Element, name: str, value: Value, _spaces: Spaces) -> None:
    parent = etree.SubElement(root, name)
    for quantity in _objects(value):
        _quantity(etree.SubElement(parent, "quantityElement"), quantity)


def _record(root: Element, name: str, value: Value, spaces: Spaces) -> None:
    parent = etree.SubElement(root, name)
    for inner, member in cast("Object", value).items():
        _any(parent, inner, member, spaces)


def _word(root: Element, name: str, value: Value, _spaces: Spaces) -> None:
    _text(root, name, full(name, cast("str", value)))


def _sensors(root: Element, name: str, value: Value, spaces: Spaces) -> None:
    parent = etree.SubElement(root, name)
    for sensor in _objects(value):
        _sensor(etree.SubElement(parent, "sensorElement"), sensor, spaces)


def _states(root: Element, name: str, value: Value, _spaces: Spaces) -> None:
    parent = etree.SubElement(root, name)
    for state in ("unset", "set"):
        for word in cast("list[str]", cast("Object", value).get(state, [])):
            _text(parent, state, full("disposition", word))


def _quantity(parent: Element, quantity: Object) -> None:
    for name in ("epcClass", "quantity", "uom"):
        if name in quantity:
            _text(parent, name, _plain(quantity[name]))


def _typed(root: Element, name: str, value: Value, _spaces: Spaces) -> None:
    member = name.removesuffix("List")
    words = "transaction" if member == "bizTransaction" else "party"
    parent = etree.SubElement(root, name)
    for item in _objects(value):
        child = _text(parent, member, _plain(item.get(member)))
        if "type" in item:
            child.set("type", _clean(full(words, cast("str", item["type"]))))


def _sensor(parent: Element, sensor: Object, spaces: Spaces) -> None:
    metadata = sensor.get("sensorMetadata")
    if isinstance(metadata, dict):
        child = etree.SubElement(parent, "sensorMetadata")
        for name, value in metadata.items():
            child.set(spaces.clark(name), _clean(_plain(value)))
    for report in _objects(sensor.get("sensorReport", [])):
        child = etree.SubElement(parent, "sensorReport")
        for name, value in report.items():
            child.set(spaces.clark(name), _clean(_reading(name, value)))
    for name, value in sensor.items():
        if name not in {"sensorMetadata", "sensorReport"}:
            _any(parent, name, value, spaces)


def _reading(name: str, value: Value) -> str:
    text = _plain(value)
    if name in {"type", "exception"}:
        return full_measure(text)
    if name == "component":
        return full(name, text)
    return text


def _error(root: Element, element: str, value: Value, spaces: Spaces) -> None:
    parent = etree.SubElement(root, element)
    error = cast("Object", value)
    for name in ("declarationTime", "reason", "correctiveEventIDs"):
        if name not in error:
            continue
        if name == "correctiveEventIDs":
            _texts(parent, name, "correctiveEventID", error[name])
        else:
            _text(
                parent,
                name,
                full(name, _plain(error[name])) if name == "reason" else _plain(error[name]),
            )
    for name, member in error.items():
        if name not in {"declarationTime", "reason", "correctiveEventIDs"}:
            _any(parent, name, member, spaces)


def _any(parent: Element, name: str, value: Value, spaces: Spaces) -> None:
    """An extension: a list as repeated elements, an object as what stands inside."""
    if isinstance(value, list):
        for item in value:
            _any(parent, name, item, spaces)
        return
    child = etree.SubElement(parent, spaces.clark(name))
    if isinstance(value, dict):
        for inner, member in value.items():
            if inner.startswith("@") and isinstance(member, str):
                child.set(spaces.clark(inner[1:]), _clean(member))
            elif inner == "#text":
                child.text = _clean(_plain(member))
            else:
                _any(child, inner, member, spaces)
        return
    if not isinstance(value, str):
        kind = "decimal" if isinstance(value, Number) else "boolean"
        if value is None:
            child.set(f"{{{XSI}}}nil", "true")
            return
        child.set(f"{{{XSI}}}type", f"xsd:{kind}")
    child.text = _clean(_plain(value))


def _texts(root: Element, name: str, inner: str, value: Value) -> None:
    parent = etree.SubElement(root, name)
    for text in cast("list[str]", value):
        _text(parent, inner, text)


def _text(parent: Element, name: str, text: str) -> Element:
    child = etree.SubElement(parent, name)
    child.text = _clean(text)
    return child


def _plain(value: Value) -> str:
    if isinstance(value, Number):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """Text without the control characters that XML cannot hold in any spelling."""
    return NOT_XML.sub("\ufffd", text)


def _objects(value: Value) -> list[Object]:
    return cast("list[Object]", value) if isinstance(value, list) else []


_WRITERS: dict[str, Callable[[Element, str, Value, Spaces], None]] = {
    **dict.fromkeys(_EPC_LISTS, _epcs),
    **dict.fromkeys(_QUANTITIES, _quantities),
    **dict.fromkeys(("readPoint", "bizLocation", "ilmd"), _record),
    **dict.fromkeys(("bizStep", "disposition"), _word),
    **dict.fromkeys(("bizTransactionList", "sourceList", "destinationList"), _typed),
    "sensorElementList": _sensors,
    "persistentDisposition": _states,
    "errorDeclaration": _error,
}


def declared(contexts: Mapping[str, str]) -> dict[str, str]:
    """The prefixes of a document of ours."""
    return {"epcis": "urn:epcglobal:epcis:xsd:2", "xsi": XSI, "xsd": XSD, **contexts}
