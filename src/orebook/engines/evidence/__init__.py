"""What is said, by how many independent voices, where statements differ, and what each is worth."""

from orebook.engines.evidence.disagreement import TREATMENTS, Disagreement
from orebook.engines.evidence.review import VERSION, Review, Total, review, total
from orebook.engines.evidence.statements import Group, Line, group_claims
from orebook.engines.evidence.status import RANKS, Status
from orebook.engines.evidence.voices import Chain, Voices, voices

__all__ = [
    "RANKS",
    "TREATMENTS",
    "VERSION",
    "Chain",
    "Disagreement",
    "Group",
    "Line",
    "Review",
    "Status",
    "Total",
    "Voices",
    "group_claims",
    "review",
    "total",
    "voices",
]
