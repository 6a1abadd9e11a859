"""Notes, checkpoints and proof files, against their specifications."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.log import checkpoint, note, proof, tile, tree
from orebook.log.errors import LogError, Malformed, Tampered
from orebook.log.keys import SigningKey
from orebook.log.reader import TileReader

LOG = note.Signer("books.example/demo", SigningKey.from_seed(b"L" * 32))
WITNESS = note.Signer("witness.example", SigningKey.from_seed(b"W" * 32))
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2"
    "ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()


def test_the_note_of_the_specification_opens() -> None:
    verifier = note.parse_vkey(SPEC_VKEY)
    assert verifier.vkey == SPEC_VKEY
    opened = note.open_note(SPEC_NOTE, [verifier])
    assert opened.text == "This is an example message.\n"
    assert [signature.name for signature in opened.verified] == ["example.com/foo"]


def test_unknown_keys_are_ignored_and_a_bad_known_one_refuses_all() -> None:
    data = note.sign_note("text\n", [LOG, WITNESS])
    opened = note.open_note(data, [LOG.verifier])
    assert [signature.name for signature in opened.unknown] == ["witness.example"]
    impostor = note.Signer(WITNESS.name, SigningKey.from_seed(b"X" * 32))
    both = [LOG.verifier, impostor.verifier]
    assert len(note.open_note(data, both).verified) == 1
    with pytest.raises(Tampered, match="known key"):
        note.open_note(data, [impostor.verifier])
    with pytest.raises(Tampered, match="none"):
        note.open_note(data, [])
    forged = note.Signature(WITNESS.name, WITNESS.key_id, b"\0" * 64)
    worse = note.add_signatures(note.sign_note("text\n", [LOG]), [forged])
    assert note.open_note(worse, [LOG.verifier]).unknown == (forged,)
    with pytest.raises(Tampered, match="witness"):
        note.open_note(worse, [LOG.verifier, WITNESS.verifier])
    with pytest.raises(Malformed, match="once"):
        note.open_note(data, [LOG.verifier, LOG.verifier])


def test_text_ends_at_the_last_blank_line_and_sixteen_signatures_pass() -> None:
    text = "one\n\n— not a signature\n\nlast\n"
    signers = [
        note.Signer(f"w{i}.example", SigningKey.from_seed(bytes([i]) * 32)) for i in range(16)
    ]
    opened = note.open_note(note.sign_note(text, signers), [signers[9].verifier])
    assert opened.text == text
    assert len(opened.unknown) == 15


@given(st.data())
def test_any_changed_byte_of_a_signed_checkpoint_is_refused(data: st.DataObject) -> None:
    head = checkpoint.Checkpoint(LOG.name, 1234, b"\7" * 32)
    signed = checkpoint.sign_checkpoint(head, LOG)
    at = data.draw(st.integers(0, len(signed) - 1))
    changed = bytearray(signed)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LogError):
        checkpoint.open_checkpoint(bytes(changed), LOG.verifier)
    assert checkpoint.open_checkpoint(signed, LOG.verifier) == head


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        SPEC_NOTE[:-1],
        SPEC_NOTE + b"\n",
        SPEC_NOTE.replace("—".encode(), b"-"),
        SPEC_NOTE.replace(b"foo Uw", b"foo  Uw"),
        SPEC_NOTE.replace(b"aQM=", b"aQM"),
        SPEC_NOTE.replace(b"aQM=", b"aQN="),
        SPEC_NOTE.replace(b"example m", b"example\tm"),
        SPEC_NOTE.replace(b"message.\n", b"message.\r\n"),
        b"text\n\n" + "— a QUJDRA==\n".encode(),
        b"\xff\n\n" + "— a QUJDREVGRw==\n".encode(),
        b"text\n\n" + "— a QUJDREVGRw==\n".encode() * 65,
        b"x" * 1_000_001,
    ],
)
def test_malformed_notes_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        note.parse_note(data)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000",
        SPEC_VKEY.replace("530d903a", "530d903b"),
        SPEC_VKEY.replace("530d903a", "530D903A"),
        SPEC_VKEY.replace("example.com/foo", "example.com/bar"),
        SPEC_VKEY.replace("+Ae", "+Be"),
        SPEC_VKEY[:-1],
        SPEC_VKEY.replace("foo", "f oo"),
        "a+b+c+d",
    ],
)
def test_malformed_verifier_keys_are_refused(vkey: str) -> None:
    with pytest.raises(Malformed):
        note.parse_vkey(vkey)


def test_names_and_texts_that_cannot_be_signed() -> None:
    for name in ("", "a b", "a+b", "a\u00a0b", "a\nb"):
        with pytest.raises(Malformed, match="key name"):
            note.Signer(name, LOG.key)
    for text in ("no newline", "tab\there\n"):
        with pytest.raises(Malformed, match="note text"):
            note.sign_note(text, [LOG])
    with pytest.raises(Malformed, match="signer"):
        note.sign_note("text\n", [])


def test_checkpoints_tolerate_extensions_and_refuse_other_spellings() -> None:
    root = "A" * 43 + "="
    body = f"origin\n5\n{root}\n"
    assert checkpoint.parse_body(body + "more\n").extensions == ("more",)
    assert checkpoint.parse_body(body).body() == body
    for bad in (
        "",
        "origin\n5\n",
        f"\n5\n{root}\n",
        f"origin\n05\n{root}\n",
        f"origin\n-5\n{root}\n",
        f"origin\n5 \n{root}\n",
        f"origin\n٥\n{root}\n",
        f"origin\n9223372036854775808\n{root}\n",
        f"origin\n5\n{root[:-1]}\n",
        "origin\n5\nQQ==\n",
        f"origin\n0\n{root}\n",
        body + "\n",
        body + "more\n\n",
        body[:-1],
    ):
        with pytest.raises(Malformed):
            checkpoint.parse_body(bad)


def test_a_witness_key_does_not_pass_for_the_logs() -> None:
    head = checkpoint.Checkpoint(LOG.name, 0, tree.EMPTY_ROOT)
    signed = note.sign_note(head.body(), [WITNESS])
    with pytest.raises(Tampered, match="origin"):
        checkpoint.open_checkpoint(signed, [LOG.verifier, WITNESS.verifier])
    with pytest.raises(Tampered, match="origin"):
        checkpoint.open_checkpoint(signed, WITNESS.verifier, origin="other.example")
    assert checkpoint.open_checkpoint(signed, WITNESS.verifier, origin=LOG.name) == head
    with pytest.raises(Malformed, match="signer"):
        checkpoint.sign_checkpoint(head, WITNESS)


def made(index: int, size: int, extra: bytes | None = None) -> tuple[proof.Proof, bytes]:
    leaves = [b"leaf %d" % i for i in range(size)]
    edge, files = tile.grow_tiles(tile.Edge(), map(tree.leaf_hash, leaves))
    head = checkpoint.Checkpoint(LOG.name, size, edge.root())
    reader = TileReader(dict(files).__getitem__, size, head.root)
    signed = checkpoint.sign_checkpoint(head, LOG, WITNESS)
    return proof.Proof(index, tuple(reader.inclusion_path(index)), signed, extra), leaves[index]


@given(st.integers(1, 300), st.data(), st.none() | st.binary(max_size=9))
def test_proof_files_round_trip_and_hold(
    size: int, data: st.DataObject, extra: bytes | None
) -> None:
    index = data.draw(st.integers(0, size - 1))
    written, leaf = made(index, size, extra)
    assert proof.parse_proof(written.encode()) == written
    assert proof.verify_proof(written.encode(), leaf, LOG.verifier).size == size
    with pytest.raises(Tampered):
        proof.verify_proof(written, leaf + b"!", LOG.verifier)
    with pytest.raises(Tampered):
        proof.verify_proof(written, leaf, SPEC_VERIFIER)


SPEC_VERIFIER = note.parse_vkey(SPEC_VKEY)


def test_proof_file_is_the_text_of_the_specification() -> None:
    written, _ = made(2, 3, b"\1")
    lines = written.encode().decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra AQ==", "index 2"]
    assert lines[4] == ""
    assert lines[5:7] == ["books.example/demo", "3"]


@given(st.data())
def test_a_changed_byte_of_a_proof_file_never_proves_another_leaf(data: st.DataObject) -> None:
    written, leaf = made(5, 9)
    whole = written.encode()
    at = data.draw(st.integers(0, whole.index("— witness".encode()) - 1))
    changed = bytearray(whole)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LogError):
        proof.verify_proof(bytes(changed), leaf, LOG.verifier)


def test_malformed_proof_files_are_refused() -> None:
    good = made(2, 3)[0].encode()
    for old, new in [
        (b"@v1", b"@v2"),
        (b"index 2", b"index 02"),
        (b"index 2", b"index -2"),
        (b"index 2\n", b""),
        (b"index 2", b"extra QR==\nindex 2"),
        (b"index 2", b"index 2\nextra AQ=="),
        (b"index 2\n", b"index 2\nQQ==\n"),
        (b"index 2\n", b"index 2\n" + (b"A" * 43 + b"=\n") * 64),
        (b"index 2", "index ²".encode()),
        (b"\n\n", b"\n"),
    ]:
        with pytest.raises(Malformed):
            proof.parse_proof(good.replace(old, new))


def test_checkpoint_files_of_a_foreign_log_are_written_back_the_same(standards: Path) -> None:
    folder = standards / "tlog-tiles-tessera-log"
    for n in range(16):
        data = (folder / f"checkpoint.{n}").read_bytes()
        assert checkpoint.parse_checkpoint(data).body() == note.parse_note(data).text


def test_the_checkpoint_printed_in_the_manual_opens() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "log.md"
    after = page.read_text().partition("under the verifier key\n`")[2]
    vkey, _, rest = after.partition("`")
    printed = rest.split("```\n")[1]
    head = checkpoint.open_checkpoint(printed.encode(), note.parse_vkey(vkey))
    front = tree.Frontier()
    front.extend(map(tree.leaf_hash, (b"one", b"two", b"three")))
    assert (head.size, head.root) == (3, front.root())
