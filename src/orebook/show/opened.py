"""An agreement laid open, for a terminal and as JSON: matrix, contradictions, promises, "
"questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orebook.acts.deal import clock
from orebook.acts.headline import Headline
from orebook.acts.opened import Opened, take_of
from orebook.acts.see import View
from orebook.engines.disclosure.cells import Cell
from orebook.engines.disclosure.diff import Change
from orebook.engines.disclosure.questions import Draft
from orebook.engines.disclosure.yardstick import KEYS_LIMITS, LIMITS
from orebook.engines.promises.match import OUTCOMES
from orebook.model.absence import known
from orebook.model.agreement import Agreement
from orebook.model.facts import Facts
from orebook.show.deal import claim_text, clock_text, deal_json, deal_lines
from orebook.show.disclosed import CELL_STATES, CHANGES, GRANTS, applies_text, not_public
from orebook.show.findings import finding_lines
from orebook.show.numbers import number, percent
from orebook.show.prose import dated
from orebook.show.sentences import figure_text, said_json
from orebook.show.values import say

# So many claims of a group are cited on a terminal; the JSON has them all.
_CITED = 12


def opened_lines(found: Opened, headlines: Sequence[Headline] = ()) -> Iterator[str]:
    """An agreement laid open for a terminal, with the headlines said about its parties."""
    yield from deal_lines(found.deal)
    yield ""
    grants = found.matrix.grants
    yield "What is not public, by item of the EITI Standard 2023"
    yield f"  ({GRANTS[grants.answer].casefold()}: {grants.reason})"
    for cell in not_public(found.matrix):
        yield f"  {cell.code} {cell.title}: {_cell_text(cell)}"
    for name, cells in (("items", found.matrix.items), ("keys", found.matrix.keys)):
        counts = found.matrix.counts(cells)
        told = ", ".join(f"{CELL_STATES[s]} {number(n)}" for s, n in counts.items())
        yield f"  of {number(len(cells))} {name}: {told}"
    yield f"  {LIMITS}"
    yield ""
    yield "What disagrees"
    for group in found.review.groups:
        cited = ", ".join(group.claims[:_CITED])
        more = f" and {len(group.claims) - _CITED} more" if len(group.claims) > _CITED else ""
        yield f"  {group.kind.replace('-', ' ')}: {dated(group.conflict)}"
        yield f"    {dated(group.advice)} [{cited}{more}; rules {', '.join(group.rules)}]"
    yield ""
    yield "Promises"
    for one in (*found.promises, *((found.royalty,) if found.royalty else ())):
        yield f"  {one.component}: {OUTCOMES[one.verdict]}. {' '.join(one.reasons)}"
    yield from _borne_lines(found)
    title = say(found.agreement.title).text
    for finding in (found.take.finding, *found.sizes):
        yield ""
        for line in finding_lines(finding):
            yield line.replace(found.agreement.id, title)
    yield from _headline_lines(headlines)
    for before, changes in found.versions:
        yield ""
        yield from compared_lines(before, found.agreement, changes)
    yield ""
    yield from ask_lines(found, 5)


def _headline_lines(headlines: Sequence[Headline]) -> Iterator[str]:
    """How much of each headline of mineral wealth is backed, the largest first."""
    if not headlines:
        return
    yield ""
    yield "How much of the headline wealth is backed by tonnage, grade and class"
    for claim, _, finding in headlines:
        told = [f"{f.name} {figure_text(f)}" for f in finding.figures if f.unit == "fraction"]
        yield f"  of {claim_text(claim)} [{claim.id}]: {'; '.join(told) or 'cannot be told'}"
    yield "  the rest is not scaled: without tonnage, grade and class it is neither low nor high"


def _borne_lines(found: Opened) -> Iterator[str]:
    """Who bears which risk, where a term or clause names them."""
    names = {p.id: say(p.name).text for p, _ in found.deal.parties if p is not None}
    agreement = found.agreement
    told = [(known(t.key) or "a term", t.borne_by) for t in known(agreement.terms) or ()]
    told += [(f"clause {known(c.number)}", c.borne_by) for c in known(agreement.clauses) or ()]
    for name, bearers in told:
        if known(bearers):
            yield f"  {name}: borne by {', '.join(names.get(b, b) for b in known(bearers) or ())}"


def _cell_text(cell: Cell) -> str:
    cites = f" [{', '.join(cell.claims)}]" if cell.claims else ""
    condition = f"; {applies_text(cell)}" if applies_text(cell) else ""
    return f"{CELL_STATES[cell.state]}{condition}{cites}"


def ask_lines(found: Opened, first: int | None) -> Iterator[str]:
    """The questions, in their order."""
    yield found.ranked_by
    for draft in found.questions[:first]:
        cites = f"; cites {', '.join(draft.cites)}" if draft.cites else ""
        yield f"{draft.rank}. {dated(draft.text)} ({draft.item}{cites})"


def ask_json(found: Opened, first: int | None) -> dict[str, object]:
    """The questions as plain members."""
    return {
        "agreement": found.agreement.id,
        "ranked_by": found.ranked_by,
        "yardstick": LIMITS,
        "questions": [_draft_json(d) for d in found.questions[:first]],
        "as_of": found.deal.facts.as_of,
        "head": found.deal.head.as_json(),
    }


def _draft_json(draft: Draft) -> dict[str, object]:
    return {
        "rank": draft.rank,
        "cell": draft.cell,
        "text": draft.text,
        "item": draft.item,
        "cites": list(draft.cites),
        "shrinks": draft.shrinks or None,
    }


def opened_json(found: Opened, headlines: Sequence[Headline] = ()) -> dict[str, object]:
    """An agreement laid open as plain members; what `deal_json` has, and what is computed of it."""
    grants = found.matrix.grants
    return deal_json(found.deal) | {
        "contradictions": [g.as_json() for g in found.review.groups],
        "flags": [f.as_json() for f in found.review.flags],
        "statuses": [s.as_json() for s in found.review.statuses.values()],
        "disclosure": {
            "stage": found.matrix.stage,
            "grants_rights": {"answer": grants.answer, "reason": grants.reason},
            "items": [_cell_json(c) for c in found.matrix.items],
            "keys": [_cell_json(c) for c in found.matrix.keys],
            "yardsticks": [LIMITS, KEYS_LIMITS],
        },
        "ranked_by": found.ranked_by,
        "drafts": [_draft_json(d) for d in found.questions],
        "promises": [p.as_json() for p in found.promises],
        "royalty": found.royalty.as_json() if found.royalty else None,
        "take": found.take.finding.as_json(),
        "sizes": [f.as_json() for f in found.sizes],
        "headlines": [f.as_json() for _, _, f in headlines],
        "versions": [
            {"before": before.id, "changes": [_change_json(c) for c in changes]}
            for before, changes in found.versions
        ],
        "replies": [
            {
                "to": said_json(say(r.to)),
                "party": said_json(say(r.party)),
                "when": said_json(say(r.when)),
                "text": said_json(say(r.text)),
            }
            for r in found.deal.replies
        ],
        "notices": [
            {
                "about": said_json(say(n.about)),
                "to": said_json(say(n.to)),
                "when": said_json(say(n.when)),
            }
            for n in found.deal.notices
        ],
    }


def _cell_json(cell: Cell) -> dict[str, object]:
    return {
        "code": cell.code,
        "title": cell.title,
        "group": cell.group,
        "level": cell.level or None,
        "state": cell.state,
        "applies": cell.applies,
        "due": cell.due,
        "reason": cell.reason,
        "claims": list(cell.claims),
    }


Frame = Sequence[tuple[str, str, str]]


def frame(view: View, before: Agreement, after: Agreement, as_of: str) -> Frame:
    """What two agreements are, side by side: instrument, dates, days without a text, the take."""
    return [
        ("instrument", say(before.instrument).text, say(after.instrument).text),
        ("signed", say(before.signed).text, say(after.signed).text),
        ("text public", say(before.text_public).text, say(after.text_public).text),
        ("clock", _clock(before, as_of), _clock(after, as_of)),
        ("what the state takes of a model mine", _took(view, before), _took(view, after)),
    ]


def _clock(agreement: Agreement, as_of: str) -> str:
    running = clock(agreement, as_of)
    return clock_text(running) if running is not None else "its date of signature is not stated"


def _took(view: View, agreement: Agreement) -> str:
    ends = take_of(view, agreement.id)
    return f"{percent(ends[0], digits=1)} to {percent(ends[1], digits=1)}" if ends else "not known"


def compared_lines(
    before: Agreement, after: Agreement, changes: Sequence[Change], framed: Frame = ()
) -> Iterator[str]:
    """Two agreements term by term for a terminal."""
    yield f"{say(before.title).text} and {say(after.title).text}, term by term"
    for name, left, right in framed:
        yield f"  {name}: {left} | {right}"
    for change in changes:
        left, right = say(change.before).line(), say(change.after).line()
        yield f"  {change.label}: {CHANGES[change.state]}: {left} | {right}"
    if not changes:
        yield "  neither speaks of any term"


def compared_json(
    before: Agreement,
    after: Agreement,
    changes: Sequence[Change],
    facts: Facts,
    framed: Frame = (),
) -> dict[str, object]:
    """Two agreements term by term as plain members."""
    return {
        "before": before.id,
        "after": after.id,
        "frame": [{"what": n, "before": b, "after": a} for n, b, a in framed],
        "changes": [_change_json(c) for c in changes],
        "as_of": facts.as_of,
        "head": facts.head.as_json(),
    }


def _change_json(change: Change) -> dict[str, object]:
    return {
        "key": change.key,
        "label": change.label,
        "state": change.state,
        "before": said_json(say(change.before)),
        "after": said_json(say(change.after)),
        "claims": list(change.claims),
    }
