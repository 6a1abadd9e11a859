"""Our own resources as data: entries, things by kind, findings, documents to be captured."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import BinaryIO, cast

import msgspec

from orebook.acts import export
from orebook.acts.balance import balance
from orebook.acts.coherence import disagreements
from orebook.acts.entries import entry as entry_sheet
from orebook.acts.jobs import Order
from orebook.acts.paging import begun, per_page, question_of
from orebook.acts.see import View
from orebook.exchange.registry import formats
from orebook.model import entry as model
from orebook.model.facts import Head
from orebook.model.finding import Finding
from orebook.model.problem import NotFound, Problem, ReaderError, SenderError
from orebook.web.api import answer_shapes, shapes
from orebook.web.api.call import JSON, Call, Reply, Unsupported, accepted
from orebook.web.api.counter import Counter
from orebook.web.api.replies import behaviour, paged, plain
from orebook.web.api.table import ROOMS

_BULK_CHUNK = 256 * 1024
_STATEMENTS_MAX = 1000


def index(counter: Counter, call: Call) -> Reply:
    """What stands below this door."""
    here = counter.view(call)
    named = [
        "entries",
        *ROOMS,
        "findings/balance",
        "findings/coherence",
        "findings/rules",
        *(f"findings/{name}" for name in ("origin", "reach", "exposure", "recall")),
        "findings/reliance",
        "documents",
        "jobs",
    ]
    listed = [*named, "bulk", "openapi.json"]
    return _said(call, shapes.Resources(_head(here.head), listed))


def entries(counter: Counter, call: Call) -> Reply:
    """A page of entries, in the order of the log."""
    here = counter.view(call)
    question = question_of("entries", call.one("kind"))
    cursor = begun(here, call.one("nextPageToken"), question)
    pinned, count, kind = replace(here, size=cursor.size), _count(call), call.one("kind")
    start, shown = cursor.place[0] + 1, list[model.Entry]()
    while start < cursor.size and len(shown) <= count:
        part = pinned.entries(start, min(start + count + 1, cursor.size))
        shown += [found for found in part if not kind or found.kind == kind]
        start += count + 1
    more = len(shown) > count
    shown = shown[:count]
    token = replace(cursor, place=(shown[-1].position, 0)).token(question) if more else None
    head = pinned.head
    items = [_entry(found) for found in shown]
    return _said(call, shapes.Entries(_head(head), here.today, more, token, items), token)


def one_entry(counter: Counter, call: Call) -> Reply:
    """One entry by its position or leaf hash, with its bytes and its proof."""
    sheet = entry_sheet(counter.view(call), call.parts["reference"])
    found = sheet.entry
    if found.position >= sheet.head.size:
        message = f"this head has no entry {found.position}"
        raise NotFound(message)
    plain = msgspec.structs.asdict(_entry(found))
    more = shapes.EntryWithProof(
        **plain,
        jws=sheet.leaf.decode("ascii"),
        disclosures=list(sheet.disclosures),
        proof=sheet.proof,
        head=_head(counter.book.head),
    )
    return _said(call, more)


def things(counter: Counter, call: Call) -> Reply:
    """Every thing of a kind, the latest statement of each."""
    here, kind = counter.view(call), ROOMS[call.about]
    question = question_of(call.about)
    cursor = begun(here, call.one("nextPageToken"), question)
    pinned, count = replace(here, size=cursor.size), _count(call)
    idents = pinned.ids(kind, after=cursor.name, limit=count + 1)
    shown, more = idents[:count], len(idents) > count
    latest = {statement.id: statement for statement in _statements(pinned, kind, shown)}
    token = replace(cursor, name=shown[-1]).token(question) if more else None
    items = [latest[ident] for ident in shown if ident in latest]
    body = shapes.Statements(_head(pinned.head), here.today, more, token, items)
    return _said(call, body, token)


def thing(counter: Counter, call: Call) -> Reply:
    """Every statement of one thing."""
    here, kind, ident = counter.view(call), ROOMS[call.about], call.parts["id"]
    items = list(islice(_statements(here, kind, [ident]), _STATEMENTS_MAX))
    if not items:
        message = f"this book has no {kind} {ident[:200]}"
        raise NotFound(message)
    more = len(items) == _STATEMENTS_MAX
    return _said(call, shapes.Statements(_head(here.head), here.today, more, None, items))


def balance_findings(counter: Counter, call: Call) -> Reply:
    """Does it add up: the events around a lot, or one event."""
    here = counter.view(call)
    lot, event = call.one("lot"), call.one("event")
    if bool(lot) == bool(event):
        message = "expected lot or event, one of them"
        raise ReaderError(message)
    assumed = [value for name, value in call.question if name == "assume"]
    found = balance(here, lot=lot or None, event=event or None, assumptions=assumed)
    return _findings(call, here, found)


def network_findings(counter: Counter, call: Call) -> Reply:
    """Does a lot's chain, a site, a period or the book add up, all readings together?"""
    from orebook.acts.closing import finding_of
    from orebook.acts.closings import closings_of
    from orebook.acts.component import MOST
    from orebook.acts.reconcile import balance_id, reconcile_view

    here = counter.view(call)
    lot, site, period = (call.one(name) or None for name in ("lot", "site", "period"))
    whole = call.one("used_up")
    if whole not in {"", "0", "1"}:
        message = f"used_up: expected 0 or 1, found {whole[:20]}"
        raise ReaderError(message)
    if lot is not None and site is not None:
        message = "expected lot or site, found both"
        raise ReaderError(message)
    told = reconcile_view(
        here,
        lot=lot,
        site=site,
        period=period,
        assumptions=[value for name, value in call.question if name == "assume"],
        used_up=whole == "1",
        prices=[value for name, value in call.question if name == "price"],
        most=MOST,
    )
    found = finding_of(told, here, site, period, lot).as_json() | {"network": told.as_json()}
    stood = [
        {"entry": c.position, "status": c.status, "verdict": c.verdict, "head": c.head.size}
        for c in closings_of(here, balance_id(site, period, lot))
    ]
    found |= {"standing": told.standing, "closings": stood}
    listed = cast("list[answer_shapes.NetworkFinding]", [found])
    return _said(call, shapes.NetworkFindings(_head(here.head), here.today, listed))


def coherence_findings(counter: Counter, call: Call) -> Reply:
    """What around some lots and events cannot all be true."""
    here = counter.view(call)
    lots = [value for name, value in call.question if name == "lot"]
    about = [value for name, value in call.question if name == "event"]
    if not lots and not about:
        message = "expected a lot or an event to look around, found neither"
        raise ReaderError(message)
    return _findings(call, here, [disagreements(here, lots, [*about, *lots])])


def post_document(counter: Counter, call: Call) -> Reply:
    """Takes a document of any format this book reads, and answers with the job that captures it."""
    who = counter.require(call, "write")
    order = order_of(call, who.organisation)
    if call.body is None or call.size == 0:
        problem = Problem("empty-document", "", "a document", "nothing", "Send one.")
        raise SenderError(problem.text(), [problem])
    body = cast("BinaryIO", call.body)

    def act() -> Reply:
        job = counter.jobs.take(body, order)
        return Reply(202, b"", "", {"Location": f"{call.base}/jobs/{job}"})

    return counter.once(call, act)


def order_of(call: Call, organisation: str) -> Order:
    """How a document is to be captured. Refuses: Unsupported; ReaderError for no name."""
    mode, wanted = behaviour(call), call.one("format")
    known = [f.name for f in formats()]
    if wanted and wanted not in known:
        message = f"format: expected one of {', '.join(known)}, found {wanted[:40]!r}"
        raise Unsupported(message)
    name = call.one("name") or "document"
    if not name.isprintable() or len(name) > 200 or "/" in name:
        message = "name: expected a file name of 1 to 200 characters"
        raise ReaderError(message)
    return Order(name, organisation, mode, wanted)


def list_jobs(counter: Counter, call: Call) -> Reply:
    """A page of the capture jobs of the caller's organisation."""
    count = _count(call)
    found = counter.jobs.listed(call.member(), call.one("nextPageToken"), count + 1)
    shown, more = found[:count], len(found) > count
    token = str(shown[-1]["captureID"]) if more else None
    reply = plain(call, {"more": more, "next": token, "items": shown})
    return paged(reply, call, token or "")


def one_job(counter: Counter, call: Call) -> Reply:
    """How a capture job stands."""
    return plain(call, counter.jobs.told(call.member(), call.parts["captureID"]))


def bulk(counter: Counter, call: Call) -> Reply:
    """Everything the reader may see, as one compressed file of JSON Lines."""
    here = counter.view(call)
    pinned = replace(here, size=here.head.size)
    name = f"{counter.book.origin.replace('/', '-')}-{pinned.size}.jsonl.gz"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Reply(200, b"", "application/octet-stream", headers, _compressed(export.lines(pinned)))


def _compressed(lines: Iterator[bytes]) -> Iterator[bytes]:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as file:
        for line in lines:
            file.write(line)
            if buffer.tell() > _BULK_CHUNK:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
    yield buffer.getvalue()


def _statements(here: View, kind: str, idents: Sequence[str]) -> Iterator[shapes.Statement]:
    """Every statement that holds of these things, in the order of the log."""
    after = (-1, 0)
    while idents and (places := here.places(kind, idents=idents, after=after)):
        after = places[-1]
        for found, number in here.facts_at(places):
            yield _statement(kind, found, number)


def _statement(kind: str, found: model.Entry, number: int) -> shapes.Statement:
    fact = found.facts[number]
    return shapes.Statement(
        kind,
        str(fact.get("id", "")),
        found.position,
        number,
        found.leaf,
        found.author,
        found.issued,
        found.self_signed,
        list(found.evidence),
        list(found.supersedes),
        fact,
    )


def _entry(found: model.Entry) -> shapes.Entry:
    return shapes.Entry(
        found.position,
        found.leaf,
        found.kind,
        found.author,
        found.issued,
        found.key_id,
        found.capture,
        found.self_signed,
        list(found.evidence),
        list(found.supersedes),
        list(found.facts),
    )


def _findings(call: Call, here: View, found: Sequence[Finding]) -> Reply:
    listed = cast("list[answer_shapes.Finding]", [finding.as_json() for finding in found])
    return _said(call, shapes.Findings(_head(here.head), here.today, listed))


def _head(head: Head) -> answer_shapes.Head:
    return answer_shapes.Head(head.origin, head.size, head.root)


def _count(call: Call) -> int:
    return per_page(call.one("perPage"))


def _said(call: Call, body: msgspec.Struct, token: str | None = None) -> Reply:
    media = accepted(call.header("accept"), (JSON,))
    return paged(Reply(200, msgspec.json.encode(body), media), call, token or "")
