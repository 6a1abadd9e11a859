"""Who may be named as the explanation of a gap: to members anyone, in public who was asked before.

A party or laboratory that was given notice of a balance may be named in public when it has replied,
or thirty days after it was asked; its answer then stands beside what is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace

from orebook.engines.balance.network import Network
from orebook.model.absence import known
from orebook.model.claim import Notice, Reply
from orebook.model.facts import Facts
from orebook.model.when import when

WAIT_DAYS = 30
NAMING = ("party", "laboratory")


@dataclass(frozen=True, slots=True)
class Asked:
    """A party that was asked about a balance: on which day, what it answered, and whether it may
    be named in public today."""

    party: str
    day: str
    reply: str | None
    replied: str
    may_be_named: bool

    def sentence(self) -> str:
        """Notice and answer in one line."""
        if self.reply is None:
            return f"{self.party} was asked on {self.day}; no answer is recorded."
        told = f" on {self.replied}" if self.replied else ""
        return f"{self.party} was asked on {self.day} and answered{told}: {self.reply}"

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "party": self.party,
            "asked": self.day,
            "reply": self.reply,
            "replied": self.replied or None,
            "may_be_named": self.may_be_named,
        }


def asked(facts: Facts, about: Collection[str], today: str) -> tuple[Asked, ...]:
    """The notices about any of those (a balance, or an event in it), the latest of each party.

    Takes: the day to answer for, as a date. Unknown: a notice without a day starts no clock.
    """
    wanted = set(about)
    found: dict[str, Asked] = {}
    for notice in facts.all(Notice):
        party, day = known(notice.to), known(notice.when)
        if party is None or day is None or not wanted & set(known(notice.about) or ()):
            continue
        answers = [
            r
            for r in facts.all(Reply)
            if known(r.party) == party
            and ({notice.id, *(known(notice.about) or ())} & set(known(r.to) or ()))
        ]
        latest = answers[-1] if answers else None
        told = known(latest.when) if latest is not None else None
        # The clock runs from the last day the notice can be of.
        over = when(today).first >= day.last + dt.timedelta(days=WAIT_DAYS)
        text = None if latest is None else known(latest.text) or "its text is not public"
        found[party] = Asked(
            party, day.text, text, told.text if told is not None else "", over or latest is not None
        )
    return tuple(found[p] for p in sorted(found))


def nameable(
    network: Network, told: Collection[Asked], *, member: bool, parties: Collection[str] = ()
) -> Network:
    """The network in which only parties and laboratories this reader may be told of are suspects.

    Takes: `member`, whether the reader is the keeper or a party of the book; `parties`, names that
    are hushed wherever they stand, be it as the scale of a weighing. For others whoever was
    not asked is left out before anything is searched: a finding is never made from more than its
    reader may be told and then cut down.
    """
    if member:
        return network
    free = {a.party for a in told if a.may_be_named}
    hushed = {n for s in NAMING for n in network.groups.get(s, ())} | set(parties)
    hushed -= free
    return replace(network, unsuspected=frozenset(hushed))
