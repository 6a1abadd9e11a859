"""Every form in which one GS1 key may stand in a record: Digital Links and EPC URIs.

A Digital Link does not say how long the company prefix is, so it may be any of seven EPC URIs; each
is given that reads back as that very link. Source: GS1 EPC Tag Data Standard 1.13, 6.3; GS1 Digital
Link URI Syntax 1.3; EPCIS 2.0, 8.2.7.1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orebook.exchange.gs1_keys import ROOT, canonical

_LINK = re.compile(rf"{re.escape(ROOT)}/([0-9]+)/([^/]+)(?:/([0-9]+)/([^/]+))?")
_ESCAPED = re.compile("%(2[189ABC]|3A)")  # what stands bare in an EPC URI
_PREFIXES = range(6, 13)
# AI → schemes, digits of prefix and reference after an indicator or filler, and where they begin.
_SHAPES = {
    "00": ("id:sscc", 1, 17),
    "414": ("id:sgln", 0, 12),
    "417": ("id:pgln", 0, 12),
    "8003": ("id:grai", 1, 13),
    "253": ("id:gdti", 0, 12),
    "255": ("id:sgcn", 0, 12),
    "8018": ("id:gsrn", 0, 17),
    "8017": ("id:gsrnp", 0, 17),
    "402": ("id:gsin", 0, 16),
}
_TRADE = {"21": "id:sgtin", "10": "class:lgtin", "235": "id:upui"}
_TEXTS = {"8004": "id:giai", "401": "id:ginc", "8010": "id:cpi"}


def forms(ident: str) -> tuple[str, ...]:
    """The identifier, and every other text that names the same GS1 key; itself alone otherwise."""
    link = canonical(ident)
    match = _LINK.fullmatch(link) if link else None
    if match is None or link is None:
        return (ident,)
    ai, value, _, serial = match.groups()
    if ident.startswith("urn:"):  # its prefix is known, so no other EPC URI names it
        return tuple(dict.fromkeys((ident, link)))
    found = (f"urn:epc:{one}" for one in _candidates(ai, value, match[3] or "", serial or ""))
    same = (urn for urn in found if canonical(urn) == link)
    return tuple(dict.fromkeys((ident, link, *same)))


def every_form(idents: Iterable[str]) -> tuple[str, ...]:
    """Every form of each of these identifiers."""
    return tuple(dict.fromkeys(form for ident in idents for form in forms(ident)))


def _candidates(ai: str, value: str, qualifier: str, serial: str) -> Iterator[str]:
    serial = _bare(serial)
    for n in _PREFIXES:
        if ai == "01" and qualifier in _TRADE:
            reference = value[0] + value[1:13][n:]
            yield f"{_TRADE[qualifier]}:{value[1:13][:n]}.{reference}.{serial}"
        elif ai in _TEXTS:
            tail = f".{serial}" if serial else ""
            yield f"{_TEXTS[ai]}:{value[:n]}.{_bare(value[n:])}{tail}"
        elif ai in _SHAPES:
            scheme, begin, end = _SHAPES[ai]
            body, after = value[begin:end], _bare(value[end + 1 :])
            lead = value[0] if ai == "00" else ""
            tail = {"414": f".{serial or '0'}"}.get(ai, f".{after}" if after else "")
            yield f"{scheme}:{body[:n]}.{lead}{body[n:]}{tail}"


def _bare(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
