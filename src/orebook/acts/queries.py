"""Named queries: questions kept under a name, beside the record.

An organisation's queries are its own; those of the operator's organisation are there for everyone.
Source: EPCIS 2.0 section 8.2.2 and the REST binding, `/queries`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from orebook.acts.badge import Badge
from orebook.acts.events import Asked, Query, check
from orebook.book.office import Office, Paper
from orebook.exchange.json_text import Number, Value
from orebook.model.problem import NotFound, ReaderError

_ROOM = "query"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}")
_BETWEEN = "\n"
QUERIES_MAX = 1000
_VALUES_MAX = 1000


class Taken(ReaderError):
    """There is one of that name already."""

    code = "already-there"


class BadQuery(ReaderError):
    """The definition of a query does not hold."""

    code = "bad-query"


def define(office: Office, badge: Badge, body: Value) -> str:
    """Keeps a query under its name. Refuses: BadQuery; Taken."""
    if not isinstance(body, dict) or not {"name", "query"} <= set(body):
        message = "expected an object with name and query"
        raise BadQuery(message)
    name = body["name"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        message = "name: expected 1 to 128 letters, digits, dots, hyphens, ~ or _"
        raise BadQuery(message)
    asked = asked_of(body["query"])
    if odd := {"perPage", "nextPageToken"} & set(asked):
        message = f"{min(odd)}: expected it beside the question, not in it"
        raise BadQuery(message)
    try:
        check(Query(asked))
    except ReaderError as error:
        raise BadQuery(str(error)) from error
    if len(office.papers(_ROOM, owner=badge.organisation, limit=QUERIES_MAX)) >= QUERIES_MAX:
        message = f"at most {QUERIES_MAX} queries are kept: let one go first"
        raise BadQuery(message)
    said: dict[str, object] = {"name": name, "query": _plain(body["query"])}
    if not office.add(_ROOM, _key(badge.organisation, name), said, badge.organisation):
        message = f"there is a query {name} already"
        raise Taken(message)
    return name


def query(office: Office, operator: str, badge: Badge | None, name: str) -> dict[str, object]:
    """The query of that name: one's own, else the operator's. Refuses: NotFound."""
    return _paper(office, operator, badge, name).body


def asked(office: Office, operator: str, badge: Badge | None, name: str) -> Asked:
    """What the query of that name asks. Refuses: NotFound."""
    return asked_of(_value(query(office, operator, badge, name)["query"]))


def queries(
    office: Office, operator: str, badge: Badge | None, after: str, count: int
) -> list[dict[str, object]]:
    """One's own queries and the operator's, each once, in order of their names."""
    found: dict[str, dict[str, object]] = {}
    for owner in dict.fromkeys((operator, badge.organisation if badge else operator)):
        papers = office.papers(_ROOM, owner=owner, after=_key(owner, after), limit=count)
        found |= {str(p.body["name"]): p.body for p in papers}
    return [found[name] for name in sorted(found)][:count]


def drop(office: Office, badge: Badge, name: str) -> None:
    """Lets go of one's own query. Refuses: NotFound."""
    if not office.drop(_ROOM, _key(badge.organisation, name)):
        message = f"{badge.organisation} has no query {name[:128]}"
        raise NotFound(message)


def asked_of(body: Value) -> dict[str, Sequence[str]]:
    """The parameters of a query as texts. Refuses: BadQuery for a value that is none."""
    if not isinstance(body, dict):
        message = "query: expected an object of parameters"
        raise BadQuery(message)
    return {
        name: [_text(name, item) for item in (value if isinstance(value, list) else [value])]
        for name, value in body.items()
        if name != "@context"
    }


def _text(name: str, value: Value) -> str:
    match value:
        case str():
            return value
        case Number():
            return value.text
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case _:
            message = f"{name[:80]}: expected a text, a number, or a list of them"
            raise BadQuery(message)


def _paper(office: Office, operator: str, badge: Badge | None, name: str) -> Paper:
    owners = [badge.organisation] if badge is not None else []
    for owner in dict.fromkeys((*owners, operator)):
        paper = office.get(_ROOM, _key(owner, name))
        if paper is not None:
            return paper
    message = f"there is no query {name[:128]}"
    raise NotFound(message)


def _key(owner: str, name: str) -> str:
    return f"{owner}{_BETWEEN}{name}"


def _plain(value: Value) -> object:
    """The value as the office keeps it: numbers as their text, marked."""
    if isinstance(value, Number):
        return {"#": value.text}
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _value(kept: object) -> Value:
    if isinstance(kept, Mapping):
        if set(kept) == {"#"}:
            return Number(str(kept["#"]))
        return {str(name): _value(member) for name, member in kept.items()}
    if isinstance(kept, list):
        return [_value(item) for item in kept]
    return kept if isinstance(kept, str | bool) else None


def told(body: Mapping[str, object]) -> Value:
    """A kept query as JSON, numbers as they were written."""
    return {"name": str(body["name"]), "query": _value(body["query"])}
