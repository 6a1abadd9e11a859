"""A witness over HTTP: statuses, media types, and the address to read a head again."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from litestar.testing import TestClient

from orebook.book.witness_store import WitnessFolder, WitnessStore
from orebook.log import note, tree, witness
from orebook.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from orebook.log.keys import SigningKey
from orebook.web.witness import create_app

LOG = note.Signer("books.example/demo", SigningKey.from_seed(b"L" * 32))
HEAD = sign_checkpoint(Checkpoint(LOG.name, 1, tree.leaf_hash(b"0")), LOG)
HASH = sha256(LOG.name.encode()).hexdigest()


class Served:
    """A witness behind a test client."""

    def __init__(self, folder: WitnessFolder) -> None:
        self.folder = folder
        self.store: WitnessStore = folder.store()
        self.now = 1_700_000_000
        app = create_app(self.store, folder.keys, {LOG.name: [LOG.verifier]}, lambda: self.now)
        self.client = TestClient(app)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(WitnessFolder.create(tmp_path, "witness.example/w1", post_quantum=True))
    with made.client:
        yield made
    made.store.close()


def test_a_head_is_cosigned_and_can_be_read_again(served: Served) -> None:
    address = f"/{HASH}/checkpoint"
    assert served.client.get(address).status_code == 404
    body = witness.Request(0, (), HEAD).encode()
    answer = served.client.post("/add-checkpoint", content=body)
    assert answer.status_code == 200
    cosigners = [key.verifier for key in served.folder.keys]
    assert len(witness.parse_answer(HEAD, answer.content, cosigners)) == 2
    shown = served.client.get(address)
    assert shown.headers["content-type"].startswith("text/plain")
    assert open_checkpoint(shown.content, [LOG.verifier, *cosigners]).size == 1
    assert served.client.get(f"/{'0' * 64}/checkpoint").status_code == 404
    front = served.client.get("/").text
    assert all(vkey in front for vkey in served.folder.vkeys())


def test_refusals_travel_with_their_status(served: Served) -> None:
    post = served.client.post
    conflict = post("/add-checkpoint", content=witness.Request(1, (), HEAD).encode())
    assert (conflict.status_code, conflict.text) == (409, "0\n")
    assert conflict.headers["content-type"] == "text/x.tlog.size"
    assert post("/add-checkpoint", content=b"nothing").status_code == 400
    assert served.client.get("/add-checkpoint").status_code in {404, 405}
    large = post("/add-checkpoint", content=bytes(witness.REQUEST_MAX + 1))
    assert large.status_code == 413
    served.client.post("/add-checkpoint", content=witness.Request(0, (), HEAD).encode())
    served.now -= 1
    late = post("/add-checkpoint", content=witness.Request(1, (), HEAD).encode())
    assert late.status_code == 503
    assert "—" not in late.text


def test_a_store_that_fails_is_a_503_and_no_signature(served: Served) -> None:
    served.store._database.execute("PRAGMA query_only=ON")
    answer = served.client.post("/add-checkpoint", content=witness.Request(0, (), HEAD).encode())
    assert answer.status_code == 503
    assert "—" not in answer.text
    served.store._database.execute("PRAGMA query_only=OFF")
    assert served.store.seen(LOG.name) is None
