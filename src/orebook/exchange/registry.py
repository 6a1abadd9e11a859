"""The formats this book reads and writes, listed by hand, and the choice among them."""

from __future__ import annotations

from functools import cache

from orebook.exchange.format import Format
from orebook.model.problem import Problem, found

# How many first bytes of a document `choose` wants to see.
START = 64 * 1024


@cache
def formats() -> tuple[Format, ...]:
    """Every built-in format; an outside one uses the same record. Read when first asked for."""
    from orebook.exchange import (
        bods,
        claims_csv,
        epcis_json,
        epcis_xml,
        jsonl,
        metals_certificate,
        ocds,
        sheets,
        untp,
    )

    return (
        epcis_json.FORMAT,
        epcis_xml.FORMAT,
        untp.FORMAT,
        metals_certificate.FORMAT,
        jsonl.FORMAT,
        claims_csv.CLAIMS_CSV,
        sheets.SHIPMENT_SHEET,
        ocds.OCDS,
        bods.BODS,
    )


def choose(
    start: bytes,
    name: str = "",
    wanted: str | None = None,
    among: tuple[Format, ...] | None = None,
) -> Format | Problem:
    """The format of a document: the one wanted by name, else the one most sure of itself.

    Takes: the first bytes (START of them are enough) and the file name.
    Refuses: with a Problem that lists the formats, a name that is none of them, a document none of
    them knows, or one that two of them claim alike.
    """
    known = formats() if among is None else among
    listed = ", ".join(f"{format_.name} ({format_.title})" for format_ in known)
    step = "Name the format the document is in, or convert it to one of these."
    if wanted is not None:
        for format_ in known:
            if format_.name == wanted:
                return format_
        return Problem("unknown-format", "", f"one of {listed}", found(wanted), step, name)
    scored = sorted(((f.sniff(start, name), f) for f in known), key=lambda pair: -pair[0])
    if not scored or scored[0][0] == 0:
        what = "a document none of these formats knows" if start else "an empty document"
        if start and name.casefold().endswith((".csv", ".tsv")):
            step = "Map your own columns (orebook map), or take a template (orebook template)."
        return Problem("unknown-format", "", f"one of {listed}", what, step, name)
    if len(scored) > 1 and scored[0][0] == scored[1][0]:
        what = f"one that may be {scored[0][1].name} or {scored[1][1].name}"
        return Problem("ambiguous-format", "", "a document of one format", what, step, name)
    return scored[0][1]
