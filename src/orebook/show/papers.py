"""The papers of a shipment in lines for a terminal: disagreements first, what is missing last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orebook.model.absence import known
from orebook.model.finding import Finding
from orebook.model.trade_paper import TradePaper
from orebook.show.findings import wrapped

VERDICTS = {
    "disagrees": "they disagree",
    "cannot_be_told": "cannot be told",
    "agrees": "what two of them print is the same",
}
WORDS = {"disagrees": "differs", "cannot_be_told": "cannot be told", "agrees": "the same"}
_TITLES = {
    "disagrees": "They disagree",
    "cannot_be_told": "Cannot be told",
    "agrees": "The same wherever it is printed",
}


def paper_kind(paper: TradePaper) -> str:
    """What a paper is, in words."""
    return (known(paper.kind) or "paper").replace("_", " ")


def papers_lines(papers: Sequence[TradePaper], finding: Finding) -> Iterator[str]:
    """What was compared and what came of it, one sentence a line."""
    count = len(papers)
    told = f"{count} paper{'' if count == 1 else 's'} of {finding.subject}"
    yield from wrapped(f"{told}: {VERDICTS[finding.verdict]}")
    for verdict, title in _TITLES.items():
        parts = [p for p in finding.parts if p.verdict == verdict]
        if not parts:
            continue
        yield f"{title}:"
        if verdict == "agrees":
            yield from wrapped(", ".join(p.component for p in parts), "  ")
            continue
        for part in parts:
            yield from wrapped(f"- {' '.join(part.reasons)}", "  ", "  ")
            for missing in part.missing:
                yield from wrapped(f"missing: {missing.what} ({missing.why})", "    ")
    if not finding.parts:
        said = " ".join(finding.reasons) or "No two papers state the same thing."
        yield from wrapped(said, "  ")
    if finding.missing:
        yield from wrapped(f"Not among them: {', '.join(m.what for m in finding.missing)}.")
