"""The EPCIS query interface: events, what can be browsed, named queries.

Source: EPCIS 2.0 (GS1, 2022) section 12; openapi.json of 16 May 2023.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, cast
from urllib.parse import quote

from orebook.acts import collections, events, queries
from orebook.acts.events import Found, Query
from orebook.acts.paging import begun, per_page
from orebook.exchange import json_text
from orebook.exchange.epcis_answer import query_document
from orebook.exchange.epcis_links import as_link, as_links
from orebook.exchange.epcis_write import CONTEXT, OWN
from orebook.exchange.json_text import Object, Value
from orebook.model.problem import NotFound, Problem
from orebook.web.api.call import (
    JSON,
    LD_JSON,
    XML,
    Call,
    NotYet,
    Reply,
    Unsupported,
    accepted,
    as_json,
)
from orebook.web.api.counter import Counter, moment
from orebook.web.api.epcis_headers import AS_IT_CAME, EPC_FORM, LINKS, URN, WEB, cbv_form, epc_form
from orebook.web.api.epcis_table import FORMS_OF, STANDING
from orebook.web.api.replies import paged

TOP = ("queries", "capture", "events", *collections.COLLECTIONS)
_PREFIX = re.compile(r"\s*([A-Za-z][A-Za-z0-9_.-]*)\s*=\s*([^\s,]+)\s*")
_FORMS = (JSON, LD_JSON)
_WORDS: dict[str, Literal["", "urn", "web"]] = {AS_IT_CAME: "", URN: "urn", WEB: "web"}


def top(counter: Counter, call: Call) -> Reply:
    """The resources of this door."""
    del counter
    return _collection(call, list(TOP))


def find_events(counter: Counter, call: Call) -> Reply:
    """A page of the events that fit."""
    return _events(counter, call, Query(_asked(call), _prefixes(call)))


def one_event(counter: Counter, call: Call) -> Reply:
    """One event, with its declarations of error."""
    ident = call.parts["eventID"]
    try:
        found = events.one(counter.view(call), ident)
    except NotFound:
        counter.book.refresh()  # it may have been taken just now
        found = events.one(counter.view(call), ident)
    return _answer(counter, call, found)


def collection(counter: Counter, call: Call) -> Reply:
    """The members of one browsable resource."""
    count, token = per_page(call.one("perPage")), call.one("nextPageToken")
    found, follows = collections.members(counter.view(call), call.about, count, token)
    form, headers = epc_form(call), dict[str, str]()
    cbv_form(call)  # JSON has bare words, whatever form is asked for
    if EPC_FORM in FORMS_OF.get(call.about, ()):
        headers = {"GS1-EPC-Format": form}
        found = [as_link(one) for one in found] if form == LINKS else found
    reply = paged(_collection(call, found, follows), call, follows)
    return replace(reply, headers={**reply.headers, **headers})


def member(counter: Counter, call: Call) -> Reply:
    """What stands below one member of a browsable resource."""
    here = counter.view(call)
    per_page(call.one("perPage"))
    begun(here, call.one("nextPageToken"), "")  # it has one page, so no token is of it
    collections.known(here, call.about, _part(call))
    return _collection(call, ["events"])


def member_events(counter: Counter, call: Call) -> Reply:
    """The events below one member of a browsable resource."""
    view, value = counter.view(call), _part(call)
    collections.known(view, call.about, value)
    count, token = per_page(call.one("perPage")), call.one("nextPageToken")
    found = collections.events(view, call.about, value, _asked(call), count, token, _prefixes(call))
    return _answer(counter, call, found)


def _part(call: Call) -> str:
    """The one named part of the path."""
    (value,) = call.parts.values()
    return value


def not_yet(counter: Counter, call: Call) -> Reply:
    """Refuses: NotYet."""
    del counter, call
    message = (
        "subscriptions are not built. Ask /queries/NAME/events again with the nextPageToken of"
        " the last page, or follow the log's own /checkpoint."
    )
    raise NotYet(message)


def list_queries(counter: Counter, call: Call) -> Reply:
    """The named queries the caller may use."""
    count = per_page(call.one("perPage"))
    found = queries.queries(
        counter.office, counter.book.operator, call.badge, call.one("nextPageToken"), count + 1
    )
    shown = found[:count]
    follows = str(shown[-1]["name"]) if len(found) > count else ""
    reply = as_json([queries.told(body) for body in shown], accepted(call.header("accept"), _FORMS))
    return paged(reply, call, follows)


def define_query(counter: Counter, call: Call) -> Reply:
    """Keeps a question under a name."""
    who = counter.require(call, "read")
    if call.media not in _FORMS:
        message = f"Content-Type: expected {JSON} or {LD_JSON}, found {call.media[:80] or 'none'}"
        raise Unsupported(message)
    body = read_json(call)
    name = queries.define(counter.office, who, body)
    return Reply(201, b"", "", {"Location": f"{call.base}/queries/{quote(name)}"})


def one_query(counter: Counter, call: Call) -> Reply:
    """A named query as it was defined."""
    body = queries.query(counter.office, counter.book.operator, call.badge, call.parts["queryName"])
    return as_json(queries.told(body), accepted(call.header("accept"), _FORMS))


def drop_query(counter: Counter, call: Call) -> Reply:
    """Lets go of a named query."""
    queries.drop(counter.office, counter.require(call, "read"), call.parts["queryName"])
    return Reply(204, b"", "")


def query_events(counter: Counter, call: Call) -> Reply:
    """The events that fit a named query, now."""
    name = call.parts["queryName"]
    if call.header("upgrade") or any(key in STANDING for key, _ in call.question):
        not_yet(counter, call)
    asked = queries.asked(counter.office, counter.book.operator, call.badge, name)
    return _events(counter, call, Query(asked, _prefixes(call), name))


def drop_token(counter: Counter, call: Call) -> Reply:
    """Nothing is held for a page token, so there is nothing to release."""
    del counter, call
    return Reply(204, b"", "")


def read_json(call: Call) -> Value:
    """What was sent, as JSON. Refuses: a Problem of the document."""
    data = call.body.read() if call.body is not None else b""
    value = json_text.read(data)
    if isinstance(value, Problem):
        raise queries.BadQuery(value.text(), [value])
    return value


def _events(counter: Counter, call: Call, query: Query) -> Reply:
    count, token = per_page(call.one("perPage")), call.one("nextPageToken")
    return _answer(counter, call, events.find(counter.view(call), query, count, token), query.name)


def _answer(counter: Counter, call: Call, found: Found, name: str = "SimpleEventQuery") -> Reply:
    media = accepted(call.header("accept"), (*_FORMS, *XML))
    form, words = epc_form(call), cbv_form(call)
    if form == LINKS:
        found = replace(found, events=tuple(as_links(event) for event in found.events))
    reply = _written(counter, call, found, name, media)
    headers = {**reply.headers, "GS1-EPC-Format": form}
    if media in XML:
        headers["GS1-CBV-XML-Format"] = words
    return replace(reply, headers=headers)


def _written(counter: Counter, call: Call, found: Found, name: str, media: str) -> Reply:
    created = moment(counter.now())
    if media in XML:
        from orebook.exchange.epcis_answer_xml import query_xml

        data = query_xml(
            found.events,
            created,
            contexts=found.contexts,
            name=name,
            left_out=found.left_out,
            follows=found.token,
            words=_WORDS[cbv_form(call)],
        )
        return paged(Reply(200, data, media), call, found.token)
    document = query_document(
        found.events,
        created,
        contexts=found.contexts,
        name=name,
        left_out=found.left_out,
        follows=found.token,
    )
    return paged(as_json(document, media), call, found.token)


def _collection(call: Call, listed: list[str], follows: str = "") -> Reply:
    body: Object = {
        "@context": cast("Value", [CONTEXT, OWN] if follows else CONTEXT),
        "type": "Collection",
        "member": cast("list[Value]", listed),
    }
    if follows:
        body["orebook:next"] = follows
    return as_json(body, accepted(call.header("accept"), _FORMS))


def _asked(call: Call) -> dict[str, list[str]]:
    beside = {"perPage", "nextPageToken", "head", "on"}
    return {name: values for name, values in call.asked.items() if name not in beside}


def _prefixes(call: Call) -> Mapping[str, str]:
    """What the caller says its prefixes mean. Source: EPCIS 2.0, header GS1-Extensions."""
    parts = (_PREFIX.fullmatch(part) for part in call.header("gs1-extensions").split(","))
    return {match[1]: match[2] for match in parts if match}
