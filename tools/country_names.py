"""Writes the table of country names from CLDR, as the package cldr-localenames-full holds them.

npm pack cldr-localenames-full && tar xzf cldr-localenames-full-*.tgz
python tools/country_names.py package > src/orebook/exchange/tables/country_names.csv
"""

from __future__ import annotations

import csv
import json
import sys
import unicodedata
from pathlib import Path

LANGUAGES = ("en", "fr", "es", "ur", "zh")
CODES = Path(__file__).parents[1] / "src/orebook/model/tables/countries.csv"
# In use without an ISO 3166-1 entry of their own: user-assigned, and exceptionally reserved.
BESIDE = ("XK", "EU")
# Of two countries alike: by its bare name neither is meant for certain, and a reader says so.
BARE = {"CG": "Congo"}


def main(package: Path) -> None:
    """Prints the table: names of each country by language, parted by a bar, the usual one first."""
    codes = [row["alpha_2"] for row in csv.DictReader(CODES.open(encoding="utf-8"))]
    names = {lang: _names(package, lang) for lang in LANGUAGES}
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["alpha_2", *LANGUAGES])
    for code in [*codes, *BESIDE]:
        table.writerow([code, *("|".join(_of(names[lang], code)) for lang in LANGUAGES)])


def _names(package: Path, lang: str) -> dict[str, str]:
    told = json.loads((package / "main" / lang / "territories.json").read_text("utf-8"))
    names: dict[str, str] = told["main"][lang]["localeDisplayNames"]["territories"]
    return names


def _of(names: dict[str, str], code: str) -> list[str]:
    """The usual name and its variants; not a bare one, nor letters that may be another's code."""
    found = [name for key, name in names.items() if key.split("-alt-")[0] == code]
    kept = [n for n in dict.fromkeys(found) if n != BARE.get(code) and not _letters(n)]
    return kept or [f"{found[0]} ({code})"]


def _letters(name: str) -> bool:
    plain = unicodedata.normalize("NFKD", name)
    short = "".join(c for c in plain if c.isalnum())
    return len(short) <= 2 and short.isascii()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
