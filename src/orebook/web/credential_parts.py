"""The link from a thing's page to its signed credential, where the keeper can issue one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from urllib.parse import quote

from orebook.acts.see import View
from orebook.engines.rules import Verdict
from orebook.web.addresses import ROOMS
from orebook.web.page import Ask

_CALLED = {
    "lot": "product passport",
    "event": "traceability event",
    "facility": "facility record",
    "claim": "conformity credential",
    "party": "identity anchor",
    "assay": "conformity credential of the analysis",
}
_ROOMS = {**ROOMS, "assay": "assays"}
_ANALYSES_TRIED = 60
_ANALYSES_MAX = 20


def credential_of(ask: Ask, kind: str, ident: str) -> dict[str, str] | None:
    """Title and addresses of the credential; None where none is issued, or of an earlier head."""
    from orebook.acts.issue import missing

    if ask.view.size is not None or missing(ask.view, kind, ident) is not None:
        return None
    return _told(_CALLED[kind], f"{_ROOMS[kind]}/{quote(ident, safe='')}")


def analyses_of(ask: Ask, idents: Iterable[str]) -> list[dict[str, str]]:
    """The credentials of these analyses that the keeper can issue, the first of them."""
    tried = islice(dict.fromkeys(idents), _ANALYSES_TRIED)  # each is drawn to see whether it can be
    found = ((ident, credential_of(ask, "assay", ident)) for ident in tried)
    told = ({**one, "title": f"{one['title']} {ident}"} for ident, one in found if one is not None)
    return list(islice(told, _ANALYSES_MAX))


def verdict_of(view: View, lot: str, found: Verdict) -> dict[str, str] | None:
    """The same of what rules say of a lot by the law of today; None where they cannot tell."""
    from orebook.acts.issue_verdict import issuable

    if view.size is not None or found.day != view.today or not issuable(view, lot, found):
        return None
    return _told("conformity credential", f"verdicts/{quote(lot, safe='')}/{found.pack.id}")


def _told(title: str, place: str) -> dict[str, str]:
    where = f"/api/credentials/{place}"
    return {"title": title, "jwt": f"{where}.jwt", "json": f"{where}.json"}
