"""Who may write: roles, tokens, organisations; the same document twice; a first owner."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import closing
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.acts import members
from orebook.acts.badge import RIGHTS, ROLES
from orebook.book.office import Office
from orebook.model.problem import NotFound, ReaderError
from orebook.web.limits import Flow, TooMany

Served = Any
NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def row(author: str = "") -> bytes:
    said: dict[str, object] = {"kind": "lot", "fact": {"id": "lot:x"}}
    return json.dumps(said | ({"author": author} if author else {})).encode()


@pytest.fixture
def office() -> Iterator[Office]:
    with closing(Office(None)) as made:
        yield made


def test_a_token_opens_what_its_role_and_scope_allow_until_it_ends(office: Office) -> None:
    members.set_member(office, "party:mine", "scale", "submitter")
    text, made = members.new_token(office, "party:mine", "scale", NOW, scope=["write"], days=2)
    badge = members.badge(office, text, NOW)
    assert badge is not None
    assert (badge.organisation, badge.rights) == ("party:mine", frozenset({"write"}))
    assert members.badge(office, text, NOW + dt.timedelta(days=2)) is None
    assert members.badge(office, text[:-1] + ("A" if text[-1] != "A" else "B"), NOW) is None
    members.set_member(office, "party:mine", "scale", "reader")
    changed = members.badge(office, text, NOW)
    assert changed is not None
    assert changed.rights == frozenset()
    members.revoke(office, made.id, NOW)
    assert members.badge(office, text, NOW) is None
    kept = office.get("token", made.id)
    assert kept is not None
    assert text.rpartition("_")[2] not in json.dumps(kept.body)


def test_what_cannot_be_given_is_refused(office: Office) -> None:
    with pytest.raises(ReaderError, match="role"):
        members.set_member(office, "party:mine", "scale", "king")
    with pytest.raises(ReaderError, match="member"):
        members.set_member(office, "party:mine", "a\nb", "reader")
    with pytest.raises(NotFound):
        members.new_token(office, "party:mine", "nobody", NOW)
    with pytest.raises(NotFound):
        members.revoke(office, "0" * 16, NOW)
    members.set_member(office, "party:mine", "scale", "reader")
    with pytest.raises(ReaderError, match="scope"):
        members.new_token(office, "party:mine", "scale", NOW, scope=["everything"])
    with pytest.raises(ReaderError, match="days"):
        members.new_token(office, "party:mine", "scale", NOW, days=0)


@given(st.sampled_from(sorted(ROLES)), st.sets(st.sampled_from(RIGHTS)))
def test_no_scope_gives_more_than_the_role(role: str, scope: set[str]) -> None:
    with closing(Office(None)) as office:
        members.set_member(office, "party:x", "m", role)
        text, _ = members.new_token(office, "party:x", "m", NOW, scope=scope)
        badge = members.badge(office, text, NOW)
    assert badge is not None
    assert badge.rights <= ROLES[role]
    assert badge.rights == (ROLES[role] & scope if scope else ROLES[role])


@given(st.text())
def test_no_text_but_a_token_opens_anything(text: str) -> None:
    with closing(Office(None)) as office:
        members.first_owner(office, "party:keeper", NOW)
        assert members.badge(office, text, NOW) is None


def test_a_first_owner_is_made_once(tmp_path: Path) -> None:
    office = Office(tmp_path / "office.sqlite3")
    text = members.first_owner(office, "party:keeper", NOW)
    assert text is not None
    assert members.first_owner(office, "party:keeper", NOW) is None
    office.close()
    again = Office(tmp_path / "office.sqlite3")
    badge = members.badge(again, text, NOW)
    assert badge is not None
    assert badge.rights == frozenset(RIGHTS)
    again.close()


def test_a_party_speaks_for_itself_alone_and_the_operator_for_all(served: Served) -> None:
    headers = {"content-type": "application/octet-stream"}
    where = "/api/documents?name=rows.jsonl"
    for who, author, well in (
        ("mine", "party:rival", False),
        ("mine", "party:mine", True),
        ("keeper", "party:rival", True),
    ):
        sent = served.post(where, who, content=row(author), headers=headers)
        assert sent.status_code == 202, sent.text
        job = served.job(sent.headers["location"], who)
        assert job["success"] is well, job
        if not well:
            assert job["errors"][0]["code"] == "not-yours"
    authors = {e["author"] for e in served.get("/api/lots/lot%3Ax").json()["items"]}
    assert authors == {"party:mine", "party:rival"}
    assert served.post(where, "rival", content=row(), headers=headers).status_code == 403
    assert served.post(where, "auditor", content=row(), headers=headers).status_code == 403
    refused = served.post(where, "", content=row(), headers=headers)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    bad = served.client.get("/api", headers={"authorization": "Bearer nothing"})
    assert bad.status_code == 401


def test_jobs_are_shown_to_their_organisation_and_to_who_audits(served: Served) -> None:
    job = served.capture(served.document(served.event("a")))["captureID"]
    assert served.get(f"/api/jobs/{job}", "mine").status_code == 200
    assert served.get(f"/api/jobs/{job}", "rival").status_code == 404
    assert served.get(f"/api/jobs/{job}").status_code == 401
    assert [j["captureID"] for j in served.get("/api/jobs", "auditor").json()["items"]] == [job]
    assert served.get("/epcis/capture", "rival").json() == []
    for number in range(3):
        served.capture(served.document(served.event(f"b{number}")))
    page = served.get("/api/jobs?perPage=3", "mine")
    assert len(page.json()["items"]) == 3
    assert len(served.get(page.links["next"]["url"], "mine").json()["items"]) == 1


def test_one_key_takes_one_document_once(served: Served) -> None:
    key = {"idempotency-key": "order-7"}
    body = served.document(served.event("a"))
    first = served.post("/epcis/capture", json=body, headers=key)
    again = served.post("/epcis/capture", json=body, headers=key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    proceed = {**key, "GS1-Capture-Error-Behaviour": "proceed"}
    for sent in (
        served.post("/epcis/capture", json=served.document(served.event("b")), headers=key),
        served.post("/epcis/capture", json=body, headers=proceed),
    ):
        assert sent.status_code == 422
        assert sent.json()["code"] == "idempotency-key-reused"
    other = served.post("/epcis/capture", "keeper", json=body, headers=key)
    assert other.headers["location"] != first.headers["location"]
    refused = served.post("/epcis/events", json={}, headers={"idempotency-key": "k"})
    assert refused.status_code == 400
    event = {"@context": served.context, **served.event("c")}
    assert (
        served.post("/epcis/events", json=event, headers={"idempotency-key": "k"}).status_code
        == 201
    )
    assert (
        served.post("/epcis/events", json=event, headers={"idempotency-key": "k"}).status_code
        == 201
    )


def test_a_broken_upload_leaves_nothing_and_can_be_sent_again(served: Served) -> None:
    body = json.dumps(served.document(served.event("a"))).encode()
    size = served.book.head.size
    kind = {"content-type": "application/json"}
    assert served.broken_off("POST", "/epcis/capture", body[:100], kind) == []
    assert served.book.refresh().size == size
    assert served.get("/epcis/capture", "mine").json() == []
    assert served.capture(json.loads(body))["success"]


def test_a_document_that_is_too_large_is_refused_at_once(served: Served) -> None:
    large = b" " * (1024**2 + 1)
    sent = served.post("/epcis/events", content=large, headers={"content-type": "application/json"})
    assert sent.status_code == 413
    assert sent.json()["type"] == "epcisException:CaptureLimitExceededException"


def test_a_flow_lets_so_many_pass_and_tells_when_to_come_back() -> None:
    at = [0.0]
    flow = Flow(2, 3, lambda: at[0])
    for _ in range(3):
        flow.take("a")
    with pytest.raises(TooMany) as refused:
        flow.take("a")
    assert refused.value.seconds == 1
    flow.take("b")
    at[0] = 0.5
    flow.take("a")
    with pytest.raises(TooMany):
        flow.take("a")


def test_an_owner_sees_makes_and_revokes_the_tokens_of_its_organisation(served: Served) -> None:
    members.set_member(served.office, "party:mine", "head", "owner")
    now = dt.datetime.now(dt.UTC)
    text, _ = members.new_token(served.office, "party:mine", "head", now)
    served.tokens["head"] = {"authorization": f"Bearer {text}"}
    for address in ("/api/members", "/api/tokens"):
        assert served.get(address).status_code == 401
        assert served.get(address, "mine").status_code == 403
        every = {one["organisation"] for one in served.get(address, "keeper").json()}
        assert every == {"party:mine", "party:rival", "party:keeper"}
        assert {one["organisation"] for one in served.get(address, "head").json()} == {"party:mine"}
    asked = {"member": "lorry", "role": "submitter", "scope": ["write"], "days": 7}
    sent = served.post("/api/tokens", "head", json=asked)
    assert sent.status_code == 201, sent.text
    lorry = sent.json()
    assert (lorry["state"], lorry["scope"]) == ("open", ["write"])
    served.tokens["lorry"] = {"authorization": f"Bearer {lorry['token']}"}
    body = served.document(served.event("m"))
    assert served.post("/epcis/capture", "lorry", json=body).status_code == 202
    assert lorry["token"] not in served.get("/api/tokens", "head").text
    where = sent.headers["location"]
    assert served.client.delete(where, headers=served.tokens["mine"]).status_code == 403
    assert served.client.delete(where, headers=served.tokens["head"]).status_code == 204
    assert served.post("/epcis/capture", "lorry", json=body).status_code == 401
    state = {one["id"]: one["state"] for one in served.get("/api/tokens", "head").json()}
    assert state[lorry["id"]] == "revoked"
    keepers = next(
        o["id"] for o in served.get("/api/tokens", "keeper").json() if o["member"] == "keeper"
    )
    gone = served.client.delete(f"/api/tokens/{keepers}", headers=served.tokens["head"])
    assert gone.status_code == 404


def test_no_token_makes_one_that_may_do_more(served: Served) -> None:
    now = dt.datetime.now(dt.UTC)
    members.set_member(served.office, "party:mine", "clerk", "owner")
    text, _ = members.new_token(served.office, "party:mine", "clerk", now, scope=("manage",))
    served.tokens["clerk"] = {"authorization": f"Bearer {text}"}
    for asked, status in (
        ({"member": "clerk"}, 403),
        ({"member": "x", "role": "submitter"}, 403),
        ({"member": "clerk", "scope": ["manage"]}, 201),
        ({"member": "x", "organisation": "party:rival", "role": "owner"}, 403),
        ({"member": "nobody"}, 404),
        ({"member": "x", "role": "king"}, 400),
        ({"member": 7}, 400),
        ({"role": "owner"}, 400),
        ({"member": "clerk", "scope": ["manage"], "days": 0}, 400),
        ({"member": "clerk", "colour": "red"}, 400),
        ([], 400),
    ):
        sent = served.post("/api/tokens", "clerk", json=asked)
        assert sent.status_code == status, (asked, sent.text)
    assert [m for _, m, _ in members.members(served.office, "party:mine")] == ["clerk", "mine"]


def test_a_narrowed_token_changes_no_role_beyond_its_own_rights(served: Served) -> None:
    """The other tokens of a member gain by its role, whatever the new token is narrowed to."""
    now = dt.datetime.now(dt.UTC)
    for name, scope in (("clerk", ("manage",)), ("head", ())):
        members.set_member(served.office, "party:mine", name, "owner")
        text, _ = members.new_token(served.office, "party:mine", name, now, scope=scope)
        served.tokens[name] = {"authorization": f"Bearer {text}"}
    roles = members.members(served.office, "party:mine")
    for who, asked, status in (
        ("clerk", {"member": "mine", "role": "owner", "scope": ["manage"]}, 403),
        ("clerk", {"member": "mine", "role": "owner", "scope": ["bogus"]}, 400),
        ("clerk", {"member": "new", "role": "auditor", "scope": ["manage"]}, 403),
        ("head", {"member": "mine", "role": "reader", "scope": ["bogus"]}, 400),
        ("head", {"member": "mine", "role": "reader", "days": 9999}, 400),
    ):
        sent = served.post("/api/tokens", who, json=asked)
        assert sent.status_code == status, (asked, sent.text)
        assert members.members(served.office, "party:mine") == roles


def test_every_token_is_listed_and_can_be_revoked_however_many_there_are(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Office, "papers", partialmethod(Office.papers, limit=2))
    now = dt.datetime.now(dt.UTC)
    members.set_member(served.office, "party:mine", "head", "owner")
    texts = [members.new_token(served.office, "party:mine", "head", now)[0] for _ in range(5)]
    served.tokens["head"] = {"authorization": f"Bearer {texts[0]}"}
    listed = {one["id"] for one in served.get("/api/tokens", "head").json()}
    assert {text.split("_")[1] for text in texts} <= listed
    for ident in (text.split("_")[1] for text in texts[1:]):
        gone = served.client.delete(f"/api/tokens/{ident}", headers=served.tokens["head"])
        assert gone.status_code == 204


def test_a_size_that_is_no_number_is_not_taken_for_one(served: Served) -> None:
    told = {"content-type": "application/json"}
    for size in ("\xb2", "9" * 5000):
        said = served.broken_off("POST", "/epcis/capture", b"{}", {**told, "content-length": size})
        assert [m["status"] for m in said if "status" in m] in ([], [413])
