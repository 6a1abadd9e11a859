"""What holds for every picture: sound XML, unique ids, nothing unescaped, the same each time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from orebook.show.bars import Point, Share, number_line, share_bars
from orebook.show.clock import Mark, Wait, clock
from orebook.show.html import Html
from orebook.show.lineage import Event, Lot, lineage
from orebook.show.sankey import Link, Node, sankey
from orebook.show.style import DARK, LIGHT, SVG_CSS
from orebook.show.svg import el, measure, picture, responsive, wrap
from orebook.show.timeline import Happening, When, timeline
from orebook.show.voices import Relay, Report, Voice, voices_picture

EVIL = '<script>alert("1")</script>&\x00\u202e'
BAD = "javascript:alert(1)"


def _sankey(key: str, width: int) -> Html:
    nodes = [Node("a", EVIL, EVIL, BAD), Node("b", "نمک کی کان", href="/b?x=1&y=2")]
    return sankey(
        key,
        nodes,
        [Link("a", "b", Decimal(5), EVIL, href="/e")],
        unit=EVIL,
        width=width,
        title=EVIL,
    )


def _lineage(key: str, width: int) -> Html:
    items = [
        Lot("a", EVIL, EVIL, BAD, more="+3", more_href="/more"),
        Event("e", EVIL, "/e"),
        Lot("b", "نمک", href="/b", state="focus"),
        Lot("c", EVIL, state="absent"),
    ]
    edges = [("a", "e"), ("e", "b"), ("e", "c"), ("b", "a"), ("c", "c")]
    return lineage(key, items, edges, width=width, title=EVIL, desc=EVIL)


def _timeline(key: str, width: int) -> Html:
    things = [
        Happening(When(date(2025, 9, 8)), EVIL, "/a"),
        Happening(When(date(2025, 9, 1), "month", about=True), "نمک", BAD),
        Happening(When(date(2026, 1, 1), "year"), "year", end=When(date(2027, 1, 1))),
        Happening(None, EVIL),
    ]
    return timeline(key, things, width=width, title=EVIL, today=date(2026, 11, 23))


def _clock(key: str, width: int) -> Html:
    waits = [
        Wait(EVIL, 441, True, EVIL, (Mark(1, EVIL, "/m"),), BAD),
        Wait("b", 8, False),
        Wait("c", None, True, "no date"),
    ]
    return clock(key, waits, width=width, title=EVIL, caption=EVIL)


def _voices(key: str, width: int) -> Html:
    reports = [Report("r", EVIL, EVIL, BAD), Report("s", "نمک", href="/s")]
    return voices_picture(
        key, reports, [Voice("v", EVIL)], [Relay("r", "v", False)], width=width, title=EVIL
    )


def _shares(key: str, width: int) -> Html:
    shares = [Share(EVIL, Decimal("0.2"), Decimal("0.4"), "/a"), Share("x", None, None)]
    return share_bars(key, shares, width=width, title=EVIL)


def _line(key: str, width: int) -> Html:
    points = [
        Point(EVIL, Decimal(30), Decimal("0.5"), href="/a"),
        Point("x", Decimal("33.33"), needed=True),
    ]
    return number_line(key, points, unit=EVIL, width=width, title=EVIL)


ALL = [_sankey, _lineage, _timeline, _clock, _voices, _shares, _line]
Draw = Callable[[str, int], Html]


@pytest.mark.parametrize("draw", ALL)
def test_picture_is_sound_named_and_safe(draw: Draw) -> None:
    both = responsive("pic", draw)
    root = ET.fromstring(f"<div>{both}</div>")
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    for reference in re.findall(r"url\(#([^)]+)\)", both):
        assert reference in ids
    svgs = list(root.iter("svg"))
    assert len(svgs) == 2
    for svg in svgs:
        assert svg.get("aria-labelledby") in ids
        assert svg.get("direction") == "ltr"
        linked = any(True for _ in svg.iter("a"))
        assert svg.get("role") == ("group" if linked else "img")
    assert not list(root.iter("script"))
    assert "javascript:" not in both
    assert "\u202e" not in both
    for anchor in root.iter("a"):
        assert anchor.get("aria-label") or anchor.get("aria-hidden") == "true"


@pytest.mark.parametrize("draw", ALL)
@pytest.mark.parametrize("width", [358, 760])
def test_picture_is_readable_and_the_same_each_time(draw: Draw, width: int) -> None:
    svg = draw("pic", width)
    assert svg == draw("pic", width)
    sizes = [float(size) for size in re.findall(r'font-size="([^"]+)"', svg)]
    assert sizes
    assert min(sizes) >= 13
    assert not re.search(r'(fill|stroke)="#', svg)


def test_standalone_carries_its_style() -> None:
    svg = picture("p", 10, 10, title="t", desc="", standalone=True)
    root = ET.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "--ob-ink" in "".join(root.itertext())


def test_picture_refuses_a_bad_key_and_an_empty_name() -> None:
    with pytest.raises(ValueError, match="expected letters"):
        picture('a"b', 1, 1, title="t", desc="")
    with pytest.raises(ValueError, match="expected a title"):
        picture("a", 1, 1, title=" ", desc="")
    with pytest.raises(ValueError, match="element name"):
        el("a b")


def test_wrap_keeps_to_its_room_and_marks_what_it_cut() -> None:
    lines = wrap("one two three four five six seven", 60, lines=2)
    assert len(lines) == 2
    assert all(measure(line) <= 60 for line in lines)
    assert lines[-1].endswith("…")
    bold = wrap("Mixed rare-earth carbonate", 148, strong=True)
    assert all(measure(line, strong=True) <= 148 for line in bold)
    assert len(bold) > len(wrap("Mixed rare-earth carbonate", 190))
    assert wrap("about 6\u202f214\u202ft", 55, lines=3) == ("about", "6\u202f214\u202ft")


def test_a_number_is_shown_whole_or_not_at_all() -> None:
    assert wrap("mass 6\u202f214\u202ft", 30, lines=3) == ("ma…", "…")
    assert wrap("6214567.25", 40, lines=1) == ("…",)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    line = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_colours_meet_wcag_aa(theme: dict[str, str]) -> None:
    """WCAG 2.2, 1.4.3: 4.5 for text; 1.4.11: 3 for parts that carry meaning."""
    for words in ("ink", "muted"):
        for ground in ("paper", "soft", "focus-soft", "sealed-soft"):
            assert _contrast(theme[words], theme[ground]) >= 4.5, (words, ground)
    assert _contrast(theme["ink"], theme["known"]) >= 4.5
    assert _contrast(theme["gap"], theme["paper"]) >= 4.5
    for part in ("edge", "known-line", "gap", "sealed", "focus"):
        assert _contrast(theme[part], theme["paper"]) >= 3, part
    assert f"--ob-ink:{theme['ink']}" in SVG_CSS
