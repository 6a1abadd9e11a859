"""What a sceptic takes away from the portal checks without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from litestar import Litestar
from litestar.testing import TestClient

from orebook.book.book import Book
from orebook.log.note import parse_vkey
from orebook.log.receipt import PROVED, Trust, check

Client = TestClient[Litestar]


def test_a_receipt_checks_with_the_key_of_the_log(client: Client, demo: Book) -> None:
    answer = client.get("/receipts/3")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    verdict = check(answer.content, Trust(log_key=parse_vkey(demo.log_key)))
    assert verdict.outcome == PROVED
    assert client.get("/receipts/999999").status_code == 404
    assert client.get("/receipts/%2e%2e").status_code in {400, 404}


def test_the_one_file_verifier_is_served_and_runs_alone(
    client: Client, demo: Book, tmp_path: Path
) -> None:
    (tmp_path / "verify.py").write_bytes(client.get("/verify/orebook_verify.py").content)
    (tmp_path / "receipt.json").write_bytes(client.get("/receipts/3").content)
    command = [sys.executable, "-I", "verify.py", "receipt.json", "--key", demo.log_key]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_that_checks_in_the_browser_is_served_with_its_scripts(client: Client) -> None:
    page = client.get("/verify", follow_redirects=True)
    assert page.status_code == 200
    for name in ("verify.js", "verify_page.js", "verify_policy.js"):
        assert f'src="{name}"' in page.text
        assert client.get(f"/static/{name}").headers["content-type"].startswith("text/javascript")


def test_did_documents_name_keys_and_no_party_without_one(client: Client) -> None:
    keeper = client.get("/.well-known/did.json").json()
    assert keeper["id"].startswith("did:web:")
    assert keeper["verificationMethod"]
    assert client.get("/party/nobody/did.json").status_code == 404


def test_the_log_page_says_what_witnesses_say(client: Client) -> None:
    text = client.get("/log", headers={"accept": "text/html"}).text
    assert "No witness is asked to confirm this head" in text
