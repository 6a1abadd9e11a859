"""A contract on a page: clauses as stated and as found, and one page of it beside its clauses."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.contract import PDF, Text, file_of, picture, text_of
from orebook.engines.disclosure.yardstick import keys
from orebook.exchange.clauses import Clause as Found
from orebook.model.absence import Maybe, known
from orebook.model.agreement import Agreement, Clause
from orebook.model.problem import NotFound
from orebook.show.contract import silent_text
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.page import Answer, Ask, File, Page
from orebook.web.tables import Cell, Table, cell, table

_BESIDE = 40


@dataclass(frozen=True, slots=True)
class Shown:
    """One clause: as the agreement states it, else as its number was found in the text."""

    number: str
    title: Maybe[str]
    text: Maybe[str]
    note: Maybe[str]
    keys: tuple[str, ...]
    page: int | None
    href: str
    page_href: str
    stated: bool

    @property
    def settles(self) -> list[tuple[str, str]]:
        """The terms it settles, each with the address of the same across agreements."""
        path = self.href.partition("?")[0]
        return [(keys()[k].label, f"{path}?key={k}") for k in self.keys]


def merged(agreement: Agreement, held: tuple[Text, ...]) -> tuple[Shown, ...]:
    """Every clause stated of an agreement, and those found in its public texts beside them.

    What is stated stands as stated; a number that both have is one clause, on the page where it was
    found if none is stated.
    """
    stated = {known(c.number) or "": c for c in known(agreement.clauses) or ()}
    read: dict[str, tuple[Found, Text]] = {}
    for text in held:
        for one in text.pages.clauses if text.pages is not None else ():
            read.setdefault(one.number, (one, text))
    order = dict.fromkeys([*read, *stated])
    return tuple(_shown(agreement, n, stated.get(n), read.get(n), held) for n in order)


def _shown(
    agreement: Agreement,
    number: str,
    stated: Clause | None,
    read: tuple[Found, Text] | None,
    held: tuple[Text, ...],
) -> Shown:
    found = read[0] if read is not None else None
    title: Maybe[str] = stated.title if stated is not None else None
    text: Maybe[str] = stated.text if stated is not None else None
    page = known(stated.page) if stated is not None else None
    if found is not None:
        title = title if title is not None else found.title or None
        text = text if text is not None else found.text or None
        page = page or found.page
    source = read[1] if read is not None else (held[0] if len(held) == 1 else None)
    return Shown(
        number,
        title,
        text,
        stated.note if stated is not None else None,
        known(stated.keys) or () if stated is not None else (),
        page,
        address("agreement", agreement.id, "text", clause=number),
        _page_href(agreement, source, page),
        stated is not None,
    )


def _page_href(agreement: Agreement, text: Text | None, page: int | None) -> str:
    held = len(text.pages.pages) if text is not None and text.pages is not None else 0
    if text is None or page is None or not 1 <= page <= held:
        return ""
    return address("agreement", agreement.id, "text", document=text.document.id, page=page)


def held_of(agreement: Agreement, text: Text) -> dict[str, object]:
    """A public text as its page shows it: name, file, each page, or why it cannot be read."""
    pages = len(text.pages.pages) if text.pages is not None else 0
    ident = text.document.id
    return {
        "name": say(text.document.name).text,
        "fault": text.fault,
        "count": pages,
        "silent": silent_text(text.pages) if text.pages is not None else "",
        "file": address("agreement", agreement.id, "text", document=ident, **{"as": "file"}),
        "pages": [(n, _page_href(agreement, text, n)) for n in range(1, pages + 1)],
    }


def clauses_table(agreement: Agreement, clauses: tuple[Shown, ...]) -> Table:
    """The clauses as a table."""
    rows = [
        (
            Cell(c.number, c.href),
            cell(c.title),
            cell(c.text),
            Cell(", ".join(keys()[k].label for k in c.keys)),
            Cell(str(c.page) if c.page is not None else "", c.page_href),
            cell(c.note),
            Cell("stated in the agreement" if c.stated else "found by its number"),
        )
        for c in clauses
    ]
    columns = (
        ("number", "clause"),
        ("title", "heading"),
        ("text", "text"),
        ("keys", "settles"),
        ("page", "page"),
        ("note", "note"),
        ("read", "where from"),
    )
    note = "" if rows else f"No clause of {say(agreement.title).text} is recorded as public."
    return table("clauses", "Clauses", columns, rows, note=note)


def page_of(ask: Ask, agreement: Agreement) -> Answer:
    """One page of a public text, its picture, or the file.

    Refuses: NotFound for a text or a page that is not there.
    """
    text = text_of(ask.view, agreement, ask.query["document"])
    wanted = ask.query.get("as", "")
    if wanted == "file":
        name = say(text.document.name).text if known(text.document.name) else "contract"
        # What was read, never what is stated: a header is no place for anybody's words.
        media = text.pages.media_type if text.pages is not None else "application/octet-stream"
        return File(file_of(ask.view, text), media, _plain(name))
    pages = text.pages.pages if text.pages is not None else ()
    number = ask.number("page", 1, 99_999)
    if not 1 <= number <= len(pages):
        message = f"{text.document.id} has no page {number}; it has {len(pages)}"
        raise NotFound(message)
    if wanted == "png":
        return File(picture(ask.view, text, number), "image/png")
    return _page(agreement, text, number)


def _plain(name: str) -> str:
    """A file name that no header can be broken with."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return kept.strip(". ")[-80:] or "contract"


def _page(agreement: Agreement, text: Text, number: int) -> Page:
    assert text.pages is not None
    pages = text.pages.pages
    clauses = [c for c in merged(agreement, (text,)) if _on(c, number, text)]
    words = pages[number - 1].strip()
    title, here = say(agreement.title).text, address("agreement", agreement.id)
    whole = address("agreement", agreement.id, "text")
    drawn = text.pages.media_type == PDF
    parts: dict[str, object] = {
        "number": number,
        "count": len(pages),
        "document": say(text.document.name).text,
        "picture": _href(agreement, text, number, "png") if drawn else "",
        "words": words,
        "clauses": clauses[:_BESIDE],
        "before": _page_href(agreement, text, number - 1),
        "after": _page_href(agreement, text, number + 1),
        "file": _href(agreement, text, number, "file"),
    }
    data = {"id": agreement.id, "document": text.document.id, "page": number, "text": words}
    trail = (*TRAIL, (title, here), ("The text", whole))
    tables = (clauses_table(agreement, tuple(clauses)),)
    return Page("text_page", f"{title}: page {number}", parts, tables, data, trail=trail)


TRAIL = (("Agreements", "/agreements"),)


def _on(clause: Shown, number: int, text: Text) -> bool:
    """Whether a clause begins on this page, or is the one that the page goes on with."""
    if clause.page == number:
        return True
    assert text.pages is not None
    before = [c for c in text.pages.clauses if c.page < number]
    return bool(before) and clause.number == before[-1].number


def _href(agreement: Agreement, text: Text, number: int, form: str) -> str:
    asked = {"document": text.document.id, "page": number, "as": form}
    return address("agreement", agreement.id, "text", **asked)
