"""Countries as people write them in sheets: a code, or a name in a language of the templates.

Source: codes of ISO 3166-1; names of Unicode CLDR 48.2 (tables/country_names.csv, written by
tools/country_names.py) and other names in use (tables/country_aliases.csv).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cache

from orebook.exchange.fact_columns import LANGUAGES, rows
from orebook.model.problem import Problem, found
from orebook.model.vocabulary import table

# One letter on two keyboards: Arabic yeh and kaf stand for those of Urdu.
_ALIKE = str.maketrans({"ي": "ی", "ك": "ک", "ى": "ی", "ة": "ہ", "ه": "ہ"})
_NEAR = 0.72
# As a refusal shows a country: its name, and in brackets the code.
_WITH_CODE = re.compile(r"(.+?)\s*[(（]\s*([A-Za-z]{2,3})\s*[)）]", re.DOTALL)


def country(text: str) -> str | Problem:
    """The code of two letters of a country (ISO 3166-1 alpha-2).

    Takes: a code of two or three letters, or a name in English, French, Spanish, Urdu or Chinese,
    which its code may follow in brackets.
    Refuses: a Problem for a name of two countries, and for another with the nearest spelling.
    """
    codes = _codes().get(_plain(text), ())
    if not codes and (both := _WITH_CODE.fullmatch(text.strip())):
        named, coded = (_codes().get(_plain(part), ()) for part in both.groups())
        codes = tuple(code for code in named if code in coded)
    if len(codes) == 1:
        return codes[0]
    if codes:
        told = f"{found(text)}, which may be {' or '.join(map(_called, codes))}"
        step = f"Write the code that is meant: {' or '.join(codes)}."
        return Problem("country-of-two", "", "the name of one country", told, step)
    nearest = _nearest(text)
    told = found(text) + (f"; nearest spelling: {nearest}" if nearest else "")
    expected = "a country: its code (PK, PAK), or its name in a language of the templates"
    step = "Write its code of ISO 3166-1, such as PK, and send the sheet again."
    return Problem("bad-country", "", expected, told, step)


@cache
def _codes() -> dict[str, tuple[str, ...]]:
    """Every spelling, folded → the codes it may mean; a code of ISO 3166-1 means itself alone."""
    told: dict[str, tuple[str, ...]] = {}
    for row in rows("country_names"):
        for name in (n for lang in LANGUAGES for n in row[lang].split("|")):
            told[_plain(name)] = (row["alpha_2"],)
        told[_plain(row["alpha_2"])] = (row["alpha_2"],)
    for row in table("countries"):
        told[_plain(row["name"])] = (row["alpha_2"],)
    for row in rows("country_aliases"):
        told[_plain(row["name"])] = tuple(row["countries"].split(";"))
    for row in table("countries"):
        told |= {_plain(row[code]): (row["alpha_2"],) for code in ("alpha_2", "alpha_3")}
    return told


@cache
def _shown() -> dict[str, str]:
    """Folded name → the name as it is written."""
    names = [n for r in rows("country_names") for lang in LANGUAGES for n in r[lang].split("|")]
    names += [row["name"] for row in rows("country_aliases") if ";" not in row["countries"]]
    return {_plain(name): name for name in reversed(names) if len(_plain(name)) > 1}


def _nearest(text: str) -> str:
    near = difflib.get_close_matches(_plain(text), _shown(), n=1, cutoff=_NEAR)
    return f"{_shown()[near[0]]} ({_codes()[near[0]][0]})" if near and len(_plain(text)) > 3 else ""


def _called(code: str) -> str:
    return next(f"{r['en'].split('|')[0]} ({code})" for r in rows("country_names")
                if r["alpha_2"] == code)  # fmt: skip


def _plain(text: str) -> str:
    """A name without case, accents, spaces and punctuation."""
    folded = unicodedata.normalize("NFKD", text.strip()).casefold().translate(_ALIKE)
    return "".join(c for c in folded if c.isalnum())
