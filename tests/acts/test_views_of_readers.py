"""Who may see what, and when it was known: sealed values, earlier days, reproducible roots."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import pytest

from orebook.acts import entries as entries_act
from orebook.acts.balance import balance
from orebook.acts.demo import build
from orebook.acts.demo_findings import findings
from orebook.acts.export import export
from orebook.acts.lots import lot, lots
from orebook.acts.see import on, view
from orebook.acts.trace import lineage
from orebook.book.book import Book
from orebook.model.absence import Sealed
from orebook.model.problem import NotFound, ReaderError
from orebook.show.demo import demo_lines
from orebook.show.findings import finding_lines
from orebook.show.sentences import lineage_json, lot_json, sheet_json, sheet_lines
from orebook.wiring import Naming, create_book, demo_book, example_files, portal_settings

SECRET = "7391.25"
ROWS = [
    {
        "kind": "lot",
        "seal": ["/mass"],
        "fact": {
            "id": "lot:ore",
            "mass": {"value": SECRET, "unit": "KGM", "basis": "dry"},
            "material": "antimony ore",
        },
    },
    {"kind": "lot", "fact": {"id": "lot:out", "mass": {"value": "7000", "unit": "KGM"}}},
    {
        "kind": "event",
        "seal": ["/inputs/0/mass"],
        "fact": {
            "id": "event:crush",
            "kind": "crush",
            "when": "2026-01-02T06:00:00Z",
            "inputs": [{"lot": "lot:ore", "mass": {"value": SECRET, "unit": "KGM"}}],
            "outputs": [{"lot": "lot:out", "mass": {"value": "7000", "unit": "KGM"}}],
        },
    },
]


def everything_said(book: Book, reader: str) -> str:
    """Every act's answer in every form, as one text."""
    here = view(book, reader, "2026-06-01")
    said: list[object] = []
    for ident in ("lot:ore", "lot:out"):
        sheet = lot(here, ident)
        said += [sheet_json(sheet), list(sheet_lines(sheet)), repr(sheet)]
        said.append(lineage_json(lineage(here, ident)))
        for finding in balance(here, lot=ident, assumptions=["as-written", "basis=dry"]):
            said += [finding.as_json(), list(finding_lines(finding))]
    said += [lot_json(line) for line in lots(here)]
    for position in range(book.head.size):
        found = entries_act.entry(here, str(position))
        said += [found.entry.facts, found.payload, found.disclosures, found.leaf.decode()]
    for kind in ("lot", "event"):
        stream = io.BytesIO()
        export(here, "jsonl", stream, kinds=[kind])
        said.append(stream.getvalue().decode())
    stream = io.BytesIO()
    export(here, "epcis-json", stream, kinds=["event"])
    said.append(stream.getvalue().decode())
    return json.dumps(said, default=str, ensure_ascii=False)


def test_a_sealed_value_reaches_its_owner_and_no_one_else(book: Book, keep) -> None:
    assert keep(ROWS).problems == ()
    told = everything_said(book, "public")
    for form in (SECRET, "7 391", "7 391", "7391", "391.25"):
        assert form not in told
    assert SECRET in everything_said(book, "owner")


def test_a_gap_is_not_told_to_who_may_not_see_what_went_in(book: Book, keep) -> None:
    keep(ROWS)
    public = balance(view(book, "public", "2026-06-01"), event="event:crush")[0]
    owner = balance(view(book, "owner", "2026-06-01"), event="event:crush")[0]
    assert public.verdict == "cannot_be_told"
    assert any("seal" in m.why for m in public.missing), public.missing
    (dry,) = [p for p in owner.parts if p.component == "dry mass"]
    gap = dry.figure("gap")
    assert gap is not None
    assert gap.value is not None
    hidden = [f for p in public.parts for f in p.figures if f.name in {"gap", "in"}]
    assert all(f.value is None for f in hidden)


def test_a_sealed_member_is_seen_to_be_sealed(book: Book, keep) -> None:
    keep(ROWS)
    sheet = lot(view(book, "public", "2026-06-01"), "lot:ore")
    assert sheet.lot is not None
    assert isinstance(sheet.lot.mass, Sealed)
    assert sheet.lot.material == "antimony ore"


def test_an_earlier_day_is_answered_as_the_book_stood_then(injected) -> None:
    made = injected()
    with create_book(None, Naming("test.example/days", "Days", "party:k"), made) as book:
        from orebook.acts.capture import capture

        def send(name: str) -> None:
            row = {"kind": "lot", "fact": {"id": f"lot:{name}"}}
            capture(book, io.BytesIO(json.dumps(row).encode() + b"\n"), "l.jsonl")

        send("first")
        made.now.moment += dt.timedelta(days=9)
        send("second")
        here = view(book, "owner", "2026-06-01")
        assert [line.id for line in lots(here)] == ["lot:first", "lot:second"]
        then = on(here, "2026-01-05")
        assert (then.today, [line.id for line in lots(then)]) == ("2026-01-05", ["lot:first"])
        assert then.head.size < here.head.size
        assert view(book, "owner", "2026-06-01", then.head.size).head == then.head
        with pytest.raises(NotFound):
            lot(then, "lot:second")
        with pytest.raises(ReaderError, match="no entry as early as 2025-01-01"):
            on(here, "2025-01-01")
        with pytest.raises(ReaderError, match="is not a date"):
            on(here, "yesterday")


@pytest.mark.parametrize(
    ("reader", "today", "size"),
    [("nobody", "2026-01-01", None), ("owner", "tomorrow", None), ("owner", "2026-01-01", 0)],
)
def test_a_view_refuses_an_unknown_reader_day_or_head(book, reader, today, size) -> None:
    with pytest.raises(ReaderError):
        view(book, reader, today, size)


def test_the_demo_book_built_twice_has_one_root_and_says_the_same(tmp_path: Path, injected) -> None:
    heads, said = [], []
    for name in ("one", "two"):
        with demo_book(tmp_path / name, injected()) as book:
            captured = build(book, example_files())
            chosen = portal_settings(tmp_path / name)
            found = findings(view(book, "public", "2026-11-30"), chosen)
            heads.append(book.head)
            said.append(list(demo_lines(captured, found)))
    assert heads[0] == heads[1]
    assert said[0] == said[1]
    one, two = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n / "public").rglob("*")
         if p.is_file()}
        for n in ("one", "two")
    )  # fmt: skip
    assert one == two


def test_other_salts_make_another_root(tmp_path: Path, injected) -> None:
    roots = set()
    for count in (0, 1000):
        made = injected()
        made.salt.count = count
        with demo_book(tmp_path / str(count), made) as book:
            build(book, example_files())
            roots.add(book.head.root)
    assert len(roots) == 2


def test_a_demo_folder_that_is_none_is_never_replaced(tmp_path: Path, injected) -> None:
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(ReaderError, match="not a demo book"):
        demo_book(tmp_path, injected())
    assert (tmp_path / "letter.txt").exists()
