"""What a credential rests on: the statements it asks for, and the latest entry of all.

A credential is drawn from answers to questions such as "what does the keeper state of this place?".
Each answer notes the last entry that bears on it. Two heads at which the latest of them is the same
gave the same answers, so the same credential; where it differs, the older one stands no longer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from orebook.acts.see import View, pinned
from orebook.exchange.untp_own import open_words
from orebook.model.custody import PartyKey
from orebook.model.entry import Body
from orebook.model.hidden import clear
from orebook.model.saying import Naming, Saying
from orebook.model.when import BadDate, When, when

_KINDS = ("lot", "facility", "party")
_HOLDERS = {"lot": "owner", "facility": "operator"}
_OTHER = {"ship": "receive", "transit": "receive", "receive": "ship"}


class Known:
    """What one view says of things, each asked once, for many credentials as for one."""

    def __init__(self, view: View) -> None:
        self.view = pinned(view)
        self.book = view.book
        self.size = self.view.head.size
        self._said: dict[tuple[str, str], dict[str, Saying]] = {}
        self._naming: dict[tuple[str, str], list[Naming]] = {}
        self._keys: tuple[PartyKey, ...] | None = None

    def warm(self, kind: str, idents: Iterable[str]) -> None:
        """Asks of many things at once."""
        new = {ident for ident in idents if (kind, ident) not in self._said}
        self._said |= {(kind, ident): {} for ident in new}
        for one in self.view.sayings(kind, new) if new else ():
            self._said[kind, one.id][one.author] = one

    def said(self, kind: str, ident: str) -> Mapping[str, Saying]:
        """What each author states of that thing."""
        self.warm(kind, (ident,))
        return self._said[kind, ident]

    def warm_naming(self, kind: str, lots: Iterable[str]) -> None:
        """Asks at once which statements of a kind name these lots."""
        new = {lot for lot in lots if (kind, lot) not in self._naming}
        self._naming |= {(kind, lot): [] for lot in new}
        for one in self.view.naming(kind, new) if new else ():
            self._naming[kind, one.target].append(one)

    def naming(self, kind: str, lot: str) -> Sequence[Naming]:
        """Every assay or event that ever named a lot, in order."""
        self.warm_naming(kind, (lot,))
        return self._naming[kind, lot]

    def keys(self, party: str) -> tuple[PartyKey, ...]:
        """Every key of a party at this head, oldest first."""
        if self._keys is None:
            known = [key for key in self.book.party_keys() if key.since < self.size]
            self._keys = tuple(
                replace(key, until=None, ended="")
                if key.until is not None and key.until >= self.size
                else key
                for key in known
            )
        return tuple(key for key in self._keys if key.party == party)


class Grounds:
    """The answers for one credential by one issuer; `last` is the latest entry that bears on them.

    What an issuer states of a lot or a place goes before what the keeper states, and that before
    what others state, of whom the latest counts.
    """

    def __init__(self, known: Known, issuer: str) -> None:
        self.known = known
        self.issuer = issuer
        self.last = -1

    def note(self, position: int) -> None:
        """Rests on that entry too."""
        self.last = max(self.last, position)

    def own(self, kind: str, ident: str, author: str) -> Saying | None:
        """What that author states of a thing; None where nothing of it holds."""
        found = self.known.said(kind, ident).get(author)
        if found is not None:
            self.note(found.last)
        return None if found is None or found.body is None else found

    def thing(self, kind: str, ident: str) -> Body:
        """What the book says of a thing, in the clear; nothing where it says nothing."""
        if kind == "party":
            return self._party(ident)
        found = self._chosen(kind, ident)
        return {} if found is None else clear(found.body or {})

    def holder(self, kind: str, ident: str) -> str:
        """To whom a lot or a place belongs: its owner or operator, else who states it."""
        found = self._chosen(kind, ident) if kind in _HOLDERS else None
        if found is None:
            return ""
        named = clear(found.body or {}).get(_HOLDERS[kind])
        return named if isinstance(named, str) else found.author

    def kind(self, ident: str) -> str:
        """Whether that is a lot, a place or a party, as those who go before others have it."""
        for author in (self.issuer, self.known.book.operator):
            for kind in _KINDS:
                if self.own(kind, ident, author) is not None:
                    return kind
        return next((kind for kind in _KINDS if self._of_others(kind, ident) is not None), "")

    def assays(self, lot: str) -> tuple[Body, ...]:
        """The analyses of a lot that the issuer states."""
        named = {one.id for one in self.known.naming("assay", lot) if one.author == self.issuer}
        self.known.warm("assay", named)
        found = [self.own("assay", ident, self.issuer) for ident in sorted(named)]
        held = [one for one in found if one is not None and (one.body or {}).get("lot") == lot]
        return tuple(
            {"id": one.id, **open_words("assay", one.body or {})}
            for one in sorted(held, key=lambda one: one.place)
        )

    def other_end(self, event: Body) -> tuple[str, str]:
        """Where the lots of a move came or left, and the event that says so; else nothing.

        A shipment is matched by the next receipt of the very same lots, a receipt by the last
        shipment before it. Where those next in time name more than one place, none is chosen.
        """
        wanted, lots = _OTHER.get(str(event.get("kind"))), _lots(event)
        begun = _when(event)
        if wanted is None or not lots or begun is None:
            return "", ""
        held: list[tuple[Body, When]] = []
        once: list[tuple[Saying, list[When]]] = []
        for (ident, author), bodies in self._moves(lots).items():
            times = [at for body in bodies if (at := _fits(body, wanted, lots, begun))]
            said = self.known.said("event", ident).get(author)
            if not times or said is None:
                continue
            once.append((said, times))
            now = clear(said.body or {})
            at = _fits(now, wanted, lots, begun)
            if at is not None and "withdrawn" not in now and isinstance(now.get("facility"), str):
                held.append((now, at))
        later = wanted == "receive"
        near = [one for one in held if not any(_nearer(o[1], one[1], later) for o in held)]
        for said, times in once:
            # What never was as near as the one chosen now could not have been chosen instead.
            if not all(any(_nearer(n[1], at, later) for n in near) for at in times):
                self.note(said.last)
        places = {str(one["facility"]): str(one["id"]) for one, _ in near}
        return next(iter(places.items())) if len(places) == 1 else ("", "")

    def _moves(self, lots: Collection[str]) -> dict[tuple[str, str], list[Body]]:
        """Of each event that ever named one of these lots, each statement that did."""
        self.known.warm_naming("event", lots)
        named = {
            one.place: (one.id, one.author)
            for lot in sorted(lots)
            for one in self.known.naming("event", lot)
        }
        self.known.warm("event", {ident for ident, _ in named.values()})
        found: dict[tuple[str, str], list[Body]] = {}
        for entry, index in self.known.view.facts_at(named):
            body = clear(entry.facts[index])
            found.setdefault(named[entry.position, index], []).append(body)
        return found

    def _party(self, ident: str) -> Body:
        """What the keeper states of a party, else the party of itself; no more than its id else.

        Anyone may state anything of a party: another's word renames nobody in what is signed.
        """
        for author in (self.known.book.operator, ident):
            found = self.own("party", ident, author)
            if found is not None:
                return clear(found.body or {})
        return {"id": ident}

    def _chosen(self, kind: str, ident: str) -> Saying | None:
        for author in (self.issuer, self.known.book.operator):
            found = self.own(kind, ident, author)
            if found is not None:
                return found
        return self._of_others(kind, ident)

    def _of_others(self, kind: str, ident: str) -> Saying | None:
        """The latest statement by any; each that was made bears on it."""
        every = self.known.said(kind, ident).values()
        for one in every:
            self.note(one.last)
        held = [one for one in every if one.body is not None]
        return max(held, key=lambda one: one.place, default=None)


def _lots(body: Body) -> set[str]:
    flows = body.get("subjects")
    listed = flows if isinstance(flows, list) else []
    return {str(flow["lot"]) for flow in listed if isinstance(flow, dict) and "lot" in flow}


def _when(body: Body) -> When | None:
    try:
        return when(str(body.get("when")))
    except BadDate:
        return None


def _fits(body: Body, wanted: str, lots: set[str], begun: When) -> When | None:
    """When that event was, if it is of the kind that is wanted, of these lots, and in order."""
    at = _when(body)
    if at is None or body.get("kind") != wanted or _lots(body) != lots:
        return None
    wrong = at.before(begun) if wanted == "receive" else begun.before(at)
    return None if wrong is True else at


def _nearer(one: When, other: When, later: bool) -> bool:
    """Whether the first is surely nearer than the other."""
    return (one.before(other) if later else other.before(one)) is True
