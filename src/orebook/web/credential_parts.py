"""The link from a thing's page to its signed credential, where the keeper can issue one."""

from __future__ import annotations

from urllib.parse import quote

from orebook.web.addresses import ROOMS
from orebook.web.page import Ask

_CALLED = {
    "lot": "product passport",
    "event": "traceability event",
    "facility": "facility record",
    "claim": "conformity credential",
    "party": "identity anchor",
}


def credential_of(ask: Ask, kind: str, ident: str) -> dict[str, str] | None:
    """Title and addresses of the credential; None where none is issued, or of an earlier head."""
    from orebook.acts.issue import missing

    if ask.view.size is not None or missing(ask.view, kind, ident) is not None:
        return None
    where = f"/api/credentials/{ROOMS[kind]}/{quote(ident, safe='')}"
    return {"title": _CALLED[kind], "jwt": f"{where}.jwt", "json": f"{where}.json"}
