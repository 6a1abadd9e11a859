"""A door: from a call on the wire to the operation that answers it; every fault to a reply."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from orebook.acts.see import View
from orebook.model.problem import NotFound, Problem, ReaderError, TooLarge
from orebook.web.api import forms
from orebook.web.api.call import (
    AddressTooLong,
    Call,
    NoSuchMethod,
    Reply,
    question_of,
)
from orebook.web.api.counter import Counter
from orebook.web.api.epcis_headers import ANSWER, NEVER_ENDS, agree, announced, limited
from orebook.web.api.operation import MEMBER, Handler, Operation, Route, match, routes
from orebook.web.api.replies import fault
from orebook.web.headers import HEADERS, holds
from orebook.web.limits import Flow

_IN_MEMORY = 256 * 1024
_NOTHING = b""
_WRITERS = 16


class Cut(Exception):
    """The caller went away before all of its document had come."""


@dataclass(slots=True)
class Door:
    """The operations below one address, as an ASGI application.

    Takes: `epcis`, whether faults are told with EPCIS's types; `flows`, how fast anonymous callers
    and members may call.
    """

    counter: Counter
    base: str
    operations: tuple[Operation, ...]
    epcis: bool = False
    flows: tuple[Flow, Flow] = field(default_factory=lambda: (Flow(50, 200), Flow(1000, 2000)))
    writers: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_WRITERS, thread_name_prefix="orebook-write")
    )
    routes: tuple[Route, ...] = field(init=False)
    handlers: dict[str, Handler] = field(init=False)

    def close(self) -> None:
        """Ends once what is being written is written."""
        self.writers.shutdown(wait=True)

    def __post_init__(self) -> None:
        self.routes = routes(self.operations)
        self.handlers = {o.name: o.load() for o in self.operations}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one call."""
        raw = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
        path = raw.decode("ascii", "replace")
        method = str(scope["method"])
        try:
            reply = await self._answer(scope, receive, path, method)
        except Cut:
            return
        except Exception as error:  # noqa: BLE001 - the last door: no traceback reaches a caller
            wanted = next((v for n, v in scope.get("headers", ()) if n.lower() == b"accept"), b"")
            reply = fault(error, path, epcis=self.epcis, accept=wanted.decode("latin-1"))
            if self.epcis and method == "POST" and reply.status == 413:
                more = limited(self.counter.limits)
                reply = replace(reply, headers={**reply.headers, **more})
        await self._send(send, reply, bare=method == "HEAD")

    async def _answer(self, scope: Any, receive: Any, path: str, method: str) -> Reply:
        query = cast("bytes", scope.get("query_string", b""))
        if len(query) + len(path) > self.counter.limits.question_bytes:
            message = f"an address may have {self.counter.limits.question_bytes} bytes"
            raise AddressTooLong(message)
        base = f"{scope.get('root_path', '')}{self.base}"
        within = path.removeprefix(base)
        route, parts = self._route(within)
        if method == "OPTIONS":
            return Reply(204, _NOTHING, "", {"Allow": route.allow, **self._settings(route)})
        operation = route.operations.get("GET" if method == "HEAD" else method)
        if operation is None:
            message = f"this resource takes {route.allow}, not {method[:20]}"
            raise NoSuchMethod(message, allow=route.allow)
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope.get("headers", ())
        }
        client = scope.get("client")
        caller = str(client and client[0])
        call = Call(method, parts, (), headers, None, base, within, about=operation.about)
        if not operation.takes:  # one change of threads, not two: each may have to wait its turn
            return await asyncio.to_thread(self._asked, operation, call, query, caller)
        call = await asyncio.to_thread(self._admitted, operation, call, query, caller)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self.counter.jobs.folder)) as aside:
            try:
                size, digest = await _received(receive, aside, headers, operation.size_max)
            except Cut:
                size = aside.tell()
                if operation.resumes and size:  # nobody hears the reply; what has come is kept
                    aside.seek(0)
                    part = replace(call, body=cast("Any", aside), size=size, cut=True)
                    work = self.writers.submit(self._made, operation, part)
                    await asyncio.wrap_future(work)
                raise
            sent = replace(call, body=cast("Any", aside), size=size, digest=digest)
            work = self.writers.submit(self._made, operation, sent)  # never behind a long question
            return await asyncio.wrap_future(work)

    def _route(self, within: str) -> tuple[Route, dict[str, str]]:
        try:
            segments = tuple(
                unquote_to_bytes(part).decode("utf-8") for part in within.strip("/").split("/")
            )
        except UnicodeDecodeError as error:
            message = "the address holds bytes that are no text"
            raise NotFound(message) from error
        if segments == ("",):
            segments = ()
        for route in self.routes:
            parts = match(route, segments)
            if parts is not None and all(parts.values()):
                return route, parts
        message = "there is nothing at this address"
        raise NotFound(message)

    def _admitted(self, operation: Operation, call: Call, query: bytes, caller: str) -> Call:
        """The call with who makes it and what it asks. Refuses: who may not make it, or not now."""
        badge = self.counter.badge(call.header("authorization"))
        self.flows[badge is not None].take(badge.token if badge else caller)
        call = replace(call, question=question_of(query), badge=badge)
        if operation.needs == MEMBER:
            call.member()
        elif operation.needs:
            self.counter.require(call, operation.needs)
        return call

    def _asked(self, operation: Operation, call: Call, query: bytes, caller: str) -> Reply:
        return self._made(operation, self._admitted(operation, call, query, caller))

    def _made(self, operation: Operation, call: Call) -> Reply:
        _known_parameters(operation, call)
        if self.epcis:
            agree(call)
        form, asked = forms.asked(operation, call)
        if not operation.kept:
            reply = self._handled(operation, asked)
            reply = replace(reply, headers={"Cache-Control": "no-store", **reply.headers})
            return forms.given(reply, form, call)
        here: View = self.counter.view(call)
        etag = self.counter.etag(call, here)
        headers = {"ETag": etag, "Vary": "Accept, Authorization", "Cache-Control": "no-cache"}
        if call.badge is not None:
            headers["Cache-Control"] = "private, no-cache"
        if holds(call.header("if-none-match"), etag):
            return Reply(304, _NOTHING, "", headers)
        reply = self._handled(operation, asked)
        reply = replace(reply, headers={**headers, **reply.headers})
        return forms.given(reply, form, call)

    def _handled(self, operation: Operation, call: Call) -> Reply:
        reply = self.handlers[operation.name](self.counter, call)
        if self.epcis and "Link" in reply.headers:
            ends = {"GS1-Next-Page-Token-Expires": NEVER_ENDS}
            return replace(reply, headers={**reply.headers, **ends})
        return reply

    def _settings(self, route: Route) -> Mapping[str, str]:
        capture = route.segments == ("capture",)
        return announced(self.counter.limits, capture=capture) if self.epcis else {}

    async def _send(self, send: Any, reply: Reply, *, bare: bool) -> None:
        headers = {**HEADERS, **(ANSWER if self.epcis else {}), **reply.headers}
        if reply.media:
            headers["content-type"] = reply.media
        if reply.chunks is None and reply.status not in {204, 304}:
            headers["content-length"] = str(len(reply.data))
        listed = [(n.lower().encode("latin-1"), _header(v)) for n, v in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": listed})
        if reply.chunks is not None and not bare:
            chunks = iter(reply.chunks)
            while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        data = _NOTHING if bare or reply.chunks is not None else reply.data
        await send({"type": "http.response.body", "body": data})


async def _received(
    receive: Any, aside: Any, headers: Mapping[str, str], most: int
) -> tuple[int, str]:
    """What was sent, put aside: its size and digest. Refuses: TooLarge; Cut."""
    told = headers.get("content-length", "")
    # Python takes digits of every script, and no number of more than 4,300.
    if told.isascii() and told.isdigit() and (len(told) > 18 or int(told) > most):
        _too_large(most, told)
    digest, size = hashlib.sha256(), 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Cut
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            _too_large(most, "more")
        digest.update(chunk)
        aside.write(chunk)
        if not message.get("more_body"):
            aside.seek(0)
            return size, digest.hexdigest()


def _too_large(most: int, told: str) -> None:
    problem = Problem(
        "too-large",
        "",
        f"at most {most} bytes",
        f"{told[:40]} bytes",
        "Send the document in several parts.",
    )
    raise TooLarge(problem.text(), [problem])


def _known_parameters(operation: Operation, call: Call) -> None:
    """A misspelt parameter is refused: an answer to another question helps nobody."""
    if operation.any_parameter:
        return
    known = {p.name for p in operation.params if p.place == "query"}
    if operation.kept:
        known |= {"head", "on"}
    if forms.has_forms(operation):
        known.add("format")
    _odd(known, (name for name, _ in call.question))


def _odd(known: set[str], names: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            expected = ", ".join(sorted(known)) or "none"
            message = f"parameters: expected {expected}, found {name[:80]!r}"
            raise ReaderError(message)


def _header(value: str) -> bytes:
    """A header value on the wire: what is not plain is left as a question mark."""
    return "".join(c if " " <= c <= "~" else "?" for c in value).encode("ascii")
