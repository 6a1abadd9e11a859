"""Cells that several pages share: a thing by its name, the entry a statement stands in, a claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from orebook.engines.evidence.statements import Group, Line
from orebook.model.absence import Maybe, known
from orebook.model.claim import Claim, Notice, Reply, Source
from orebook.model.entry import Ref
from orebook.model.facts import Facts
from orebook.model.party import Party
from orebook.model.pseudonym import in_words, is_pseudonym
from orebook.model.when import When
from orebook.show.deal import STATES, no_source
from orebook.show.topics import topic_text
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.tables import Cell, Table, cell, table

NAMELESS: Mapping[str, str] = {}

CLAIM_COLUMNS = (
    ("claim", "claim"),
    ("subject", "subject"),
    ("property", "property"),
    ("value", "what is said"),
    ("unit", "unit"),
    ("standing", "how it is said"),
    ("publisher", "who says it"),
    ("date", "on"),
    ("source", "source"),
    ("first_seen", "first appearance"),
    ("relays", "repeats"),
    ("group", "among statements"),
    ("voices", "independent sources"),
    ("answer", "answer of those named"),
    ("entry", "entry"),
)


def ref_cell(ref: Ref) -> Cell:
    """The entry a statement stands in."""
    return Cell(f"entry {ref.position}", address("entry", str(ref.position)))


def thing_cell(
    value: Maybe[str], kind: str, names: Mapping[str, str] = NAMELESS, mark: str = ""
) -> Cell:
    """A thing by its name, linked to its page; where names were looked up, only if it has one."""
    ident = known(value)
    if ident is None:
        return cell(value)
    described = names is NAMELESS or ident in names
    return Cell(names.get(ident, ident), address(kind, ident) if described else "", mark=mark)


def stated_by(author: str, names: Mapping[str, str]) -> Cell:
    """Who made a statement: a party by its name, or a pseudonym as one and with no page."""
    return Cell(in_words(author)) if is_pseudonym(author) else thing_cell(author, "party", names)


def many_cell(values: Maybe[Iterable[str]], kind: str, names: Mapping[str, str]) -> Cell:
    """Several things of a kind in one cell; a single one is a link."""
    idents = list(known(values) or ())
    if len(idents) == 1:
        return thing_cell(idents[0], kind, names)
    if not idents:
        return cell(values if not isinstance(values, tuple) else None)
    return Cell("; ".join(names.get(ident, ident) for ident in idents))


def claims_table(key: str, caption: str, groups: Iterable[Group], facts: Facts) -> Table:
    """Claims in attribution form, one row each."""
    rows = [_claim_row(group, line, facts) for group in groups for line in group.lines]
    return table(key, caption, CLAIM_COLUMNS, rows)


def _claim_row(group: Group, line: Line, facts: Facts) -> tuple[Cell, ...]:
    claim, source = line.claim, line.source
    said = group.state not in {"not_found", "sealed"}
    return (
        Cell(claim.id, address("claim", claim.id)),
        Cell(group.subject),
        Cell(topic_text(group.topic)),
        _value_cell(line),
        Cell(say(claim.unit).text if known(claim.unit) else ""),
        cell(claim.standing),
        cell(source.publisher) if source is not None else Cell(no_source(line.claim), "", "silent"),
        cell(source.date) if source is not None else Cell("", "", "silent"),
        _source_cell(source, line.claim),
        cell(line.first_seen),
        Cell("; ".join(relay_words(line, facts))),
        Cell(STATES[group.state]),
        Cell(str(group.voices), value=str(group.voices)) if said else Cell("", state="silent"),
        answer_cell(claim.id, facts),
        ref_cell(claim.ref),
    )


def answer_cell(claim: str, facts: Facts) -> Cell:
    """What those named answered to a claim, or when they were asked; silent where neither is."""
    told = answers(claim, facts)
    return Cell("; ".join(told), state="known" if told else "silent")


def answers(claim: str, facts: Facts) -> list[str]:
    """Each answer to a claim with who gives it, and each question that has none on record."""
    replies = [r for r in facts.all(Reply) if claim in (known(r.to) or ())]
    gave = {known(r.party) for r in replies}
    told = [
        f"{_called(known(r.party), facts)} answered{_on(r.when)}: “{say(r.text).text}”"
        for r in replies
    ]
    told += [
        f"{_called(known(n.to), facts)} was asked{_on(n.when)}, no answer recorded"
        for n in facts.all(Notice)
        if claim in (known(n.about) or ()) and known(n.to) not in gave
    ]
    return told


def _called(ident: str | None, facts: Facts) -> str:
    party = facts.get(Party, ident or "")
    return (known(party.name) if party is not None else None) or ident or "A party not named"


def _on(value: Maybe[When]) -> str:
    return f" on {say(value).text}" if known(value) is not None else ""


def _value_cell(line: Line) -> Cell:
    one = cell(line.claim.value)
    return replace(one, text=f"“{one.text}”", value=one.text) if one.state == "known" else one


def _source_cell(source: Source | None, claim: Claim) -> Cell:
    if source is None:
        return Cell(no_source(claim), "", "silent")
    return Cell(say(source.title).text, address("source", source.id))


def relay_words(line: Line, facts: Facts) -> list[str]:
    """What a claim's source goes back to, and whether it says so itself."""
    words = []
    for ident, basis in line.relays:
        source = facts.get(Source, ident)
        name = say(source.title).text if source is not None else ident
        words.append(f"{name} ({'as it says' if basis == 'stated' else 'inferred'})")
    return words


def answers_table(
    replies: Iterable[Reply], notices: Iterable[Notice], names: Mapping[str, str]
) -> Table:
    """What named parties answered, and who was asked without an answer on record."""
    given = list(replies)
    answered = {known(r.party) for r in given}
    rows = [
        (
            Cell("answer"),
            thing_cell(r.party, "party", names),
            cell(r.when),
            cell(r.text),
            ref_cell(r.ref),
        )
        for r in given
    ]
    for notice in notices:
        words = "asked" if known(notice.to) in answered else "asked, no answer recorded"
        party = thing_cell(notice.to, "party", names)
        rows.append(
            (Cell(words), party, cell(notice.when), cell(notice.text), ref_cell(notice.ref))
        )
    columns = (
        ("kind", "kind"),
        ("party", "party"),
        ("when", "when"),
        ("text", "text"),
        ("entry", "entry"),
    )
    note = "" if rows else "No party named here has been asked yet, and none has answered."
    return table("answers", "Answers of named parties", columns, rows, note=note)
