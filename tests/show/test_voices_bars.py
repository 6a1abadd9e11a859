"""Counts of voices, and bars for what is known within bounds."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from orebook.show.bars import Point, Share, number_line, share_bars
from orebook.show.clock import Mark, Wait, clock
from orebook.show.voices import (
    Relay,
    Report,
    Voice,
    VoiceCount,
    count_voices,
    trace_voices,
    voices_picture,
)

REPORTS = [Report(name, f"Report {name}") for name in "abcde"]
VOICES = [Voice("v", "Company release"), Voice("w", "Official"), Voice("x", "Nobody relays me")]
RELAYS = [
    Relay("a", "v", True),
    Relay("b", "a", False),  # b repeats a, which repeats v
    Relay("c", "w", True),
    Relay("d", "e", True),  # d and e repeat one another: no voice behind them
    Relay("e", "d", True),
]


def test_reports_are_followed_to_the_voice_behind_them() -> None:
    found = trace_voices(REPORTS, VOICES, RELAYS)
    assert found == {"a": {"v": True}, "b": {"v": False}, "c": {"w": True}, "d": {}, "e": {}}
    assert count_voices(REPORTS, VOICES, RELAYS) == VoiceCount(5, 2, 1, 2)


def test_a_stated_way_beats_an_inferred_one_whatever_the_order() -> None:
    relays = [Relay("a", "b", False), Relay("a", "c", True), Relay("c", "b", True)]
    relays.append(Relay("b", "v", True))
    assert trace_voices(REPORTS, VOICES, relays)["a"] == {"v": True}
    assert trace_voices(REPORTS, VOICES, relays[::-1])["a"] == {"v": True}


def test_inferred_ties_are_dotted_and_lost_reports_say_so() -> None:
    svg = voices_picture("p", REPORTS, VOICES, RELAYS, width=358, title="t")
    root = ET.fromstring(svg)
    ties = [n.get("class") for n in root.iter("path")]
    assert ties.count("edge-inferred") == 2  # one tie, one in the legend
    words = [n.text for n in root.iter("text")]
    assert words.count("source not found") == 2
    assert words[:4] == ["5", "reports", "2", "voices"]


def test_voices_refuses_strangers() -> None:
    with pytest.raises(ValueError, match="id of a report"):
        trace_voices(REPORTS, VOICES, [Relay("z", "v", True)])
    with pytest.raises(ValueError, match="id of a source"):
        trace_voices(REPORTS, VOICES, [Relay("a", "z", True)])


def test_share_bars_draw_their_bounds_to_scale() -> None:
    root = ET.fromstring(
        share_bars("s", [Share("m", Decimal("0.25"), Decimal("0.75"))], width=424, title="t")
    )
    wide = {n.get("class"): float(n.get("width", "0")) for n in root.iter("rect")}
    assert (wide["unknown"], wide["doubt"], wide["bar"]) == (400, 200, 100)
    assert "25–75\u202f%" in [n.text for n in root.iter("text")]


def test_an_unknown_share_is_a_word_and_wholly_possible() -> None:
    root = ET.fromstring(share_bars("s", [Share("m", None, None)], width=424, title="t"))
    assert "not known" in [n.text for n in root.iter("text")]
    with pytest.raises(ValueError, match="expected bounds"):
        share_bars("s", [Share("m", Decimal("0.5"), Decimal("0.4"))], width=424, title="t")


def test_number_line_says_when_doubt_is_not_stated() -> None:
    points = [Point("stated", Decimal(30)), Point("closes at", Decimal("33.33"), needed=True)]
    root = ET.fromstring(number_line("n", points, unit="%", width=358, title="t"))
    words = [n.text for n in root.iter("text")]
    assert words.count("doubt not stated") == 1
    assert "33.33\u202f%" in words
    assert "30\u202f%" in words
    with pytest.raises(ValueError, match="at least one value"):
        number_line("n", [], unit="%", width=358, title="t")


def test_number_line_draws_equal_values() -> None:
    root = ET.fromstring(number_line("n", [Point("x", Decimal(0))], unit="t", width=358, title="t"))
    assert root.get("role") == "img"


def test_clock_bars_share_one_scale_and_stay_open_while_running() -> None:
    waits = [
        Wait("ours", 400, True, "no text found"),
        Wait("theirs", 200, False, "ratified", (Mark(1, "text public"),)),
        Wait("undated", None, True, "no text found"),
    ]
    root = ET.fromstring(clock("c", waits, width=436, title="t"))
    words = [n.text for n in root.iter("text")]
    assert "400\u00a0days, no text found" in words
    assert "days not known, no text found" in words
    assert "1\u00a0day: text public" in words
    rects = [float(n.get("width", "0")) for n in root.iter("rect")]
    assert rects == [200]
    assert sum(n.get("class") == "gap" for n in root.iter("path")) == 1
    with pytest.raises(ValueError, match="0 days or more"):
        clock("c", [Wait("x", -1, False)], width=400, title="t")
