"""Public texts of an agreement, read page by page and clause by clause."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from orebook.acts.see import View
from orebook.exchange.clauses import Clause, clauses
from orebook.exchange.pdf_text import START, page_picture, page_texts
from orebook.model.absence import known
from orebook.model.agreement import Agreement, Paper
from orebook.model.document import Document
from orebook.model.problem import KeeperError, NotFound, Problem, SenderError
from orebook.model.when import when

PDF, PLAIN = "application/pdf", "text/plain"
_PLAIN_MOST = 5_000_000
_STEP = "Give a PDF, or the text itself in UTF-8 with a form feed between pages."


@dataclass(frozen=True, slots=True)
class Pages:
    """A text as read: its media type, the words of each page, and the clauses found in them."""

    media_type: str
    pages: tuple[str, ...]
    clauses: tuple[Clause, ...]

    @property
    def silent(self) -> tuple[int, ...]:
        """The pages that hold no words: pictures, which nothing here reads."""
        return tuple(n for n, page in enumerate(self.pages, 1) if not page.strip())


@dataclass(frozen=True, slots=True)
class Text:
    """A public text of an agreement. Unknown: `pages` is None, and `fault` says why."""

    paper: Paper
    document: Document
    digest: str
    pages: Pages | None
    fault: str = ""


def look(data: bytes, name: str) -> Pages:
    """A contract read page by page. Refuses: SenderError for what is neither PDF nor UTF-8 text."""
    found = _read(data)
    if isinstance(found, Problem):
        placed = found.within("", name)
        raise SenderError(placed.text(), [placed])
    return found


def _read(data: bytes) -> Pages | Problem:
    if START in data[:1024]:
        texts = page_texts(data)
        if isinstance(texts, Problem):
            return texts
        return Pages(PDF, texts, clauses(texts))
    if len(data) > _PLAIN_MOST:
        expected = f"at most {_PLAIN_MOST} bytes of text"
        return Problem("too-large", "", expected, f"{len(data)} bytes", _STEP)
    try:
        told = data.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"a byte that is none at {error.start}"
        return Problem("no-text", "", "a PDF, or text in UTF-8", found, _STEP)
    if not told.strip() or "\x00" in told:
        found = "nothing" if not told.strip() else "a byte of nought"
        return Problem("no-text", "", "a PDF, or text in UTF-8", found, _STEP)
    pages = tuple(told.split("\f"))
    return Pages(PLAIN, pages, clauses(pages))


def texts(view: View, agreement: Agreement) -> tuple[Text, ...]:
    """The papers of an agreement that are public by this day and whose digest this reader may see.

    Only what the keeper kept as a contract, and calls public in a statement of the keeper's own:
    anybody may name any document with any day, and a file may hold what its sender sealed.
    Unknown: a text whose file is not held here, or cannot be read, says so.
    """
    documents = {
        d.id: d
        for d in view.facts(kinds=["document"]).all(Document)
        if known(d.format) == "contract" and _keepers(view, d.ref.position)
    }
    if not _keepers(view, agreement.ref.position):
        return ()
    found = []
    for paper in known(agreement.papers) or ():
        document = documents.get(known(paper.document) or "")
        since = known(paper.public)
        digest = known(document.sha256) if document is not None else None
        if document is None or digest is None or since is None:
            continue
        if since.first <= when(view.today).first:
            found.append(_text(view, paper, document, digest))
    return tuple(found)


def _keepers(view: View, position: int) -> bool:
    return view.entry(position).author == view.book.operator


def text_of(view: View, agreement: Agreement, document: str) -> Text:
    """One public text by its document. Refuses: NotFound."""
    for one in texts(view, agreement):
        if one.document.id == document:
            return one
    message = f"no public text of {agreement.id} is called {document[:80]}"
    raise NotFound(message)


# What a file says depends on its bytes alone.
_READ: OrderedDict[str, Pages | str] = OrderedDict()
_READ_MOST = 16


def _text(view: View, paper: Paper, document: Document, digest: str) -> Text:
    # Asked for each time: what was taken down is not shown from what was read before.
    try:
        data = view.book.file(digest)
        found = _READ.get(digest)
        if found is None:
            told = _read(data)
            found = _READ[digest] = told if isinstance(told, Pages) else told.text()
    except LookupError:
        return Text(paper, document, digest, None, "the book does not hold the file")
    except KeeperError as error:
        return Text(paper, document, digest, None, str(error))
    while len(_READ) > _READ_MOST:
        _READ.popitem(last=False)
    if isinstance(found, str):
        return Text(paper, document, digest, None, found)
    return Text(paper, document, digest, found)


def picture(view: View, text: Text, page: int) -> bytes:
    """One page of a PDF as a PNG. Refuses: NotFound for a page that is not there or not drawn."""
    pages = text.pages
    if pages is None or pages.media_type != PDF or not 1 <= page <= len(pages.pages):
        message = f"{text.document.id} has no picture of page {page}"
        raise NotFound(message)
    drawn = page_picture(view.book.file(text.digest), page)
    if isinstance(drawn, Problem):
        message = f"page {page} of {text.document.id}: {drawn.text()}"
        raise NotFound(message)
    return drawn


def file_of(view: View, text: Text) -> bytes:
    """The file of a public text. Refuses: NotFound where it is not held."""
    try:
        return view.book.file(text.digest)
    except LookupError as error:
        message = f"the book does not hold the file of {text.document.id}"
        raise NotFound(message) from error
