"""What a recognised yardstick would have public, and is not; what to ask; what changed."""

from orebook.engines.disclosure.cells import VERSION, Cell, Grants, Matrix, grants_rights, matrix
from orebook.engines.disclosure.diff import Change, diff
from orebook.engines.disclosure.questions import BY_INTERVAL, BY_RULE, Draft, drafts
from orebook.engines.disclosure.yardstick import KEYS_LIMITS, LIMITS, STAGES, items, keys

__all__ = [
    "BY_INTERVAL",
    "BY_RULE",
    "KEYS_LIMITS",
    "LIMITS",
    "STAGES",
    "VERSION",
    "Cell",
    "Change",
    "Draft",
    "Grants",
    "Matrix",
    "diff",
    "drafts",
    "grants_rights",
    "items",
    "keys",
    "matrix",
]
