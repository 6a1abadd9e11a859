"""Every operation for every role: who may is answered, who may not is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

import pytest

from orebook.acts import members
from orebook.acts.badge import RIGHTS, ROLES
from orebook.web.api import epcis_table, table
from orebook.web.api.call import Limits
from orebook.web.api.operation import MEMBER, Operation

Served = Any
KNOWN = {
    "epc": "urn:x:1", "eventType": "ObjectEvent", "bizStep": "shipping", "disposition": "active",
    "bizLocation": "urn:x:1", "readPoint": "urn:x:1", "eventID": "urn:x:1", "queryName": "none",
    "reference": "1", "id": "urn:x:1", "captureID": "none", "uploadID": "none", "token": "t",
    "tokenID": "none", "subscriptionID": "none",
}  # fmt: skip
EVERY = [
    *((epcis_table.BASE, o) for o in epcis_table.operations(Limits())),
    *((table.BASE, o) for o in table.operations(Limits())),
]


def tokens(served: Served) -> dict[str, tuple[frozenset[str], dict[str, str]]]:
    """Who calls → its rights, and its header."""
    now = dt.datetime.now(dt.UTC)
    found: dict[str, tuple[frozenset[str], dict[str, str]]] = {"anonymous": (frozenset(), {})}
    for who in (served.book.operator, "party:mine"):
        for role, rights in ROLES.items():
            name = f"{who} {role}"
            members.set_member(served.office, who, name, role)
            text, _ = members.new_token(served.office, who, name, now)
            found[name] = rights, {"authorization": f"Bearer {text}"}
    for right in RIGHTS:
        text, _ = members.new_token(served.office, who, f"{who} owner", now, scope=[right])
        found[f"{right} alone"] = frozenset({right}), {"authorization": f"Bearer {text}"}
    return found


def called(served: Served, base: str, operation: Operation, headers: dict[str, str]) -> Any:
    path = operation.path
    for name, value in KNOWN.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return served.client.request(operation.method, f"{base}{path}".rstrip("/"), headers=headers)


def test_each_role_may_what_its_rights_say_at_every_operation(served: Served) -> None:
    checked = {200: 0, 401: 0, 403: 0}
    callers = tokens(served)
    assert len(callers) == 1 + 2 * len(ROLES) + len(RIGHTS)
    size = served.book.head.size
    for base, operation in EVERY:
        assert operation.needs in {"", MEMBER, *RIGHTS}, operation.name
        if operation.method != "GET" and operation.gives.keys() - {501} and not operation.needs:
            assert operation.name == "dropToken" or 501 in operation.gives, operation.name
        for name, (rights, headers) in callers.items():
            if not operation.needs and name != "anonymous":
                continue  # what each reader sees is held by test_nothing_leaks
            answer = called(served, base, operation, headers)
            place = (name, operation.method, operation.path, answer.text[:200])
            if operation.needs and not headers:
                assert answer.status_code == 401, place
                assert "bearer" in answer.headers["www-authenticate"].lower()
                checked[401] += 1
            elif operation.needs not in {"", MEMBER} and operation.needs not in rights:
                assert answer.status_code == 403, place
                checked[403] += 1
            else:
                assert answer.status_code not in {401, 403, 500}, place
                checked[200] += 1
    assert min(checked.values()) > 15
    served.book.refresh()
    assert served.book.head.size == size  # nothing was sent, so nothing was written


@pytest.mark.parametrize("how", ["expired", "revoked", "made up", "of a member let go"])
def test_a_token_that_opens_nothing_is_refused_everywhere(served: Served, how: str) -> None:
    """Also where anyone may read: who shows a token means to be known."""
    now, mine = dt.datetime.now(dt.UTC), "party:mine"
    begun = now - dt.timedelta(days=3) if how == "expired" else now
    text, made = members.new_token(served.office, mine, "mine", begun, days=1)
    if how == "revoked":
        members.revoke(served.office, made.id, now, None)
    if how == "of a member let go":
        members.drop_member(served.office, mine, "mine")
    if how == "made up":
        text = text[:-1] + ("A" if text[-1] != "A" else "B")
    for base, operation in EVERY[::5]:
        answer = called(served, base, operation, {"authorization": f"Bearer {text}"})
        assert answer.status_code == 401, (operation.name, answer.text)
