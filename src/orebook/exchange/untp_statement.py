"""What a credential of our own is made from, and the small objects that its subjects share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orebook.exchange.json_text import Object
from orebook.model.entry import Body
from orebook.model.hidden import clear


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who states it: a DID, a name, and the identifier that the book knows this party by."""

    did: str
    name: str
    party: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One fact to be put into a credential, as its reader may see it, and what stands around it.

    Takes: by identifier, the lots, facilities and parties that the fact names; `author` of each lot
    and facility, the party that states it; `assays` of a lot by the issuer; `other`, the place at
    the other end of a move, and the event that says so; `keeper` and `origin` of the book;
    `did`, the DID of a party, and `since`, the day on which its key was registered.
    """

    body: Body
    issuer: Issuer
    keeper: Issuer
    origin: str
    things: Mapping[str, Body] = field(default_factory=dict)
    authors: Mapping[str, str] = field(default_factory=dict)
    assays: tuple[Body, ...] = ()
    other: tuple[str, str] = ("", "")
    did: str = ""
    since: str = ""

    def thing(self, ident: str) -> Body:
        """What the book says of that thing in the clear; nothing where it says nothing."""
        return clear(self.things.get(ident, {}))

    def named(self, type_: str, ident: str) -> Object:
        """A party or facility by identifier and name."""
        name = text(self.thing(ident), "name")
        return {"type": [type_], "id": ident, "name": name or ident}


def text(body: Body, name: str) -> str:
    """A stated text; empty where none is stated, or it is said to be absent."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def classed(scheme: str, code: str, name: str, title: str) -> Object:
    """A code within a scheme of our own."""
    return {
        "code": code,
        "name": name,
        "schemeId": f"urn:orebook:{scheme}",
        "schemeName": title,
    }


def describe(thing: Object, *parts: str) -> None:
    """Adds what a reader of the credential must know of the thing; nothing where there is none."""
    said = "; ".join(part for part in parts if part)
    if said:
        thing["description"] = said


def made_up(body: Body) -> str:
    """That it is no fact about the world, where the book says so; else nothing."""
    if body.get("invented") is True:
        return "a made-up example, no fact about the world"
    whose = text(body, "sample_data")
    return f"from a sample file of {whose}, no fact about the world" if whose else ""
