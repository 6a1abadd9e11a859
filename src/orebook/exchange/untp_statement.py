"""What a credential of our own is made from, and the small objects that its subjects share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from orebook.exchange.json_text import Object
from orebook.model.entry import Body


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who states it: a DID, a name, and the identifier that the book knows this party by."""

    did: str
    name: str
    party: str = ""


class Around(Protocol):
    """What a book says around a fact: what is asked as a credential is drawn counts for it."""

    def thing(self, kind: str, ident: str) -> Body:
        """What is said of a lot, facility or party in the clear; nothing where nothing is."""

    def holder(self, kind: str, ident: str) -> str:
        """To whom a lot or facility belongs: its owner or operator, else who states it."""

    def kind(self, ident: str) -> str:
        """Whether that is a lot, a facility or a party; empty where nothing is said of it."""

    def assays(self, lot: str) -> tuple[Body, ...]:
        """The analyses of a lot that the issuer states."""

    def other_end(self, event: Body) -> tuple[str, str]:
        """The place at the other end of a move, and the event that says so; else nothing."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One fact to be put into a credential, as its reader may see it, and what stands around it.

    Takes: `keeper` and `origin` of the book; `did`, the DID of a party, and `since`, the day on
    which its key was registered.
    """

    body: Body
    issuer: Issuer
    keeper: Issuer
    origin: str
    around: Around
    did: str = ""
    since: str = ""

    def named(self, type_: str, ident: str) -> Object:
        """A party or facility by identifier and name."""
        name = text(self.around.thing(type_.lower(), ident), "name")
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


def flows(body: Body) -> Iterator[Body]:
    """The flows of an event that name a lot: what went in, what came out, what it was done to."""
    for side in ("inputs", "outputs", "subjects"):
        listed = body.get(side)
        yield from (
            flow for flow in (listed if isinstance(listed, list) else ()) if flow.get("lot")
        )
