"""Who stands at a door: a member of an organisation, its role, and what it may do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

Now = Callable[[], dt.datetime]
RIGHTS = ("read", "write", "audit", "manage")
ROLES: dict[str, frozenset[str]] = {
    "owner": frozenset(RIGHTS),
    "submitter": frozenset({"read", "write"}),
    "reader": frozenset({"read"}),
    "auditor": frozenset({"read", "audit"}),
}


def utc_now() -> dt.datetime:
    """The machine's clock, in UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Badge:
    """Who stands at the door: a member of an organisation, and what it may do now."""

    organisation: str
    member: str
    role: str
    rights: frozenset[str]
    token: str

    def may(self, right: str) -> bool:
        """Whether it may read, write, audit or manage."""
        return right in self.rights
