"""Claims and sources: the filtered list, one claim with its rivals, one source with its claims."""

from __future__ import annotations

from orebook.acts.claims import claim as claim_of
from orebook.acts.claims import groups
from orebook.acts.claims import source as source_of
from orebook.acts.register import every, names
from orebook.engines.evidence.statements import Group, Line, group_claims
from orebook.model.absence import known
from orebook.model.claim import Source
from orebook.model.facts import Facts
from orebook.show.deal import STATES, line_text, no_source
from orebook.show.topics import topic_text
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.cells import (
    answers_table,
    claims_table,
    ref_cell,
    relay_words,
    stated_by,
    thing_cell,
)
from orebook.web.credential_parts import credential_of
from orebook.web.page import Ask, Page
from orebook.web.tables import Cell, cell, fields, table


def listing(ask: Ask) -> Page:
    """Every claim, or those whose words, state, property or subject the reader asks for."""
    found, facts = groups(ask.view)
    asked = {name: ask.query.get(name, "") for name in ("q", "state", "property", "about")}
    kept = tuple(g for g in (_kept(g, asked) for g in found) if g is not None)
    shown = claims_table("claims", _caption(kept, found), kept, facts)
    parts: dict[str, object] = {
        "asked": asked,
        "states": STATES,
        "topics": sorted({(g.topic, topic_text(g.topic)) for g in found}),
    }
    return Page("claims", "Claims", parts, (shown,))


def _caption(kept: tuple[Group, ...], found: tuple[Group, ...]) -> str:
    some = sum(len(g.lines) for g in kept)
    whole = sum(len(g.lines) for g in found)
    return f"{some} of {whole} claims" if some != whole else f"{whole} claims"


def _kept(group: Group, asked: dict[str, str]) -> Group | None:
    if asked["state"] and group.state != asked["state"]:
        return None
    if asked["property"] and group.topic != asked["property"]:
        return None
    lines = group.lines
    if asked["about"]:
        lines = tuple(line for line in lines if asked["about"] in (known(line.claim.about) or ()))
    if words := asked["q"].casefold().split():
        lines = tuple(
            line
            for line in lines
            if all(
                w in f"{group.subject} {group.topic} {line_text(line)}".casefold() for w in words
            )
        )
    return Group(group.subject, group.topic, group.state, lines, group.voices) if lines else None


def _haystack(group: Group, line: Line) -> str:
    return f"{group.subject} {topic_text(group.topic)} {line_text(line)}".casefold()


def sheet(ask: Ask) -> Page:
    """One claim in attribution form, beside every other statement on the same property."""
    found = claim_of(ask.view, ask.ident)
    claim, line, group = found.claim, found.line, found.group
    about = known(claim.about) or ()
    source = line.source if line is not None else None
    author = ask.view.entry(claim.ref.position).author
    rows = [
        ("subject", cell(claim.subject)),
        ("property", cell(claim.property)),
        ("what is said", cell(claim.value)),
        ("unit", cell(claim.unit)),
        ("how it is said", cell(claim.standing)),
        ("who says it", cell(source.publisher) if source is not None else cell(None)),
        (
            "source",
            thing_cell(claim.source, "source", _titles(source))
            if source is not None
            else Cell(no_source(claim), "", "silent"),
        ),
        ("date of the source", cell(source.date) if source is not None else cell(None)),
        ("first appearance", cell(line.first_seen) if line is not None else cell(None)),
        ("repeats", Cell("; ".join(relay_words(line, found.facts)) or "nothing it names")
         if line is not None else cell(None)),
        ("note", cell(claim.note)),
        ("stated in", ref_cell(claim.ref)),
        ("recorded by", stated_by(author, names(ask.view, [author]))),
    ]  # fmt: skip
    asked = [known(r.party) or "" for r in found.replies]
    asked += [known(n.to) or "" for n in found.notices]
    answers = answers_table(found.replies, found.notices, names(ask.view, asked))
    tables = [fields("about", "The claim", rows), answers]
    if group is not None:
        caption = "Every statement on this property, each with who says it"
        tables.insert(1, claims_table("group", caption, [group], found.facts))
    parts: dict[str, object] = {
        "found": found,
        "sentence": line_text(line) if line is not None else "",
        "state": STATES[group.state] if group is not None else "",
        "subject": say(claim.subject).text,
        "topic": topic_text(known(claim.property) or "a property not stated"),
        "about": [(ident, _place(ident)) for ident in about],
        "credential": credential_of(ask, "claim", claim.id),
    }
    unknown = tuple(t for t, c in rows if c.state != "known")
    return Page(
        "claim",
        f"Claim {claim.id}",
        parts,
        tuple(tables),
        {"id": claim.id},
        unknown,
        trail=(("Claims", "/claims"),),
    )


def _titles(source: Source | None) -> dict[str, str]:
    return {source.id: say(source.title).text} if source is not None else {}


def _place(ident: str) -> str:
    """The page of a thing known by its identifier alone, or nothing."""
    kind = ident.partition(":")[0]
    there = {"agreement", "shipment", "party", "facility", "object", "event", "lot"}
    return address(kind, ident) if kind in there else ""


def sources(ask: Ask) -> Page:
    """Every source."""
    rows = [
        (
            Cell(say(s.title).text, address("source", s.id)),
            cell(s.publisher),
            cell(s.date),
            Cell(str(len(known(s.relays) or ())), value=str(len(known(s.relays) or ()))),
            cell(s.url),
            ref_cell(s.ref),
        )
        for s in every(ask.view, "source", Source)
    ]
    columns = (
        ("title", "title"),
        ("publisher", "publisher"),
        ("date", "date"),
        ("relays", "sources it repeats"),
        ("url", "address"),
        ("entry", "entry"),
    )
    shown = table("sources", "Sources", columns, rows, numbers=("relays",))
    return Page("list", "Sources", tables=(shown,))


def source(ask: Ask) -> Page:
    """One source: what it says here, what it repeats, what repeats it."""
    found = source_of(ask.view, ask.ident)
    own = found.source
    rows = [
        ("publisher", cell(own.publisher)),
        ("date", cell(own.date)),
        ("address", cell(own.url)),
        ("note", cell(own.note)),
        ("identifier", Cell(own.id)),
        ("stated in", ref_cell(own.ref)),
    ]
    relays = [
        (_source_link(found.facts, known(r.source) or ""),
         Cell("the article says so" if known(r.basis) == "stated" else "inferred"))
        for r in known(own.relays) or ()
    ]  # fmt: skip
    repeated = [(_source_link(found.facts, s.id), cell(s.date)) for s in found.repeated_by]
    grouped = group_claims(found.facts, found.claims)
    tables = (
        fields("about", "The source", rows),
        claims_table("claims", "What it says here", grouped, found.facts),
        table(
            "relays",
            "What it repeats",
            (("source", "source"), ("basis", "how that is known")),
            relays,
        ),
        table("repeated_by", "What repeats it", (("source", "source"), ("date", "on")), repeated),
    )
    unknown = tuple(t for t, c in rows if c.state != "known")
    link = known(own.url) or ""
    return Page(
        "plain",
        say(own.title).text,
        {"outside": link},
        tables,
        {"id": own.id},
        unknown,
        trail=(("Sources", "/sources"),),
    )


def _source_link(facts: Facts, ident: str) -> Cell:
    other = facts.get(Source, ident)
    if other is None:
        return Cell(f"{ident}, which is not in this book", "", "silent")
    return Cell(say(other.title).text, address("source", ident))
