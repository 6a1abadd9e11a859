"""Dated rules over the steps a lot came through: proved, refuted or unknown, with a witness."""

from orebook.engines.rules.cover import Covers, covers
from orebook.engines.rules.decide import Judged, Verdict, decide, robust
from orebook.engines.rules.load import BadPack, load
from orebook.engines.rules.pack import Pack, Rule
from orebook.engines.rules.provenance import Chain, Paper, Reading, Step
from orebook.engines.rules.summary import Brief, Decider, Decision, Trail, Trails, brief

ENGINE = "rules"
VERSION = "2"

__all__ = [
    "ENGINE",
    "VERSION",
    "BadPack",
    "Brief",
    "Chain",
    "Covers",
    "Decider",
    "Decision",
    "Judged",
    "Pack",
    "Paper",
    "Reading",
    "Rule",
    "Step",
    "Trail",
    "Trails",
    "Verdict",
    "brief",
    "covers",
    "decide",
    "load",
    "robust",
]
