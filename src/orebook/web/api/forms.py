"""Lists and single things as CSV or JSON Lines, at the address where they are JSON.

One rule serves every operation: the rows are those of the list in the JSON answer, and where more
follow the last row says so. Source: RFC 4180; jsonlines.org.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from orebook.exchange import json_text
from orebook.exchange.json_text import Number, Object, Value
from orebook.model.problem import ReaderError
from orebook.web.api.call import JSON, LD_JSON, XML, Call, NotAcceptable, Reply, accepted
from orebook.web.api.operation import Operation, Param
from orebook.web.tables import harmless

CSV, LINES = "text/csv", "application/jsonl"
_MEDIA = {
    "csv": CSV,
    "jsonl": LINES,
    "application/x-ndjson": LINES,
    "application/x-jsonlines": LINES,
}
_OFFERED = (JSON, LD_JSON, *XML, CSV, LINES, "application/x-ndjson", "application/x-jsonlines")
FORMAT = Param(
    "format",
    "json, csv or jsonl; as Accept says if left out",
    {"type": "string", "enum": ["json", "csv", "jsonl"]},
)
# Where an answer's list stands, the first that is there.
_LISTS = (
    ("items",),
    ("member",),
    ("findings",),
    ("verdicts",),
    ("answers",),
    ("resources",),
    ("epcisBody", "queryResults", "resultsBody", "eventList"),
)
_COLUMNS_MAX = 1000


def has_forms(operation: Operation) -> bool:
    """Whether what it gives can be rows: JSON that is not a document for programs."""
    _, schema, media = operation.gives.get(200, ("", "", ()))
    return operation.method == "GET" and JSON in media and schema != "any"


def asked(operation: Operation, call: Call) -> tuple[str, Call]:
    """The form a caller asks for, if it is one of these, and the call as its handler reads it.

    Refuses: ReaderError for a format there is not.
    """
    if not has_forms(operation):
        return "", call
    form = call.one("format")
    if form not in {"", "json", "csv", "jsonl"}:
        message = f"format: expected json, csv or jsonl, found {form[:40]!r}"
        raise ReaderError(message)
    wanted = _MEDIA.get(form, JSON if form else _accepted(call))
    if not form and wanted not in {CSV, LINES}:
        return "", call
    rest = [(name, value) for name, value in call.question if name != "format"]
    headers = {**call.headers, "accept": JSON}
    return wanted, replace(call, question=rest, headers=headers)


def given(reply: Reply, form: str, call: Call) -> Reply:
    """The reply of JSON in that form. Takes: the call as it came."""
    if not form or reply.status != 200:
        return reply
    headers = dict(reply.headers)
    named = call.one("format")
    if named and "Link" in headers:
        headers["Link"] = headers["Link"].replace('>; rel="next"', f'&format={named}>; rel="next"')
    if form == JSON:
        return replace(reply, headers=headers)
    value: Value = json.loads(reply.data, parse_float=Number, parse_int=Number)
    rows, end = list(_rows(value)), _end(value, reply)
    data = _csv(rows, end) if form == CSV else _lines(rows, end)
    return Reply(200, data, form, headers)


def _accepted(call: Call) -> str:
    try:
        media = accepted(call.header("accept"), _OFFERED)
    except NotAcceptable:
        return ""  # its handler says what there is
    return _MEDIA.get(media, media)


def _rows(value: Value) -> Iterator[Value]:
    """The items of the answer's list; one thing is one row."""
    if isinstance(value, list):
        yield from value
        return
    for path in _LISTS:
        found: Value = value
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, list):
            yield from found
            return
    yield value


def _end(value: Value, reply: Reply) -> Object | None:
    """What a last row says where more follow."""
    told = value if isinstance(value, dict) else {}
    follows = "Link" in reply.headers
    if not (follows or told.get("more") is True or told.get("cut") is True):
        return None
    end: Object = {"cut_off": True}
    token = told.get("next", told.get("orebook:next"))
    if isinstance(token, str):
        end["next"] = token
    return end


def _lines(rows: list[Value], end: Object | None) -> bytes:
    every = [*rows, end] if end else rows
    return b"".join(json_text.write(row).encode() + b"\n" for row in every)


def _csv(rows: list[Value], end: Object | None) -> bytes:
    """A column for each member by its way in, in the order they first come; lists as JSON.

    A cell that a spreadsheet would take for a formula is led by an apostrophe.
    """
    flat = [dict(_flat(row, "")) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))[:_COLUMNS_MAX]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in columns] or ["value"])
    for row in flat:
        writer.writerow([harmless(row.get(name, "")) for name in columns])
    if end is not None:
        token = end.get("next")
        writer.writerow([f"cut off: more follow{f', nextPageToken={token}' if token else ''}"])
    return out.getvalue().encode()


def _flat(value: Value, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, member in value.items():
            yield from _flat(member, f"{name}.{key}" if name else key)
        return
    yield name or "value", _cell(value)


def _cell(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Number):
        return value.text
    return "" if value is None else json_text.write(value)
