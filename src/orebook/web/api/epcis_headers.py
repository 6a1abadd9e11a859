"""The headers by which EPCIS callers and a server agree on versions, forms and extensions.

Source: openapi.json of EPCIS 2.0, 16 May 2023, components/headers and components/parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import orebook
from orebook.exchange.epcis_terms import OWN_SPACE
from orebook.web.api.call import XML, Call, Limits, NotAcceptable
from orebook.web.api.operation import Param

VERSION = "2.0.0"
_OLDEST = "1.0.0"  # documents in XML of 1.x are read
NEVER_ENDS = "9999-12-31T23:59:59Z"
AS_IT_CAME, LINKS, WEB, URN = (
    "Never_Translates",
    "Always_GS1_Digital_Link",
    "Always_Web_URI",
    "Always_URN",
)
_ANY = "No_Preference"
_WRITTEN = re.compile(r"\d{1,4}(?:\.\d{1,4}){0,3}")
# What every answer says of itself.
ANSWER = {
    "GS1-EPCIS-Version": VERSION,
    "GS1-CBV-Version": VERSION,
    "GS1-Extensions": f"orebook={OWN_SPACE}",
}
_SPELLED: dict[str, object] = {"type": "string", "pattern": r"^\d{1,4}(\.\d{1,4}){0,3}$"}
ASKS = tuple(
    Param(f"GS1-{what}-{end}", f"the {told} version of {what} the caller reads", _SPELLED, "header")
    for what in ("EPCIS", "CBV")
    for end, told in (("Min", "lowest"), ("Max", "highest"))
)
SENDS = tuple(
    Param(f"GS1-{what}-Version", f"the version of {what} of what is sent", _SPELLED, "header")
    for what in ("EPCIS", "CBV")
)
EPC_FORM = Param(
    "GS1-EPC-Format",
    "how identifiers are written; as they came if left out",
    {"type": "string", "enum": [_ANY, AS_IT_CAME, LINKS]},
    "header",
)
CBV_FORM = Param(
    "GS1-CBV-XML-Format",
    "how words of CBV are written in XML; as they came if left out",
    {"type": "string", "enum": [_ANY, AS_IT_CAME, WEB, URN]},
    "header",
)


def agree(call: Call) -> None:
    """Refuses: NotAcceptable where the caller reads no version that is given here.

    A document says its own version; the header beside it may be of any version that is read.
    """
    for what in ("EPCIS", "CBV"):
        low, high = (_version(call, f"GS1-{what}-{end}") for end in ("Min", "Max"))
        if (low or _NONE) > _number(VERSION) or (high or _MOST) < _number(VERSION):
            message = f"answers are {what} {VERSION}, and the caller reads none such"
            raise NotAcceptable(message)
        sent = _version(call, f"GS1-{what}-Version")
        oldest = _number(_OLDEST if call.media in XML else VERSION)
        if sent and not oldest <= sent <= _number(VERSION):
            message = (
                f"GS1-{what}-Version: expected {VERSION}, or 1.x of a document in XML,"
                f" found {call.header(f'GS1-{what}-Version')[:20]}"
            )
            raise NotAcceptable(message)


def epc_form(call: Call) -> str:
    """How identifiers are to be written. Refuses: NotAcceptable for a form that cannot be given.

    Without the header they stand as they came, and the answer says so.
    """
    form = call.header("gs1-epc-format").strip()
    if form == "Always_EPC_URN":
        message = (
            "GS1-EPC-Format: Always_EPC_URN cannot be given: a Digital Link does not say how long"
            f" the company prefix is. Ask for {AS_IT_CAME} or {LINKS}."
        )
        raise NotAcceptable(message)
    return _chosen("GS1-EPC-Format", form, (AS_IT_CAME, LINKS))


def cbv_form(call: Call) -> str:
    """How words of CBV are to be written in XML. Refuses: NotAcceptable for another word."""
    name = "GS1-CBV-XML-Format"
    return _chosen(name, call.header(name).strip(), (AS_IT_CAME, WEB, URN))


def announced(limits: Limits, *, capture: bool) -> dict[str, str]:
    """What this server gives and takes, as OPTIONS says it of a resource.

    Takes: `capture`, whether it is the resource that takes documents.
    """
    oldest = _OLDEST if capture else VERSION
    told = {
        **ANSWER,
        "GS1-EPCIS-Min": oldest,
        "GS1-EPCIS-Max": VERSION,
        "GS1-CBV-Min": oldest,
        "GS1-CBV-Max": VERSION,
        "GS1-EPC-Format": f"{AS_IT_CAME}, {LINKS}",
        "GS1-CBV-XML-Format": f"{AS_IT_CAME}, {WEB}, {URN}",
        "GS1-Vendor-Version": f"orebook/{orebook.__version__}",
    }
    if capture:
        told |= {**limited(limits), "GS1-Capture-Error-Behaviour": "all"}
    return told


def limited(limits: Limits) -> Mapping[str, str]:
    """How much one document may hold, as OPTIONS and a refusal for size say it."""
    return {
        "GS1-EPCIS-Capture-Limit": str(limits.document_events),
        "GS1-EPCIS-Capture-File-Size-Limit": str(limits.document_bytes),
    }


def _chosen(name: str, form: str, offered: tuple[str, ...]) -> str:
    if form in {"", _ANY}:
        return AS_IT_CAME
    if form not in offered:
        message = f"{name}: expected {_ANY}, {' or '.join(offered)}, found {form[:40]!r}"
        raise NotAcceptable(message)
    return form


_Number = tuple[int, ...]
_NONE: _Number = (0,)
_MOST: _Number = (9999,)


def _version(call: Call, name: str) -> _Number | None:
    """The version a header names; None without it. Refuses: NotAcceptable for no version."""
    text = call.header(name).strip()
    if not text:
        return None
    if not (text.isascii() and _WRITTEN.fullmatch(text)):
        message = f"{name}: expected a version such as {VERSION}, found {text[:20]!r}"
        raise NotAcceptable(message)
    return _number(text)


def _number(text: str) -> _Number:
    """`2.0` and `2.0.0` are one version."""
    parts = [int(part) for part in text.split(".")]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return tuple(parts)
