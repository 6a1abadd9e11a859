"""Leaves and the sceptic's report; the room's own walls."""

from __future__ import annotations

import ast
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.log import b64, canon, checkpoint, jws, leaf, note, proof, tile, tree, verify
from orebook.log.errors import LogError, Malformed, Tampered
from orebook.log.keys import SigningKey
from orebook.log.reader import TileReader

AUTHOR = SigningKey.from_seed(b"A" * 32)
LOG = note.Signer("books.example/demo", SigningKey.from_seed(b"L" * 32))
BODY = {"kind": "lot", "body": {"mass": "12.5", "buyer": "B. Person", "seals": ["s1", "s2"]}}
HIDE = ["/body/buyer", "/body/seals/1"]


def sealed() -> leaf.SealedLeaf:
    numbers = count()
    return leaf.seal_leaf(BODY, HIDE, AUTHOR, salt=lambda: b"%016d" % next(numbers))


def published(entry: bytes, index: int = 3, size: int = 7) -> bytes:
    leaves = [b"other %d" % i for i in range(size)]
    leaves[index] = entry
    edge, files = tile.grow_tiles(tile.Edge(), map(tree.leaf_hash, leaves))
    head = checkpoint.Checkpoint(LOG.name, size, edge.root())
    path = TileReader(dict(files).__getitem__, size, head.root).inclusion_path(index)
    signed = checkpoint.sign_checkpoint(head, LOG)
    return proof.Proof(index, tuple(path), signed).encode()


def test_a_leaf_is_a_jws_without_its_disclosures() -> None:
    made = sealed()
    assert made.leaf.count(b".") == 2
    assert b"~" not in made.leaf
    header, payload = leaf.verify_leaf(made.leaf, AUTHOR.public)
    assert header == {"alg": "Ed25519", "kid": AUTHOR.kid, "typ": "orebook+sd-jwt"}
    assert "buyer" not in str(payload)
    assert payload["_sd_alg"] == "sha-256"
    assert leaf.read_leaf(made.leaf) == (header, payload)
    assert leaf.make_leaf(payload, AUTHOR) == made.leaf
    assert sealed().leaf == made.leaf


@given(st.data())
def test_any_changed_byte_of_a_leaf_is_refused(data: st.DataObject) -> None:
    made = sealed().leaf
    at = data.draw(st.integers(0, len(made) - 1))
    changed = bytearray(made)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LogError):
        leaf.verify_leaf(bytes(changed), AUTHOR.public)


def test_sizes_are_bounded() -> None:
    room = leaf.PAYLOAD_MAX - len(canon.encode({"x": ""}))
    assert len(leaf.make_leaf({"x": "y" * room}, AUTHOR)) <= leaf.LEAF_MAX
    with pytest.raises(Malformed, match="48000"):
        leaf.make_leaf({"x": "y" * (room + 1)}, AUTHOR)
    with pytest.raises(Malformed, match="65535"):
        leaf.make_leaf({}, AUTHOR, kid="k" * 50_000)
    with pytest.raises(Malformed, match="65535"):
        leaf.read_leaf(b"x" * 65_536)
    with pytest.raises(Malformed, match="48000"):
        leaf.read_leaf(jws.sign(b"x" * 48_001, AUTHOR, kid="k", typ=leaf.TYPE))


def signed_raw(header: bytes, payload: bytes) -> bytes:
    signing_input = f"{b64.encode(header)}.{b64.encode(payload)}".encode()
    return signing_input + b"." + b64.encode(AUTHOR.sign(signing_input)).encode()


HEADER = canon.encode({"alg": "Ed25519", "kid": "k", "typ": leaf.TYPE})


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        (HEADER.replace(b",", b", "), b"{}"),
        (HEADER.replace(b'"kid":"k",', b""), b"{}"),
        (HEADER.replace(b'"k"', b'""'), b"{}"),
        (HEADER.replace(b"sd-jwt", b"jwt"), b"{}"),
        (HEADER.replace(b'"alg"', b'"a":"b","alg"'), b"{}"),
        (HEADER, b"{ }"),
        (HEADER, b"[]"),
        (HEADER, b'{"a":1.5}'),
        (HEADER, b'{"b":1,"a":1}'),
        (HEADER, b'{"_sd":["AA"],"_sd_alg":"sha-256"}'),
        (HEADER, b'{"a":{"...":"x"}}'),
        (HEADER, b""),
    ],
)
def test_a_signed_leaf_of_another_form_is_refused(header: bytes, payload: bytes) -> None:
    with pytest.raises(Malformed):
        leaf.verify_leaf(signed_raw(header, payload), AUTHOR.public)


def test_digests_out_of_form_are_never_signed() -> None:
    for payload in ({"_sd": ["x"]}, {"a": {"_sd_alg": 1}}, {"a": 0.5}):
        with pytest.raises(Malformed):
            leaf.make_leaf(payload, AUTHOR)


def test_the_report_lists_what_is_proved_and_what_is_not() -> None:
    made = sealed()
    texts = [item.text for item in made.disclosures]
    report = verify.check_statement(
        made.leaf, texts, published(made.leaf), LOG.verifier.vkey, AUTHOR.public
    )
    assert report.payload == BODY
    assert report.author == report.kid == AUTHOR.kid
    assert (report.index, report.checkpoint.size, report.sealed) == (3, 7, ())
    assert report.entry == tree.leaf_hash(made.leaf)
    assert report.log_key == LOG.verifier.vkey
    assert any("has signed this statement" in line for line in report.proved)
    assert any("witnesses: not checked here" in line for line in report.not_checked)
    bare = verify.check_statement(made.leaf, texts[:1], published(made.leaf), LOG.verifier)
    assert bare.author is None
    assert len(bare.sealed) == 1
    assert any("author" in line for line in bare.not_checked)
    assert not any("has signed this statement" in line for line in bare.proved)


def test_the_report_is_refused_when_anything_is_off() -> None:
    made = sealed()
    texts = [item.text for item in made.disclosures]
    good: dict[str, Any] = {
        "leaf": made.leaf,
        "disclosures": texts,
        "proof": published(made.leaf),
        "log_vkey": LOG.verifier,
        "author_key": AUTHOR.public,
    }
    stranger = SigningKey.from_seed(b"S" * 32)
    bad: list[dict[str, Any]] = [
        {"leaf": leaf.make_leaf({"kind": "lot"}, AUTHOR)},
        {"disclosures": [*texts, texts[0]]},
        {"disclosures": [texts[0][:-1] + "A"]},
        {"proof": published(b"another leaf")},
        {"log_vkey": note.Verifier(LOG.name, stranger.public)},
        {"author_key": stranger.public},
    ]
    assert verify.check_statement(**good).index == 3
    for change in bad:
        with pytest.raises(LogError):
            verify.check_statement(**{**good, **change})


def test_two_heads_of_one_log() -> None:
    edge, files = tile.grow_tiles(tile.Edge(), [tree.leaf_hash(b"%d" % i) for i in range(3)])
    old = checkpoint.Checkpoint(LOG.name, 3, edge.root())
    edge, more = tile.grow_tiles(edge, [tree.leaf_hash(b"more")])
    new = checkpoint.Checkpoint(LOG.name, 4, edge.root())
    path = TileReader(dict([*files, *more]).__getitem__, 4, new.root).consistency_path(3)
    verify.check_same_log(old, new, path)
    with pytest.raises(Tampered, match="origin"):
        verify.check_same_log(checkpoint.Checkpoint("other", 3, old.root), new, path)
    with pytest.raises(Tampered, match="root"):
        verify.check_same_log(checkpoint.Checkpoint(LOG.name, 3, b"\0" * 32), new, path)


def test_a_sceptic_needs_the_standard_library_and_pynacl_only() -> None:
    made = sealed()
    script = (
        "import sys; sys.modules['orjson'] = None\n"
        "from orebook.log import canon, verify\n"
        "assert canon._dump is canon.dump_stdlib\n"
        f"r = verify.check_statement({made.leaf!r}, {[d.text for d in made.disclosures]!r}, "
        f"{published(made.leaf)!r}, {LOG.verifier.vkey!r}, {AUTHOR.public!r})\n"
        "print(r.payload['body']['buyer'])\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "B. Person\n"


def test_the_room_imports_nothing_from_outside_itself() -> None:
    room = Path(leaf.__file__).parent
    allowed = {*sys.stdlib_module_names, "nacl", "orjson", "msgspec", "vodozemac"}
    for file in room.glob("*.py"):
        # ML-DSA and the ECDSA of others come from cryptography, and only where it is there.
        more = {"cryptography"} if file.name in {"cosignature.py", "ecdsa.py"} else set()
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.startswith("orebook.log") or name.split(".")[0] in allowed | more, file
