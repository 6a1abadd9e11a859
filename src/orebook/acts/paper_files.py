"""Papers out of a sheet without a book, and one paper put into a book with its file."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import BinaryIO

from orebook.acts.papers_alone import Papers, compared
from orebook.book.book import Receipt
from orebook.book.opened import OpenBook
from orebook.exchange.fact_cells import value_of
from orebook.exchange.fact_columns import templates
from orebook.exchange.format import Read, Source
from orebook.exchange.registry import START, choose
from orebook.model.entry import Body, Draft
from orebook.model.problem import Problem, ReaderError, SenderError
from orebook.model.shape import check


def in_file(
    stream: BinaryIO, name: str, today: str
) -> tuple[tuple[Papers, ...], tuple[Problem, ...], tuple[str, ...]]:
    """The papers in one document, compared without a book; faults and notes beside them.

    Papers that name no shipment are taken for one shipment.
    Refuses: SenderError for a document that is none of our formats, or holds no paper.
    """
    start = stream.read(START)
    stream.seek(0)
    chosen = choose(start, name)
    if isinstance(chosen, Problem):
        raise SenderError(chosen.text(), [chosen])
    source = Source(name, "document:papers")
    problems: list[Problem] = []
    reads: list[Read] = []
    for item in chosen.read(stream, source):
        if isinstance(item, Problem):
            problems.append(item.within("", name))
        else:
            reads.append(item)
    if not any(item.kind == "trade_paper" for item in reads):
        expected = "at least one paper, such as a row of the template papers.xlsx"
        step = "Fill in papers.xlsx (orebook template papers.xlsx) and name that."
        problem = Problem("no-papers", "", expected, "none", step, name)
        raise SenderError(problem.text(), [*problems, problem])
    return compared(reads, name, today), tuple(problems), tuple(source.notes)


def add(
    book: OpenBook, data: bytes, name: str, stated: Mapping[str, str], author: str = ""
) -> tuple[str, Receipt]:
    """One paper with its file: the file stored under its digest, the paper citing it.

    Takes: `stated`, what the paper prints, by column of the template `papers` ("net" → "19.8 t
    wet"); kind and shipment are needed.
    Gives: the identifier of the paper, and the receipt.
    Refuses: ReaderError for a column or value that cannot be.
    """
    author = author or book.operator
    document = _document_id(book, data)
    body: Body = {"document": document}
    for column, text in stated.items():
        body[column] = _read(column, text)
    body.setdefault("id", f"{body.get('shipment', '')}/paper/{body.get('kind', '')}"
                          f"/{body.get('number', document[-8:])}")  # fmt: skip
    if faults := check("trade_paper", body):
        raise ReaderError(faults[0].within("the paper: ").text())
    kept = {
        "id": document,
        "name": name,
        "size": len(data),
        "sha256": sha256(data).hexdigest(),
        "format": "paper",
    }
    if (media := mimetypes.guess_type(name)[0]) is not None:
        kept["media_type"] = media
    book.file_put(data)
    receipt = book.append(
        [
            Draft("document", (kept,), author, seal={0: ("/size",)}),
            Draft("trade_paper", (body,), author, (document,)),
        ],
        capture=document,
    )
    return str(body["id"]), receipt


def _document_id(book: OpenBook, data: bytes) -> str:
    """A name for the file that tells nothing of its bytes to who lacks the book's key."""
    digest = sha256(data).hexdigest()
    keyed = book.sent_key(Draft("document", ({"id": digest},), book.operator))
    return f"document:{keyed.hex()[:32]}"


def _read(column: str, text: str) -> object:
    field = templates()["papers"].field(column)
    if field is None or field.type.startswith("list:record:"):
        message = f"{column}: expected one of {', '.join(_columns())}"
        raise ReaderError(message)
    value = value_of(field.type, text, "", "", "")
    if isinstance(value, Problem):
        message = f"{column}: expected {value.expected}, found {value.found}. {value.next_step}"
        raise ReaderError(message)
    if value is None:
        message = f"{column}: expected a value, found nothing; leave it out where it is not known"
        raise ReaderError(message)
    return value


def _columns() -> Iterator[str]:
    return (f.name for f in templates()["papers"].fields)
