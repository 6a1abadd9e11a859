"""The whole answer about a network: reconciled figures, classes, gaps, and what is not visible."""

from __future__ import annotations

from dataclasses import replace

from scipy.stats import chi2

from orebook.engines.balance.detect import blind, helps, smallest
from orebook.engines.balance.explain import explain
from orebook.engines.balance.flaws import flaws, unchecked
from orebook.engines.balance.hypotheses import FAMILIES
from orebook.engines.balance.network import Floats, Network
from orebook.engines.balance.phrases import number, odds
from orebook.engines.balance.posterior import known_of
from orebook.engines.balance.rebalance import Standing
from orebook.engines.balance.recheck import recheck
from orebook.engines.balance.reconcile import reconcile
from orebook.engines.balance.solve import Unsolved
from orebook.engines.balance.sound_parts import sound_parts
from orebook.engines.balance.sparse import Sparse
from orebook.engines.balance.states import Reconciled
from orebook.engines.balance.suspicions import Answer, Explained, digest
from orebook.engines.balance.wide_explain import wide_explain, wide_helps
from orebook.engines.balance.words import ADDS_UP, CANNOT_BE_TOLD, DOES_NOT_ADD_UP

EXACTLY = "sparse factor, all scores by a selected inverse"
DRAWN = (
    "block steps, scores estimated from draws and solved for before any is named; an amount of any"
    " composition was not searched for"
)


def answer(
    network: Network, families: tuple[str, ...] = FAMILIES, level: float = 0.05,
    warm: Floats | None = None, before: Standing | None = None,
) -> Answer:  # fmt: skip
    """Reconcile, classify, search for gross errors, and check the result a second time.

    Takes: `warm` and `before`, where to begin, see `reconcile`.
    Refuses: Unsolved where nothing is checked by anything or the second look does not hold; a
    connected part of which that is so is left out and named, and the others stand.
    """
    try:
        return _answer(network, families, level, warm, before)
    except Unsolved:
        fresh = warm is None and before is None
        sound, left = sound_parts(network) if fresh else (None, ())
        if sound is None:
            raise
        told = _answer(sound, families, level)
        return replace(told, problems=(*left, *told.problems))


def _answer(
    network: Network, families: tuple[str, ...], level: float, warm: Floats | None = None,
    before: Standing | None = None,
) -> Answer:  # fmt: skip
    found = reconcile(network, warm, before)
    problems = (*flaws(network), *unchecked(found))
    checked = recheck(found)
    if not checked.holds:
        message = (
            "the result does not pass its second look"
            f" (balance {checked.balance:.1e}, stationarity {checked.stationarity:.1e}):"
            " no number is given"
        )
        raise Unsolved(message)
    known = known_of(found)
    if isinstance(found.solver, Sparse):
        hunted = wide_explain(found, families, level)
        verdict, reason = _verdict(found, hunted.explained)
        if hunted.limited:
            reason += f" The search ended at {len(hunted.explained.gaps)} gaps; there may be more."
        method = EXACTLY if found.solver.is_exact else DRAWN
        return Answer(
            network, verdict, reason, found, known, hunted.explained,
            blind(found, hunted.explained, known), hunted.smallest, wide_helps(found, hunted),
            checked, problems, digest(network), _told(method, found),
        )  # fmt: skip
    explained = explain(found, families, level)
    verdict, reason = _verdict(found, explained)
    return Answer(
        network, verdict, reason, found, known, explained, blind(found, explained, known),
        smallest(explained), helps(found, explained, known), checked, problems, digest(network),
        _told("dense", found),
    )  # fmt: skip


def _told(method: str, found: Reconciled) -> str:
    return f"{method}; {found.begun}" if found.begun else method


def _verdict(found: Reconciled, explained: Explained) -> tuple[str, str]:
    if found.freedom <= 0:
        return CANNOT_BE_TOLD, "No figure is checked by any other, so nothing can be told."
    balances = "balance" if found.freedom == 1 else "balances"
    worth = f"fit {number(round(found.statistic, 4))} at {found.freedom} independent {balances}"
    if explained.gaps:
        many = len(explained.gaps)
        return DOES_NOT_ADD_UP, f"{many} {'gap' if many == 1 else 'gaps'} found; {worth}."
    if found.statistic > found.limit:
        chance = float(chi2.sf(found.statistic, found.freedom))
        return CANNOT_BE_TOLD, (
            f"The whole fits worse than clean data do ({odds(chance)}), yet no single"
            f" explanation stands out; {worth}."
        )
    return ADDS_UP, f"Everything measured agrees within its doubt; {worth}."
