"""The identifiers of an EPCIS event as GS1 Digital Links, where a caller asks for that form.

Only keys of GS1 have that form; any other identifier stays as it is. The way back has no answer: a
Digital Link does not say how long the company prefix is. Source: EPCIS 2.0, GS1-EPC-Format; GS1
Digital Link URI Syntax 1.3.
"""

from __future__ import annotations

from orebook.exchange.gs1_keys import canonical
from orebook.exchange.json_text import Object, Value

_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_PLACES = ("readPoint", "bizLocation")


def as_links(event: Object) -> Object:
    """The event with every GS1 key in it as a canonical Digital Link."""
    new = dict(event)
    for name in _LISTS:
        listed = new.get(name)
        if isinstance(listed, list):
            new[name] = [_linked(one) for one in listed]
    for name in _QUANTITIES:
        listed = new.get(name)
        if isinstance(listed, list):
            new[name] = [_with(one, "epcClass") for one in listed]
    if "parentID" in new:
        new["parentID"] = _linked(new["parentID"])
    for name in _PLACES:
        if name in new:
            new[name] = _with(new[name], "id")
    for name, member in (("sourceList", "source"), ("destinationList", "destination")):
        listed = new.get(name)
        if isinstance(listed, list):
            new[name] = [_with(one, member) for one in listed]
    return new


def as_link(ident: str) -> str:
    """The identifier as a canonical Digital Link, where it is a key of GS1."""
    return canonical(ident) or ident


def _with(value: Value, member: str) -> Value:
    if not isinstance(value, dict) or member not in value:
        return value
    return {**value, member: _linked(value[member])}


def _linked(value: Value) -> Value:
    return as_link(value) if isinstance(value, str) else value
