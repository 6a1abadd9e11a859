"""The vault: one copy per audience, and a vault of the first form read as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256

import pytest

from orebook.book import store_sqlite
from orebook.book.errors import RecordBroken, StoreFailed
from orebook.book.vault import Kept, Vault, box_of
from orebook.log import sdjwt
from orebook.log.keys import SigningKey

SECRET = sha256(b"vault").digest()
TEXT = sdjwt.write_disclosure(bytes(16), "98765", "mass")
DIGEST = sdjwt.digest(TEXT)
PARTY = SigningKey(sha256(b"party").digest())


@pytest.fixture
def vault() -> Iterator[Vault]:
    with closing(Vault(None, SECRET)) as made:
        yield made


def test_each_audience_has_its_copy_and_sees_no_other(vault: Vault) -> None:
    vault.put([Kept(DIGEST, "party:a", TEXT), Kept(DIGEST, "owner", TEXT)])
    assert vault.texts([DIGEST], "party:a") == vault.texts([DIGEST], "owner") == {DIGEST: TEXT}
    assert vault.texts([DIGEST], "party:b") == vault.texts([DIGEST], "public") == {}
    assert vault.audiences([DIGEST]) == {DIGEST: ("owner", "party:a")}


def test_what_is_for_a_registered_key_needs_that_key(vault: Vault) -> None:
    vault.boxes = lambda _party: box_of(PARTY.public)
    vault.put([Kept(DIGEST, "party:a", TEXT)])
    assert vault.texts([DIGEST], "party:a") == vault.custody([DIGEST]) == {}
    vault.unlock(sha256(b"another").digest())
    assert vault.custody([DIGEST]) == {}
    vault.unlock(PARTY.seed)
    assert vault.texts([DIGEST], "party:a") == {DIGEST: TEXT}


def test_an_erasure_takes_every_copy_and_nothing_brings_it_back(vault: Vault) -> None:
    vault.put([Kept(DIGEST, who, TEXT) for who in ("owner", "party:a", "public")])
    with closing(Vault(None, SECRET)) as fresh:
        empty = fresh.fingerprint("public")
    vault.take_down(DIGEST, "a law", "2026-06-01")
    vault.put([Kept(DIGEST, "party:b", TEXT), Kept(DIGEST, "owner", TEXT)])
    assert vault.custody([DIGEST]) == {}
    assert vault.tombstones()[DIGEST].date == "2026-06-01"
    assert vault.fingerprint("public") != empty  # an empty sum, yet a set that once was


def test_a_copy_that_does_not_open_is_the_records_fault(tmp_path) -> None:
    vault = Vault(tmp_path / "v", SECRET)
    vault.put([Kept(DIGEST, "owner", TEXT)])
    vault.close()
    with (
        closing(Vault(tmp_path / "v", sha256(b"x").digest())) as again,
        pytest.raises(RecordBroken, match="that opens"),
    ):
        again.custody([DIGEST])


def test_a_vault_of_the_first_form_is_read(tmp_path) -> None:
    path = tmp_path / "v"
    old = sqlite3.connect(path)
    old.execute(
        "CREATE TABLE disclosures (digest TEXT PRIMARY KEY, audience TEXT NOT NULL, body BLOB,"
        " gone TEXT, basis TEXT) WITHOUT ROWID"
    )
    old.execute("INSERT INTO disclosures VALUES (?, 'public', ?, NULL, NULL)", (DIGEST, TEXT))
    old.execute("UPDATE disclosures SET body = CAST(body AS BLOB)")
    old.commit()
    old.close()
    for _ in range(2):
        vault = Vault(path, SECRET)
        assert vault.texts([DIGEST], "public") == {DIGEST: TEXT}
        vault.close()


def test_what_is_erased_is_gone_from_the_write_ahead_log_too(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(store_sqlite, "BUSY_SECONDS", 0.05)
    vault = Vault(tmp_path / "v.sqlite3", SECRET)
    vault.put([Kept(DIGEST, "public", TEXT)])

    def lies_there() -> bool:
        return any(TEXT.encode() in path.read_bytes() for path in tmp_path.iterdir())

    assert lies_there()
    reader = sqlite3.connect(tmp_path / "v.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM disclosures").fetchone()
    with pytest.raises(StoreFailed, match="do the same again"):
        vault.take_down(DIGEST, "a court", "2026-01-01")
    assert vault.texts([DIGEST], "public") == {}
    reader.close()
    vault.take_down(DIGEST, "a court", "2026-01-02")
    assert not lies_there()
    assert vault.tombstones()[DIGEST].date == "2026-01-01"
    vault.close()
