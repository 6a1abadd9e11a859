"""Ask the witnesses of a book to confirm its head, and say which have.

Nothing here holds up a write: a witness that does not answer is reported, and no more. A witness
that has seen another history is an alarm: the evidence is kept and the act refuses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from orebook.book.book import Book
from orebook.book.cosigned import DATABASE, Alarm, Asked, Cosignatures, merged, read_policy
from orebook.book.errors import RecordBroken
from orebook.book.ports import CHECKPOINT
from orebook.book.witness_client import Send, Unreachable, monitoring, send, submission
from orebook.log.checkpoint import Checkpoint, open_signed, parse_checkpoint, parse_size
from orebook.log.errors import LogError, show
from orebook.log.note import NoteVerifier, Signature
from orebook.log.policy import Policy, Verdict, WitnessLine, evaluate, utc
from orebook.log.reader import TileReader
from orebook.log.tree import root_from
from orebook.log.witness import Request, parse_answer
from orebook.model.problem import KeeperError, OrebookError, ReaderError, TamperingError

SECONDS = 5.0
_TRIES = 3
_SHOWN = 200


class ForkAlarm(TamperingError):
    """A witness has seen another history of this log than the one kept here."""

    code = "fork"


@dataclass(frozen=True, slots=True)
class Standing:
    """What witnesses have confirmed of a book's head. `policy` is None where none is asked.

    `confirmed` is the largest head any of them has confirmed: its size and the newest time.
    """

    policy: Policy | None
    size: int
    verdict: Verdict | None
    confirmed: tuple[int, int] | None
    asked: tuple[Asked, ...]
    alarms: tuple[Alarm, ...]

    @property
    def satisfied(self) -> bool:
        """True when the policy's quorum has confirmed this very head and nothing is amiss."""
        return self.verdict is not None and self.verdict.satisfied and not self.alarms

    def lines(self) -> Iterator[str]:
        """Plain sentences, alarms first."""
        for alarm in self.alarms:
            yield f"ALARM at {utc(alarm.time)}: {alarm.text}"
        if self.policy is None or self.verdict is None:
            yield (
                "No witness is asked to confirm this head: only copies that others keep can show"
                " a rollback."
            )
            return
        for name, when in self.verdict.counted.items():
            yield f"Witness {name} has confirmed this head of {self.size} at {utc(when)}."
        if not self.verdict.counted:
            yield f"No witness has confirmed this head of {self.size}; {self._last()}."
        word = "is met" if self.verdict.satisfied else "is NOT met"
        yield f"The quorum {word}: {self.verdict.needed}."
        for asked in self.asked:
            if asked.outcome == "failed":
                yield f"Asked at {utc(asked.time)} without success: {asked.text}"

    def _last(self) -> str:
        if self.confirmed is None:
            return "none has ever confirmed one"
        size, when = self.confirmed
        return f"the last one confirmed was that of {size}, at {utc(when)}"

    def as_json(self) -> dict[str, object]:
        """Plain members."""
        verdict = self.verdict
        return {
            "configured": self.policy is not None,
            "head": self.size,
            "satisfied": self.satisfied,
            "needed": verdict.needed if verdict else None,
            "confirmed_by": {n: utc(t) for n, t in verdict.counted.items()} if verdict else {},
            "missing": list(verdict.missing) if verdict else [],
            "not_checked": list(verdict.not_checked) if verdict else [],
            "last_confirmed": self.confirmed[0] if self.confirmed else None,
            "asked": [
                {"url": a.url, "outcome": a.outcome, "text": a.text, "at": utc(a.time)}
                for a in self.asked
            ],
            "alarms": [
                {
                    "url": a.url,
                    "text": a.text,
                    "at": utc(a.time),
                    "our_head": a.ours.decode("utf-8", "replace"),
                    "their_head": a.theirs.decode("utf-8", "replace"),
                }
                for a in self.alarms
            ],
        }


@dataclass(frozen=True, slots=True)
class _Question:
    """One head to be confirmed, and how to ask."""

    book: Book
    head: Checkpoint
    signed: bytes
    tiles: TileReader
    send: Send
    now: Callable[[], int]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Outcome:
    asked: Asked
    signatures: tuple[Signature, ...] = ()
    alarm: Alarm | None = None


def standing(book: Book) -> Standing:
    """What is known of the head's witnesses, nobody asked anew.

    Refuses: MissingFile where `witnesses.policy` is out of form; RecordBroken where a cosignature
    that is shown does not hold.
    """
    policy = read_policy(book.stores.root)
    path = book.stores.file(DATABASE)
    memory = Cosignatures(path if path is not None and path.exists() else None)
    try:
        return _standing(book, policy, memory)
    finally:
        memory.close()


def cosign(
    book: Book,
    *,
    seconds: float = SECONDS,
    send: Send = send,
    now: Callable[[], int] = lambda: int(time.time()),
) -> Standing:
    """The witnesses asked for the present head, their cosignatures kept and shown with it.

    Takes: `seconds`, what each witness may take in all.
    Refuses: ReaderError where no witness is configured; ForkAlarm where one has seen another
    history, once every other answer is kept.
    """
    policy = read_policy(book.stores.root)
    if policy is None or not policy.urls():
        place = book.stores.root or Path()
        message = (
            f"{place / 'witnesses.policy'}: expected a policy whose witnesses have addresses, found"
            " none. Write one: witness NAME VKEY URL, then quorum NAME"
        )
        raise ReaderError(message)
    book.refresh()
    memory = _memory(book)
    try:
        head = parse_checkpoint(book.signed_head)
        tiles = TileReader(book.stores.shelf.get, head.size, head.root)
        question = _Question(book, head, book.signed_head, tiles, send, now, seconds)
        urls = policy.urls()
        sizes = {url: asked.size if (asked := memory.asked(url)) else 0 for url in urls}
        held = {url: memory.confirmed(line.key for line in lines) for url, lines in urls.items()}

        def ask(url: str) -> _Outcome:
            return _ask(question, url, urls[url], sizes[url], held[url])

        with ThreadPoolExecutor(max_workers=min(len(urls), 16)) as pool:
            outcomes = list(pool.map(ask, urls))
        for outcome in outcomes:
            memory.keep(outcome.asked)
            memory.add(head.size, head.root, outcome.signatures)
            if outcome.alarm is not None:
                memory.alarm(outcome.alarm)
        kept = memory.of(head.size, head.root)
        if kept:
            book.show_cosigned(merged(question.signed, kept))  # unless it has moved on meanwhile
        if alarms := [o.alarm.text for o in outcomes if o.alarm is not None]:
            raise ForkAlarm(" ".join(alarms))
        return _standing(book, policy, memory)
    finally:
        memory.close()


def confirm(book: Book, *, seconds: float = SECONDS, send: Send = send) -> tuple[str, ...]:
    """After a write: the witnesses asked, if there are any, and what a keeper must know of it.

    Gives: nothing when the quorum has confirmed the head or nobody is asked. The write stands
    whatever is told here, so nothing is refused.
    """
    try:
        policy = read_policy(book.stores.root)
        if policy is None or not policy.urls():
            return ()
        found = cosign(book, seconds=seconds, send=send)
    except OrebookError as error:
        return (str(error),)
    return () if found.satisfied else tuple(found.lines())


def _memory(book: Book) -> Cosignatures:
    return Cosignatures(book.stores.file(DATABASE))


def _standing(book: Book, policy: Policy | None, memory: Cosignatures) -> Standing:
    verdict, confirmed, asked = None, None, list[Asked]()
    if policy is not None:
        try:
            shown = book.stores.shelf.get(CHECKPOINT)
            if not shown.startswith(book.signed_head):
                shown = book.signed_head
            verdict = evaluate(policy, shown, log=book.verifier)
        except LogError as error:
            message = f"the checkpoint under witnesses.policy: {error}"
            raise RecordBroken(message) from error
        if (latest := memory.latest()) is not None:
            times = [int.from_bytes(s.value[:8], "big") for s in latest[2]]
            confirmed = (latest[0], max(times, default=0))
        asked = [found for url in policy.urls() if (found := memory.asked(url)) is not None]
    alarms = tuple(memory.alarms())
    return Standing(policy, book.head.size, verdict, confirmed, tuple(asked), alarms)


def _ask(
    question: _Question, url: str, lines: Sequence[WitnessLine], old: int, held: int
) -> _Outcome:
    """One witness asked, told again from another size where it says so.

    Takes: `held`, the largest head it has confirmed to us; one that knows less was put back.
    """
    end = time.monotonic() + question.seconds
    asked = Asked(url, old, "failed", "", question.now())
    keys = [line.key for line in lines if line.key.checkable]
    if not keys:
        return _Outcome(replace(asked, text=f"{url}: its keys cannot be checked on this machine"))
    old = min(old, question.head.size)
    try:
        for _ in range(_TRIES):
            path = tuple(question.tiles.consistency_path(old))
            body = Request(old, path, question.signed).encode()
            left = max(end - time.monotonic(), 0.001)
            reply = question.send("POST", submission(url), body, left)
            if reply.status == 200:
                found = parse_answer(question.signed, reply.body, keys)
                text = f"confirmed by {', '.join(s.name for s in found)}"
                asked = replace(asked, size=question.head.size, outcome="confirmed", text=text)
                return _Outcome(asked, found)
            if reply.status == 422:
                return _alarmed(question, asked, keys, _said(reply.body), end)
            if reply.status != 409:
                text = f"{url}: answered {reply.status}, {_said(reply.body)}"
                return _Outcome(replace(asked, text=text))
            size = parse_size(reply.body.decode("ascii").removesuffix("\n"), "size of a 409")
            if size > question.head.size:
                return _ahead(question, replace(asked, size=size), keys, end)
            if size < held:
                text = (
                    f"{url}: has confirmed {held} entries and now knows {size}: its memory was put"
                    " back, and it would confirm a fork. Ask its keeper for one with a new key"
                )
                return _Outcome(replace(asked, text=text))
            old = size
            asked = replace(asked, size=size)
        text = f"{url}: another asked it at the same time, {_TRIES} times over"
        return _Outcome(replace(asked, text=text))
    except (LogError, UnicodeDecodeError) as error:
        return _Outcome(replace(asked, text=f"{url}: an answer out of form: {error}"))
    except (Unreachable, LookupError) as error:
        return _Outcome(replace(asked, text=str(error)))


def _ahead(question: _Question, asked: Asked, keys: Sequence[NoteVerifier], end: float) -> _Outcome:
    """The witness has seen a larger head: the book has grown meanwhile, or it was rolled back."""
    if question.book.refresh().size >= asked.size:
        return _Outcome(replace(asked, text=f"{asked.url}: the book has grown meanwhile"))
    said = f"it has seen {asked.size} entries, this book has {question.head.size}"
    return _alarmed(question, asked, keys, said, end)


def _alarmed(
    question: _Question, asked: Asked, keys: Sequence[NoteVerifier], said: str, end: float
) -> _Outcome:
    """The refusal as an alarm, with the head the witness shows; not when that head is ours too."""
    url, origin = asked.url, question.head.origin
    theirs, note = None, b""
    try:
        left = max(end - time.monotonic(), 0.001)
        reply = question.send("GET", monitoring(url, origin), b"", left)
        if reply.status == 200:
            shown = open_signed(reply.body, [question.book.verifier, *keys])[0]
            if shown.origin == origin:  # signed by the log itself, whatever the witness signed
                theirs, note = shown, reply.body
    except (LogError, KeeperError):
        pass  # the refusal stands without it
    if theirs is None:
        text = f"{url}: refuses this head and shows no signed one: {said}"
    elif theirs.size <= question.head.size and _ours(question, theirs):
        text = f"{url}: refuses a head that grew from the one it shows ({theirs.size}): its fault"
        return _Outcome(replace(asked, size=theirs.size, text=text))
    else:
        text = (
            f"{url}: this log's key has signed another history, size {theirs.size} with root"
            f" {theirs.root.hex()}: {said}"
        )
    alarm = Alarm(url, text, question.signed, note, question.now())
    return _Outcome(replace(asked, outcome="alarm", text=text), alarm=alarm)


def _ours(question: _Question, theirs: Checkpoint) -> bool:
    return root_from(theirs.size, question.tiles.read) == theirs.root


def _said(body: bytes) -> str:
    return show(body.strip(), _SHOWN)
