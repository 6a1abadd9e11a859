"""Which carried members of an EPCIS event lie in the clear, and which on the public shelf.

What EPCIS names (words of its vocabulary, identifiers, times, numbers) is no free text and lies in
the clear. User extensions, lot data (ilmd), text readings and whatever EPCIS does not name may hold
anything, a person's name included: they go to the shelf that can be taken down.
"""

from __future__ import annotations

from collections.abc import Iterable

from orebook.exchange.carried import Pair
from orebook.exchange.epcis_check import EVENT, MEMBERS, METADATA, REPORT
from orebook.exchange.json_text import Object, Value, escape, steps

Parts = dict[str, "Parts | None"]

_NAMED = frozenset(name for members in MEMBERS.values() for name in members) - {"ilmd"}
_COMMON = frozenset(EVENT)
_POINT: Parts = {"id": None}
_READINGS: Parts = {name: None for name in REPORT if name != "stringValue"}
_PARTS: Parts = {
    "readPoint": _POINT,
    "bizLocation": _POINT,
    "errorDeclaration": dict.fromkeys(("declarationTime", "reason", "correctiveEventIDs")),
    "sensorElementList": {
        "sensorMetadata": dict.fromkeys(METADATA),
        "sensorReport": _READINGS,
    },
}


def shelve(event: Object, pairs: Iterable[Pair]) -> tuple[list[Pair], list[Pair]]:
    """The pairs that lie in the clear, and those that may hold free text."""
    named = _NAMED if event["type"] in MEMBERS else _COMMON
    clear: list[Pair] = []
    free: list[Pair] = []
    for at, value in pairs:
        name, *inner = steps(at) if "/" in at[1:] or "~" in at else (at[1:],)
        parts = _PARTS.get(name)
        if name not in named or (inner and parts is not None and inner[0] not in parts):
            free.append((at, value))
        elif inner or parts is None or value is None:
            clear.append((at, value))
        else:
            clear.append((at, _keep(value, parts, at, free)))
    return clear, free


def _keep(value: Value, parts: Parts, at: str, free: list[Pair]) -> Value:
    """The value with its named members alone; the others are put among the free."""
    if isinstance(value, list):
        return [_keep(item, parts, f"{at}/{i}", free) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kept: Object = {}
    for name, member in value.items():
        here = f"{at}/{escape(name)}"
        if name not in parts:
            free.append((here, member))
            continue
        inner = parts[name]
        kept[name] = member if inner is None else _keep(member, inner, here, free)
    return kept
