"""The answer about a network as plain JSON members and as lines; numbers to twelve digits."""

from __future__ import annotations

from typing import Any

from orebook.engines.balance.detect import multiple
from orebook.engines.balance.fingerprint import fingerprint
from orebook.engines.balance.phrases import sentence
from orebook.engines.balance.statistics import node_scores, part_fits, reading_scores
from orebook.engines.balance.suspicions import UNBIASED, VERSION, Amount, Answer, Explanation, Gap

PARTS_SHOWN = 50
FIGURES_SHOWN = 400_000
BLIND = 1e-9


def rounded(value: float) -> float:
    """Twelve significant digits."""
    return float(f"{value:.12g}")


def as_json(told: Answer) -> dict[str, Any]:
    """Every member of the answer; nothing stands for a figure that cannot be known."""
    return {
        **_fit(told),
        "reconciled": _reconciled(told),
        **_figures_or_why_not(told),
        "explanations": [
            {**explained_json(g), "fingerprint": fingerprint(told.network, g.best)}
            for g in told.gaps
        ],
        **sight_json(told),
        "note": UNBIASED,
        "remarks": [p.as_json() for p in told.problems],
    }


def _fit(told: Answer) -> dict[str, Any]:
    """How well everything fits, and that it was looked at twice."""
    found = told.found
    parts = part_fits(found)
    return {
        "engine": VERSION,
        "input_sha256": told.digest,
        "verdict": told.verdict,
        "reason": told.reason,
        "unit": told.network.unit,
        "components": list(told.network.components),
        "global_test": rounded(found.statistic),
        "dof": found.freedom,
        "chi2_95": rounded(found.limit),
        "parts": [
            {
                "around": p.around,
                "edges": p.edges,
                "statistic": rounded(p.statistic),
                "dof": p.freedom,
            }
            for p in parts[:PARTS_SHOWN]
        ],
        "parts_in_all": len(parts),
        "rounds": found.rounds,
        "recheck": {
            "relative_imbalance": told.checked.balance,
            "stationarity": told.checked.stationarity,
            "statistic": rounded(told.checked.statistic),
            "holds": told.checked.holds,
        },
        "method": told.method,
        "nodes": [
            {
                "node": n.node,
                "component": n.component,
                "gap": rounded(n.gap),
                "nodal_test_z": None if n.nodal is None else rounded(n.nodal),
                "glr_loss_T": rounded(n.loss),
            }
            for n in node_scores(found)
        ],
        "bounds_held": [_held(told, figure, bound) for figure, bound in found.held],
    }


def sight_json(told: Answer) -> dict[str, Any]:
    """What could not have been seen, and what would help to see it."""
    return {
        "not_visible": [
            {
                "place": b.place,
                "component": b.component,
                "why": b.why,
                "smallest_detectable": None if b.smallest is None else rounded(b.smallest),
            }
            for b in told.blind
        ],
        "smallest_detectable": [
            {
                "kind": s.kind,
                "place": s.place,
                "component": s.component,
                "size": rounded(s.size),
                "unit": s.unit,
            }
            for s in told.smallest
            if s.kind not in {"reading", "assay"}
        ],
        "measure_next": [
            {
                "what": m.what,
                "place": m.place,
                "component": m.component,
                **(
                    {
                        "node": m.node,
                        "smallest_before": rounded(m.before),
                        "smallest_after": rounded(m.after),
                    }
                    if m.node
                    else {"balances_added": int(m.after)}
                ),
            }
            for m in told.more
        ],
    }


def _reconciled(told: Answer) -> dict[str, dict[str, float | None]]:
    return {
        edge: {
            name: rounded(float(told.known.value[e, k])) if told.known.told[e, k] else None
            for k, name in enumerate(told.network.components)
        }
        for e, edge in enumerate(told.network.edges)
    }


def _figures_or_why_not(told: Answer) -> dict[str, Any]:
    many = told.network.value.size
    if many > FIGURES_SHOWN:
        return {"left_out": f"figures: {many} of them, each as in reconciled and not_visible"}
    return {"figures": _figures(told)}


def _figures(told: Answer) -> list[dict[str, Any]]:
    network, known = told.network, told.known
    tests = reading_scores(told.found)
    needed, doubts = multiple(told.explained), network.doubts()
    listed = []
    for e, edge in enumerate(network.edges):
        for k, name in enumerate(network.components):
            read = float(network.value[e, k]) if network.known[e, k] else None
            told_value = float(known.value[e, k]) if known.told[e, k] else None
            checked = str(known.kind[e, k]) == "redundant"
            sight = float(known.sight[e, k])
            smallest = needed * float(network.sd[e, k]) / sight**0.5 if sight > BLIND else None
            listed.append(
                {
                    "edge": edge,
                    "from": _node(told, int(network.tail[e])),
                    "to": _node(told, int(network.head[e])),
                    "component": name,
                    "class": str(known.kind[e, k]),
                    "measured": None if read is None else rounded(read),
                    "sd": rounded(float(doubts[e, k])) if read is not None else None,
                    "reconciled": None if told_value is None else rounded(told_value),
                    "reconciled_sd": rounded(float(known.sd[e, k]))
                    if told_value is not None
                    else None,
                    "deviation": rounded(told_value - read)
                    if told_value is not None and read is not None
                    else None,
                    "z": rounded(float(tests[e, k])) if checked else None,
                    "smallest_detectable": None if smallest is None else rounded(smallest),
                }
            )
    return listed


def _node(told: Answer, number: int) -> str:
    return told.network.nodes[number] if number >= 0 else "boundary"


def _held(told: Answer, figure: int, bound: float) -> dict[str, Any]:
    many = len(told.network.components)
    if figure < 0:
        edge = told.network.edges[-figure - 1]
        return {"edge": edge, "component": "sum of grades", "bound": bound}
    return {
        "edge": told.network.edges[figure // many],
        "component": told.network.components[figure % many],
        "bound": bound,
    }


def explained_json(gap: Gap) -> dict[str, Any]:
    """A gap: its likeliest explanation, what cannot be told apart from it, and the rest."""
    return {
        **_explanation(gap.best),
        "sentence": sentence(gap.best),
        "equivalence_set": [_explanation(e) for e in (gap.best, *gap.near)],
        "rivals": [
            {**_explanation(e), "sentence": sentence(e)} for e in (*gap.near[:5], *gap.rivals)
        ],
    }


def _explanation(item: Explanation) -> dict[str, Any]:
    made = {
        "kind": item.kind,
        "place": item.place,
        "component": item.component,
        **_amount(item.size),
        "statistic": rounded(item.statistic),
        "weight": rounded(item.weight),
        "same_signature": item.identical,
        "readings": item.readings,
    }
    if item.amounts:
        made["unrecorded_loss"] = {k: _amount(v) for k, v in item.amounts.items()}
    return made


def _amount(amount: Amount) -> dict[str, Any]:
    low, high = amount.interval
    return {
        "size": rounded(amount.value),
        "sd": rounded(amount.sd),
        "interval": [rounded(low), rounded(high)],
        "unit": amount.unit,
    }
