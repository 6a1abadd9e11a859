"""Tables of facts as people fill them in: which columns each has, and what they are called.

A template is one kind of fact as a sheet; its columns are attributes of that kind, or of a flow of
an event. Titles are read in every language they are written in.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from orebook.model.shape import shapes
from orebook.model.vocabulary import words

MARK = "orebook:"
LANGUAGES = ("en", "fr", "es", "ur", "zh")
RIGHT_TO_LEFT = ("ur",)
DIRECTIONS = {"in": "inputs", "out": "outputs", "subject": "subjects"}
_FLOW = ("lot", "mass", "role")
_BRACKET = re.compile(r"[(\[（]([^)\]）]*)[)\]）]")


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, its type as attributes.csv has it, the unit its header states."""

    name: str
    type: str
    unit: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Template:
    """One table: the name of its sheet, the kind of fact in it, its columns in order."""

    name: str
    kind: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """The column of that name, also one that the template does not show."""
        return next((f for f in self.fields if f.name == name), None) or _field(self.name, name)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a header cell says: its title, and the unit and basis in brackets."""

    title: str
    unit: str = ""
    basis: str = ""


def rows(name: str) -> Iterator[dict[str, str]]:
    """Every row of `exchange/tables/NAME.csv`."""
    text = (files("orebook.exchange") / "tables" / f"{name}.csv").read_text("utf-8")
    yield from csv.DictReader(text.splitlines())


@cache
def templates() -> dict[str, Template]:
    """Every template by name. Source: tables/templates.csv."""
    fields: dict[str, list[Field]] = {}
    kinds: dict[str, str] = {}
    for row in rows("templates"):
        kinds[row["template"]] = row["kind"]
        field = _field(row["template"], row["column"], row["unit"], row["kind"])
        assert field is not None, row
        fields.setdefault(row["template"], []).append(field)
    return {name: Template(name, kind, tuple(fields[name])) for name, kind in kinds.items()}


def _field(template: str, name: str, unit: str = "", kind: str = "") -> Field | None:
    kind = kind or templates()[template].kind
    if kind == "event" and name == "direction":
        said = "in, out or subject (observed without change)"
        return Field(name, "direction", "", template == "events", said)
    shape = shapes()["flow" if kind == "event" and name in _FLOW else kind]
    found = shape.get(name)
    if found is None:
        if kind == "assay" and unit:
            return Field(name, "grade", unit, False, f"grade of {name}")
        return None
    return Field(name, found.type, unit, found.required, found.description)


@cache
def titles() -> dict[str, dict[str, str]]:
    """Column → language → title. Source: tables/titles.csv; all but English machine-drafted."""
    return {row["column"]: {lang: row[lang] for lang in LANGUAGES} for row in rows("titles")}


def title(field: Field, language: str) -> str:
    """The header of a column: its title, its unit in brackets, a star where it must be filled."""
    name = titles().get(field.name, {}).get(language) or field.name
    unit = f" ({field.unit})" if field.unit else ""
    return f"{name}{unit}{' *' if field.required else ''}"


@cache
def _described() -> dict[str, dict[str, str]]:
    """What a column holds, in English → by language. Source: tables/descriptions.csv."""
    return {row["en"]: row for row in rows("descriptions")}


def description(field: Field, language: str) -> str:
    """What a column holds, in that language. Source: tables/descriptions.csv, machine-drafted."""
    if field.type == "grade":
        return _described()["grade of {}"][language].format(field.name)
    return _described()[field.description][language]


@cache
def _known(template: str) -> dict[str, tuple[str, ...]]:
    """Title or description in any language, folded → the columns it names in that template."""
    found: dict[str, list[str]] = {}
    kind = templates()[template].kind
    names = {f.name for f in templates()[template].fields} | set(shapes()[kind])
    said = {
        f.name: [description(f, lang) for lang in LANGUAGES] for f in templates()[template].fields
    }
    for name in names:
        told = (*titles().get(name, {}).values(), *said.get(name, ()))
        for text in (name, name.replace("_", " "), *told):
            if name not in found.setdefault(fold(text), []):
                found[fold(text)].append(name)
    return {text: tuple(names) for text, names in found.items()}


def named(template: str, text: str) -> str | None:
    """The column that a title names in that template, in any language; None for another title."""
    found = _known(template).get(fold(text), ())
    return found[0] if len(found) == 1 else None


def fold(text: str) -> str:
    """A title as it is compared: without case, stars and repeated spaces."""
    return " ".join(text.replace("*", " ").replace("’", "'").casefold().split())


def shown(vocabulary: str, language: str) -> dict[str, str]:
    """Word → how a drop-down shows it in that language; English shows the words themselves."""
    told = {r["word"]: r[language] for r in rows("sheet_words") if r["vocabulary"] == vocabulary}
    known = DIRECTIONS if vocabulary == "direction" else words(vocabulary)
    return {word: (told.get(word) if language != "en" else "") or word for word in known}


def word_of(vocabulary: str, text: str) -> str:
    """The word that a cell says in any language, or the text as it stands where it says none."""
    return _spelled(vocabulary).get(_plain(text), text)


@cache
def _spelled(vocabulary: str) -> dict[str, str]:
    """Every spelling of a word, folded → the word. Source: tables/sheet_words.csv."""
    found = {_plain(word): word for word in shown(vocabulary, "en")}
    for row in rows("sheet_words"):
        if row["vocabulary"] == vocabulary:
            texts = [*row["en"].split("|"), *(row[lang] for lang in LANGUAGES[1:])]
            found |= {_plain(text): row["word"] for text in texts if text}
    return found


def _plain(text: str) -> str:
    return fold(text).replace("_", " ").replace("-", " ")


def heading(text: str) -> Heading:
    """The parts of a header cell: "Net mass (kg, dry) *" is a title, kg and dry."""
    bracket = _BRACKET.search(text)
    rest = _BRACKET.sub(" ", text, count=1)
    unit: list[str] = []
    basis = ""
    for word in re.split(r"[\s,;]+", bracket[1].strip()) if bracket else ():
        if word.casefold() in {"wet", "dry"}:
            basis = word.casefold()
        else:
            unit.append(word)
    return Heading(" ".join(rest.replace("*", " ").split()), " ".join(unit), basis)
