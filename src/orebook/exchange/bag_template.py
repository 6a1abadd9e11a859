"""A shipment sheet to fill in: lines for the whole consignment, below them one row per bag."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from orebook.exchange.fact_columns import RIGHT_TO_LEFT, titles
from orebook.exchange.template import lines, refuse_language, texts

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

NAMES = ("bags", "packages", "shipment-sheet")
LINES = (
    *("shipment", "lot", "material", "sender", "receiver", "origin", "destination", "dispatched"),
    *("hs_code", "incoterm", "papers"),
)
COLUMNS = {
    "bag": "",
    "lot": "",
    "seal": "",
    "gross": "kg",
    "tare": "kg",
    "net": "kg",
    "moisture": "%",
    "assay": "",
    "paper": "",
}
_TOLD = ("bag_lines", "bag_rows", "bag_assay", "unknown", "units", "basis", "dates")


def write_bags(language: str, stream: BinaryIO) -> None:
    """The workbook, its titles and instructions in that language.

    Refuses: ReaderError for a language that is not written yet.
    """
    from xlsxwriter import Workbook

    refuse_language(language)
    book = Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": "Orebook: bags"})
    sheet = book.add_worksheet("bags")
    told = book.add_worksheet(texts(language)["sheet"])
    for page in (sheet, told) if language in RIGHT_TO_LEFT else ():
        page.right_to_left()
    _fill(book, sheet, language)
    lines(book, told, "bags", _TOLD, language)
    book.close()


def _fill(book: Workbook, sheet: Worksheet, language: str) -> None:
    head = book.add_format(
        {"bold": True, "bottom": 1, "bg_color": "#E8EEF2", "text_wrap": True, "valign": "top"}
    )
    text = book.add_format({"num_format": "@"})
    for row, name in enumerate(LINES):
        sheet.write_string(row, 0, titles()[name][language])
        sheet.write_blank(row, 1, None, text)
    for column, (name, unit) in enumerate(COLUMNS.items()):
        title = titles()[name][language] + (f" ({unit})" if unit else "")
        # A text format keeps leading zeros and keeps codes from turning into dates.
        sheet.set_column(column, column, max(14, len(title) + 3), None if unit else text)
        sheet.write_string(len(LINES) + 1, column, title, head)
    sheet.freeze_panes(len(LINES) + 2, 1)
