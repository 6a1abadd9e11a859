"""did:web behind one narrow client: what it asks, what it never asks, and keys from a file."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from orebook.acts import resolve
from orebook.acts.resolve import Resolver, Unresolved, address_of, is_public, read_keys
from orebook.exchange.multikey import Key
from orebook.exchange.status_list import Asked
from orebook.log.keys import SigningKey, to_jwk
from orebook.model.problem import SenderError

KEY = SigningKey.from_seed(bytes(range(32)))
DID = "did:web:mine.example:permits"
METHOD = f"{DID}#key-1"


def document(**changes: object) -> dict[str, object]:
    method = {"id": "#key-1", "type": "JsonWebKey", "publicKeyJwk": to_jwk(KEY.public)}
    known = {"id": DID, "verificationMethod": [method], "assertionMethod": ["#key-1"]}
    return known | changes


class Answers(BaseHTTPRequestHandler):
    """A host of DID documents whose answer each test sets."""

    status = 200
    body: ClassVar[bytes] = b""
    headers_sent: ClassVar[dict[str, str]] = {}
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        type(self).asked.append((self.headers["Host"], self.path))
        self.send_response(self.status)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[int]:
    Answers.status, Answers.body, Answers.headers_sent, Answers.asked = 200, b"", {}, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running.server_port
        running.shutdown()
        thread.join()


def asking(port: int, *addresses: str, seconds: float = 5.0) -> tuple[Resolver, list[str]]:
    """A resolver whose names have those addresses, and the addresses it connected to."""
    connected: list[str] = []

    def connect(address: str, _port: int, host: str, within: float) -> http.client.HTTPConnection:
        connected.append(address)
        made = http.client.HTTPConnection("127.0.0.1", port, timeout=within)
        made._tunnel_host = None
        del host
        return made

    names = addresses or ("93.184.215.14",)
    made = Resolver(online=True, lookup=lambda _h, _p: names, connect=connect, seconds=seconds)
    return made, connected


def test_a_did_web_is_asked_once_at_the_address_that_was_judged(server: int) -> None:
    Answers.body = json.dumps(document()).encode()
    resolver, connected = asking(server, "93.184.215.14", "93.184.215.15")
    for _ in range(3):
        assert resolver.find_key(METHOD) == Key("Ed25519", KEY.public)
    assert connected == ["93.184.215.14"]
    assert [path for _, path in Answers.asked] == ["/permits/did.json"]


def test_nothing_is_asked_unless_told_to(server: int) -> None:
    resolver, connected = asking(server)
    resolver.online = False
    assert "is not known here" in str(resolver.find_key(METHOD))
    assert (connected, Answers.asked) == ([], [])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "240.0.0.1",
        "no address",
    ],
)
def test_an_address_that_is_not_of_the_public_internet_is_never_connected_to(
    server: int, address: str
) -> None:
    assert not is_public(address)
    resolver, connected = asking(server, "93.184.215.14", address)
    assert "not an address of the public internet" in str(resolver.find_key(METHOD))
    assert connected == []


def test_public_addresses_are_public() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    assert is_public("::ffff:93.184.215.14")


@pytest.mark.parametrize(
    ("status", "body", "headers", "said"),
    [
        (302, b"", {"Location": "https://127.0.0.1/"}, "redirects are not followed"),
        (404, b"", {}, "answered 404"),
        (200, b"<html>", {}, "no DID document"),
        (200, b"[]", {}, "no DID document"),
        (200, b"[" * 100_000, {}, "no DID document"),
        (200, b" " * (resolve.SIZE_MAX + 1), {}, "is over"),
        (200, b'{"id": "did:web:other.example"}', {}, "is the document of"),
        (200, json.dumps(document(verificationMethod=[])).encode(), {}, "has no key"),
        (200, json.dumps(document(assertionMethod=[])).encode(), {}, "makes assertions with"),
        (200, json.dumps(document(verificationMethod="x")).encode(), {}, "has no key"),
        (
            200,
            json.dumps(
                document(verificationMethod=[{"id": "#key-1", "controller": "did:web:x.example"}])
            ).encode(),
            {},
            "controlled by another",
        ),
        (200, json.dumps(document(verificationMethod=[{"id": "#key-1"}])).encode(), {}, "is not"),
    ],
)
def test_what_is_no_answer_is_said_in_words_and_not_asked_again(
    server: int, status: int, body: bytes, headers: dict[str, str], said: str
) -> None:
    Answers.status, Answers.body, Answers.headers_sent = status, body, headers
    resolver, _ = asking(server)
    first = resolver.find_key(METHOD)
    assert said in str(first)
    assert resolver.find_key(METHOD) == first
    assert len(Answers.asked) == 1


def test_a_host_that_drips_is_left_in_time(server: int) -> None:
    Answers.body = json.dumps(document()).encode()
    resolver, _ = asking(server, seconds=0.0)
    said = str(resolver.find_key(METHOD))
    assert "took too long" in said or "did not answer" in said


def test_only_so_many_hosts_are_asked(server: int) -> None:
    resolver, _ = asking(server)
    for number in range(resolve.DOCUMENTS_MAX + 3):
        last = resolver.find_key(f"did:web:h{number}.example#k")
    assert "more than 32" in str(last)
    assert len(Answers.asked) == resolve.DOCUMENTS_MAX


def test_a_status_list_is_asked_for_by_the_same_narrow_client(server: int) -> None:
    Answers.body = b"a list"
    resolver, connected = asking(server, "93.184.215.14")
    url = "https://permits.example/status/3?v=1"
    assert "--resolve" in str(resolver.find_list(url))  # no day to ask on
    resolver.day = "2026-11-25"
    for _ in range(2):
        assert resolver.find_list(url) == Asked(b"a list", "2026-11-25")
    assert connected == ["93.184.215.14"]
    assert [path for _, path in Answers.asked] == ["/status/3?v=1"]
    inside, asked_of = asking(server, "10.0.0.1")
    inside.day = "2026-11-25"
    assert "not an address of the public internet" in str(inside.find_list(url))
    assert asked_of == []


@pytest.mark.parametrize(
    "url",
    [
        "http://permits.example/status/3",
        "https://127.0.0.1/status",
        "https://user@permits.example/status",
        "https://localhost/status",
        "https://permits.example:0/status",
        "https://permits.example/a b",
        "https://permits.example/a\r\nHost: x",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_is_no_https_address_of_a_named_host_is_not_asked(
    server: int, url: str
) -> None:
    resolver, connected = asking(server)
    resolver.day = "2026-11-25"
    assert "is no https address of a named host" in str(resolver.find_list(url))
    assert connected == []


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web:127.0.0.1",
        "did:web:localhost",
        "did:web:[::1]",
        "did:web:2130706433",
        "did:web:0x7f.1",
        "did:web:user@host.example",
        "did:web:host.example%2F..",
        "did:web:host.example:..:x",
        "did:web:host.example:%2E%2E",
        "did:web:host.example:a%2Fb",
        "did:web:host.example:a%0d%0aX",
        "did:web:host.example%3A99999",
        "did:web:host.example%3Aabc",
        "did:web:höst.example",
        "did:webvh:host.example",
        "did:web:" + "a." * 2000 + "example",
        "file:///etc/passwd",
    ],
)
def test_a_did_that_is_no_host_and_path_is_not_asked(did: str) -> None:
    with pytest.raises(Unresolved):
        address_of(did)


def test_hosts_ports_and_paths() -> None:
    assert address_of("did:web:Mine.example") == ("mine.example", 443, "/.well-known/did.json")
    assert address_of("did:web:a.example%3A8443:x:y") == ("a.example", 8443, "/x/y/did.json")
    party = "did:web:a.example:party:urn%253Aparty%253Aa%252Fb"  # as a book names its parties
    assert address_of(party) == ("a.example", 443, "/party/urn%3Aparty%3Aa%2Fb/did.json")
    for odd in ("%252E%252E", "%255C", "%2500", "%250A", "%25", "%25G0"):
        with pytest.raises(Unresolved):
            address_of(f"did:web:a.example:{odd}")


def test_keys_are_read_from_a_file() -> None:
    held = read_keys(json.dumps([document()]).encode(), "keys.json")
    assert held.find_key(METHOD) == Key("Ed25519", KEY.public)
    assert held.find_key(DID) == Key("Ed25519", KEY.public)  # the one key it asserts with
    named = read_keys(json.dumps({METHOD: to_jwk(KEY.public)}).encode(), "keys.json")
    assert named.find_key(METHOD) == Key("Ed25519", KEY.public)
    assert "not known here" in str(named.find_key(f"{DID}#other"))


@pytest.mark.parametrize("data", [b"", b"7", b"[7]", b'{"a": "zz"}', b'{"a": {"kty": "EC"}}'])
def test_a_file_without_keys_is_refused_by_place(data: bytes) -> None:
    with pytest.raises(SenderError, match=r"keys\.json"):
        read_keys(data, "keys.json")


def test_a_did_key_is_its_own_answer() -> None:
    did = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    assert isinstance(Resolver().find_key(f"{did}#x"), Key)
    assert "is not" in str(Resolver().find_key("did:key:z0"))
