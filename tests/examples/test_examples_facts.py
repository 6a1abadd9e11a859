"""Every example fact is sound by itself, points at something, and names no person in the clear."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import pytest

from orebook.exchange.claims_csv import CLAIMS_CSV
from orebook.exchange.format import Read, Source
from orebook.model.entry import Body
from orebook.model.shape import check, shapes, shelves

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FOLDERS = ("first-shipment", "copper-smelter", "rare-earth-chain")
# Surnames and given names that stand in the titles, addresses and subjects of the press claims.
PERSONS = (
    "aimal", "akram", "waqas", "rabbani", "raza", "trump", "munir", "shehbaz", "pervaiz",
    "musadik", "lashkari", "nayyar",
)  # fmt: skip

Fact = tuple[str, Body]


def native(folder: str) -> list[tuple[str, str, Body]]:
    """Kind, author and body of every line of the native files of a folder."""
    lines = [
        json.loads(line)
        for path in sorted((EXAMPLES / folder).glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert all(set(line) == {"kind", "author", "fact"} for line in lines)
    return [(line["kind"], line["author"], line["fact"]) for line in lines]


def register() -> list[Fact]:
    """The facts of the claims register."""
    data = (EXAMPLES / "first-shipment" / "claims.csv").read_bytes()
    read = list(CLAIMS_CSV.read(io.BytesIO(data), Source("claims.csv", "claims.csv")))
    assert [r for r in read if not isinstance(r, Read)] == []
    return [(r.kind, r.body) for r in read if isinstance(r, Read)]


def facts(folder: str) -> list[Fact]:
    told = [(kind, body) for kind, _, body in native(folder)]
    return told + (register() if folder == "first-shipment" else [])


def references(kind: str, body: Body) -> list[tuple[str, str]]:
    """Each (kind pointed at, id) of a body; `claim` texts and `about` point too."""
    found: list[tuple[str, str]] = []
    for name, value in body.items():
        type_ = shapes()[kind][name].type
        head = type_.removeprefix("list:")
        if isinstance(value, dict) and "absent" in value:
            continue
        items = value if isinstance(value, list) else [value]
        if head.startswith("ref:"):
            found += [(head.removeprefix("ref:"), str(item)) for item in items]
        elif head.startswith("record:"):
            for item in items:
                if "absent" not in item:
                    found += references(head.removeprefix("record:"), item)
        elif name in {"claim", "claims"}:
            found += [("claim", str(item)) for item in items]
        elif name == "about":
            found += [("", str(item)) for item in items]
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_example_fact_is_sound(folder: str) -> None:
    faults = [(body["id"], p) for kind, body in facts(folder) for p in check(kind, body)]
    assert faults == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_example_id_is_given_once(folder: str) -> None:
    counts = Counter((kind, body["id"]) for kind, body in facts(folder))
    assert {key: n for key, n in counts.items() if n > 1} == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_example_reference_resolves_within_its_folder(folder: str) -> None:
    told = facts(folder)
    known = {(kind, str(body["id"])) for kind, body in told} | {
        ("", str(body["id"])) for _, body in told
    }
    lost = [
        (body["id"], wanted)
        for kind, body in told
        for wanted in references(kind, body)
        if wanted not in known
    ]
    authors = {author for _, author, _ in native(folder)}
    assert lost == []
    assert [a for a in authors if ("party", a) not in known] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_person_is_named_in_the_clear(folder: str) -> None:
    named = []
    for kind, body in facts(folder):
        clear = json.dumps(_clear(kind, body), ensure_ascii=False).casefold()
        named += [(body["id"], name) for name in PERSONS if name in clear]
    assert named == []


def _clear(kind: str, body: Body) -> Body:
    """The body as the leaf would hold it, without what lies on a shelf or is sealed."""
    copy: Body = json.loads(json.dumps(body))
    for pointer, _ in shelves(kind, body):
        *path, last = pointer.removeprefix("/").split("/")
        here: object = copy
        for step in path:
            here = here[int(step)] if isinstance(here, list) else here[step]  # type: ignore[index]
        assert isinstance(here, dict)
        del here[last]
    return copy


def test_absences_of_the_examples_say_until_when_and_where() -> None:
    bare = []
    for folder in FOLDERS:
        for _, body in facts(folder):
            bare += [(body["id"], a) for a in _absences(body) if not {"until", "where"} <= set(a)]
    assert bare == []


def _absences(value: object) -> list[Body]:
    if isinstance(value, dict):
        own = [value] if "absent" in value else []
        return own + [a for item in value.values() for a in _absences(item)]
    if isinstance(value, list):
        return [a for item in value for a in _absences(item)]
    return []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_example_folder_says_what_it_is(folder: str) -> None:
    text = (EXAMPLES / folder / "README.md").read_text(encoding="utf-8")
    named = sorted(p.name for p in (EXAMPLES / folder).iterdir() if p.suffix != ".md")
    assert [name for name in named if f"`{name}`" not in text] == []
    assert "## Sources" in text
