"""A page in the form its reader asked for: HTML, JSON, CSV or JSON Lines, from the same cells."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from orebook.model.problem import NotFound, ReaderError
from orebook.show.deal import claim_text, no_source
from orebook.show.html import Html, safe_href
from orebook.show.numbers import number
from orebook.show.prose import dated, prose
from orebook.show.rule_words import engine_text
from orebook.show.sentences import figure_text, verdict_text
from orebook.show.style import SVG_CSS
from orebook.show.values import day_text, say
from orebook.web.addresses import address
from orebook.web.page import Page
from orebook.web.tables import Cell, Table, as_csv, as_json, as_lines, fields, legend

FORMS = {
    "html": "text/html",
    "json": "application/json",
    "csv": "text/csv",
    "jsonl": "application/jsonl",
}
STATIC = {
    "portal.css": "text/css",
    "portal.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "verify.html": "text/html",
    "verify.js": "text/javascript",
    "verify_page.js": "text/javascript",
    "verify_policy.js": "text/javascript",
}


def form_of(suffix: str, wanted: str, accept: str) -> str:
    """html, json, csv or jsonl: what the address says, else `format`, else the Accept header.

    Refuses: ReaderError for a format that pages do not come in.
    """
    asked = suffix or wanted
    if asked:
        if asked not in FORMS:
            message = f'format: expected one of {", ".join(FORMS)}, found "{asked[:40]}"'
            raise ReaderError(message)
        return asked
    types = [part.partition(";")[0].strip() for part in accept.lower().split(",")]
    for media, form in (
        ("text/html", "html"),
        ("application/xhtml+xml", "html"),
        ("application/json", "json"),
        ("application/problem+json", "json"),
        ("text/csv", "csv"),
        ("application/jsonl", "jsonl"),
        ("application/x-ndjson", "jsonl"),
    ):
        if media in types:
            return form
    return "html"


def marked(bom: str, accept: str) -> bool:
    """Whether a table begins with a byte order mark: asked for, or a browser's download.

    Excel reads UTF-8 by that mark alone, and programs stumble over it.
    Refuses: ReaderError for another value than 0 or 1.
    """
    if bom not in {"", "0", "1"}:
        message = f'bom: expected 0 or 1, found "{bom[:40]}"'
        raise ReaderError(message)
    return bom == "1" or (not bom and "text/html" in accept.lower())


def html(page: Page, foot: Mapping[str, object]) -> bytes:
    """The page as markup, complete without any script."""
    template = _environment().get_template(f"{page.template}.html")
    return template.render(page=page, foot=foot, **page.parts).encode()


def json(page: Page, foot: Mapping[str, object]) -> bytes:
    """The page's tables and data as JSON, with the head they were read at."""
    body = {
        "title": page.title,
        "badge": page.badge,
        "head": foot["head_json"],
        "as_of": foot["as_of"],
        "disclosures": foot["disclosures"],
        "versions": list(page.versions),
        "unknown": list(page.unknown),
        **page.data,
        "tables": {t.key: as_json(t) for t in page.tables},
    }
    return orjson.dumps(body, option=orjson.OPT_INDENT_2)


def csv(page: Page, key: str) -> bytes:
    """One table of the page as CSV. Refuses: NotFound for a table the page does not have."""
    return as_csv(_table(page, key)).encode()


def jsonl(page: Page, key: str) -> bytes:
    """One table of the page as JSON Lines. Refuses: NotFound for a table the page does not have."""
    return b"".join(orjson.dumps(row) + b"\n" for row in as_lines(_table(page, key)))


def _table(page: Page, key: str) -> Table:
    tables = page.tables or (_sheet(page),)
    chosen = page.table(key) if key else tables[0]
    if chosen is None:
        there = ", ".join(t.key for t in tables)
        message = f'list: expected one of {there}, found "{key[:40]}"'
        raise NotFound(message)
    return chosen


def _sheet(page: Page) -> Table:
    """A page without a list as rows: its title, what it says in single values, what is unknown."""
    said = [(name, str(value)) for name, value in page.data.items() if isinstance(value, str | int)]
    rows = [("title", page.title), *said, *(("unknown", one) for one in page.unknown)]
    return fields("page", page.title, ((name, Cell(text)) for name, text in rows))


def named(shown: Table, row: tuple[Cell, ...]) -> dict[str, Cell]:
    """The cells of a row by the keys of their columns."""
    return {column.key: one for column, one in zip(shown.columns, row, strict=True)}


@cache
def static(name: str) -> bytes:
    """A file the pages use; the style sheet carries the look of the pictures."""
    data = (files("orebook.web") / "static" / name).read_bytes()
    return SVG_CSS.encode() + b"\n" + data if name == "portal.css" else data


@cache
def stamp(name: str) -> str:
    """A text that changes when the file does, for its address."""
    return hashlib.sha256(static(name)).hexdigest()[:12]


def _upfirst(text: object) -> str:
    """The text with a capital at its beginning; names further on keep theirs."""
    told = str(text)
    return told[:1].upper() + told[1:]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("orebook.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "say": lambda value: say(value).html(),
        "words": lambda value: say(value).text,
        "unsourced": no_source,
        "number": number,
        "claim": claim_text,
        "day": day_text,
        "dated": dated,
        "upfirst": _upfirst,
        "prose": prose,
        "figure": figure_text,
        "verdict": verdict_text,
        "engine": engine_text,
        "legend": legend,
        "html": Html,
        "outside": lambda text: safe_href(text) or "",
    }
    environment.globals |= {"address": address, "stamp": stamp, "named": named}
    return environment
