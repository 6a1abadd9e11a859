"""What a witness decides, against C2SP tlog-witness."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.log import cosignature, note, tree, witness
from orebook.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from orebook.log.errors import Malformed, Tampered
from orebook.log.keys import SigningKey
from orebook.log.note import parse_note

NOW = 1_700_000_000
LOG = note.Signer("books.example/demo", SigningKey.from_seed(b"L" * 32))
KEY = cosignature.Ed25519CosigningKey(
    "witness.example/w1", SigningKey.from_seed(b"W" * 32), lambda: NOW
)
LEAVES = [tree.leaf_hash(b"%d" % n) for n in range(40)]
FORK = [*LEAVES[:9], *(tree.leaf_hash(b"x%d" % n) for n in range(31))]


def read(leaves: list[bytes], level: int, index: int) -> bytes:
    frontier = tree.Frontier()
    frontier.extend(leaves[index << level : (index + 1) << level])
    return frontier.root()


def root(size: int, leaves: list[bytes] = LEAVES) -> bytes:
    return tree.root_from(size, lambda level, index: read(leaves, level, index))


def head(size: int, leaves: list[bytes] = LEAVES, signer: note.Signer = LOG) -> bytes:
    return sign_checkpoint(Checkpoint(signer.name, size, root(size, leaves)), signer)


def request(old: int, new: int, leaves: list[bytes] = LEAVES) -> bytes:
    path = tree.consistency_path(old, new, lambda level, index: read(leaves, level, index))
    return witness.Request(old, tuple(path), head(new, leaves)).encode()


class Memory:
    """A witness's memory that is kept between calls."""

    def __init__(self) -> None:
        self.seen: witness.Seen | None = None
        self.evidence: list[witness.Evidence] = []

    def ask(self, data: bytes) -> witness.Answer:
        logs = {LOG.name: [LOG.verifier]}
        answer = witness.decide(data, logs, lambda _: self.seen, [KEY], NOW)
        self.seen = answer.seen or self.seen
        self.evidence += [answer.evidence] if answer.evidence else []
        return answer


def test_the_example_of_the_specification_is_read() -> None:
    lines = [
        "old 20852014",
        "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=",
        "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=",
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=",
        "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=",
    ]
    body = "".join(f"{line}\n" for line in [*lines, ""]).encode() + b"rest"
    parsed = witness.parse_request(body)
    assert (parsed.old, len(parsed.proof), parsed.checkpoint) == (20852014, 4, b"rest")
    assert parsed.encode() == body


def test_a_log_that_grows_is_cosigned_each_time() -> None:
    memory = Memory()
    old = 0
    for new in (0, 1, 2, 7, 8, 8, 31, 40):
        answer = memory.ask(request(old, new))
        assert answer.status == 200, answer.body
        (line,) = witness.parse_answer(head(new), answer.body.encode(), [KEY.verifier])
        assert cosignature.split(line.value)[0] == NOW
        assert memory.seen is not None
        assert (memory.seen.size, memory.seen.root) == (new, root(new))
        shown = open_checkpoint(memory.seen.note, [LOG.verifier, KEY.verifier])
        assert shown.size == new
        old = new
    assert memory.evidence == []


def test_another_old_size_is_told_the_size_it_should_be() -> None:
    memory = Memory()
    assert memory.ask(request(5, 8)).status == 409
    assert memory.ask(request(0, 8)).status == 200
    for old in (0, 7):
        answer = memory.ask(request(old, 12))
        assert (answer.status, answer.body, answer.media_type) == (409, "8\n", "text/x.tlog.size")
        assert answer.seen is None
    assert memory.evidence == []


def test_a_rollback_is_refused() -> None:
    memory = Memory()
    memory.ask(request(0, 20))
    assert memory.ask(request(12, 15)).body == "20\n"
    assert memory.ask(witness.Request(20, (), head(15)).encode()).status == 400
    assert memory.seen is not None
    assert memory.seen.size == 20


def test_a_second_root_is_refused_and_both_heads_are_kept() -> None:
    memory = Memory()
    memory.ask(request(0, 20))
    answer = memory.ask(witness.Request(20, (), head(20, FORK)).encode())
    assert (answer.status, answer.seen) == (422, None)
    (kept,) = memory.evidence
    assert kept.conclusive
    one, two = (open_checkpoint(data, LOG.verifier) for data in (kept.seen, kept.sent))
    assert (one.size, two.size) == (20, 20)
    assert (one.root, two.root) == (root(20), root(20, FORK))
    # The same fork under another old size is a conflict, and evidence all the same.
    other = memory.ask(witness.Request(3, (), head(20, FORK)).encode())
    assert other.status == 409
    assert memory.evidence[1].key == kept.key


def test_a_fork_that_has_grown_is_refused_and_kept() -> None:
    memory = Memory()
    memory.ask(request(0, 20))
    answer = memory.ask(request(20, 33, FORK))
    assert answer.status == 422
    assert "no proof from size 20 to 33" in answer.body
    (kept,) = memory.evidence
    assert not kept.conclusive
    assert open_checkpoint(kept.sent, LOG.verifier).root == root(33, FORK)
    assert memory.ask(request(20, 33)).status == 200


def test_who_only_has_the_heads_cannot_fill_the_evidence() -> None:
    memory = Memory()
    memory.ask(request(0, 20))
    for size in (20, 33):
        for junk in range(3):
            sent = witness.Request(20, (bytes([junk]) * 32,), head(size))
            assert memory.ask(sent.encode()).status == 422
    assert len({kept.key for kept in memory.evidence}) == 1
    assert {parse_note(kept.sent).text for kept in memory.evidence} == {parse_note(head(33)).text}


def test_every_changed_byte_of_a_request_is_refused() -> None:
    memory = Memory()
    memory.ask(request(0, 9))
    good = request(9, 31)
    for at in range(len(good)):
        bad = bytearray(good)
        bad[at] ^= 1
        assert memory.ask(bytes(bad)).status in {400, 403, 404, 409, 422}, at
    assert memory.ask(good).status == 200


def test_refusals_have_the_statuses_of_the_specification() -> None:
    memory = Memory()
    stranger = note.Signer("books.example/other", SigningKey.from_seed(b"O" * 32))
    impostor = note.Signer(LOG.name, SigningKey.from_seed(b"I" * 32))
    forged = note.Signature(LOG.name, LOG.verifier.key_id, bytes(64))
    rooted = f"{LOG.name}\n0\n{note.b64.encode_standard(bytes(32))}\n"
    cases = {
        b"": 400,
        b"old 1": 400,
        b"old 01\n\n" + head(3): 400,
        b"old 0\nAAAA\n\n" + head(3): 400,
        witness.Request(4, (), head(3)).encode(): 400,
        witness.Request(0, (bytes(32),) * 64, head(3)).encode(): 400,
        witness.Request(0, (), b"no note").encode(): 400,
        witness.Request(0, (), note.sign_note(f"{LOG.name}\nx\n", [LOG])).encode(): 400,
        witness.Request(0, (), head(3, signer=stranger)).encode(): 404,
        witness.Request(0, (), head(3, signer=impostor)).encode(): 403,
        witness.Request(0, (), note.add_signatures(head(3), [forged])).encode(): 403,
        witness.Request(0, (bytes(32),), head(3)).encode(): 422,
        witness.Request(0, (), note.sign_note(rooted, [LOG])).encode(): 422,
    }
    for data, status in cases.items():
        assert memory.ask(data).status == status, data
    assert memory.seen is None
    assert memory.ask(request(0, 3)).status == 200
    assert memory.ask(witness.Request(3, (bytes(32),), head(3)).encode()).status == 422


def test_foreign_signatures_are_neither_trusted_nor_passed_on() -> None:
    memory = Memory()
    other = cosignature.Ed25519CosigningKey("other", SigningKey.from_seed(b"2" * 32), lambda: NOW)
    data = sign_checkpoint(Checkpoint(LOG.name, 3, root(3)), LOG, other)
    assert memory.ask(witness.Request(0, (), data).encode()).status == 200
    assert memory.seen is not None
    names = [line.name for line in note.parse_note(memory.seen.note).signatures]
    assert names == [LOG.name, KEY.name]


def test_an_answer_of_another_key_or_head_is_refused() -> None:
    memory = Memory()
    body = memory.ask(request(0, 9)).body.encode()
    other = cosignature.Ed25519CosigningKey(KEY.name, SigningKey.from_seed(b"2" * 32), lambda: NOW)
    with pytest.raises(Tampered, match="known key"):
        witness.parse_answer(head(9), body, [other.verifier])
    with pytest.raises(Tampered):
        witness.parse_answer(head(10), body, [KEY.verifier])
    with pytest.raises(Malformed):
        witness.parse_answer(head(9), b"", [KEY.verifier])


@given(st.binary(max_size=300))
def test_no_bytes_break_a_witness(data: bytes) -> None:
    for body in (data, b"old 0\n\n" + data):
        assert Memory().ask(body).status in {400, 404}
    with suppress(Malformed):
        assert witness.parse_request(data).encode() == data
