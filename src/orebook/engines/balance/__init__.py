"""Does metal in equal metal out? Per event and element, with doubt, and what would close a gap."""

from orebook.engines.balance.account import balance, part_of
from orebook.engines.balance.assumptions import (
    FORMS,
    Assumption,
    BadAssumption,
    parse_assumption,
)
from orebook.engines.balance.pasted import rows_of
from orebook.engines.balance.products import Tabled, table
from orebook.engines.balance.rivals import explain_with_scrap, rivals
from orebook.engines.balance.words import (
    ADDS_UP,
    CANNOT_BE_TOLD,
    DOES_NOT_ADD_UP,
    DRY_MASS,
    VERSION,
)

__all__ = [
    "ADDS_UP",
    "CANNOT_BE_TOLD",
    "DOES_NOT_ADD_UP",
    "DRY_MASS",
    "FORMS",
    "VERSION",
    "Assumption",
    "BadAssumption",
    "Tabled",
    "balance",
    "explain_with_scrap",
    "parse_assumption",
    "part_of",
    "rivals",
    "rows_of",
    "table",
]
