"""An answer: verdict, figures with spread, reasons, sources, what is missing, and the head."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orebook.model.facts import Head


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of an answer. `value` is None where it cannot be told, and `state` says why.

    `state`: known, derived, assumed, absent, sealed, missing. `standard` is the standard
    uncertainty (k = 1) in `unit`; `low`/`high` are hard bounds. `sources` are fact references.
    """

    name: str
    value: Decimal | None
    unit: str
    state: str = "derived"
    standard: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    label: str = ""
    sources: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Decimals as strings, nothing rounded."""
        numbers = {
            "value": self.value,
            "standard": self.standard,
            "low": self.low,
            "high": self.high,
        }
        return {
            "name": self.name,
            **{k: None if v is None else format(v, "f") for k, v in numbers.items()},
            "unit": self.unit,
            "state": self.state,
            "label": self.label,
            "sources": list(self.sources),
        }


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that is not there, and what its absence keeps from being told."""

    what: str
    subject: str
    why: str

    def as_json(self) -> dict[str, str]:
        """Plain members."""
        return {"what": self.what, "subject": self.subject, "why": self.why}


@dataclass(frozen=True, slots=True)
class Finding:
    """What an engine answers. Same question, head, disclosures and version: same answer.

    `component` says what a part is about: an element symbol, `dry mass`, a kind of contradiction;
    it is empty for a whole answer.
    """

    engine: str
    version: str
    question: str
    subject: str
    verdict: str
    head: Head
    as_of: str
    figures: tuple[Figure, ...] = ()
    reasons: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    assumptions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    parts: tuple[Finding, ...] = ()
    component: str = ""

    def figure(self, name: str) -> Figure | None:
        """The figure of that name, if the answer has one."""
        return next((f for f in self.figures if f.name == name), None)

    def as_json(self) -> dict[str, object]:
        """The finding as plain JSON members, decimals as strings."""
        return {
            "engine": self.engine,
            "version": self.version,
            "question": self.question,
            "subject": self.subject,
            "component": self.component,
            "verdict": self.verdict,
            "as_of": self.as_of,
            "head": self.head.as_json(),
            "figures": [f.as_json() for f in self.figures],
            "reasons": list(self.reasons),
            "missing": [m.as_json() for m in self.missing],
            "assumptions": list(self.assumptions),
            "sources": list(self.sources),
            "parts": [p.as_json() for p in self.parts],
        }
