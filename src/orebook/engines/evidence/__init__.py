"""What is said, by how many independent voices, and where statements differ."""

from orebook.engines.evidence.statements import Group, Line, group_claims
from orebook.engines.evidence.voices import Chain, Voices, voices

__all__ = ["Chain", "Group", "Line", "Voices", "group_claims", "voices"]
