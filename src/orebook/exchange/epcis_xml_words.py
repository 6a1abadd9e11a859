"""The words of CBV as XML writes them and as JSON does, and the order of an event's elements.

XML has a standard word as a URI (`urn:epcglobal:cbv:bizstep:receiving`, or the web form
`https://ref.gs1.org/cbv/BizStep-receiving`); JSON has the bare word. Source: CBV 2.0, 7 and 8.
"""

from __future__ import annotations

import re
from typing import Literal

from orebook.exchange.epcis_terms import (
    ALERTS,
    BIZ_STEPS,
    COMPONENTS,
    DISPOSITIONS,
    MEASURES,
    PARTIES,
    REASONS,
    TRANSACTIONS,
)

# Member → the words it knows, and how their URIs begin.
_KNOWN: dict[str, tuple[frozenset[str], str, str]] = {
    "bizStep": (frozenset(BIZ_STEPS), "bizstep", "BizStep"),
    "disposition": (frozenset(DISPOSITIONS), "disp", "Disp"),
    "transaction": (frozenset(TRANSACTIONS), "btt", "BTT"),
    "party": (frozenset(PARTIES), "sdt", "SDT"),
    "reason": (frozenset(REASONS), "er", "ER"),
    "component": (frozenset(COMPONENTS), "component", "Comp"),
}
_WEB = re.compile(
    r"(?:https?://ref\.gs1\.org/cbv/|https?://ns\.gs1\.org/cbv/|cbv:)([A-Za-z]+)-(.+)"
)
_URN = re.compile(r"urn:epcglobal:cbv:([a-z]+):(.+)")
_MEASURE = re.compile(r"(?:gs1:|https?://(?:www\.)?gs1\.org/voc/)(?:MT-|AT-)?(.+)")
_PREFIX = "urn:epcglobal:cbv:"
_SITE = "https://ref.gs1.org/cbv/"

_HEAD = (
    "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration",
    "certificationInfo", "baseExtension",
)  # fmt: skip
_TAIL = ("sourceList", "destinationList", "sensorElementList", "persistentDisposition")
_WHERE = ("bizStep", "disposition", "readPoint", "bizLocation")
# The order in which the schema of EPCIS 2.0 (EPCglobal-epcis-2_0.xsd) has the elements of an event.
ORDER: dict[str, tuple[str, ...]] = {
    "ObjectEvent": (
        *_HEAD, "epcList", "action", *_WHERE, "bizTransactionList", "quantityList", *_TAIL, "ilmd",
        "extension",
    ),
    "AggregationEvent": (
        *_HEAD, "parentID", "childEPCs", "action", *_WHERE, "bizTransactionList",
        "childQuantityList", *_TAIL, "extension",
    ),
    "TransactionEvent": (
        *_HEAD, "bizTransactionList", "parentID", "epcList", "action", *_WHERE, "quantityList",
        *_TAIL, "extension",
    ),
    "TransformationEvent": (
        *_HEAD, "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList",
        "transformationID", *_WHERE, "bizTransactionList", *_TAIL, "ilmd", "extension",
    ),
    "AssociationEvent": (
        *_HEAD, "parentID", "childEPCs", "childQuantityList", "action", *_WHERE,
        "bizTransactionList", *_TAIL, "extension",
    ),
}  # fmt: skip


def bare(member: str, text: str) -> str:
    """The word as JSON has it, where the URI is one of CBV's own; else the text as it is.

    Takes: `bizStep`, `disposition`, `transaction`, `party`, `reason` or `component`.
    """
    words, urn, web = _KNOWN[member]
    match = _URN.fullmatch(text)
    if match and match[1] == urn and match[2] in words:
        return match[2]
    match = _WEB.fullmatch(text)
    if match and match[1].lower() == web.lower() and match[2] in words:
        return match[2]
    return text


def full(member: str, word: str) -> str:
    """The URI XML has for a word of CBV; any other text as it is."""
    words, urn, web = _KNOWN[member]
    if word not in words:
        return word
    # Components came with CBV 2.0, which gave them web addresses alone.
    return f"cbv:{web}-{word}" if member == "component" else f"{_PREFIX}{urn}:{word}"


def spelled(text: str, form: Literal["urn", "web"]) -> str:
    """A URI of one of CBV's own words in the form asked for; any other text as it is.

    Components came with CBV 2.0, which gave them web addresses alone.
    """
    for member, (words, urn, web) in _KNOWN.items():
        word = bare(member, text) if text not in words else text
        if word != text and word in words and (form == "web" or member != "component"):
            return f"{_PREFIX}{urn}:{word}" if form == "urn" else f"{_SITE}{web}-{word}"
    return text


def measure(text: str) -> str:
    """A measurement type as JSON has it; a URI of others, or a newer word, as it is."""
    match = _MEASURE.fullmatch(text)
    return match[1] if match and match[1] in MEASURES else text


def alert(text: str) -> str:
    """The alert of a sensor (`exception`) as JSON has it; any other text as it is."""
    match = _MEASURE.fullmatch(text)
    return match[1].upper() if match and match[1].upper() in ALERTS else text


def full_measure(word: str) -> str:
    """A measurement type or alert as XML has it."""
    return f"gs1:{word}" if word in MEASURES or word in ALERTS else word


def misplaced(type_: str, names: list[str]) -> tuple[str, str] | None:
    """The first element out of the schema's order, and the one it had to stand before; else None.

    Takes: the local names of an event's own elements in document order. Elements of other
    namespaces come last, and are not among them.
    """
    order = ORDER[type_]
    reached = -1
    for name in names:
        if name not in order:
            continue
        place = order.index(name)
        if place < reached:
            return name, order[reached]
        reached = place
    return None
