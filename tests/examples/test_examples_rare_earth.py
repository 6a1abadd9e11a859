"""The invented chain adds up within its doubt, event by event, by plain arithmetic."""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from orebook.model.entry import Body
from orebook.model.substance import oxide_to_element, substance
from orebook.model.units import unit
from orebook.model.when import when

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "rare-earth-chain"
ELEMENTS = ("La", "Ce", "Pr", "Nd")
PHYSICAL = {"crush", "concentrate", "blend"}
ZERO = Decimal(0)


@pytest.fixture(scope="module")
def kinds() -> dict[str, list[Body]]:
    found: dict[str, list[Body]] = {}
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            told = json.loads(line)
            found.setdefault(told["kind"], []).append(told["fact"])
    return found


def _si(figure: Body) -> tuple[Decimal, Decimal]:
    """Value and standard deviation in kilograms or as a fraction of one."""
    factor = unit(str(figure["unit"])).factor
    sd = figure["doubt"]["sd"]  # type: ignore[index,call-overload]
    return Decimal(str(figure["value"])) * factor, Decimal(sd) * factor


def _held(flow: Body, lot: Body, assay: Body, element: str) -> tuple[Decimal, dict[str, Decimal]]:
    """Kilograms of an element (or of dry mass) in a flow, and what each cause moves it by."""
    mass, mass_sd = _si(flow["mass"])  # type: ignore[arg-type]
    moved: dict[str, Decimal] = {}
    wet, wet_sd = ZERO, ZERO
    if "moisture" in lot and (element == "dry" or assay["basis"] == "dry"):
        wet, wet_sd = _si(lot["moisture"])  # type: ignore[arg-type]
    grade, grade_sd = (Decimal(1), ZERO)
    if element != "dry":
        (figure, factor), *more = [
            (r["grade"], oxide_to_element(r["substance"])[1])
            for r in assay["results"]
            if element in substance(r["substance"]).elements
        ]
        assert more == []
        grade, grade_sd = (x * factor for x in _si(figure))
        moved[figure["cause"]] = mass * (1 - wet) * grade_sd
    moved[flow["mass"]["cause"]] = moved.get(flow["mass"]["cause"], ZERO) + (  # type: ignore[index,call-overload]
        (1 - wet) * grade * mass_sd
    )
    if wet:
        moved[lot["moisture"]["cause"]] = -mass * grade * wet_sd  # type: ignore[index,call-overload]
    return mass * (1 - wet) * grade, moved


def balance(kinds: dict[str, list[Body]]) -> list[tuple[str, str, Decimal, Decimal, Decimal]]:
    """(event, element or dry, in, out, standard uncertainty of in − out), all in kilograms."""
    lots = {b["id"]: b for b in kinds["lot"]}
    assays = {b["lot"]: b for b in kinds["assay"]}
    lines = []
    for event in kinds["event"]:
        if "inputs" not in event:
            continue
        for element in (*ELEMENTS, *(("dry",) if event["kind"] in PHYSICAL else ())):
            sums, causes = [], dict[str, Decimal]()
            for sign, side in ((1, "inputs"), (-1, "outputs")):
                total = ZERO
                for flow in event[side]:  # type: ignore[attr-defined]
                    if flow["role"] == "reagent":
                        continue
                    lot = flow["lot"]
                    held, moved = _held(flow, lots[lot], assays[lot], element)
                    total += held
                    for cause, kg in moved.items():
                        causes[cause] = causes.get(cause, ZERO) + sign * kg
                sums.append(total)
            spread = sum((kg * kg for kg in causes.values()), ZERO).sqrt()
            lines.append((str(event["id"]), element, sums[0], sums[1], spread))
    return lines


def test_every_element_adds_up_within_its_doubt_at_every_step(
    kinds: dict[str, list[Body]],
) -> None:
    lines = balance(kinds)
    assert len(lines) == 7 * 4 + 5
    open_ = [line for line in lines if abs(line[2] - line[3]) > 2 * line[4]]
    assert open_ == []


def test_the_doubt_is_small_enough_to_mean_something(kinds: dict[str, list[Body]]) -> None:
    loose = [line for line in balance(kinds) if line[4] > line[2] * Decimal("0.08")]
    assert loose == []


def test_the_table_in_the_readme_is_this_arithmetic(kinds: dict[str, list[Body]]) -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    line = r"^\| ([\w-]+) \| (\w+) \| ([\d ]+) \| ([\d ]+) \| (−?[\d ]+) \| "
    rows = re.findall(line, text, re.MULTILINE)
    shown = [tuple(cell.replace(" ", "").replace("−", "-") for cell in row) for row in rows]
    assert shown == [
        (e.removeprefix("event:invented/"), of, f"{i:.0f}", f"{o:.0f}", f"{i - o:.0f}")
        for e, of, i, o, _ in balance(kinds)
    ]


def test_every_lot_event_assay_and_shipment_is_marked_invented(
    kinds: dict[str, list[Body]],
) -> None:
    marked = [b["invented"] for k in ("lot", "event", "assay", "shipment") for b in kinds[k]]
    assert len(marked) == 19 + 16 + 15 + 1
    assert set(marked) == {True}
    names = [b.get("label") or b["name"] for k in ("lot", "party", "facility") for b in kinds[k]]
    assert [n for n in names if "(invented)" not in str(n)] == []


def test_no_real_country_is_named(kinds: dict[str, list[Body]]) -> None:
    told = [b["country"] for facts in kinds.values() for b in facts if "country" in b]
    assert set(told) == {"ZZ"}
    assert [b["id"] for b in kinds["facility"] if "position" in b] == []


def test_a_lot_is_used_only_after_it_was_made(kinds: dict[str, list[Body]]) -> None:
    made = {f["lot"]: when(str(e["when"])) for e in kinds["event"] for f in e.get("outputs", ())}
    early = [
        (e["id"], f["lot"])
        for e in kinds["event"]
        for f in (*e.get("inputs", ()), *e.get("subjects", ()))
        if f["lot"] in made and when(str(e["when"])).before(made[f["lot"]]) is not False
    ]
    assert early == []


def test_one_lot_is_blended_from_two_mines(kinds: dict[str, list[Body]]) -> None:
    maker = {f["lot"]: e for e in kinds["event"] for f in e.get("outputs", ())}

    def mines(lot: str) -> set[str]:
        event = maker.get(lot)
        if event is None:
            return set()
        if event["kind"] == "mine":
            return {str(event["facility"])}
        return {m for f in event["inputs"] for m in mines(f["lot"])}

    assert mines("lot:invented/north-concentrate") == {"facility:invented/north-mine"}
    assert mines("lot:invented/ndpr-oxide") == {
        "facility:invented/north-mine",
        "facility:invented/south-mine",
    }


def test_the_bags_make_the_lot_and_the_sheet_lists_the_bags(
    kinds: dict[str, list[Body]],
) -> None:
    (shipment,) = kinds["shipment"]
    packages = shipment["packages"]
    nets = [Decimal(p["net"]["value"]) for p in packages]
    assert len(packages) == 20
    assert sum(nets) == Decimal(shipment["mass"]["value"])
    for p, net in zip(packages, nets, strict=True):
        assert Decimal(p["gross"]["value"]) - Decimal(p["tare"]["value"]) == net
    assert len({p["seal"] for p in packages}) == 20
    with (FOLDER / "shipment-sheet.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    rows = lines[next(i for i, row in enumerate(lines) if row[:1] == ["bag"]) + 1 :]
    figures = ("gross", "tare", "net", "moisture")
    assert rows == [
        [p["id"], p["seal"], *(p[n]["value"] for n in figures), p["assay"], p["paper"]]
        for p in packages
    ]
