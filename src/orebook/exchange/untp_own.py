"""Words of ours that UNTP has no member for: told beside its own in a product's characteristics.

UNTP keeps that member for what one industry says of its products. They are read back only where
they agree with what the standard members say of the same thing; else those alone count.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import cast

from orebook.exchange.json_text import Object, Value
from orebook.model.entry import Body
from orebook.model.hidden import clear
from orebook.model.shape import check, shelves

CHARACTERISTICS = "characteristics"
_OWN = "orebook"
_NEVER = ("id", "foreign")
_NAMING = ("id", "material")  # a name is chosen for its reader
_SUPPLIED = ("granularity", "country")  # UNTP asks for them; the book may not state them of the lot


def open_words(kind: str, fact: Body) -> Body:
    """What may be put into a credential, which no one can take back.

    Left out: what is sealed, and free text, which stays where a court can have it taken down.
    """
    body = clear(fact)
    hidden = {pointer.split("/")[1] for pointer, _ in shelves(kind, body)}
    return {n: v for n, v in body.items() if n not in hidden and n not in _NEVER and v is not None}


def tell(holder: Object, name: str, words: Body) -> None:
    """Puts words beside a product's own members; none where there are none."""
    if words:
        holder[CHARACTERISTICS] = {_OWN: {name: cast("Value", words)}}


def told(holder: Value, name: str) -> Body:
    """The words that stand beside a product's own members; empty where there are none."""
    for step in (CHARACTERISTICS, _OWN, name):
        holder = holder.get(step) if isinstance(holder, dict) else None
    return cast("Body", holder) if isinstance(holder, dict) else {}


def beyond(body: Body, plain: Body) -> Body:
    """What the words say otherwise than is read from the standard members; null for what is not."""
    own: Body = {n: v for n, v in body.items() if plain.get(n) != v}
    return own | {n: None for n in plain if n not in body and n not in _NEVER}


def merged(kind: str, plain: Body, own: Body) -> Body:
    """The words of both; the plain ones alone where the others are not sound, or disagree."""
    whole = {**plain, **{n: v for n, v in own.items() if n not in _NEVER}}
    found: Body = {n: v for n, v in whole.items() if v is not None}
    if not own or not all(_agree(n, plain[n], own[n]) for n in plain if n in own):
        return plain
    return plain if check(kind, found) or shelves(kind, found) else found


def _agree(name: str, plain: object, own: object) -> bool:
    unsaid = own is None or (isinstance(own, dict) and "absent" in own)
    return name in _NAMING or _within(plain, own) or (unsaid and name in _SUPPLIED)


def _within(part: object, whole: object) -> bool:
    """Whether all that the part says is said by the whole; numbers count by their value."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(_within(v, whole.get(n)) for n, v in part.items())
    if isinstance(part, list):
        same = isinstance(whole, list) and len(part) == len(whole)
        return same and all(map(_within, part, cast("list[object]", whole)))
    return part == whole or _number(part) == _number(whole) is not None


def _number(value: object) -> Decimal | None:
    text = value if isinstance(value, str) else ""
    try:
        return Decimal(text) if text.isascii() else None
    except InvalidOperation:
        return None
