"""What packs say of a lot, as tables and pictures that pages share."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from orebook.acts import packs
from orebook.acts.qualify import Qualified, judged
from orebook.engines.rules import ENGINE as NAME
from orebook.engines.rules import VERSION, Chain, Covers, Judged, Verdict, covers
from orebook.engines.rules.transit import Flag
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.facts import Facts, Head
from orebook.model.place import Facility
from orebook.show.html import Html
from orebook.show.values import day_text
from orebook.show.verdict_pictures import left_out, witness_picture
from orebook.show.verdicts import covers_text
from orebook.web.addresses import address
from orebook.web.tables import Cell, Table, table

ENGINE = f"{NAME}/{VERSION}"
OUTCOMES = {"proved": "✓ proved", "refuted": "✗ refuted", "unknown": "? unknown"}
_GAPS = 60
_KIND = re.compile(r"[a-z]+(?:-[a-z]+)+")
_INITIALS = frozenset({"dfars", "tml", "uflpa"})


@dataclass(frozen=True, slots=True)
class Ruled:
    """One rule of a verdict on a page, with its picture."""

    judged: Judged
    outcome: str
    picture: Html | None
    left_out: int
    missing: Table


@dataclass(frozen=True, slots=True)
class Shown:
    """One pack's verdict on a page, with the branches beside it."""

    qualified: Qualified
    verdict: Verdict
    outcome: str
    rules: tuple[Ruled, ...]
    aside: tuple[Judged, ...]
    branches: tuple[tuple[Verdict, str, str], ...]


def rules_address(lot: str = "", pack: str = "", day: str = "", part: str = "") -> str:
    """The address of the page of rules."""
    told = {k: v for k, v in (("lot", lot), ("pack", pack), ("law", day)) if v}
    return f"/rules?{urlencode(told)}{part}" if told else f"/rules{part}"


def every_pack(chain: Chain, head: Head, day: str) -> tuple[Qualified, ...]:
    """What each pack that comes with the program says of the chain on a day."""
    return tuple(judged(chain, packs.pack(name), day, ("*",), head) for name in packs.names())


def summary(found: Sequence[Qualified], lot: str, day: str) -> Table:
    """One row a pack: the outcome, what is missing, the next day it could change."""
    rows = []
    for qualified in found:
        verdict = qualified.verdicts[0]
        pack = verdict.pack
        alike = {True: "the same", False: "another", None: "no other reading"}[qualified.robust]
        rows.append(
            (
                Cell(pack.title, rules_address(lot, pack.id, day)),
                Cell(said(verdict)),
                Cell(_lacking(verdict)) if _lacking(verdict) else Cell("nothing", "", "silent"),
                Cell(day_text(verdict.change)) if verdict.change else Cell("none known"),
                Cell(alike),
            )
        )
    on = f"on {day_text(day)}".replace("\u00a0", " ")  # a heading may break on a phone
    columns = (("pack", "rules"), ("outcome", on), ("missing", "what is missing"),
               ("change", "could next change"), ("branches", "were the law another"))  # fmt: skip
    note = (
        "Proved, refuted or unknown of the steps this page may see. A rule whose clause nobody"
        " read again proves nothing. This sorts papers and is no legal advice."
    )
    return table("rules", "Which rules it meets", columns, rows, note=note)


def said(verdict: Verdict) -> str:
    """The outcome of a pack in a word; that none of its rules applies is said as such."""
    counted = [j for j in verdict.rules if j.counts]
    if not counted:
        in_force = [j for j in verdict.rules if j.status == "in_force"]
        return "does not apply" if in_force else "no rule in force"
    return OUTCOMES[verdict.outcome]


def _lacking(verdict: Verdict) -> str:
    counted = [j for j in verdict.rules if j.counts and j.outcome == "unknown"]
    kinds = list(dict.fromkeys(gap.what for j in counted for gap in j.gaps))
    more = f" and {len(kinds) - 3} more" if len(kinds) > 3 else ""
    return f"{'; '.join(_in_words(kind) for kind in kinds[:3])}{more}"


def _in_words(what: str) -> str:
    """A kind of paper in words, dfars-waiver as DFARS waiver; other words as they are."""
    if _KIND.fullmatch(what) is None:
        return what
    return " ".join(w.upper() if w in _INITIALS else w for w in what.split("-"))


def shown(key: str, qualified: Qualified, facts: Facts) -> Shown:
    """A pack's verdict with a picture of each rule that takes part; `facts` name its steps."""
    verdict = qualified.verdicts[0]
    # A rule that is not law on the day, or does not apply, is named without a picture.
    live = [j for j in verdict.rules if j.applies != "refuted" and j.status != "ended"]
    events = frozenset(event.id for event in facts.all(Event))
    called = {f.id: name for f in facts.all(Facility) if (name := known(f.name)) is not None}
    rules = tuple(
        _ruled(f"{key}-{n}", qualified.chain, j, events, called) for n, j in enumerate(live)
    )
    aside = tuple(j for j in verdict.rules if j not in live)
    branches = tuple((v, said(v), v.pack.branches[v.branch].text) for v in qualified.verdicts[1:])
    return Shown(qualified, verdict, said(verdict), rules, aside, branches)


def _ruled(
    key: str, chain: Chain, found: Judged, events: Collection[str], called: Mapping[str, str]
) -> Ruled:
    def page(ident: str) -> str | None:
        if ident in events:
            return address("event", ident)
        return address("lot", ident) if ident in chain.steps else None

    picture = witness_picture(key, chain, found, page, called)
    return Ruled(found, found.value, picture, left_out(chain, found), _missing(key, chain, found))


def _missing(key: str, chain: Chain, found: Judged) -> Table:
    rows = [
        (
            Cell(gap.what),
            Cell(gap.about),
            Cell(gap.why) if gap.why else Cell("", "", "silent"),
            _covers(covers(chain, found.law, [gap])),
        )
        for gap in found.gaps[:_GAPS]
    ]
    columns = (("what", "what is missing"), ("about", "of"), ("why", "why it matters"),
               ("covers", "what of the lot it covers"))  # fmt: skip
    together = covers(chain, found.law, found.gaps) if len(found.gaps) > 1 else None
    note = "" if together is None else f"Taken together they cover {covers_text(together)}."
    if len(found.gaps) > _GAPS:
        note = f"{note} {len(found.gaps) - _GAPS} more; the JSON lists them all.".strip()
    caption = f"What would settle {found.rule.title}"
    return table(f"missing-{key}", caption, columns, rows, note=note)


def _covers(found: Covers | None) -> Cell:
    return (
        Cell(covers_text(found, short=True)) if found is not None else Cell("not a fact of the lot")
    )


def flags_table(flags: Sequence[Flag]) -> Table:
    """Where the lot may only have passed through, a row a sign."""
    rows = [(Cell(flag.kind), Cell(flag.country), Cell(flag.words)) for flag in flags]
    columns = (("kind", "sign"), ("country", "country"), ("words", "what the facts say"))
    note = "A flag is for somebody who looks. It is no origin and changes no answer."
    return table("flags", "Signs of transit", columns, rows, note=note)


def tables_of(found: Iterable[Shown]) -> list[Table]:
    """The tables of missing facts that have rows."""
    return [r.missing for one in found for r in one.rules if r.missing.rows]
