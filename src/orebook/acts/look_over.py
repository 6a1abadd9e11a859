"""Look a shipment sheet over without writing anything: its rows, its faults, its totals."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from orebook.acts.papers_alone import Papers, compared
from orebook.exchange import sheets
from orebook.exchange.format import Read, Source
from orebook.model.absence import known
from orebook.model.assay import Assay
from orebook.model.entry import Ref
from orebook.model.problem import Problem, TooLarge
from orebook.model.quantity import BasisMismatch, ContainedMass, DryMass, Mass, WetMass
from orebook.model.read import record
from orebook.model.shape import check
from orebook.model.shipment import Package, Shipment

SHEET_MAX = 4 * 1024**2
_NOWHERE = Ref("", 0, 0)


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over the bags, or why there is none."""

    name: str
    mass: Mass | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class LookedOver:
    """What a sheet holds: shipments with their bags, faults by kind and each with its place.

    `facts` counts what was read by kind, `papers` compares those it holds, `notes` says what was
    settled in reading.
    """

    name: str
    size: int
    shipments: tuple[Shipment, ...]
    assays: tuple[Assay, ...]
    totals: tuple[Total, ...]
    problems: tuple[Problem, ...]
    facts: tuple[tuple[str, int], ...] = ()
    papers: tuple[Papers, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def bags(self) -> tuple[Package, ...]:
        """Every bag of every shipment."""
        return tuple(bag for s in self.shipments for bag in known(s.packages) or ())

    @property
    def kinds(self) -> tuple[tuple[str, int], ...]:
        """The faults counted by code, most frequent first."""
        return tuple(Counter(p.code for p in self.problems).most_common())


def look_over(stream: BinaryIO, name: str, today: str, limit: int = SHEET_MAX) -> LookedOver:
    """The sheet as the book would read it; nothing is kept.

    Refuses: TooLarge over `limit` bytes. Every other fault is a Problem in the answer.
    """
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > limit:
        step = "Send it in parts, or capture it with the command line."
        found = f"{size} bytes"
        problem = Problem("too-large", "", f"at most {limit} bytes", found, step, name)
        raise TooLarge(problem.text(), [problem])
    shipments: list[Shipment] = []
    assays: list[Assay] = []
    problems: list[Problem] = []
    reads: list[Read] = []
    source = Source(name, "")
    for item in sheets.read(stream, source):
        if isinstance(item, Problem):
            problems.append(item)
            continue
        faults = check(item.kind, item.body)
        problems += [fault.within(f"{item.place}: ", name) for fault in faults]
        if not faults:
            reads.append(item)
            _keep(item, shipments, assays)
    bags = [bag for s in shipments for bag in known(s.packages) or ()]
    totals = _totals(bags, assays) if bags else ()
    return LookedOver(
        name,
        size,
        tuple(shipments),
        tuple(assays),
        totals,
        tuple(problems),
        tuple(Counter(item.kind for item in reads).items()),
        compared(reads, name, today),
        tuple(source.notes),
    )


def _keep(item: Read, shipments: list[Shipment], assays: list[Assay]) -> None:
    typed = record(item.kind, item.body, _NOWHERE)
    if isinstance(typed, Shipment):
        shipments.append(typed)
    elif isinstance(typed, Assay):
        assays.append(typed)


def _totals(bags: list[Package], assays: list[Assay]) -> tuple[Total, ...]:
    net = _sum("net", [known(bag.net) for bag in bags])
    dry = _sum("dry", [_dry(bag) for bag in bags], "a moisture, or whether masses are wet or dry")
    return (net, dry, *_contained(dry.mass, assays))


def _sum(name: str, masses: list[Mass | None], needs: str = "a net mass") -> Total:
    """The sum, where every bag has the mass: a part is never shown as the whole."""
    known_ones = [m for m in masses if m is not None]
    missing = len(masses) - len(known_ones)
    if missing or not known_ones:
        return Total(name, None, f"{missing} of {len(masses)} bags lack {needs}")
    try:
        total = known_ones[0]
        for mass in known_ones[1:]:
            total += mass
    except BasisMismatch:
        return Total(name, None, "the bags are not all on one basis")
    return Total(name, total)


def _dry(bag: Package) -> Mass | None:
    net, moisture = known(bag.net), known(bag.moisture)
    if isinstance(net, DryMass):
        return net
    if isinstance(net, WetMass) and moisture is not None:
        return net.dry(moisture)
    return None


def _contained(dry: Mass | None, assays: list[Assay]) -> tuple[Total, ...]:
    if not isinstance(dry, DryMass):
        return (Total("contained", None, "the dry mass cannot be told"),)
    if len(assays) != 1:
        found = "no assay" if not assays else f"{len(assays)} assays"
        return (Total("contained", None, f"the sheet carries {found}; one is needed"),)
    totals = []
    for result in known(assays[0].results) or ():
        substance, grade = known(result.substance), known(result.grade)
        if substance is not None and grade is not None and known(result.operator) in {None, "="}:
            inside: ContainedMass = dry.contained(grade, substance)
            basis = known(assays[0].basis)
            note = "" if basis == "dry" else "if the grade is on dry mass, which is not stated"
            totals.append(Total(f"contained {substance}", inside, note))
    return tuple(totals)
