"""Time tokens from an authority made for the test with openssl, checked by us and by openssl."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from orebook.acts.timestamp import check, timestamp, unchecked
from orebook.book.audit import audit_folder
from orebook.book.book import Book
from orebook.book.errors import MissingFile, RecordBroken
from orebook.book.timestamps import TokenRefused, request, verify
from orebook.book.witness_client import Reply
from orebook.model.entry import Draft

CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[stamp]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """A time authority in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "conf").write_text(CONFIG)
        (folder / "serial").write_text("01\n")
        for who in ("root", "tsa"):
            self.run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{who}.key")
        common = ("-config", "conf", "-days", "30")
        self.run(
            "req", "-x509", "-new", "-key", "root.key", "-subj", f"/CN={name} root",
            "-extensions", "ca", "-out", "root.pem", *common,
        )  # fmt: skip
        self.run(
            "req", "-new", "-key", "tsa.key", "-subj", f"/CN={name}", "-config", "conf",
            "-out", "tsa.csr",
        )  # fmt: skip
        self.run(
            "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
            "-set_serial", "2", "-days", "30", "-extfile", "conf", "-extensions", "tsa",
            "-out", "tsa.pem",
        )  # fmt: skip
        self.roots = (folder / "root.pem").read_bytes()

    def run(self, *words: str) -> str:
        done = subprocess.run(
            ["openssl", *words], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def send(self, method: str, url: str, body: bytes, seconds: float, kind: str) -> Reply:
        assert (method, kind) == ("POST", "application/timestamp-query")
        assert seconds > 0
        (self.folder / "query").write_bytes(body)
        self.run(
            "ts", "-reply", "-queryfile", "query", "-signer", "tsa.pem", "-inkey", "tsa.key",
            "-out", "reply", "-config", "conf", "-section", "stamp",
        )  # fmt: skip
        return Reply(200, (self.folder / "reply").read_bytes())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ts") / "one", "One")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book.create(
        tmp_path / "book", origin="example.org/stamped", title="S", operator="example.org/keeper"
    )
    yield made
    made.close()


def test_a_head_is_stamped_and_checked_by_us_and_by_openssl(
    book: Book, authority: Authority
) -> None:
    stamped = timestamp(book, "https://tsa.example", authority.roots, send=authority.send)
    assert stamped.time is not None
    size, first = book.head.size, book.signed_head
    book.append([Draft("source", ({"id": "source:1", "title": "T"},), "example.org/keeper")])
    timestamp(book, "https://tsa.example", authority.roots, send=authority.send)
    found = check(book, authority.roots)
    assert [s.size for s in found] == [size, book.head.size]
    assert all(s.time is not None and not s.wrong for s in found)
    assert "was there at" in found[0].text()
    assert all(s.time is None for s in unchecked(book))
    folder = book.stores.file(f"public/timestamps/{size}.tsr")
    assert folder is not None
    assert (folder.parent / f"{size}.checkpoint").read_bytes() == first
    told = authority.run(
        "ts", "-verify", "-data", str(folder.parent / f"{size}.checkpoint"), "-in", str(folder),
        "-CAfile", "root.pem",
    )  # fmt: skip
    assert "OK" in told
    assert book.stores.root is not None
    assert audit_folder(book.stores.root) == []


def test_every_other_byte_authority_or_nonce_is_refused(
    book: Book, authority: Authority, tmp_path: Path
) -> None:
    signed = book.signed_head
    asked = request(signed)
    token = authority.send("POST", "", asked.as_bytes(), 1, "application/timestamp-query").body
    assert verify(token, signed, authority.roots, asked)
    with pytest.raises(TokenRefused, match=r"[Mm]ismatch"):
        verify(token, signed.replace(b"\n", b" ", 1), authority.roots)
    with pytest.raises(TokenRefused, match=r"[Nn]once"):
        verify(token, signed, authority.roots, request(signed))
    other = Authority(tmp_path / "other", "Other")
    with pytest.raises(TokenRefused):
        verify(token, signed, other.roots)
    with pytest.raises(MissingFile, match="PEM"):
        verify(token, signed, b"no certificate")
    with pytest.raises(TokenRefused):
        verify(b"", signed, authority.roots)
    for at in range(len(token) - 70, len(token), 7):  # the signature
        bad = bytearray(token)
        bad[at] ^= 1
        with pytest.raises(TokenRefused):
            verify(bytes(bad), signed, authority.roots)


def test_a_refused_token_is_not_kept(book: Book, authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other", "Other")
    with pytest.raises(TokenRefused):
        timestamp(book, "https://tsa.example", other.roots, send=authority.send)
    with pytest.raises(TokenRefused, match="status 500"):
        timestamp(book, "https://tsa.example", other.roots, send=lambda *_: Reply(500, b""))
    assert unchecked(book) == []


def test_tokens_over_other_heads_or_without_them_are_told(book: Book, authority: Authority) -> None:
    timestamp(book, "https://tsa.example", authority.roots, send=authority.send)
    token = book.stores.file(f"public/timestamps/{book.head.size}.tsr")
    assert token is not None
    stamped = token.with_suffix(".checkpoint")
    good = stamped.read_bytes()
    stamped.write_bytes(good.replace(b"example.org/stamped\n2", b"example.org/stamped\n1"))
    (told,) = check(book, authority.roots)
    assert told.time is None
    assert "not proved" in told.text()
    stamped.unlink()
    with pytest.raises(RecordBroken, match="beside it"):
        check(book, authority.roots)
