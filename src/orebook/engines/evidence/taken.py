"""Claims read for the rules: figures, days and words of each, and the sources it goes back to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from orebook.engines.evidence.reading import Dated, dates, figure, figures, has
from orebook.engines.evidence.said import FAMILIES, Said
from orebook.engines.evidence.told import same_name, voices_named
from orebook.engines.evidence.voices import origins
from orebook.model.absence import Absent, known
from orebook.model.claim import Claim, Source
from orebook.model.edtf import edtf
from orebook.model.facts import Facts
from orebook.model.when import BadDate, When


def read(facts: Facts, claims: Iterable[Claim]) -> tuple[Said, ...]:
    """Every claim this reader may see in full, read.

    Unknown: a claim whose subject, property or value is sealed is left out of every comparison.
    """
    found: list[Said] = []
    listed = list(claims)
    ends = _Ends(facts, listed)
    for place, claim in enumerate(listed):
        subject, topic = known(claim.subject), known(claim.property)
        absent = isinstance(claim.value, Absent)
        value = "" if absent else known(claim.value)
        if subject is None or topic is None or value is None:
            continue
        source = facts.get(Source, known(claim.source) or "")
        found.append(_read(claim, subject, topic, value, source, ends, place, absent=absent))
    return tuple(found)


class _Ends:
    """Where each claim's source goes back to: by relays that are recorded, else by its own "
    "words."""

    def __init__(self, facts: Facts, claims: Sequence[Claim]) -> None:
        self._recorded = origins(facts)
        self._names: dict[str, str] = {}
        texts = [self._told(facts.get(Source, known(c.source) or ""), c) for c in claims]
        self._voices = voices_named(t for told in texts for t in told)

    def of(self, source: Source | None, claim: Claim, own: str) -> tuple[str, ...]:
        """The ends for one claim."""
        roots = self._recorded.get(own, (own,))
        if roots != (own,):
            return roots
        named = voices_named(self._told(source, claim))
        ends = [next((v for v in self._voices if same_name(v, n)), n) for n in named]
        return tuple(f"said: {e}" for e in ends) or roots

    @staticmethod
    def _told(source: Source | None, claim: Claim) -> tuple[str, ...]:
        texts = (source.publisher, source.title, source.note) if source is not None else ()
        return tuple(t for x in (*texts, claim.note) if (t := known(x)))


def _read(
    claim: Claim,
    subject: str,
    topic: str,
    value: str,
    source: Source | None,
    ends: _Ends,
    place: int,
    *,
    absent: bool,
) -> Said:
    own = known(claim.source) or f"of {claim.id}"
    dated = known(source.date) if source is not None else None
    unit = (known(claim.unit) or "").strip()
    tokens = tuple(t for t in re.split(r"[\s_\-]+", topic.casefold()) if t)
    return Said(
        claim.id,
        claim.ref.text(),
        subject,
        topic,
        value,
        unit,
        known(claim.standing) or "",
        known(claim.note) or "",
        own,
        (known(source.publisher) or known(source.title) or "") if source is not None else "",
        dated,
        ends.of(source, claim, own),
        absent,
        tuple(known(claim.relations) or ()),
        tokens,
        frozenset(f for f in FAMILIES if has(" ".join(tokens), f"family:{f}")),
        None if unit == "date" else figure(value),
        () if unit == "date" or absent else figures(value),
        () if absent else _days(value, unit, tokens, dated),
        place,
    )


def _days(value: str, unit: str, tokens: tuple[str, ...], dated: When | None) -> tuple[Dated, ...]:
    """The days a value speaks of; a bare figure in a unit of its own is no year."""
    bare = value.strip()
    if unit in {"", "date"} and (unit == "date" or {"date", "day", "year"} & set(tokens)):
        try:
            span = edtf(bare)
        except BadDate:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", bare):
                return dates(bare, dated)
        else:
            return (Dated(span.first, span.last),)
    return () if figure(bare) is not None else dates(value, dated)
