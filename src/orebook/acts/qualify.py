"""Does a lot meet dated rules: the steps behind it, out of the facts its reader may see."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from orebook.acts.plausible import chain_of_lot
from orebook.acts.see import View
from orebook.engines.rules import (
    ENGINE,
    VERSION,
    Chain,
    Judged,
    Pack,
    Verdict,
    covers,
    decide,
    robust,
)
from orebook.engines.rules.given import chain_of
from orebook.engines.rules.provenance import Parts
from orebook.exchange.json_text import Number, read
from orebook.model.facts import Head
from orebook.model.problem import Problem, ReaderError, SenderError

_HASHED = ("id", "stage", "country", "region", "operator", "entry", "doubt")
_LIMIT = 16 * 1024 * 1024
_NO_HEAD = Head("", 0, "")


@dataclass(frozen=True, slots=True)
class Qualified:
    """What packs say of one lot: a verdict per pack and branch, from one chain at one head."""

    lot: str
    head: Head
    verdicts: tuple[Verdict, ...]
    chain: Chain
    robust: bool | None
    inputs: str

    def as_json(self) -> dict[str, object]:
        """Plain members, in the shape of schemas/verdict.json."""
        return {
            "engine": ENGINE,
            "version": VERSION,
            "lot": self.lot,
            "head": self.head.as_json(),
            "inputs": self.inputs,
            "robust": self.robust,
            "verdicts": [_verdict(v, self.chain) for v in self.verdicts],
        }


def qualify(
    view: View, lot: str, packs: Sequence[Pack], branches: Sequence[str] = ()
) -> tuple[Qualified, ...]:
    """The verdicts of each pack on a lot, under the law as enacted and the branches named.

    Takes: `*` among the branches for every branch of the pack. Refuses: NotFound for a lot nobody
    speaks of; ReaderError for a branch the pack does not have.
    """
    return qualify_on(view, lot, packs, view.today, branches)


def qualify_on(
    view: View, lot: str, packs: Sequence[Pack], day: str, branches: Sequence[str] = ()
) -> tuple[Qualified, ...]:
    """As `qualify`, by the law of another day, of what the view knows."""
    chain, facts = chain_of_lot(view, lot)
    return tuple(judged(chain, pack, day, branches, facts.head) for pack in packs)


def judged(chain: Chain, pack: Pack, day: str, branches: Sequence[str], head: Head) -> Qualified:
    """The verdicts of one pack on a chain, whatever it was made from."""
    verdicts = tuple(decide(pack, chain, day, n) for n in ("", *branches_of(pack, branches)))
    alike = robust(verdicts) if len(verdicts) > 1 else None
    return Qualified(chain.lot, head, verdicts, chain, alike, inputs_of(chain, pack, day))


def branches_of(pack: Pack, branches: Sequence[str]) -> tuple[str, ...]:
    """The branches of a pack that are asked for, `*` for all. Refuses: ReaderError."""
    wanted = tuple(pack.branches) if "*" in branches else tuple(branches)
    for name in wanted:
        if name not in pack.branches:
            has = ", ".join(pack.branches) or "none"
            message = f"{pack.id} has no branch {name}; it has: {has}"
            raise ReaderError(message)
    return wanted


def given(
    data: bytes, name: str, packs: Sequence[Pack], day: str, branches: Sequence[str]
) -> list[Qualified]:
    """The verdicts on a chain handed in as JSON, without any book.

    Refuses: BadChain with a JSON pointer; SenderError for what is no JSON or too large.
    """
    value = read(data, limit=_LIMIT)
    if isinstance(value, Problem):
        problem = value.within("", name)
        raise SenderError(problem.text(), (problem,))
    chain = chain_of(_plain(value), name)
    return [judged(chain, pack, day, branches, _NO_HEAD) for pack in packs]


def _plain(value: object) -> object:
    """JSON with each number as a decimal, so that no number passes for a name."""
    if isinstance(value, Number):
        return Decimal(value.text)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def inputs_of(chain: Chain, pack: Pack, day: str) -> str:
    """SHA-256 (hex) over what a verdict rests on: the chain, the pack's files and the day."""
    steps = [
        [getattr(s, f) for f in _HASHED] + list(s.feeds) + _parts(s.parts)
        for s in chain.steps.values()
    ]
    rest = [
        chain.lot,
        list(chain.last),
        sorted(chain.elements) if chain.elements is not None else None,
        chain.form,
        chain.hs_code,
        chain.destination,
        sorted(
            (k, [[r.id, str(r.value), str(r.standard), r.operator] for r in v])
            for k, v in chain.readings.items()
        ),
        [[p.id, p.kind, p.valid_from, p.valid_until] for p in chain.papers],
        sorted((k, [str(low), str(high)]) for k, (low, high) in chain.shares.items()),
        sorted((k, [str(low), str(high)]) for k, (low, high) in chain.held.items()),
        _parts(chain.parts),
    ]
    owners = sorted(
        [party, name, str(held)]
        for party, classes in chain.owners.items()
        for name, held in classes.items()
    )
    text = json.dumps([sorted(steps, key=str), rest, owners, pack.digest, day], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _parts(parts: Parts) -> list[list[str]]:
    return sorted(
        [measure, feed, str(low), str(high)]
        for measure, by in parts.items()
        for feed, (low, high) in by.items()
    )


def _missing(chain: Chain, judged_: Judged) -> list[dict[str, object]]:
    """The missing facts of a rule, each with the share and kilograms of the lot it covers."""
    found: list[dict[str, object]] = []
    for gap in judged_.gaps:
        told = covers(chain, judged_.law, [gap])
        found.append({**gap.as_json(), "covers": told.as_json() if told is not None else None})
    return found


def _covered(chain: Chain, judged_: Judged) -> dict[str, object] | None:
    told = covers(chain, judged_.law, judged_.gaps) if judged_.gaps else None
    return told.as_json() if told is not None else None


def _verdict(verdict: Verdict, chain: Chain) -> dict[str, object]:
    return {
        "pack": verdict.pack.id,
        "pack_version": verdict.pack.version,
        "pack_digest": verdict.pack.digest,
        "as_of": verdict.day,
        "branch": verdict.branch or "as enacted",
        "outcome": verdict.outcome,
        "next_change": verdict.change,
        "rules": [
            {
                "rule": j.rule.id,
                "clause": j.rule.clause,
                "status": j.status,
                "applies": j.applies,
                "outcome": j.outcome,
                "value": j.value,
                "exemption": j.exemption or None,
                "next_change": j.change,
                "witness": [{"step": w, "entry": chain.entry(w)} for w in j.witness],
                "reasons": list(j.reasons),
                "missing": _missing(chain, j),
                "missing_covers": _covered(chain, j),
                "assumptions": list(j.assumptions),
                "verified": None
                if j.rule.verification is None
                else {
                    "clause": j.rule.verification.clause,
                    "date": j.rule.verification.date,
                    "reader": j.rule.verification.reader,
                    "source": j.rule.verification.source,
                },
            }
            for j in verdict.rules
        ],
    }
