"""What a source says of whom it repeats: "citing X", "X via Y", "quoting X", in its own names."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CITES = re.compile(
    r"\b(?:citing|quoting|reproducing|summary of|report on|based on|syndicat\w+ from|recounts? the)"
    r"\s+"
    r"(?:an?\s+|the\s+)?(?P<who>[A-Z][\w.&'’-]*(?:\s+(?:of\s+(?:the\s+)?)?[A-Z][\w.&'’-]*){0,4})"
)
_VIA = re.compile(r"^\s*(?P<who>[^()]{3,60}?)\s+via\s+[A-Z]")
_ENDS = re.compile(r"\s+(?:and|release|article|report|piece|statement)s?\b.*$")


def cited(text: str) -> tuple[str, ...]:
    """Whom a text says it repeats, as it spells them."""
    found = [m["who"] for m in _CITES.finditer(text)]
    if match := _VIA.match(text):
        found.append(match["who"])
    return tuple(dict.fromkeys(_ENDS.sub("", w).strip(" .,") for w in found))


def same_name(left: str, right: str) -> bool:
    """True where one is the other, or its acronym: FT and Financial Times."""
    a, b = left.casefold().strip(), right.casefold().strip()
    return a == b or a == _acronym(right) or b == _acronym(left)


def _acronym(name: str) -> str:
    parts = [p for p in re.split(r"[\s-]+", name) if p[:1].isupper()]
    return "".join(p[0] for p in parts).casefold() if len(parts) > 1 else ""


def voices_named(texts: Iterable[str]) -> tuple[str, ...]:
    """The different names cited in those texts, one for a name and its acronym, longest kept."""
    found: list[str] = []
    # Every spelling met → where its name stands: a name is looked up by its own spelling, by its
    # acronym, and as an acronym of one met before.
    spelt: dict[str, int] = {}
    short: dict[str, int] = {}
    for name in (n for t in texts for n in cited(t)):
        plain, acronym = name.casefold().strip(), _acronym(name)
        places = [spelt.get(plain), spelt.get(acronym) if acronym else None, short.get(plain)]
        known = [i for i in places if i is not None]
        if not known:
            known = [len(found)]
            found.append(name)
        at = min(known)
        found[at] = max(name, found[at], key=len)
        held = found[at]
        spelt.setdefault(held.casefold().strip(), at)
        if own := _acronym(held):
            short.setdefault(own, at)
    return tuple(found)
