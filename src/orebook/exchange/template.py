"""A workbook to fill in: one kind of fact, drop-downs, instructions in the sender's language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from orebook.exchange.fact_columns import (
    LANGUAGES,
    MARK,
    RIGHT_TO_LEFT,
    Field,
    Template,
    description,
    rows,
    shown,
    templates,
    title,
    titles,
)
from orebook.exchange.rows import letter
from orebook.model.problem import ReaderError
from orebook.model.vocabulary import words

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_ROWS = 5_000
_LISTS = "_lists"
_LINES = ("fill", "required", "unknown", "units", "basis", "limit", "dates", "several")


def chosen(path: Path) -> Template:
    """The template that a file name asks for: `assays.xlsx` is that of assays.

    Refuses: ReaderError for another name, with the names there are.
    """
    known = templates()
    name = path.stem.casefold()
    for template in known.values():
        if name in {template.name, template.kind}:
            return template
    message = f"{path.name}: expected a name of {', '.join(known)}, such as assays.xlsx"
    raise ReaderError(message)


def write(template: Template, language: str, stream: BinaryIO) -> None:
    """One workbook for that template, titles and instructions in that language.

    Refuses: ReaderError for a language that is not written yet.
    """
    from xlsxwriter import Workbook

    refuse_language(language)
    book = Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": f"Orebook: {template.name}"})
    sheet = book.add_worksheet(template.name)
    told = book.add_worksheet(texts(language)["sheet"])
    lists = book.add_worksheet(_LISTS)
    lists.hide()
    for page in (sheet, told) if language in RIGHT_TO_LEFT else ():
        page.right_to_left()
    _table(book, sheet, lists, template, language)
    _instructions(book, told, template, language)
    book.close()


def refuse_language(language: str) -> None:
    """Returns for a language that templates are written in. Refuses: ReaderError for another."""
    if language not in LANGUAGES:
        message = f"--lang: expected one of {', '.join(LANGUAGES)}, found {language}"
        raise ReaderError(message)


@cache
def texts(language: str) -> dict[str, str]:
    """What the instructions say in that language. Source: tables/instructions.csv."""
    return {row["key"]: row[language] for row in rows("instructions")}


def _table(
    book: Workbook, sheet: Worksheet, lists: Worksheet, template: Template, language: str
) -> None:
    grey = book.add_format({"font_color": "#777777", "font_size": 9})
    head = book.add_format(
        {"bold": True, "bottom": 1, "bg_color": "#E8EEF2", "text_wrap": True, "valign": "top"}
    )
    text = book.add_format({"num_format": "@"})
    sheet.write_string(0, 0, f"{MARK}{template.name}", grey)
    for column, field in enumerate(template.fields):
        name = title(field, language)
        # A text format keeps leading zeros and keeps codes from turning into dates.
        plain = text if _is_text(field) else None
        sheet.set_column(column, column, max(12, min(len(name) + 3, 28)), plain)
        sheet.write_string(1, column, name, head)
        said = f"{field.name}: {field.description}"
        if language != "en":  # what counts is the English beside it
            said = f"{name.rstrip(' *')}: {description(field, language)}\n{said}"
        sheet.write_comment(1, column, said, {"x_scale": 1.5, "y_scale": 1.2})
        choices = list(shown(_vocabulary(field), language).values()) if _vocabulary(field) else []
        if choices:
            lists.write_column(0, column, choices)
            letters = letter(column)
            source = f"={_LISTS}!${letters}$1:${letters}${len(choices)}"
            sheet.data_validation(
                2,
                column,
                _ROWS,
                column,
                {"validate": "list", "source": source, "error_title": name[:32]},
            )
    sheet.freeze_panes(2, 1)


def lines(book: Workbook, sheet: Worksheet, name: str, keys: Sequence[str], language: str) -> int:
    """Writes the numbered instructions, beside the English; gives the row below them."""
    said = texts(language)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    warn = book.add_format({"italic": True, "font_color": "#9A3412", "text_wrap": True})
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 2, 60, wrap)
    sheet.write_string(0, 0, f"Orebook: {name}", book.add_format({"bold": True}))
    row = 1
    if said["draft"]:
        sheet.write_string(row, 0, "Machine-drafted; not yet checked by a reader.", warn)
        sheet.write_string(row, 1, said["draft"], warn)
        row += 1
    for number, key in enumerate(keys, 1):
        sheet.write_string(row, 0, str(number))
        sheet.write_string(row, 1, said[key], wrap)
        if language != "en":
            sheet.write_string(row, 2, texts("en")[key], wrap)
        row += 1
    return row


def _instructions(book: Workbook, sheet: Worksheet, template: Template, language: str) -> None:
    keys = [*_LINES, *(("grades",) if template.kind == "assay" else ())]
    row = lines(book, sheet, template.name, keys, language) + 1
    sheet.write_string(row, 0, texts(language)["words"], book.add_format({"bold": True}))
    for field in template.fields:
        if not field.type.startswith("word:"):
            continue
        vocabulary = field.type.removeprefix("word:")
        told = shown(vocabulary, language)
        for word, meaning in words(vocabulary).items():
            row += 1
            name = titles().get(field.name, {}).get(language) or field.name
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, told[word])
            sheet.write_string(row, 2, meaning if language == "en" else f"{word}: {meaning}")


def _vocabulary(field: Field) -> str:
    """The closed list of words that a column is filled from; empty for free text and figures."""
    said = field.type == "direction" or field.type.startswith("word:")
    return field.type.removeprefix("word:") if said else ""


def _is_text(field: Field) -> bool:
    return field.type.removeprefix("list:") in {"id", "text"} or "ref:" in field.type
