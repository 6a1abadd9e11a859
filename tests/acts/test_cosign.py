"""A book and its witnesses: cosignatures shown with the head, alarms raised and kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from orebook.acts.audit import audit, audit_book
from orebook.acts.cosign import ForkAlarm, confirm, cosign, standing
from orebook.book.audit import audit_folder
from orebook.book.book import Book
from orebook.book.cosigned import DATABASE, POLICY
from orebook.book.errors import MissingFile, RecordBroken
from orebook.book.witness_client import Reply, Unreachable
from orebook.book.witness_store import WitnessFolder, WitnessStore
from orebook.log import note, tree
from orebook.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from orebook.log.policy import evaluate, parse_policy
from orebook.log.proof import parse_proof
from orebook.log.witness import Request
from orebook.model.entry import Draft
from orebook.model.problem import ReaderError

ORIGIN = "example.org/witnessed"
NOW = 1_800_000_000
URL = "https://w1.example"


class Net:
    """Witnesses behind addresses, without sockets; an address may be made to fail."""

    def __init__(self, root: Path, names: tuple[str, ...], book: Book) -> None:
        self.root = root
        self.book = book
        self.folders = {
            f"https://{name}": WitnessFolder.create(root / name, name, post_quantum=n == 0)
            for n, name in enumerate(names)
        }
        self.stores: dict[str, WitnessStore] = {u: f.store() for u, f in self.folders.items()}
        self.broken: dict[str, Reply | Exception] = {}
        self.asked: list[bytes] = []

    def send(self, method: str, url: str, body: bytes, seconds: float) -> Reply:
        base = next(u for u in self.folders if url.startswith(u))
        assert seconds > 0
        wrong = self.broken.get(base)
        if isinstance(wrong, Exception):
            raise wrong
        if wrong is not None:
            return wrong
        if method == "GET":
            assert url == f"{base}/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint"
            seen = self.stores[base].seen(ORIGIN)
            return Reply(200, seen.note) if seen else Reply(404, b"")
        self.asked.append(body)
        logs = {ORIGIN: [self.book.verifier]}
        keys = self.folders[base].keys
        answer = self.stores[base].add_checkpoint(body, logs, keys, NOW)
        return Reply(answer.status, answer.body.encode())

    def policy(self, quorum: int) -> str:
        names, lines = [], []
        for url, folder in self.folders.items():
            for number, vkey in enumerate(folder.vkeys()):
                names.append(f"{folder.name}/{number}")
                lines.append(f"witness {names[-1]} {vkey} {url}")
        return "\n".join([*lines, f"group q {quorum} {' '.join(names)}", "quorum q", ""])


Ask = Callable[[], object]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book.create(
        tmp_path / "book", origin=ORIGIN, title="Witnessed", operator="example.org/keeper"
    )
    yield made
    made.close()


@pytest.fixture
def net(tmp_path: Path, book: Book) -> Iterator[Net]:
    made = Net(tmp_path / "net", ("w1.example", "w2.example"), book)
    (tmp_path / "book" / POLICY).write_text(made.policy(2))
    yield made
    for store in made.stores.values():
        store.close()


def grow(book: Book, number: int) -> None:
    fact = {"id": f"source:{number}", "title": f"Paper {number}"}
    book.append([Draft("source", (fact,), "example.org/keeper")])


def test_a_head_is_shown_with_the_cosignatures_of_its_witnesses(book: Book, net: Net) -> None:
    grow(book, 1)
    before = standing(book)
    assert not before.satisfied
    assert "none has ever confirmed one" in " ".join(before.lines())
    found = cosign(book, send=net.send, now=lambda: NOW)
    assert found.satisfied
    assert found.verdict is not None
    assert len(found.verdict.counted) == 3
    shown = book.stores.shelf.get("checkpoint")
    assert shown.startswith(book.signed_head)
    assert len(note.parse_note(shown).signatures) == 4
    assert book.stores.head.get() == book.signed_head
    chosen = parse_policy(net.policy(3).encode())
    sent = parse_proof(book.proof(0))
    verdict = evaluate(chosen, sent.checkpoint, now=NOW, max_age=60, log=book.verifier)
    assert verdict.satisfied
    assert standing(book).as_json()["satisfied"] is True


def test_growth_is_proved_from_what_the_witness_saw(book: Book, net: Net) -> None:
    cosign(book, send=net.send, now=lambda: NOW)
    size = book.head.size
    for number in range(5):
        grow(book, number)
    assert b"w1.example" not in book.stores.shelf.get("checkpoint")
    after = standing(book)
    assert after.confirmed == (size, NOW)
    assert f"the last one confirmed was that of {size}" in " ".join(after.lines())
    net.asked.clear()
    assert cosign(book, send=net.send, now=lambda: NOW).satisfied
    assert all(body.startswith(b"old %d\n" % size) for body in net.asked)
    (book.stores.root or Path()).joinpath(DATABASE).unlink()
    grow(book, 9)
    assert cosign(book, send=net.send, now=lambda: NOW).satisfied  # told by 409 where to begin


def test_cosignatures_outlive_a_start_and_an_audit(book: Book, net: Net) -> None:
    grow(book, 1)
    cosign(book, send=net.send, now=lambda: NOW)
    shown = book.stores.shelf.get("checkpoint")
    root = book.stores.root
    assert root is not None
    assert audit_folder(root) == []
    with Book.open(root) as again:
        assert again.stores.shelf.get("checkpoint") == shown
        assert standing(again).satisfied
        grow(again, 2)
        assert cosign(again, send=net.send, now=lambda: NOW).satisfied
    assert audit_folder(root) == []


def test_a_witness_that_fails_is_told_and_holds_up_nothing(book: Book, net: Net) -> None:
    net.broken[URL] = Unreachable(f"{URL}: no answer within 5 seconds")
    found = cosign(book, send=net.send, now=lambda: NOW)
    assert not found.satisfied
    assert found.verdict is not None
    assert list(found.verdict.counted) == ["w2.example/0"]
    assert "no answer within 5 seconds" in " ".join(found.lines())
    for reply in (
        Reply(200, b""),
        Reply(200, b"\xff"),
        Reply(200, b"\xe2\x80\x94 a b\n"),
        Reply(404, b"who?"),
        Reply(500, b""),
        Reply(409, b"-1\n"),
        Reply(409, b"\xff"),
        Reply(409, b"1\n"),
        Reply(302, b""),
    ):
        net.broken[URL] = reply
        found = cosign(book, send=net.send, now=lambda: NOW)
        assert [a.outcome for a in found.asked] == ["failed", "confirmed"], reply
        assert found.alarms == ()


def test_a_signature_by_another_key_is_never_shown(book: Book, net: Net, tmp_path: Path) -> None:
    other = WitnessFolder.create(tmp_path / "o", "w1.example", post_quantum=False)
    store = other.store()
    body = Request(0, (), book.signed_head).encode()
    answer = store.add_checkpoint(body, {ORIGIN: [book.verifier]}, other.keys, NOW)
    store.close()
    net.broken[URL] = Reply(200, answer.body.encode())
    found = cosign(book, send=net.send, now=lambda: NOW)
    assert [a.outcome for a in found.asked] == ["failed", "confirmed"]
    assert b"w1.example" not in book.stores.shelf.get("checkpoint")


def forked(book: Book, size: int) -> bytes:
    """Another head that the log's real key has signed."""
    signer = note.Signer(ORIGIN, book._keys.log)
    return sign_checkpoint(Checkpoint(ORIGIN, size, tree.leaf_hash(b"fork")), signer)


@pytest.mark.parametrize("more", [0, 5])
def test_a_fork_by_the_real_key_is_an_alarm_with_evidence(book: Book, net: Net, more: int) -> None:
    fork = forked(book, book.head.size + more)
    logs = {ORIGIN: [book.verifier]}
    body = Request(0, (), fork).encode()
    keys = net.folders[URL].keys
    assert net.stores[URL].add_checkpoint(body, logs, keys, NOW).status == 200
    with pytest.raises(ForkAlarm, match="another history"):
        cosign(book, send=net.send, now=lambda: NOW)
    (alarm,) = standing(book).alarms
    assert alarm.ours == book.signed_head
    theirs = open_checkpoint(alarm.theirs, book.verifier)
    assert theirs.root == tree.leaf_hash(b"fork")
    found = standing(book)
    assert not found.satisfied
    assert next(found.lines()).startswith("ALARM")
    # What the other witness said is kept and shown all the same; the record goes on.
    assert b"w2.example" in book.stores.shelf.get("checkpoint")
    grow(book, 3)
    if more == 0:
        (evidence,) = net.stores[URL].evidence()
        assert evidence.conclusive
        assert {evidence.seen.split(b"\n\n")[0], evidence.sent.split(b"\n\n")[0]} == {
            fork.split(b"\n\n")[0],
            alarm.ours.split(b"\n\n")[0],
        }


def test_a_restored_copy_is_noticed_by_the_witness(book: Book, net: Net, tmp_path: Path) -> None:
    root = book.stores.root
    assert root is not None
    book.close()
    shutil.copytree(root, tmp_path / "copy")
    with Book.open(root) as again:
        grow(again, 1)
        cosign(again, send=net.send, now=lambda: NOW)
    with (
        Book.open(tmp_path / "copy") as restored,
        pytest.raises(ForkAlarm, match=r"it has seen 4 entries, this book has 2"),
    ):
        cosign(restored, send=net.send, now=lambda: NOW)


def test_a_witness_that_forgot_what_it_confirmed_is_one_no_more(book: Book, net: Net) -> None:
    assert cosign(book, send=net.send, now=lambda: NOW).satisfied
    size = book.head.size
    grow(book, 1)
    net.stores[URL].close()
    net.stores[URL] = WitnessStore(None)
    found = cosign(book, send=net.send, now=lambda: NOW)
    assert f"has confirmed {size} entries and now knows 0" in " ".join(found.lines())
    assert found.verdict is not None
    assert {name.split("/")[0] for name in found.verdict.counted} == {"w2.example"}
    again = cosign(book, send=net.send, now=lambda: NOW)
    assert "its memory was put back" in " ".join(again.lines())


def test_a_refusal_without_reason_is_the_witness_at_fault(book: Book, net: Net) -> None:
    cosign(book, send=net.send, now=lambda: NOW)
    real = net.send

    def refusing(method: str, url: str, body: bytes, seconds: float) -> Reply:
        if method == "POST" and url.startswith(URL):
            return Reply(422, b"no")
        return real(method, url, body, seconds)

    found = cosign(book, send=refusing, now=lambda: NOW)
    assert "its fault" in " ".join(found.lines())
    assert found.alarms == ()


def test_a_refusal_that_shows_nothing_is_an_alarm_too(book: Book, net: Net) -> None:
    net.broken[URL] = Reply(422, b"no")
    with pytest.raises(ForkAlarm, match="shows no signed one"):
        cosign(book, send=net.send, now=lambda: NOW)
    net.broken[URL] = Reply(409, b"99\n")
    with pytest.raises(ForkAlarm, match="it has seen 99 entries"):
        cosign(book, send=net.send, now=lambda: NOW)
    assert len(standing(book).alarms) == 2


def test_without_policy_nobody_is_asked_and_that_is_said(book: Book, net: Net) -> None:
    path = (book.stores.root or Path()) / POLICY
    path.unlink()
    assert "No witness is asked" in " ".join(standing(book).lines())
    with pytest.raises(ReaderError, match="witness NAME VKEY URL"):
        cosign(book, send=net.send)
    path.write_text("quorum nobody\n")
    with pytest.raises(MissingFile, match="line 1"):
        standing(book)


def test_a_cosignature_that_does_not_hold_is_found(book: Book, net: Net) -> None:
    cosign(book, send=net.send, now=lambda: NOW)
    shown = book.stores.shelf.get("checkpoint")
    path = (book.stores.root or Path()) / "public" / "checkpoint"
    lines = shown.decode().split("\n")
    name, value = lines[-2].rsplit(" ", 1)
    raw = bytearray(note.b64.decode_standard(value))
    raw[-1] ^= 1
    lines[-2] = f"{name} {note.b64.encode_standard(bytes(raw))}"
    path.write_text("\n".join(lines))
    with pytest.raises(RecordBroken, match="signature of"):
        standing(book)


def test_a_write_is_followed_by_a_question_that_refuses_nothing(book: Book, net: Net) -> None:
    grow(book, 1)
    assert confirm(book, send=net.send) == ()
    assert standing(book).satisfied
    net.broken[URL] = Unreachable(f"{URL}: no answer within 5 seconds")
    grow(book, 2)
    assert "no answer" in " ".join(confirm(book, send=net.send))
    net.broken[URL] = Reply(422, b"no")
    assert "refuses this head" in " ".join(confirm(book, send=net.send))
    ((book.stores.root or Path()) / POLICY).unlink()
    assert confirm(book, send=net.send) == ()


def test_the_audit_says_who_has_confirmed_and_fails_on_an_alarm(book: Book, net: Net) -> None:
    root = book.stores.root
    assert root is not None
    before = audit(root)
    assert before.sound
    assert "none has ever confirmed one" in " ".join(before.lines())
    assert not (root / DATABASE).exists()
    cosign(book, send=net.send, now=lambda: NOW)
    assert "The quorum is met" in " ".join(audit_book(book).lines())
    grow(book, 1)
    told = " ".join(audit(root).lines())
    assert "No witness has confirmed this head of 4; the last one confirmed was that of 2" in told
    net.broken[URL] = Reply(422, b"no")
    with pytest.raises(ForkAlarm):
        cosign(book, send=net.send, now=lambda: NOW)
    after = audit(root)
    assert not after.sound
    assert URL in after.differences[0].text()
