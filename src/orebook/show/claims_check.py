"""A weighed register in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from orebook.acts.claims_check import Checked
from orebook.engines.evidence.disagreement import TREATMENTS, Disagreement
from orebook.engines.evidence.review import VERSION


def check_json(checked: Checked) -> dict[str, object]:
    """Groups, flags, statuses, relays and faults as plain members."""
    found = checked.review
    return {
        "engine": VERSION,
        "file": checked.name,
        "claims": len(found.said),
        "groups": [{"group": f"G{n}"} | g.as_json() for n, g in enumerate(found.groups, 1)],
        "flags": [f.as_json() for f in found.flags],
        "statuses": [s.as_json() for s in found.statuses.values()],
        "relays": [
            {"root": r.root, "sources": list(r.sources), "claim_ids": list(r.claims)}
            for r in found.relays
        ],
        "circular_relays": [list(ring) for ring in found.circles],
        "treatments": TREATMENTS,
        "problems": [p.as_json() for p in checked.problems],
    }


def check_lines(checked: Checked) -> Iterator[str]:
    """A weighed register for a terminal."""
    found = checked.review
    yield (
        f"{checked.name}: {len(found.said)} claims, {len(found.groups)} groups that disagree "
        "or need one another"
    )
    for number, group in enumerate(found.groups, 1):
        yield from _group(f"G{number}", group)
    for flag in found.flags:
        yield from _group("flag", flag)
    counts: dict[str, int] = {}
    for status in found.statuses.values():
        counts[status.status] = counts.get(status.status, 0) + 1
    yield "status by rule: " + ", ".join(f"{n} {s.replace('_', ' ')}" for s, n in counts.items())
    for relay in found.relays:
        if len(relay.sources) > 1:
            root = relay.root.removeprefix("said: ")
            claims = ", ".join(relay.claims)
            yield f"one source behind {len(relay.sources)} reports: {root} ({claims})"


def _group(name: str, group: Disagreement) -> Iterator[str]:
    yield ""
    yield f"{name}  {group.kind}: {', '.join(group.claims)}  [{', '.join(group.rules)}]"
    yield f"    {group.conflict}"
    yield f"    {group.treatment.replace('_', ' ')}: {group.advice}"
