"""Claims: 1 000 and 10 000 made claims weighed by every rule, and grouped for a page."""

from __future__ import annotations

import csv
import io

from orebook.acts.claims_check import check_claims
from orebook.engines.evidence.statements import group_claims
from orebook.model.claim import Claim
from rows import Row, best

TODAY = "2031-06-30"
COLUMNS = (
    "id", "subject", "property", "value", "unit", "source_title", "source_publisher",
    "source_date", "url_if_known", "status", "note", "relays",
)  # fmt: skip
# One invented story: what two ministries, a company and five papers say of one accord.
STORY = (
    ("signing_date", "2031-03-14", "date", "ministry", "official"),
    ("signing_date", "2031-03-16", "date", "paper-1", "reported"),
    ("signing_place", "Ministry hall", "", "ministry", "official"),
    ("signing_place", "Harbour", "", "paper-2", "reported"),
    ("value", "500000000", "USD", "paper-1", "reported"),
    ("value_meaning", "first phase of investment", "", "paper-1", "reported"),
    ("value_meaning", "worth of the whole accord", "", "company", "claimed"),
    ("value_meaning", "cost of a smelter", "", "paper-3", "reported"),
    ("parties", "Board of Minerals; Larch Metals", "", "ministry", "official"),
    ("parties_level", "signed between the two governments", "", "paper-2", "reported"),
    ("scope_minerals", "antimony; copper", "", "ministry", "official"),
    ("scope_minerals", "lithium; cobalt", "", "paper-4", "reported"),
    ("shipment_state", "dispatched", "", "company", "claimed"),
    ("shipment_state", "delivered", "", "paper-5", "reported"),
    ("shipment_mass", "2", "t", "company", "claimed"),
    ("shipment_mass", "2000", "kg", "paper-5", "reported"),
    ("description", "the first ever load of rare metals", "", "company", "claimed"),
    ("description", "a small sample", "", "paper-5", "reported"),
    ("mine_output_2030", "400", "t", "ministry", "official"),
    ("mine_output_2030", "900000000", "t", "paper-4", "reported"),
)


def register(count: int) -> bytes:
    """A register of so many claims: the story again and again, each time of another accord."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for n in range(count):
        topic, value, unit, source, status = STORY[n % len(STORY)]
        at = n // len(STORY)
        release = f"stated: Release {at}|company|2031-03-15" if source == "paper-5" else ""
        title = f"Release {at}" if source == "company" else f"{source} on accord {at}"
        day = "2031-03-15" if source == "company" else "2031-03-17"
        rows.writerow(
            (
                f"c{n}",
                f"Accord {at}",
                topic,
                value,
                unit,
                title,
                source,
                day,
                "",
                status,
                "",
                release,
            )
        )
    return out.getvalue().encode()


def of(count: int) -> list[Row]:
    data = register(count)
    checked = check_claims(data, "made.csv", TODAY)
    claims = checked.facts.all(Claim)
    note = f"{len(checked.review.groups)} groups, {len(checked.problems)} faults"
    weighed = best(lambda: check_claims(data, "made.csv", TODAY), times=3)
    grouped = best(lambda: group_claims(checked.facts, claims), times=3)
    told = "as a page shows them, with independent sources"
    return [
        Row(f"{count} claims read and weighed", weighed, "s", note),
        Row(f"{count} claims grouped by property", grouped, "s", told),
    ]


def run() -> list[Row]:
    return [row for count in (1_000, 10_000) for row in of(count)]
