"""What if: a new source, a ban or a lost plant, by stage and year, before and after."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from orebook.acts.mineral import minerals
from orebook.acts.reliance import Answer, what_if
from orebook.engines.reliance import ENGINE, VERSION
from orebook.engines.reliance.whatif import KINDS, Effect
from orebook.model.problem import NotFound, ReaderError
from orebook.model.statistic import Interval
from orebook.show.bars import Share, share_bars
from orebook.show.html import Html
from orebook.show.svg import responsive
from orebook.web.page import Ask, Page
from orebook.web.pages.minerals import EXPLAINED, NOTHING, percent, points, words
from orebook.web.tables import Cell, Table, table

_FIELDS = ("mineral", "source", "stages", "stage", "kind", "party", "tonnes", "from")
_STAGES = "mine, smelter, refinery"
# Bars are drawn, and said, to a tenth of a percent.
_STEP = Decimal("0.001")


def page(ask: Ask) -> Page:
    """The questions that lie beside the statistics, one of them answered, or the reader's own.

    Takes: `file`, the name of an overlay; or `mineral`, `stage`, `kind`, `party`, `tonnes`, `from`.
    """
    if not ask.market:
        parts: dict[str, object] = {"answer": None, "told": NOTHING, "files": ()}
        return Page("whatif", "What if?", parts, unknown=("market statistics",))
    folder = Path(ask.market)
    files = _overlays(folder)
    name, own = ask.query.get("file", ""), {k: ask.query.get(k, "") for k in _FIELDS}
    if name and name not in dict(files):
        message = f"no question is called {name[:60]}"
        raise NotFound(message)
    answer, fault = None, ""
    if name:
        answer = what_if((folder / name).read_bytes(), name, folder)
    elif own["tonnes"]:
        answer = what_if(_overlay(own), "the form", folder)
    listed = [(file, title, f"/whatif?file={file}") for file, title in files]
    parts = {
        "answer": answer,
        "told": fault,
        "files": listed,
        "form": own,
        "minerals": [(m, words(m)) for m in minerals(folder)],
        "kinds": [(k, k.replace("_", " ")) for k in KINDS],
        "stages": [],
        "explained": EXPLAINED,
    }
    if answer is None:
        return Page("whatif", "What if?", parts, versions=(f"{ENGINE}/{VERSION}",))
    stages = list(dict.fromkeys(e.stage for e in answer.effects))
    drawn = [(stage, *_stage(f"s{n}", stage, answer)) for n, stage in enumerate(stages)]
    parts["stages"] = drawn
    parts["country"] = [
        (stage, _whys([(e.year, e.why) for e in answer.country if e.stage == stage]))
        for stage in stages
    ]
    tables = tuple(t for *_, t in drawn if t.rows) + _country(answer)
    unknown = tuple(f"{e.stage}: {e.why}" for e in answer.effects if "no statistics" in e.why)
    return Page(
        "whatif", answer.title or "What if?", parts, tables, answer.as_json(),
        tuple(dict.fromkeys(unknown)), (f"{ENGINE}/{VERSION}",),
        trail=(("What if", "/whatif"),),
    )  # fmt: skip


def _overlays(folder: Path) -> list[tuple[str, str]]:
    """The overlay files in the folder with their titles; what is no overlay is left alone."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            value = json.loads(path.read_bytes())
        except (ValueError, OSError):
            continue
        if isinstance(value, dict) and "changes" in value:
            found.append((path.name, str(value.get("title", path.name))))
    return found


def _overlay(own: dict[str, str]) -> bytes:
    """The overlay that the form's fields make; the act refuses what is wrong with its pointer."""
    begin = own["from"] or "2028"
    if not begin.isascii() or not begin.isdigit() or len(begin) != 4:
        message = f'from: expected a year such as 2028, found "{begin[:40]}"'
        raise ReaderError(message)
    stages = [s.strip() for s in (own["stages"] or _STAGES).split(",") if s.strip()]
    change = {"kind": own["kind"] or "new_source", "stage": own["stage"] or "mine",
              "party": own["party"].upper(), "ramp": {begin: own["tonnes"]}}  # fmt: skip
    if change["stage"] not in stages:
        stages.insert(0, str(change["stage"]))
    told = {
        "title": f"{change['kind']} of {own['tonnes']} t, {change['stage']}, {change['party']}",
        "mineral": own["mineral"],
        "source": own["source"],
        "stages": stages,
        "years": [str(int(begin) - 1), begin],
        "changes": [change],
        "notes": ["The tonnage is the reader's own."],
    }
    return json.dumps({k: v for k, v in told.items() if v != ""}).encode()


def _stage(key: str, stage: str, answer: Answer) -> tuple[Html | None, list[str], Table]:
    """The picture of the last year's shares, why nothing moves where it does not, the figures."""
    effects = [e for e in answer.effects if e.stage == stage]
    moved = [e for e in effects if e.indices]
    picture = None
    if moved:
        last = moved[-1]
        shares = []
        for index in last.indices:
            if not index.name.startswith("HHI"):
                shares.append(_share(f"{index.name}, before", index.before))
                shares.append(_share(f"{index.name}, {last.year}", index.after))
        said = f"{stage}, before and in {last.year}"
        picture = responsive(key, lambda k, width: share_bars(k, shares, width=width, title=said))
    return picture, _whys([(e.year, e.why) for e in effects]), _rows(key, stage, moved)


def _whys(told: Iterable[tuple[int, str]]) -> list[str]:
    """Each reason once, with its years before it."""
    years: dict[str, list[str]] = {}
    for year, why in told:
        if why:
            years.setdefault(why, []).append(str(year))
    return [f"{', '.join(when)}: {why}" for why, when in years.items()]


def _share(label: str, span: Interval) -> Share:
    low, high = (None if end is None else end.quantize(_STEP) for end in (span.low, span.high))
    return Share(label, low, high)


def _rows(key: str, stage: str, effects: list[Effect]) -> Table:
    rows = []
    for e in effects:
        for index in e.indices:
            hhi = index.name.startswith("HHI")
            before, after = (
                points(span) if hhi else percent(span, 2) for span in (index.before, index.after)
            )
            rows.append((Cell(str(e.year)), Cell(index.name), Cell(before), Cell(after)))
    columns = (("year", "year"), ("index", "index"), ("before", "before"), ("after", "after"))
    return table(f"effects-{key}", f"{stage}: before and after", columns, rows)


def _country(answer: Answer) -> tuple[Table, ...]:
    rows = [
        (Cell(e.stage), Cell(str(e.year)), Cell(_reliance(e.before)), Cell(_reliance(e.after)))
        for e in answer.country
        if e.before is not None
    ]
    columns = (("stage", "stage"), ("year", "year"), ("before", "before"), ("after", "after"))
    caption = f"{answer.party}: net import reliance, percent"
    return (table("country", caption, columns, rows),) if rows else ()


def _reliance(span: Interval | None) -> str:
    if span is None or span.low is None or span.high is None:
        return "not known"
    low, high = round(span.low, 1), round(span.high, 1)
    return f"{low}" if low == high else f"{low} to {high}"
