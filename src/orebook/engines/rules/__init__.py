"""Dated rules over the steps a lot came through: proved, refuted or unknown, with a witness."""

from orebook.engines.rules.decide import Judged, Verdict, decide, robust
from orebook.engines.rules.load import BadPack, load
from orebook.engines.rules.pack import Pack, Rule
from orebook.engines.rules.provenance import Chain, Paper, Reading, Step

ENGINE = "rules"
VERSION = "1"

__all__ = [
    "ENGINE",
    "VERSION",
    "BadPack",
    "Chain",
    "Judged",
    "Pack",
    "Paper",
    "Reading",
    "Rule",
    "Step",
    "Verdict",
    "decide",
    "load",
    "robust",
]
