"""Members and tokens at the command line, and the whole book as one file or as tables."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def book(tmp_path: Path, orebook: Any) -> Path:
    folder = tmp_path / "book"
    orebook("init", folder, "--origin", "example.org/members", "--title", "Members")
    return folder


def test_a_token_is_shown_once_listed_and_revoked(book: Path, orebook: Any) -> None:
    mine = ("--organisation", "party:mine", "--book", book)
    assert orebook("token", "create", "scale", *mine).code == 2
    assert orebook("member", "add", "scale", "--role", "submitter", *mine).code == 0
    made = orebook("token", "create", "scale", "--scope", "write", "--days", 3, *mine, "--json")
    secret, ident = made.json["token"], made.json["id"]
    listed = orebook("token", "list", "--book", book, "--json")
    assert [(t["id"], t["scope"], t["revoked"]) for t in listed.json] == [(ident, ["write"], None)]
    unseen = secret.partition(f"{ident}_")[2]  # it may hold an underscore itself
    assert len(unseen) > 40
    assert unseen not in json.dumps(listed.json)
    assert unseen.encode() not in (book / "office.sqlite3").read_bytes()
    assert orebook("token", "revoke", ident, "--book", book).code == 0
    assert orebook("token", "list", "--book", book, "--json").json[0]["revoked"]
    assert orebook("token", "revoke", "none", "--book", book).code == 2
    members = orebook("member", "list", "--book", book, "--json").json
    assert members == [{"organisation": "party:mine", "member": "scale", "role": "submitter"}]
    assert orebook("member", "remove", "scale", *mine).code == 0
    assert orebook("member", "remove", "scale", *mine).code == 2
    assert orebook("token", "list", "--book", book.parent).code == 2


def test_the_whole_public_book_is_one_file_and_tables(book: Path, orebook: Any) -> None:
    rows = book.parent / "rows.jsonl"
    lot = {"kind": "lot", "fact": {"id": "lot:x", "label": "public"}, "seal": ["/label"]}
    rows.write_text(json.dumps(lot) + "\n", "utf-8")
    assert orebook("capture", rows, "--book", book).code == 0
    out = book.parent
    both = ("--bulk", out / "b.jsonl.gz", "--parquet", out / "tables")
    assert orebook("export", "--book", book, *both).code == 0
    lines = [
        json.loads(line)
        for line in gzip.decompress((out / "b.jsonl.gz").read_bytes()).split(b"\n")
        if line
    ]
    (found,) = [line["fact"] for line in lines if line["kind"] == "lot"]
    assert "label" not in found  # sealed for the owner
    assert (out / "tables" / "lot.parquet").exists()
    own = ("--bulk", out / "own.jsonl", "--reader", "owner")
    assert orebook("export", "--book", book, *own).code == 0
    assert '"public"' in (out / "own.jsonl").read_text("utf-8")
    assert orebook("export", "--book", book, "--parquet", out / "tables").code == 2


def test_the_openapi_document_is_printed(orebook: Any) -> None:
    assert orebook("openapi").json["openapi"] == "3.1.0"
