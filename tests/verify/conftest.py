"""A sound receipt, and one damaged copy for each part of it: what every verifier must say of it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from hashlib import sha512
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from nacl import bindings

from orebook.log import b64, canon, checkpoint, leaf, note, proof, sdjwt, tile, tree
from orebook.log.cosignature import Ed25519CosigningKey
from orebook.log.keys import SigningKey
from orebook.log.reader import TileReader
from orebook.log.receipt import KeyStatement, Receipt

ORIGIN = "books.example/demo"
AUTHOR = SigningKey.from_seed(b"A" * 32)
LOG = note.Signer(ORIGIN, SigningKey.from_seed(b"L" * 32))
OTHER = note.Signer("books.example/other", SigningKey.from_seed(b"O" * 32))
STRANGER = note.Signer("stranger.example", SigningKey.from_seed(b"S" * 32))
WITNESS = Ed25519CosigningKey(
    "witness.example", SigningKey.from_seed(b"W" * 32), lambda: 1_790_000_000
)
AT, SIZE = 3, 7
BODY: dict[str, Any] = {
    "book": ORIGIN,
    "kind": "lot",
    "author": "party:seller",
    "note": "naïve ± 0.1 % \U0001f48e",
    "facts": [{"mass": "12.5", "buyer": "B. Person", "price": "9", "seals": ["s1", "s2"]}],
}
HIDE = ["/facts/0/buyer", "/facts/0/price", "/facts/0/seals/1"]
GENESIS = {"book": ORIGIN, "kind": "book", "keys": [{"crv": "Ed25519", "kty": "OKP", "x": "?"}]}


class Case(NamedTuple):
    """A receipt, the reader's keys, and what must be said: outcome, and where if refused."""

    name: str
    data: bytes
    outcome: str
    place: str = ""
    key: str = LOG.verifier.vkey
    author: str = ""


def genesis(public: bytes = AUTHOR.public, origin: str = ORIGIN) -> bytes:
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": b64.encode(public)}
    return leaf.make_leaf({**GENESIS, "book": origin, "keys": [jwk]}, AUTHOR)


def published(
    entry: bytes, first: bytes, *signers: Any, origin: str = ORIGIN, size: int = SIZE
) -> tuple[bytes, bytes]:
    """The proofs of an entry and of the first one in a log that holds both."""
    leaves = [b"other %d" % i for i in range(size)]
    leaves[0], leaves[AT] = first, entry
    edge, files = tile.grow_tiles(tile.Edge(), map(tree.leaf_hash, leaves))
    head = checkpoint.Checkpoint(origin, size, edge.root())
    signed = checkpoint.sign_checkpoint(head, *(signers or (LOG, STRANGER)))
    reader = TileReader(dict(files).__getitem__, size, head.root)
    one, two = (proof.Proof(i, tuple(reader.inclusion_path(i)), signed).encode() for i in (AT, 0))
    return one, two


def logged(
    entry: bytes, texts: tuple[str, ...] = (), *signers: Any, first: bytes | None = None,
    origin: str = ORIGIN,
) -> Receipt:  # fmt: skip
    """A receipt of whatever a log has taken in, sound or not."""
    first = first or genesis(origin=origin)
    one, two = published(entry, first, *signers, origin=origin)
    return Receipt(entry, texts, one, LOG.verifier.vkey, KeyStatement(first, two))


_SALTS = itertools.count()
SEALED = leaf.seal_leaf(BODY, HIDE, AUTHOR, salt=lambda: b"%016d" % next(_SALTS))
TEXTS = tuple(item.text for item in SEALED.disclosures)
SOUND = logged(SEALED.leaf, TEXTS)


def signed(header: dict[str, Any] | bytes, payload: bytes, key: SigningKey = AUTHOR) -> bytes:
    """A JWS over any header and payload."""
    head = header if isinstance(header, bytes) else canon.encode(header)
    body = f"{b64.encode(head)}.{b64.encode(payload)}".encode()
    return body + b"." + b64.encode(key.sign(body)).encode()


HEADER = {"alg": "Ed25519", "kid": AUTHOR.kid, "typ": leaf.TYPE}
_PLAIN = canon.encode({"book": ORIGIN, "kind": "lot"})


def of_payload(payload: bytes) -> bytes:
    return logged(signed(HEADER, payload)).encode()


def of_header(header: dict[str, Any] | bytes) -> bytes:
    return logged(signed(header, _PLAIN)).encode()


def changed(**parts: Any) -> bytes:
    body = json.loads(SOUND.encode())
    return canon.encode({**body, **parts}) + b"\n"


def proof_with(change: Callable[[list[str]], None]) -> bytes:
    """The sound receipt with its proof's lines changed; the checkpoint starts after the blank."""
    lines = SOUND.proof.decode().split("\n")
    change(lines)
    return changed(proof="\n".join(lines))


def _set(at: int, text: str) -> Callable[[list[str]], None]:
    return lambda lines: lines.__setitem__(at, text)


_LINES = SOUND.proof.decode().split("\n")
_BLANK = _LINES.index("")
_HASH = b64.encode_standard(b"\x07" * 32)
_FLIPPED = b64.encode_standard(
    bytes([b64.decode_standard(_LINES[2])[0] ^ 1]) + b64.decode_standard(_LINES[2])[1:]
)
_GROUP = 2**252 + 27742317777372353535851937790883648493


def _signature(value: bytes) -> str:
    return f"— {ORIGIN} {b64.encode_standard(LOG.key_id + value)}"


def _log_signature() -> bytes:
    return b64.decode_standard(_LINES[_BLANK + 5].split(" ")[2])[4:]


def _malleable(data: bytes) -> bytes:
    body, _, tail = data.rpartition(b".")
    raw = b64.decode(tail.decode())
    more = int.from_bytes(raw[32:], "little") + _GROUP
    return body + b"." + b64.encode(raw[:32] + more.to_bytes(32, "little")).encode()


def _trivial(data: bytes, first: bytes) -> bytes:
    """A signature with a trivial R: the bare equation holds, a strict verifier refuses it."""
    body, _, _ = data.rpartition(b".")
    digest = sha512(AUTHOR.seed).digest()
    secret = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    challenge = int.from_bytes(sha512(first + AUTHOR.public + body).digest(), "little")
    last = (challenge * secret % _GROUP).to_bytes(32, "little")
    return body + b"." + b64.encode(first + last).encode()


def _disclosures(*texts: str) -> bytes:
    return changed(disclosures=list(texts))


def _hidden(payload: dict[str, Any], *texts: str) -> bytes:
    return logged(signed(HEADER, canon.encode({"book": ORIGIN, **payload})), texts).encode()


def _told(*parts: object) -> tuple[str, str]:
    return _raw(json.dumps(parts))


def _raw(body: str) -> tuple[str, str]:
    text = b64.encode(body.encode())
    return text, sdjwt.digest(text)


_LONG = _raw('["c2FsdA","n",%s]' % ("9" * 4301))


def _stated(first: bytes, **more: Any) -> bytes:
    return logged(SEALED.leaf, TEXTS, first=first, **more).encode()


def _late() -> tuple[bytes, bytes, bytes]:
    """An entry that states the author's key after the sealed one, its proof, and that one's."""
    leaves = [b"other %d" % i for i in range(SIZE)]
    leaves[AT], leaves[AT + 1] = SEALED.leaf, genesis()
    edge, files = tile.grow_tiles(tile.Edge(), map(tree.leaf_hash, leaves))
    signed_head = checkpoint.sign_checkpoint(checkpoint.Checkpoint(ORIGIN, SIZE, edge.root()), LOG)
    reader = TileReader(dict(files).__getitem__, SIZE, edge.root())
    one, two = (
        proof.Proof(i, tuple(reader.inclusion_path(i)), signed_head).encode() for i in (AT, AT + 1)
    )
    return leaves[AT + 1], two, one


_LATE = _late()


def _sound_cases() -> list[Case]:
    return [
        Case("sound", SOUND.encode(), "proved"),
        Case("fewer disclosures", _disclosures(TEXTS[0]), "proved"),
        Case("no disclosure", _disclosures(), "proved"),
        Case("key of the author given", changed(author_key=None), "proved",
             author=b64.encode(AUTHOR.public)),
        Case("another hint", changed(log_key=OTHER.verifier.vkey), "proved"),
        Case("spaced disclosure", _hidden(
            {"_sd_alg": "sha-256", "_sd": [_told("c2FsdA", "n", 1.5)[1]]},
            _told("c2FsdA", "n", 1.5)[0]), "proved"),
        Case("extra line in the proof", proof_with(
            lambda lines: lines.insert(1, "extra aGVsbG8=")), "proved"),
        Case("EdDSA read as Ed25519", of_header({**HEADER, "alg": "EdDSA"}), "proved"),
        Case("key stated by a party", _stated(leaf.make_leaf(
            {"kind": "key", "facts": [{"public_key": b64.encode(AUTHOR.public)}]}, AUTHOR)),
            "proved"),
        Case("no key of the log", SOUND.encode(), "undecided", key=""),
        Case("no key of the author", changed(author_key=None), "undecided"),
    ]  # fmt: skip


def _file_cases() -> list[Case]:
    data = SOUND.encode()
    return [
        Case(name, bad, "unreadable", place)
        for name, bad, place in (
            ("empty", b"", "receipt"),
            ("no newline", data[:-1], "receipt"),
            ("two newlines", data + b"\n", "canonical JSON"),
            ("cut short", data[:-20] + b"\n", "canonical JSON"),
            ("a byte order mark", b"\xef\xbb\xbf" + data, "canonical JSON"),
            ("no UTF-8", b'{"receipt":"\xff"}\n', "canonical JSON"),
            ("pretty", json.dumps(json.loads(data), indent=1).encode() + b"\n", "canonical JSON"),
            ("a name twice", data.replace(b'"leaf":', b'"leaf":"","leaf":', 1), "canonical JSON"),
            ("another form", changed(receipt="orebook/receipt/2"), "receipt"),
            ("another member", changed(note=""), "receipt"),
            ("not an object", b"[]\n", "receipt"),
            ("a number for the leaf", changed(leaf=1), "receipt leaf"),
            ("no array", changed(disclosures={}), "receipt disclosures"),
            ("a number among disclosures", changed(disclosures=[1]), "receipt disclosures"),
            ("a number for the proof", changed(proof=1), "receipt proof"),
            ("a number for the key", changed(log_key=1), "receipt log_key"),
            ("half a key statement", changed(author_key={"leaf": ""}), "receipt author_key"),
        )
    ]


def _leaf_cases() -> list[Case]:
    text = SEALED.leaf.decode()
    head, body, tail = text.split(".")
    payload = b64.decode(body)
    loose = tail[:-1] + chr(ord(tail[-1]) + 1)
    forged = signed(HEADER, payload, SigningKey.from_seed(b"F" * 32))
    malformed = [
        ("two parts", changed(leaf=f"{head}.{body}"), "JWS"),
        ("four parts", changed(leaf=f"{text}.x"), "JWS"),
        ("padded signature", changed(leaf=f"{text}=="), "JWS signature"),
        ("stray bits", changed(leaf=f"{head}.{body}.{loose}"), "JWS signature"),
        ("short signature", changed(leaf=f"{head}.{body}.{tail[:-4]}"), "JWS signature"),
        ("payload not base64url", changed(leaf=f"{head}.{body}+.{tail}"), "JWS payload"),
        ("not ASCII", changed(leaf=f"{head}é.{body}.{tail}"), "JWS header"),
        ("oversized leaf", of_payload(b'{"a":"' + b"x" * 49_200 + b'"}'), "leaf"),
        ("oversized payload", of_payload(b'{"a":"' + b"x" * 48_000 + b'"}'), "leaf payload"),
        ("alg none", of_header({**HEADER, "alg": "none"}), "JWS alg"),
        ("alg HS256", of_header({**HEADER, "alg": "HS256"}), "JWS alg"),
        ("critical extension", of_header({**HEADER, "crit": ["x"], "x": 1}), "JWS crit"),
        ("unencoded payload", of_header({**HEADER, "b64": False}), "JWS b64"),
        ("another header member", of_header({**HEADER, "jku": "https://x.example"}), "leaf header"),
        ("another typ", of_header({**HEADER, "typ": "JWT"}), "leaf typ"),
        ("typ no text", of_header({**HEADER, "typ": 1}), "JWS typ"),
        ("empty kid", of_header({**HEADER, "kid": ""}), "leaf kid"),
        ("spaced header", of_header(json.dumps(HEADER, sort_keys=True).encode()), "leaf header"),
        ("header name twice", of_header(canon.encode(HEADER)[:-1] + b',"typ":"x"}'), "JWS header"),
        ("header an array", of_header(b"[]"), "JWS header"),
    ]
    told = [
        ("changed payload", changed(leaf=f"{head}.{b64.encode(payload.replace(b'12.5', b'12.6'))}"
                                         f".{tail}"), "root of the tree"),
        ("signed by another", changed(leaf=forged.decode()), "root of the tree"),
        ("logged, signed by another", logged(forged, TEXTS).encode(), "JWS signature"),
        ("logged, signature with S + L", logged(_malleable(SEALED.leaf), TEXTS).encode(),
         "JWS signature"),
        ("logged, signature with R the identity",
         logged(_trivial(SEALED.leaf, bytes([1]) + bytes(31)), TEXTS).encode(), "JWS signature"),
        ("logged, signature with R unreduced",
         logged(_trivial(SEALED.leaf, bytes([0xEE]) + b"\xff" * 30 + b"\x7f"), TEXTS).encode(),
         "JWS signature"),
        ("of another book", of_payload(b'{"book":"books.example/other"}'), "statement book"),
    ]  # fmt: skip
    return [Case(n, d, "unreadable", p) for n, d, p in malformed] + [
        Case(n, d, "refused", p) for n, d, p in told
    ]


def _payload_cases() -> list[Case]:
    deep = b'{"a":' * 66 + b"1" + b"}" * 66
    return [
        Case(name, of_payload(data), "unreadable", place)
        for name, data, place in (
            ("name twice", b'{"a":1,"a":2}', "canonical JSON"),
            ("a space", b'{"a": 1}', "canonical JSON, byte 5"),
            ("another order", b'{"b":1,"a":2}', "canonical JSON, byte 2"),
            ("another escape", b'{"a":"\\u0041"}', "canonical JSON, byte 6"),
            ("a fraction", b'{"a":1.5}', "JSON /"),
            ("one with a point", b'{"a":1.0}', "JSON /"),
            ("an exponent", b'{"a":1e3}', "JSON /"),
            ("minus zero", b'{"a":-0}', "canonical JSON, byte 5"),
            ("past 2^53", b'{"a":9007199254740993}', "JSON /"),
            ("far past 2^53", b'{"a":123456789012345678901234567890}', "JSON /"),
            ("NaN", b'{"a":NaN}', "canonical JSON"),
            ("a name outside ASCII", '{"é":1}'.encode(), "JSON /"),
            ("a lone surrogate", b'{"a":"\\ud800"}', "JSON /"),
            ("too deep", deep, "JSON /"),
            ("bytes after it", b"{}x", "canonical JSON"),
            ("a control character", b'{"a":"\x01"}', "canonical JSON"),
            ("not an object", b"[1]", "leaf payload"),
            ("no UTF-8", b'{"a":"\xff"}', "canonical JSON"),
        )
    ]


def _disclosure_cases() -> list[Case]:
    other = sdjwt.write_disclosure(b"0" * 16, "C. Person", "buyer")
    twice, digest = _told("c2FsdA", "a", 1)
    short, short_digest = _told("c2FsdA", 1)
    bad_salt, bad_salt_digest = _told(1, "a", 1)
    bad_name, bad_name_digest = _told("c2FsdA", "_sd", [])
    _, last = _told("x", "y", 2)
    one = {"_sd_alg": "sha-256", "_sd": [digest]}
    refused = [
        ("a changed value", _disclosures(other, *TEXTS[1:]), "disclosures"),
        ("a disclosure twice", _disclosures(TEXTS[0], *TEXTS), "disclosures"),
        ("a foreign disclosure", _disclosures(*TEXTS, other), "disclosures"),
        ("a padded disclosure", _disclosures(TEXTS[0] + "=", *TEXTS[1:]), "disclosures"),
        ("a digest twice", _hidden({**one, "more": {"_sd": [digest]}}), "/_sd"),
    ]
    malformed = [
        ("an integer too long to read",
         _hidden({"_sd_alg": "sha-256", "_sd": [_LONG[1]]}, _LONG[0]), "disclosure"),
        ("a disclosure outside ASCII", _disclosures("é"), "disclosure"),
        ("no algorithm", _hidden({"_sd": [digest]}), "/_sd_alg"),
        ("an algorithm and no digest", _hidden({"_sd_alg": "sha-256"}), "/_sd_alg"),
        ("another algorithm", _hidden({**one, "_sd_alg": "sha-512"}), "/_sd_alg"),
        ("digests out of order", _hidden({**one, "_sd": sorted([digest, last])[::-1]}), "/…/_sd"),
        ("no digests in _sd", _hidden({**one, "more": {"_sd": []}}), "/…/_sd"),
        ("_sd no array", _hidden({**one, "_sd": "x"}), "/_sd"),
        ("a digest no text", _hidden({**one, "_sd": [1]}), "/_sd"),
        ("a short digest", _hidden({**one, "_sd": ["x"]}), "digest"),
        ("a reserved name below", _hidden({**one, "more": {"_sd_alg": "sha-256"}}), "/more"),
        ("an element with company", _hidden({**one, "l": [{"...": last, "x": 1}]}), "/l/0"),
        ("a name that is there", _hidden({**one, "a": 1}, twice), "/"),
        ("two parts for a member",
         _hidden({"_sd_alg": "sha-256", "_sd": [short_digest]}, short), "disclosure"),
        ("a salt no text",
         _hidden({"_sd_alg": "sha-256", "_sd": [bad_salt_digest]}, bad_salt), "disclosure salt"),
        ("a reserved name disclosed",
         _hidden({"_sd_alg": "sha-256", "_sd": [bad_name_digest]}, bad_name), "disclosure name"),
    ]  # fmt: skip
    return [Case(n, d, "refused", p) for n, d, p in refused] + [
        Case(n, d, "unreadable", p) for n, d, p in malformed
    ]


def _proof_cases() -> list[Case]:
    refused = [
        ("index changed", proof_with(_set(1, "index 2")), "root of the tree"),
        ("hash changed", proof_with(_set(2, _FLIPPED)), "root of the tree"),
        ("size changed", proof_with(_set(_BLANK + 2, "8")), "signature of books.example/demo"),
        ("root changed", proof_with(_set(_BLANK + 3, _HASH)), "signature of books.example/demo"),
        ("origin changed", proof_with(_set(_BLANK + 1, "books.example/dem0")), "signature of"),
        ("log's signature changed",
         proof_with(_set(_BLANK + 5, _signature(b"\1" * 64))), "signature of"),
        ("log's signature cut",
         proof_with(_set(_BLANK + 5, _signature(_log_signature()[:-1]))), "signature of"),
        ("log's signature gone", proof_with(lambda lines: lines.pop(_BLANK + 5)), "note"),
    ]  # fmt: skip
    malformed = [
        ("another version", proof_with(_set(0, "c2sp.org/tlog-proof@v2")), "proof, line 1"),
        ("index with a zero before it", proof_with(_set(1, "index 03")), "proof, index"),
        ("no index", proof_with(_set(1, "place 3")), "proof"),
        ("index past the end", proof_with(_set(1, "index 7")), "leaf index"),
        ("a hash gone", proof_with(lambda lines: lines.pop(2)), "inclusion path"),
        ("a hash more", proof_with(lambda lines: lines.insert(2, _HASH)), "inclusion path"),
        ("a short hash", proof_with(_set(2, "AAAA")), "proof"),
        ("a hash not base64", proof_with(_set(2, "?")), "proof, hash 0"),
        ("no blank line", proof_with(lambda lines: lines.pop(_BLANK)), "proof"),
        ("size with a zero before it", proof_with(_set(_BLANK + 2, "07")), "checkpoint size"),
        ("a short root", proof_with(_set(_BLANK + 3, "AAAA")), "checkpoint root"),
        ("no signatures", proof_with(lambda lines: lines.__delitem__(slice(_BLANK + 4, None))),
         "note"),
        ("a signature line of another form", proof_with(_set(_BLANK + 5, "- x y")),
         "note signature"),
        ("nothing but two lines", proof_with(lambda lines: lines.pop(_BLANK + 3)), "checkpoint"),
        ("an empty line at the end", proof_with(lambda lines: lines.append("")), "note"),
    ]  # fmt: skip
    return [Case(n, d, "refused", p) for n, d, p in refused] + [
        Case(n, d, "unreadable", p) for n, d, p in malformed
    ]


def _key_cases() -> list[Case]:
    foreign = genesis(origin=OTHER.name)
    elsewhere = published(SEALED.leaf, foreign, OTHER, origin=OTHER.name)[1]
    low = bytes([1]) + bytes(31)
    mixed = bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
    off = bytes([2]) + bytes(31)
    same_name = note.Signer(ORIGIN, SigningKey.from_seed(b"M" * 32))
    return [
        Case("another key of the log", SOUND.encode(), "refused", "note",
             key=same_name.verifier.vkey),
        Case("the stranger's key", SOUND.encode(), "refused", "checkpoint origin",
             key=STRANGER.verifier.vkey),
        Case("another key of the author", SOUND.encode(), "refused", "JWS signature",
             author=b64.encode(OTHER.key.public)),
        Case("key statement of another log", changed(
            author_key={"leaf": foreign.decode(), "proof": elsewhere.decode()}),
            "refused", "note"),
        Case("key statement not in the log", changed(
            author_key={"leaf": genesis(OTHER.key.public).decode(),
                        "proof": SOUND.author_key.proof.decode()}),  # type: ignore[union-attr]
            "refused", "root of the tree"),
        Case("key stated after what it signed", changed(
            author_key={"leaf": _LATE[0].decode(), "proof": _LATE[1].decode()},
            proof=_LATE[2].decode()), "refused", "author key statement"),
        Case("key statement of another key", _stated(genesis(OTHER.key.public)),
             "refused", "author key statement"),
        Case("key statement without keys", _stated(leaf.make_leaf({"book": ORIGIN}, AUTHOR)),
             "refused", "author key statement"),
        Case("weak key stated", _stated(genesis(low)), "unreadable", "Ed25519 public key"),
        Case("key of order two stated", _stated(genesis(mixed)),
             "unreadable", "Ed25519 public key"),
        Case("key of mixed order stated", _stated(genesis(
            bindings.crypto_core_ed25519_add(AUTHOR.public, mixed))),
            "unreadable", "Ed25519 public key"),
        Case("key unreduced stated", _stated(genesis(b"\xef" + b"\xff" * 30 + b"\x7f")),
             "unreadable", "Ed25519 public key"),
        Case("key off the curve stated", _stated(genesis(off)),
             "unreadable", "Ed25519 public key"),
        Case("key no base64url", _stated(leaf.make_leaf(
            {"keys": [{"crv": "Ed25519", "kty": "OKP", "x": "A"}]}, AUTHOR)),
            "unreadable", "JWK x"),
        Case("another kind of key", _stated(leaf.make_leaf(
            {"keys": [{"crv": "P-256", "kty": "EC"}]}, AUTHOR)), "unreadable", "JWK"),
        Case("a party's key no text", _stated(leaf.make_leaf(
            {"facts": [{"public_key": 1}]}, AUTHOR)), "unreadable", "author key"),
        Case("a party's key weak", _stated(leaf.make_leaf(
            {"facts": [{"public_key": b64.encode(low)}]}, AUTHOR)),
            "unreadable", "Ed25519 public key"),
        Case("a private key stated", _stated(leaf.make_leaf(
            {"keys": [{"crv": "Ed25519", "kty": "OKP", "d": "A", "x": "A"}]}, AUTHOR)),
            "unreadable", "JWK"),
    ]  # fmt: skip


CASES = [
    *_sound_cases(), *_file_cases(), *_leaf_cases(), *_payload_cases(), *_disclosure_cases(),
    *_proof_cases(), *_key_cases(),
]  # fmt: skip


@pytest.fixture(scope="session")
def made() -> SimpleNamespace:
    """What the cases here are made of, for tests that make more of it."""
    return SimpleNamespace(**globals())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES, ids=[case.name for case in CASES])


@pytest.fixture(scope="session")
def all_cases() -> list[Case]:
    return CASES


@pytest.fixture(scope="session")
def witnessed() -> tuple[bytes, str]:
    """A receipt whose head a witness has cosigned, and that witness's key."""
    receipt = logged(SEALED.leaf, TEXTS, LOG, WITNESS)
    return receipt.encode(), WITNESS.verifier.vkey
