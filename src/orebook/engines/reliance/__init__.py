"""Reliance: how concentrated a stage is, on whom a country depends, as intervals.

Pure functions over shares and accounts; nothing is read here. What is unknown widens an answer and
never becomes zero.
"""

from orebook.engines.reliance.imports import Accounts, Reliance, n_minus_one, net_import_reliance
from orebook.engines.reliance.risk import (
    GeoPolRisk,
    StageRisk,
    eu_supply_risk,
    geopolrisk,
    governance,
    governed,
)
from orebook.engines.reliance.shares import (
    Holdings,
    NoShares,
    bloc,
    hhi,
    merged,
    origin_gap,
    top,
    weighted_hhi,
)

ENGINE = "reliance"
VERSION = "1"

__all__ = [
    "ENGINE",
    "VERSION",
    "Accounts",
    "GeoPolRisk",
    "Holdings",
    "NoShares",
    "Reliance",
    "StageRisk",
    "bloc",
    "eu_supply_risk",
    "geopolrisk",
    "governance",
    "governed",
    "hhi",
    "merged",
    "n_minus_one",
    "net_import_reliance",
    "origin_gap",
    "top",
    "weighted_hhi",
]
