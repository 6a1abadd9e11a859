"""Tables of an agreement laid open: matrix, contradictions, promises, questions, versions, "
"papers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from orebook.acts.deal_take import KEYS
from orebook.acts.opened import Opened
from orebook.engines.disclosure.cells import Cell as Item
from orebook.engines.disclosure.diff import Change
from orebook.engines.disclosure.yardstick import KEYS_LIMITS, LIMITS
from orebook.engines.evidence.disagreement import Disagreement
from orebook.engines.promises.match import OUTCOMES
from orebook.model.absence import known
from orebook.model.claim import Claim, Source
from orebook.model.facts import Facts
from orebook.show.bars import Share, share_bars
from orebook.show.deal import claim_text
from orebook.show.disclosed import CELL_STATES, CHANGES, applies_text
from orebook.show.html import Html
from orebook.show.rule_words import rule_text
from orebook.show.sentences import figure_text
from orebook.show.svg import responsive
from orebook.show.topics import topic_text
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.cells import answers
from orebook.web.tables import Cell, Table, cell, table

# So many claims of one group stand side by side; the table holds them all.
_BESIDE = 12


def claims_cell(claims: Sequence[str]) -> Cell:
    """Claims by their ids; the first is a link where there is only one."""
    cites = [c for c in claims if not c.startswith("clause ")]
    href = address("claim", cites[0]) if len(cites) == 1 and len(claims) == 1 else ""
    return Cell(", ".join(claims), href, "known" if claims else "silent")


def matrix_tables(found: Opened) -> tuple[Table, ...]:
    """The matrix as two tables, each with the limits of its yardstick."""
    return (
        _cells("items", "The matrix: items of the EITI Standard 2023", found.matrix.items, LIMITS),
        _cells(
            "keys", "The matrix: keys of the public contract list", found.matrix.keys, KEYS_LIMITS
        ),
    )


def _cells(key: str, caption: str, cells: Sequence[Item], note: str) -> Table:
    rows = [
        (
            Cell(c.code if c.group == "eiti" else c.title, anchor=f"cell-{c.code}"),
            Cell(c.title if c.group == "eiti" else c.group),
            Cell(CELL_STATES[c.state]),
            Cell(applies_text(c), state="known" if applies_text(c) else "silent"),
            Cell(c.due),
            Cell(c.level, state="known" if c.level else "silent"),
            Cell(c.reason),
            claims_cell(c.claims),
        )
        for c in cells
    ]
    columns = (
        ("code", "item" if key == "items" else "term"),
        ("title", "asks for" if key == "items" else "group"),
        ("state", "state"),
        ("applies", "condition"),
        ("due", "due from"),
        ("level", "wording" if key == "items" else "standing"),
        ("reason", "why"),
        ("claims", "claims"),
    )
    return table(key, caption, columns, rows, note=note)


def contradictions_table(groups: Iterable[Disagreement]) -> Table:
    """What disagrees, with the rules that fired and the treatment."""
    rows = [
        (
            Cell(g.kind.replace("-", " ")),
            Cell(g.conflict),
            Cell(", ".join(g.rules)),
            Cell(g.treatment.replace("_", " ")),
            Cell(g.advice),
            claims_cell(g.claims),
        )
        for g in groups
    ]
    columns = (
        ("kind", "kind"),
        ("conflict", "what disagrees"),
        ("rules", "rules"),
        ("treatment", "treatment"),
        ("advice", "which means"),
        ("claims", "claims"),
    )
    return table("contradictions", "Contradictions, by rule", columns, rows)


def sides(groups: Iterable[Disagreement], facts: Facts) -> list[dict[str, object]]:
    """Each group with its claims side by side, in attribution form."""
    return [
        {
            "kind": g.kind.replace("-", " "),
            "conflict": g.conflict,
            "advice": g.advice,
            "because": "By rule " + "; ".join(rule_text(r) for r in g.rules) + ".",
            "more": max(0, len(g.claims) - _BESIDE),
            "claims": [
                _side(facts.get(Claim, c), c, facts, first=c in g.prefer)
                for c in g.claims[:_BESIDE]
            ],
        }
        for g in groups
    ]


def _side(claim: Claim | None, ident: str, facts: Facts, *, first: bool) -> dict[str, object]:
    source = facts.get(Source, known(claim.source) or "") if claim is not None else None
    return {
        "id": ident,
        "href": address("claim", ident),
        "text": claim_text(claim) if claim is not None else "",
        "topic": topic_text(known(claim.property) or "") if claim is not None else "",
        "publisher": say(source.publisher).text if source is not None else "source not stated",
        "date": _day(source),
        "standing": (known(claim.standing) or "").replace("_", " ") if claim is not None else "",
        "first": first,
        "answers": answers(ident, facts),
    }


def statuses_table(found: Opened) -> Table:
    """The status of each claim by rule, with its flags."""
    rows = [
        (
            Cell(s.claim, address("claim", s.claim)),
            Cell(s.status.replace("_", " ")),
            Cell(str(s.chains), value=str(s.chains)),
            Cell(
                "; ".join(_flag(found, s.claim, f, c) for f, c in s.flags),
                state="known" if s.flags else "silent",
            ),
            Cell(", ".join(s.rules)),
        )
        for s in found.review.statuses.values()
    ]
    columns = (
        ("claim", "claim"),
        ("status", "status"),
        ("chains", "independent sources"),
        ("flags", "flags"),
        ("rules", "rules"),
    )
    return table("statuses", "Status of each claim, by rule", columns, rows, numbers=("chains",))


def _flag(found: Opened, claim: str, flag: str, because: Sequence[str]) -> str:
    """A flag with its claims; what is implausible is told as so many times known output."""
    if flag == "implausible":
        groups = (g for g in found.review.of([claim]) if g.kind == "plausibility")
        return "; ".join(g.conflict for g in groups)
    return f"{flag} ({', '.join(because)})"


def promises_table(found: Opened) -> Table:
    """Promises against deliveries."""
    every = (*found.promises, *((found.royalty,) if found.royalty is not None else ()))
    rows = [
        (
            Cell(p.component),
            Cell(p.question.removeprefix("Was this promise kept: ").removesuffix("?")),
            Cell(OUTCOMES[p.verdict]),
            Cell(" ".join(p.reasons)),
            Cell("; ".join(f"{f.label}: {figure_text(f)}" for f in p.figures)),
        )
        for p in every
    ]
    columns = (
        ("topic", "promise"),
        ("text", "as printed"),
        ("outcome", "outcome"),
        ("why", "why"),
        ("figures", "figures"),
    )
    note = "" if rows else "No commitment is recorded."
    return table("promises", "Promises, and what was delivered", columns, rows, note=note)


def drafts_table(found: Opened) -> Table:
    """Questions to ask, in their order."""
    rows = [
        (
            Cell(str(d.rank), value=str(d.rank)),
            Cell(d.text),
            Cell(d.item),
            claims_cell(d.cites),
            Cell(d.shrinks, state="known" if d.shrinks else "silent"),
        )
        for d in found.questions
    ]
    columns = (
        ("rank", "rank"),
        ("text", "draft question"),
        ("item", "yardstick"),
        ("cites", "cites"),
        ("shrinks", "points of take"),
    )
    caption = "Questions a member could ask"
    return table("drafts", caption, columns, rows, numbers=("rank",), note=found.ranked_by)


def changes_table(
    key: str, caption: str, changes: Sequence[Change], heads: tuple[str, str]
) -> Table:
    """Two agreements or versions term by term."""
    rows = [
        (
            Cell(c.label),
            Cell(CHANGES[c.state]),
            cell(c.before),
            cell(c.after),
            claims_cell(c.claims),
        )
        for c in changes
    ]
    columns = (
        ("term", "term"),
        ("state", "change"),
        ("before", heads[0]),
        ("after", heads[1]),
        ("claims", "claims"),
    )
    return table(key, caption, columns, rows)


def _day(source: Source | None) -> str:
    return say(source.date).text if source is not None and known(source.date) is not None else ""


def take_tables(found: Opened) -> tuple[Table, ...]:
    """Who gets what: bounds over what no text states, and one run at the middle of every range."""
    made = found.take.finding
    rows = [(Cell(f.label or f.name), Cell(figure_text(f))) for f in made.figures]
    middle = found.take.worked.middle
    lines = [(name, sum(line)) for name, line in middle.lines.items() if sum(line)]
    lines += [("the state as owner", sum(middle.state)), ("the investor", sum(middle.investor))]
    whole = sum(middle.before_tax)
    split = [
        (Cell(name), Cell(f"{value / whole * 100:.1f} %" if whole > 0 else "cannot be told"))
        for name, value in lines
    ]
    note = " ".join(f"{r[:1].upper()}{r[1:]}." for r in (*made.reasons, *made.assumptions))
    heads = (("what", "what"), ("value", "from, to"))
    illustration = (
        "An illustration and no estimate: the profile is a model mine, and the terms are supposed."
    )
    return (
        table("take", "Who gets what, as bounds", heads, rows, note=note),
        table(
            "split",
            "One run for illustration: the middle of every range",
            (("who", "who"), ("share", "share of the cash flow before tax")),
            split,
            note=illustration,
        ),
    )


def take_picture(found: Opened) -> Html | None:
    """The interval of the take, and how wide it could still be once each answer is known."""
    worked = found.take.worked
    whole = next((i for i in worked.intervals if i.measure == "gov_take_undiscounted"), None)
    if whole is None or not 0 <= whole.low <= whole.high <= 1:
        return None
    words = {k.pointer: k.words for k in KEYS}
    shares = [Share("What the state takes, as known today", whole.low, whole.high)]
    shares += [
        Share(f"Were it known, at most so wide: {words[q.pointer]}", Decimal(0), q.widest)
        for q in worked.questions
        if q.pointer in words and 0 <= q.widest <= 1
    ]
    title = "What the state gets: how wide the range is"
    return responsive(
        "take-bars", lambda k, width: share_bars(k, shares, width=width, title=title, digits=1)
    )
