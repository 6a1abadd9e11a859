"""An agreement as pictures: its clock beside another's, its voices, its time line."""

from __future__ import annotations

from collections.abc import Callable

from orebook.acts.deal import Clock as DealClock
from orebook.acts.deal import Deal
from orebook.engines.evidence.voices import Voices
from orebook.model.absence import known
from orebook.model.claim import Source
from orebook.model.facts import Facts
from orebook.model.when import When, when
from orebook.show.clock import Wait, clock
from orebook.show.html import Html
from orebook.show.numbers import Certainty, days
from orebook.show.svg import responsive
from orebook.show.timeline import Happening, timeline
from orebook.show.timeline import When as Day
from orebook.show.values import say
from orebook.show.voices import Relay, Report, Voice, voices_picture

Address = Callable[[str, str], str]


def waits(found: Deal, address: Address) -> tuple[Wait, ...]:
    """The agreement's own clock first, then the comparators', days counted from each signature."""
    clocks = [found.clock] if found.clock is not None else []
    return tuple(_wait(one, address) for one in (*clocks, *found.comparators))


def _wait(one: DealClock, address: Address) -> Wait:
    running = one.public is None
    title = say(one.agreement.title).text
    status = "no public text found" if running else "until the text was public"
    href = address("agreement", one.agreement.id)
    return Wait(title, max(one.days[1], 0), running, status, (), href)


def clock_picture(key: str, found: Deal, address: Address) -> Html:
    """The clock bars for a wide and a narrow page."""
    shown = waits(found, address)
    said = "; ".join(
        f"{w.label}: {days(w.days, unknown='days not known')}, {w.status}" for w in shown
    )
    return responsive(
        key,
        lambda k, width: clock(
            k, shown, width=width, title="Days from signature to a public text", desc=said
        ),
    )


def voice_graph(
    facts: Facts, heard: Voices, address: Address
) -> tuple[tuple[Report, ...], tuple[Voice, ...], tuple[Relay, ...]]:
    """Reports, the voices they go back to, and the ties; a report that repeats nobody is both."""
    roots = list(dict.fromkeys(root for chain in heard.chains for root in chain.roots))
    reports = []
    relays: dict[tuple[str, str], Relay] = {}
    for chain in heard.chains:
        label, note, href = _source(facts, chain.source, address)
        reports.append(Report(f"report {chain.source}", label, note, href))
        if chain.source in chain.roots:
            tie = Relay(f"report {chain.source}", f"voice {chain.source}", stated=True)
            relays[tie.report, tie.source] = tie
        stated = _stated(chain.source, chain.via)
        for root in chain.roots:
            if root != chain.source:
                tie = Relay(f"report {chain.source}", f"voice {root}", stated=root in stated)
                relays[tie.report, tie.source] = tie
    spoken = []
    for root in roots:
        label, note, href = _source(facts, root, address)
        spoken.append(Voice(f"voice {root}", label, note, href))
    return tuple(reports), tuple(spoken), tuple(relays.values())


def _stated(start: str, via: tuple[tuple[str, str, str], ...]) -> set[str]:
    """The ends that relays stated by the articles alone reach."""
    reached, pending = {start}, [start]
    while pending:
        here = pending.pop()
        for source, to, basis in via:
            if source == here and basis == "stated" and to not in reached:
                reached.add(to)
                pending.append(to)
    return reached


def _source(facts: Facts, ident: str, address: Address) -> tuple[str, str, str | None]:
    """What a source is called, its date and its page; no page where the book does not hold it."""
    source = facts.get(Source, ident)
    if source is None:
        return ident, "not in this book", None
    publisher, date = say(source.publisher), say(source.date)
    label = publisher.text if publisher.state == "known" else say(source.title).text
    shown = date.text if date.state == "known" else "date not stated"
    return label, shown, address("source", ident)


def collapsing(heard: Voices) -> Voices:
    """The reports that share a voice with another report: what the picture on a phone shows."""
    count: dict[str, int] = {}
    for chain in heard.chains:
        for root in chain.roots:
            count[root] = count.get(root, 0) + 1
    chains = tuple(c for c in heard.chains if any(count[root] > 1 for root in c.roots))
    return Voices(tuple(c.source for c in chains), chains, heard.stated, heard.inferred)


def voices_drawn(key: str, facts: Facts, heard: Voices, address: Address) -> Html:
    """Reports tied to their voices, inferred ties dotted, for a wide and a narrow page."""
    reports, spoken, relays = voice_graph(facts, heard, address)
    title = "Which reports go back to the same source"
    return responsive(
        key,
        lambda k, width: voices_picture(k, reports, spoken, relays, width=width, title=title),
    )


def timeline_picture(key: str, found: Deal, address: Address) -> Html | None:
    """What happened when; None while no date is known."""
    shown = happenings(found, address)
    if not any(one.start is not None for one in shown):
        return None
    today = when(found.facts.as_of).last
    title = "What happened when"
    return responsive(
        key, lambda k, width: timeline(k, shown, width=width, title=title, today=today)
    )


def happenings(found: Deal, address: Address) -> tuple[Happening, ...]:
    """Signature, publication, legal steps, objects shown and shipments, as dated as they are."""
    agreement = found.agreement
    out = [Happening(_day(known(agreement.signed)), "Signed")]
    if known(agreement.text_public) is not None:
        out.append(Happening(_day(known(agreement.text_public)), "Text public"))
    for step in known(agreement.steps) or ():
        asked = say(step.asked)
        label = say(step.body).text
        words = f"{label}: {asked.text}"
        claims = known(step.claims) or ()
        href = address("claim", claims[0]) if claims else None
        out.append(Happening(_day(known(step.when)), words, href))
    for thing in found.things:
        label = say(thing.label).text
        out.append(Happening(_day(known(thing.seen)), label, address("object", thing.id)))
    for shipment in found.shipments:
        label, href = say(shipment.label).text, address("shipment", shipment.id)
        for value, verb in ((shipment.dispatched, "dispatched"), (shipment.received, "received")):
            out.append(Happening(_day(known(value)), f"{verb.capitalize()}: {label}", href))
    return tuple(out)


def _day(value: When | None) -> Day | None:
    if value is None:
        return None
    certainty: Certainty = "day"
    if value.instant is None:
        certainty = ("year", "month", "day")[min(value.text.count("-"), 2)]
    return Day(value.first, certainty)
