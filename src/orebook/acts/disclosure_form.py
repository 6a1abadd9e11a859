"""Four countries of a magnet: mined, made oxide, made metal or alloy, sintered and magnetised."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.plausible import chain_of_lot
from orebook.acts.see import View
from orebook.engines.rules import Chain, Step
from orebook.model.facts import Head

# Source: FY2023 NDAA (Public Law 117-263) section 857(a): the four facts a contractor discloses.
QUESTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("a", "Where the material was mined", ("mine",)),
    ("b", "Where it was refined into oxide", ("separate_smelt", "refine")),
    ("c", "Where it was made into metal or alloy", ("reduce", "alloy")),
    ("d", "Where the magnet was sintered or bonded and magnetised", ("make",)),
)


@dataclass(frozen=True, slots=True)
class Open:
    """What leaves an answer open: a step, or a lot without any, and why."""

    ident: str
    why: str
    step: Step | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the four: the countries that the steps name, those steps, and what leaves it open.

    `open` holds each step without a country, and each way back that ends before the stage: while
    there is one, the countries may not be all.
    """

    letter: str
    question: str
    countries: tuple[str, ...]
    steps: tuple[Step, ...]
    open: tuple[Open, ...]

    @property
    def complete(self) -> bool:
        """Whether every way back is answered for."""
        return bool(self.countries) and not self.open


@dataclass(frozen=True, slots=True)
class Form:
    """The disclosure of one lot at one head."""

    lot: str
    answers: tuple[Answer, ...]
    elements: tuple[str, ...] | None
    head: Head
    as_of: str

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        return {
            "lot": self.lot,
            "head": self.head.as_json(),
            "as_of": self.as_of,
            "elements": list(self.elements) if self.elements is not None else None,
            "answers": [
                {
                    "item": a.letter,
                    "question": a.question,
                    "countries": list(a.countries),
                    "complete": a.complete,
                    "steps": [{"step": s.id, "entry": s.entry} for s in a.steps],
                    "open": [f"{one.ident}: {one.why}" for one in a.open],
                }
                for a in self.answers
            ],
        }


def disclosure_form(view: View, lot: str) -> Form:
    """The four answers for a lot, as far as this reader may see. Refuses: NotFound."""
    chain, facts = chain_of_lot(view, lot)
    elements = tuple(sorted(chain.elements)) if chain.elements is not None else None
    return Form(lot, answers(chain), elements, facts.head, facts.as_of)


def answers(chain: Chain) -> tuple[Answer, ...]:
    """The four answers out of a chain."""
    return tuple(_answer(chain, *question) for question in QUESTIONS)


def _answer(chain: Chain, letter: str, question: str, stages: tuple[str, ...]) -> Answer:
    steps = chain.at(stages)
    countries = sorted({step.country for step in steps if step.country})
    lacking = [(step.id, "country not stated") for step in steps if not step.country]
    ends = chain.open_ends(stages)
    lacking += [(end, "the way back ends before this stage") for end in ends]
    lacking += [(s.id, "stage not stated") for s in chain.steps.values() if s.stage is None]
    found = tuple(Open(i, why, chain.steps.get(i)) for i, why in dict.fromkeys(lacking))
    return Answer(letter, question, tuple(countries), steps, found)
