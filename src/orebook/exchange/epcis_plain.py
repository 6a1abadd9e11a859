"""The plain EPCIS event, in one pass: our words, what is carried and the canonical bytes of both.

Most events of most documents hold EPCIS's own members alone. For them this gives what
`epcis_words`, `carried` and `epcis_shelf` give together, at a fraction of the work; of every other
event it says nothing, and those are asked. A test holds both together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from json.encoder import encode_basestring
from typing import Any, NamedTuple, cast

from orebook.exchange.carried import CHUNK
from orebook.exchange.epcis_check import (
    EVENT,
    IDENT,
    MEMBERS,
    OWN,
    QUANTITY,
    REQUIRED,
    lacks,
    mass_unit,
)
from orebook.exchange.epcis_terms import TRANSACTIONS
from orebook.exchange.epcis_words import LISTS, NAME, implied_action, implied_step, kind_of, side_of
from orebook.exchange.json_check import Check, time, word
from orebook.exchange.json_text import Number, Object, Value, type_of, write
from orebook.model.entry import Body
from orebook.model.shape import shapes
from orebook.model.vocabulary import event_kinds

_BARE = re.compile(r"[!#-\[\]-~]{1,512}")  # needs no escape in JSON, as EPCIS's own do not
_FIGURE = re.compile(r"(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,30})?")  # as `sound` asks of a mass
_PAPERS = ({"bizTransaction"}, {"bizTransaction", "type"})
_AMOUNTS = ({"epcClass", "quantity"}, {"epcClass", "quantity", "uom"})
_NOT_PLAIN = {"ilmd", "sensorElementList", "errorDeclaration"}
_WORD = {str, type(None)}
_NAMES = frozenset(name for members in MEMBERS.values() for name in members)
_LONG = 512  # characters; what is longer is never remembered between events
_PAPER = word(TRANSACTIONS, or_uri=OWN)
# The types of the attributes that are written here, all of which lie in the clear.
_TYPES = {
    "event": {
        "id": "id",
        "kind": "word:event_kind",
        "when": "when",
        "recorded": "time",
        "timezone": "text",
        "facility": "ref:facility",
        "inputs": "list:record:flow",
        "outputs": "list:record:flow",
        "subjects": "list:record:flow",
        "container": "ref:lot",
        "documents": "list:text",
        "foreign": "record:foreign",
    },
    "flow": {"lot": "ref:lot", "mass": "mass", "count": "decimal"},
    "foreign": {"format": "text", "members": "list:record:carried"},
    "carried": {"at": "text", "type": "word:json_type", "text": "text"},
}


class Plain(NamedTuple):
    """An event in our words, sound and all in the clear, and its canonical bytes."""

    body: Body
    encoded: bytes


class _Way(NamedTuple):
    """How sound events of one type, step and action with these members are told."""

    kind: str
    carried: tuple[tuple[str, Check], ...]  # members that go out as they came
    last: tuple[str, ...]  # what our words imply and the event lacks
    lists: tuple[tuple[str, str, str], ...]  # name of ours, list of identifiers, of quantities
    distinct: bool  # whether no identifier may stand twice in a list


def plain(event: Value, id_: str) -> Plain | None:
    """The event as `words` and what is carried with it; None where it is not plain, or not sound.

    Takes: `id_` for one that has no eventID.
    """
    if event.__class__ is not dict:
        return None
    get: Callable[[str], Any] = event.get
    type_, step, action = get("type"), get("bizStep"), get("action")
    if type_.__class__ is not str or not {step.__class__, action.__class__} <= _WORD:
        return None
    if not _NAMES.issuperset(event) or len(type_) + len(step or "") + len(action or "") > _LONG:
        return None
    way = _way(type_, step, action, tuple(event))
    if way is None:
        return None
    body: Body = {}
    texts: list[str] = []
    whole = (
        _moment(event, id_, body, texts)
        and _place(event, body, texts)
        and _flows(event, way, body, texts)
        and _foreign(event, way, body, texts)
    )
    if not whole:
        return None
    body["kind"] = way.kind
    texts.append(f'"kind":"{way.kind}"')
    texts.sort()  # by name: each begins with its own
    return Plain(body, f"{{{','.join(texts)}}}".encode())


@lru_cache(maxsize=4096)
def _way(type_: str, step: str | None, action: str | None, names: tuple[str, ...]) -> _Way | None:
    members = MEMBERS.get(type_)
    if members is None or not _as_written() or not _NOT_PLAIN.isdisjoint(names):
        return None
    said = {"type": type_, "bizStep": step, "action": action}
    there: Object = {name: cast("Value", said.get(name, [True])) for name in names}
    if not (members.keys() >= there.keys() >= set(REQUIRED[type_])):
        return None
    if lacks(type_, there):
        return None
    if any(members[name](value) for name, value in said.items() if name in there):
        return None
    kind = kind_of(type_, step, action)
    if event_kinds()[kind].epcis_type != type_:
        return None
    meant = {"type": type_, "bizStep": implied_step(kind), "action": implied_action(kind)}
    lists = _lists(type_, kind)
    told = {"eventID", "eventTime", "recordTime", "eventTimeZoneOffset", "bizLocation", "parentID"}
    told |= {name for _, *both in lists for name in both}
    told |= {name for name, value in said.items() if value == meant[name]}
    last = [name for name in ("eventID",) if name not in names]
    last += [name for name in ("action", "bizStep") if meant[name] and name not in names]
    if "readPoint" in names and "bizLocation" not in names:
        last.append("bizLocation")
    carried = tuple((name, members[name]) for name in names if name not in told)
    distinct = type_ in {"ObjectEvent", "TransformationEvent"}
    return _Way(kind, carried, tuple(last), lists, distinct)


def _lists(type_: str, kind: str) -> tuple[tuple[str, str, str], ...]:
    if type_ == "TransformationEvent":
        return (
            ("inputs", "inputEPCList", "inputQuantityList"),
            ("outputs", "outputEPCList", "outputQuantityList"),
        )
    return ((side_of(kind), *LISTS[type_]),)


@cache
def _as_written() -> bool:
    """Whether the tables of attributes still say what this file was written for."""
    return all(
        (attribute := shapes()[kind].get(name)) is not None
        and attribute.type == type_
        and attribute.shelf == "clear"
        for kind, types in _TYPES.items()
        for name, type_ in types.items()
    )


def _moment(event: Object, id_: str, body: Body, texts: list[str]) -> bool:
    """Which event it is, and when."""
    get = event.get
    moment, offset = get("eventTime"), get("eventTimeZoneOffset")
    if time(moment) or offset.__class__ is not str or len(offset) > _LONG:
        return False
    if not _fits("eventTimeZoneOffset", offset):
        return False
    ident = get("eventID")
    if "eventID" in event:
        if IDENT(ident):
            return False
    elif _BARE.fullmatch(id_):
        ident = id_
    else:
        return False
    body["id"], body["when"], body["timezone"] = ident, moment, offset
    texts += f'"id":"{ident}"', f'"timezone":"{offset}"', f'"when":"{moment}"'
    if "recordTime" in event:
        recorded = event["recordTime"]
        if time(recorded):
            return False
        body["recorded"] = recorded
        texts.append(f'"recorded":"{recorded}"')
    return True


def _place(event: Object, body: Body, texts: list[str]) -> bool:
    facility = None
    for name in ("readPoint", "bizLocation"):
        if name in event:
            facility = _point(event[name])
            if not facility:
                return False
    if facility:
        body["facility"] = facility
        texts.append(f'"facility":"{facility}"')
    return "bizTransactionList" not in event or _papers(event["bizTransactionList"], body, texts)


def _papers(papers: Value, body: Body, texts: list[str]) -> bool:
    documents: list[str] = []
    for paper in papers if papers.__class__ is list else ():
        if paper.__class__ is not dict or paper.keys() not in _PAPERS:
            return False
        ident = paper["bizTransaction"]
        if IDENT(ident):  # any URI would do; a long one is left to others
            return False
        documents.append(ident)  # type: ignore[arg-type]  # as the check has established
    body["documents"] = documents
    told = '","'.join(documents)
    texts.append(f'"documents":["{told}"]')
    return bool(documents)


def _point(value: Value) -> str:
    """The identifier of a place that is nothing else; empty for any other."""
    if value.__class__ is not dict or len(value) != 1 or "id" not in value:
        return ""
    ident = value["id"]
    if ident.__class__ is not str or len(ident) > _LONG:
        return ""
    return ident if _is_ident(ident) else ""


@lru_cache(maxsize=4096)
def _is_ident(text: Value) -> bool:
    return IDENT(text) is None


@lru_cache(maxsize=4096)
def _fits(name: str, value: str) -> bool:
    return EVENT[name](value) is None


def _flows(event: Object, way: _Way, body: Body, texts: list[str]) -> bool:
    for name, epcs, quantities in way.lists:
        flows: list[Body] = []
        told: list[str] = []
        if epcs in event and not _lots(event[epcs], way.distinct, flows, told):
            return False
        if quantities in event:
            elements = event[quantities]
            if elements.__class__ is not list or not elements:
                return False
            for element in elements:
                if not _amount(element, flows, told):
                    return False
        if flows:
            body[name] = flows
            texts.append(f'"{name}":[{",".join(told)}]')
    if "parentID" in event:
        container = event["parentID"]
        if IDENT(container):
            return False
        body["container"] = container
        texts.append(f'"container":"{container}"')
    return True


def _lots(listed: Value, distinct: bool, flows: list[Body], told: list[str]) -> bool:
    if listed.__class__ is not list or not listed:
        return False
    for epc in listed:
        if IDENT(epc):
            return False
        flows.append({"lot": epc})
        told.append(f'{{"lot":"{epc}"}}')
    return not distinct or len(set(told)) == len(told)


def _amount(element: Value, flows: list[Body], told: list[str]) -> bool:
    if element.__class__ is not dict or element.keys() not in _AMOUNTS:
        return False
    get = element.get
    lot, number, code = get("epcClass"), get("quantity"), get("uom")
    if IDENT(lot) or number.__class__ is not Number:
        return False
    figure = number.text
    if _FIGURE.fullmatch(figure) is None:
        return False
    if len(element) == 2:
        flows.append({"lot": lot, "count": figure})
        told.append(f'{{"count":"{figure}","lot":"{lot}"}}')
        return True
    if code.__class__ is not str or len(code) > _LONG or not _is_mass(code):
        return False
    flows.append({"lot": lot, "mass": {"value": figure, "unit": code}})
    told.append(f'{{"lot":"{lot}","mass":{{"unit":"{code}","value":"{figure}"}}}}')
    return True


@lru_cache(maxsize=1024)
def _is_mass(code: str) -> bool:
    return mass_unit(code) is not None and QUANTITY({"epcClass": "urn:x:1", "uom": code}) is None


def _foreign(event: Object, way: _Way, body: Body, texts: list[str]) -> bool:
    """What is carried beside our words."""
    members: list[Body] = []
    told: list[str] = []
    for name, check in way.carried:
        value = event[name]
        if name == "bizTransactionList":
            for number, paper in enumerate(cast("list[Object]", value)):
                if "type" in paper:
                    at, word = f"/bizTransactionList/{number}/type", paper["type"]
                    if word.__class__ is not str or not _carry(at, _PAPER, word, members, told):
                        return False
        elif not _carry(f"/{name}", check, value, members, told):
            return False
    for name in way.last:
        members.append({"at": f"/{name}", "type": "null", "text": "null"})
        told.append(f'{{"at":"/{name}","text":"null","type":"null"}}')
    if members:
        body["foreign"] = {"format": NAME, "members": members}
        texts.append(f'"foreign":{{"format":"{NAME}","members":[{",".join(told)}]}}')
    return True


def _carry(at: str, check: Check, value: Value, members: list[Body], told: list[str]) -> bool:
    if value.__class__ is str:
        record, text, type_ = (_told if len(value) > _LONG else _said)(at, check, value)
    elif at == "/readPoint":  # it was looked at with the places
        record, text, type_ = _pointed(cast("str", cast("Object", value)["id"]))
    else:
        record, text, type_ = _told(at, check, value)
    if not record:
        return False
    members.append({"at": at, "type": type_, "text": text})
    told.append(record)
    return True


def _told(at: str, check: Check, value: Value) -> tuple[str, str, str]:
    """The canonical record of a carried member, its text and type; empty for one not sound."""
    text = "" if check(value) else write(value)
    type_ = type_of(value)
    if not text or not text.isascii() or len(text) > CHUNK:
        return "", "", ""
    return f'{{"at":"{at}","text":{encode_basestring(text)},"type":"{type_}"}}', text, type_


_said = lru_cache(maxsize=4096)(_told)


@lru_cache(maxsize=4096)
def _pointed(ident: str) -> tuple[str, str, str]:
    return _told("/readPoint", MEMBERS["ObjectEvent"]["readPoint"], {"id": ident})
