"""The counter behind both doors: one book, its office, its jobs, and who may stand here."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import BinaryIO

import orebook
from orebook.acts import members
from orebook.acts.badge import Badge, Now
from orebook.acts.jobs import Jobs, Order
from orebook.acts.receive import Done
from orebook.acts.record import Record
from orebook.acts.see import View, on, reader_of, view
from orebook.acts.uploads import Uploads
from orebook.book.office import Office, Paper
from orebook.model.problem import ReaderError
from orebook.web.api.answers import Answers
from orebook.web.api.call import Call, Conflict, Forbidden, KeyReused, Limits, Reply, Unauthorized

KEPT = dt.timedelta(days=1)  # how long an idempotency key is remembered
ANSWERED = dt.timedelta(minutes=1)  # what is not by then was cut short by the end of its server
_FORGET_EVERY = 500
_KEY_MAX = 255
_DIGITS_MAX = 15
# What headers change of an answer.
_SHAPING = ("accept", "gs1-extensions", "gs1-epc-format", "gs1-cbv-xml-format")


Receive = Callable[[BinaryIO, Order, str, Callable[[], None]], Done]


@dataclass(slots=True)
class Counter:
    """What handlers need: views for who asks, the book to write to, keys that were used before.

    Takes: `look`, which has the book look for a new head; `receive`, which captures one event at
    once; `market`, the folder of statistics beside the book, and `beside`, a text that changes
    with it.
    """

    book: Record
    office: Office
    jobs: Jobs
    now: Now
    today: Callable[[], str]
    look: Callable[[], None]
    receive: Receive
    limits: Limits
    uploads: Uploads
    market: str = ""
    beside: str = ""
    signed: Answers = field(default_factory=Answers)
    _sent: int = 0
    _going: set[str] = field(default_factory=set)  # keys whose first call is being answered here
    _guard: Lock = field(default_factory=Lock)
    _secret: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.office.add("secret", "idempotency", {"key": secrets.token_hex(32)})
        paper = self.office.get("secret", "idempotency")
        assert paper is not None
        self._secret = bytes.fromhex(str(paper.body["key"]))

    def badge(self, authorization: str) -> Badge | None:
        """Who a call is from; None without a token. Refuses: Unauthorized for one that fails."""
        if not authorization:
            return None
        scheme, _, text = authorization.partition(" ")
        found = None
        if scheme.lower() == "bearer":
            found = members.badge(self.office, text.strip(), self.now())
        if found is None:
            message = "this token opens nothing here: it is unknown, revoked or has ended"
            raise Unauthorized(message)
        return found

    def require(self, call: Call, right: str) -> Badge:
        """Who calls, if it may do that. Refuses: Unauthorized; Forbidden."""
        who = call.member()
        if not who.may(right):
            message = f"this token (role {who.role}) may not {right}: ask an owner for one that may"
            raise Forbidden(message)
        return who

    def view(self, call: Call) -> View:
        """What the caller may look at: now, or as of `head=SIZE` or `on=DATE`."""
        self.look()
        size = call.one("head")
        if size and not (size.isascii() and size.isdigit() and len(size) <= _DIGITS_MAX):
            message = f"head: expected a number of entries, found {size[:40]!r}"
            raise ReaderError(message)
        reader = reader_of(self.book, call.badge)
        here = view(self.book, reader, self.today(), int(size) if size else None)
        return on(here, call.one("on")) if call.one("on") else here

    def etag(self, call: Call, here: View) -> str:
        """The ETag of an answer: by head, what the reader holds, day, program and question."""
        facts = here.facts(kinds=["book"])
        parts = (
            *(facts.head.origin, str(facts.head.size), facts.head.root, facts.disclosures),
            *(facts.as_of, orebook.__version__, call.path, repr(sorted(call.question))),
            *(call.header(name) for name in _SHAPING),
            self.beside,
        )
        return f'W/"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"'

    def once(self, call: Call, act: Callable[[], Reply]) -> Reply:
        """The act, once per idempotency key: for a day the same document gets the same reply.

        Refuses: KeyReused for another document under the key; Conflict while the first is on its
        way. Source: IETF draft-ietf-httpapi-idempotency-key-header.
        """
        key = call.header("idempotency-key").strip('" ')
        if not key:
            return act()
        if len(key) > _KEY_MAX or not key.isprintable():
            message = f"Idempotency-Key: expected 1 to {_KEY_MAX} characters on one line"
            raise ReaderError(message)
        who = call.member().organisation
        name = hmac.digest(self._secret, f"{who}\n{key}".encode(), "sha256").hex()
        envelope = "\n".join(
            (call.method, call.path, call.media, call.header("gs1-capture-error-behaviour"))
        )
        mark = hmac.digest(self._secret, f"{envelope}\n{call.digest}".encode(), "sha256").hex()
        self._forget()
        begun = {"mark": mark, "until": moment(self.now() + KEPT)}
        first = self.office.add("sent", name, begun, who)
        with self._guard:
            paper = None if first else self.office.get("sent", name)
            if not (first or self._over(paper) or self._cut_short(paper, mark)):
                return self._again(name, mark)
            if not first:
                self.office.put("sent", name, begun, who)  # who comes meanwhile finds it begun
            self._going.add(name)
        try:
            reply = self._acted(name, act)
            told = {"status": reply.status, "data": reply.data.decode(), "media": reply.media}
            self.office.put("sent", name, {**begun, **told, "headers": dict(reply.headers)}, who)
        finally:
            self._going.discard(name)
        return reply

    def _acted(self, name: str, act: Callable[[], Reply]) -> Reply:
        try:
            return act()
        except BaseException:
            self.office.drop("sent", name)  # nothing was done, so it may be sent again
            raise

    def _over(self, paper: Paper | None) -> bool:
        """Whether the day of a key is over; one that an older server kept has no day."""
        return paper is not None and str(paper.body.get("until", "")) <= moment(self.now())

    def _cut_short(self, paper: Paper | None, mark: str) -> bool:
        """Whether the first call with a key, of the same document, was never answered."""
        if paper is None or paper.name in self._going:
            return False
        body = paper.body
        begun = str(body.get("until", "")) <= moment(self.now() + KEPT - ANSWERED)
        return begun and "status" not in body and body["mark"] == mark

    def _forget(self) -> None:
        """Lets go, now and then, of keys whose day is over."""
        self._sent += 1
        if self._sent % _FORGET_EVERY != 1:
            return
        after = ""
        while papers := self.office.papers("sent", after=after):
            for paper in papers:
                if self._over(paper):
                    self.office.drop("sent", paper.name)
            after = papers[-1].name

    def _again(self, name: str, mark: str) -> Reply:
        paper = self.office.get("sent", name)
        if paper is None:
            message = "the first call with this Idempotency-Key has just failed: send it again"
            raise Conflict(message)
        body = paper.body
        if body["mark"] != mark:
            message = "this Idempotency-Key came before with another document: choose a new one"
            raise KeyReused(message)
        if "status" not in body:
            message = "the first call with this Idempotency-Key is on its way: ask again later"
            raise Conflict(message)
        headers = body["headers"]
        assert isinstance(headers, dict)
        headers = {**headers, "Idempotent-Replayed": "true"}
        data = str(body["data"]).encode()
        return Reply(int(str(body["status"])), data, str(body["media"]), headers)


def moment(now: dt.datetime) -> str:
    """A time as answers write it."""
    return now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
