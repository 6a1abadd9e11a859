"""Credentials and a list of states of this run, checked by Digital Bazaar's libraries and jose."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orebook.acts import keys
from orebook.acts.did import document
from orebook.acts.issue import Form, issue, keeper, signer_of
from orebook.acts.see import view
from orebook.acts.state_lists import list_named
from orebook.acts.status import status_list
from orebook.log.keys import SigningKey
from orebook.model.entry import Draft
from orebook.wiring import Naming, create_book

pytestmark = pytest.mark.proof
KEEPER, LAB = "urn:party:k", "urn:party:lab"
KEY = SigningKey.from_seed(b"L" * 32)
FACTS: list[tuple[str, dict[str, Any], str]] = [
    ("party", {"id": LAB, "name": "Laboratory"}, KEEPER),
    ("facility", {"id": "urn:mill", "name": "Mill", "country": "PK", "kind": "mine"}, KEEPER),
    ("lot", {"id": "urn:lot", "material": "ore", "facility": "urn:mill", "batch": "B7",
             "mass": {"value": "12.5", "unit": "TNE", "basis": "dry"}}, KEEPER),
    ("event", {"id": "urn:event", "kind": "weigh", "when": "2025-03-01T12:00:00Z",
               "facility": "urn:mill", "subjects": [{"lot": "urn:lot"}]}, KEEPER),
    ("claim", {"id": "urn:claim", "subject": "lot", "about": ["urn:lot"], "source": "urn:s",
               "property": "conformity", "value": "conforms", "when": "2025-03-03"}, KEEPER),
    ("assay", {"id": "urn:assay", "lot": "urn:lot", "when": "2025-03-02", "laboratory": LAB,
               "results": [{"substance": "Cu", "grade": {"value": "1.20", "unit": "P1"}}]}, LAB),
]  # fmt: skip
IDENTS = ("urn:mill", "urn:lot", "urn:event", "urn:claim", "urn:assay", LAB)


def test_every_credential_and_its_list_hold_for_others(
    npm_credentials: Path, standards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with create_book(None, Naming("t.example/b", "B", KEEPER)) as book:
        book.append([Draft(kind, (fact,), author) for kind, fact, author in FACTS])
        keys.register(book, keys.request(book.origin, LAB, KEY), "met in person")
        now = view(book, "public", "2026-11-25")
        items: list[dict[str, object]] = []
        forms: tuple[Form, ...] = ("jwt", "embedded")
        for ident in IDENTS:
            who = signer_of(now, KEY) if ident == "urn:assay" else keeper(now)
            token, inside = (issue(now, ident, who, form=form) for form in forms)
            items += [{"token": token.decode()}, {"document": json.loads(inside)}]
        changed = json.loads(inside) | {"name": "another"}
        passport = json.loads(issue(now, "urn:lot", None, form="bare"))["credentialStatus"]
        name = list_named(passport["statusListCredential"].rpartition("/")[2])
        standing = status_list(now, name).decode()
        # What the passport says of its facility is said otherwise: it stands no longer.
        book.append([Draft("facility", ({**FACTS[1][1], "name": "North mill"},), KEEPER)])
        states = status_list(view(book, "public", "2026-11-25"), name).decode()
        dids = [document(book), document(book, LAB)]
    contexts = standards / "untp-0.7.0" / "context"
    given = {
        "dids": dids,
        "contexts": {
            "https://www.w3.org/ns/credentials/v2": _json(contexts / "w3c-credentials-v2.jsonld"),
            "https://vocabulary.uncefact.org/untp/0.7.0/context/": _json(
                contexts / "untp-context.jsonld"
            ),
        },
        "items": [*items, {"document": changed}, {"token": standing}, {"token": states}],
    }
    done = subprocess.run(
        ["node", npm_credentials.name], cwd=npm_credentials.parent, input=json.dumps(given),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    *held, refused, before, listed = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(held) == 2 * len(IDENTS)
    assert all("credential" in one for one in held), held
    assert refused == {"refused": "Invalid signature."}
    assert passport["statusListIndex"] not in before["set"]
    assert passport["statusListIndex"] in listed["set"]
    assert listed["size"] == before["size"] == 2**17
    with capsys.disabled():
        print(f"\nDigital Bazaar and jose: {len(held)} credentials hold, one changed is refused")


def _json(file: Path) -> object:
    return json.loads(file.read_text("utf-8"))
