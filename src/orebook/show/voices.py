"""Many reports, how many voices: each report tied to the source it goes back to.

A relay its report states is a solid line; one that was inferred is dotted, and counted apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orebook.show.html import Html
from orebook.show.numbers import number
from orebook.show.svg import (
    SMALL,
    TEXT,
    el,
    leading,
    lines_of_text,
    link,
    num,
    picture,
    text,
    wrap,
)

_PAD = 8.0


@dataclass(frozen=True, slots=True)
class Report:
    """An article or post: its name, a line under it (outlet and date), its page."""

    id: str
    label: str
    note: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """A source that spoke for itself: a release, a filing, an official on record."""

    id: str
    label: str
    note: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Relay:
    """A report goes back to a voice, or to another report; ``stated`` when it says so itself."""

    report: str
    source: str
    stated: bool


@dataclass(frozen=True, slots=True)
class VoiceCount:
    """What the picture counts: reports, the voices they reach, and how sure the ties are.

    Gives: ``untraced``, reports no voice is known for: they are not voices, nor counted as none;
    ``inferred``, reports tied to a voice by inference alone.
    """

    reports: int
    voices: int
    inferred: int
    untraced: int


@dataclass(frozen=True, slots=True)
class VoiceWords:
    """The words the picture says by itself, for a translator."""

    reports: str = "reports"
    voices: str = "voices"
    one_report: str = "report"
    one_voice: str = "voice"
    untraced: str = "source not found"
    stated: str = "says so itself"
    inferred: str = "inferred"


def trace_voices(
    reports: Sequence[Report], voices: Sequence[Voice], relays: Sequence[Relay]
) -> dict[str, dict[str, bool]]:
    """Per report the voices it goes back to, through other reports too; True when all is stated.

    Refuses: one id used twice, and a relay from or to something that is not given.
    """
    names = [report.id for report in reports] + [voice.id for voice in voices]
    if len(set(names)) != len(names):
        raise ValueError("a picture of voices: expected one item per id, found an id twice")
    final = {voice.id for voice in voices}
    steps: dict[str, list[Relay]] = {report.id: [] for report in reports}
    for relay in relays:
        if relay.report not in steps:
            raise ValueError(f"a relay: expected the id of a report, found {relay.report!r}")
        if relay.source not in steps and relay.source not in final:
            raise ValueError(f"a relay: expected the id of a source, found {relay.source!r}")
        steps[relay.report].append(relay)
    found: dict[str, dict[str, bool]] = {}
    for report in reports:
        reached: dict[str, bool] = {}
        best: dict[str, bool] = {report.id: True}
        waiting = [(report.id, True)]
        for at, sure in waiting:
            for relay in steps[at]:
                whole = sure and relay.stated
                if relay.source in final:
                    reached[relay.source] = reached.get(relay.source, False) or whole
                elif relay.source not in best or (whole and not best[relay.source]):
                    best[relay.source] = whole
                    waiting.append((relay.source, whole))
        found[report.id] = reached
    return found


def count_voices(
    reports: Sequence[Report], voices: Sequence[Voice], relays: Sequence[Relay]
) -> VoiceCount:
    """How many reports there are and how many voices they go back to."""
    found = trace_voices(reports, voices, relays)
    return VoiceCount(
        len(reports),
        len({voice for reached in found.values() for voice in reached}),
        sum(bool(reached) and not any(reached.values()) for reached in found.values()),
        sum(not reached for reached in found.values()),
    )


def voices_picture(
    key: str,
    reports: Sequence[Report],
    voices: Sequence[Voice],
    relays: Sequence[Relay],
    *,
    width: int,
    title: str,
    desc: str = "",
    words: VoiceWords | None = None,
    standalone: bool = False,
) -> Html:
    """Reports on the left, the voices they go back to on the right, a line for each tie."""
    said = words or VoiceWords()
    found = trace_voices(reports, voices, relays)
    count = count_voices(reports, voices, relays)
    rank = {voice.id: place for place, voice in enumerate(voices)}
    order = sorted(reports, key=lambda r: min((rank[v] for v in found[r.id]), default=len(voices)))
    left = min(width * 0.42, 300.0)
    right = width - left
    room = left - 2 * _PAD - 10
    rows, y = [], 44.0
    for report in order:
        high = _height(report.label, bool(report.note) + (not found[report.id]), room)
        rows.append((report, y, high))
        y += high + 10
    bottom = y
    places = _voice_places(voices, found, rows, room, bottom)
    end = max([bottom, *(top + high for top, high in places.values())])
    parts = [
        _heading(0, count.reports, said.one_report, said.reports),
        _heading(right, count.voices, said.one_voice, said.voices),
    ]
    for report, top, high in rows:
        for voice in voices:
            if voice.id in found[report.id]:
                v_top, v_high = places[voice.id]
                parts.append(
                    _tie(
                        (left, top + high / 2),
                        (right, v_top + v_high / 2),
                        stated=found[report.id][voice.id],
                    )
                )
    for report, top, high in rows:
        lost = "" if found[report.id] else said.untraced
        notes = tuple(filter(None, (report.note, lost)))
        parts.append(_box(0, top, left, high, report.label, notes, report.href, lost=bool(lost)))
    for voice in voices:
        top, high = places[voice.id]
        parts.append(
            _box(
                right,
                top,
                left,
                high,
                voice.label,
                (voice.note,) if voice.note else (),
                voice.href,
                lost=False,
            )
        )
    parts.append(_legend(end + 14, said))
    return picture(key, width, end + 34, *parts, title=title, desc=desc, standalone=standalone)


def _height(label: str, notes: int, room: float) -> float:
    lines = len(wrap(label, room, SMALL, lines=3))
    return 16 + leading(SMALL) * (lines + notes)


def _voice_places(
    voices: Sequence[Voice],
    found: dict[str, dict[str, bool]],
    rows: Sequence[tuple[Report, float, float]],
    room: float,
    bottom: float,
) -> dict[str, tuple[float, float]]:
    """Each voice beside the middle of its reports, pushed down where two would overlap."""
    wishes = []
    for place, voice in enumerate(voices):
        own = [top + high / 2 for report, top, high in rows if voice.id in found[report.id]]
        high = _height(voice.label, bool(voice.note), room) + 8
        middle = sum(own) / len(own) if own else bottom
        wishes.append((middle, place, voice.id, high))
    out: dict[str, tuple[float, float]] = {}
    free = 44.0
    for middle, _, ident, high in sorted(wishes):
        top = max(free, middle - high / 2)
        out[ident] = (top, high)
        free = top + high + 14
    return out


def _heading(x: float, count: int, one: str, many: str) -> Html:
    figure = number(count)
    return el(
        "g",
        text(x, 24, figure, size=24, class_="t-strong t-num"),
        text(x + 15 * len(figure) + 6, 24, one if count == 1 else many, size=TEXT),
    )


def _tie(a: tuple[float, float], b: tuple[float, float], *, stated: bool) -> Html:
    half = (a[0] + b[0]) / 2
    d = f"M{num(a[0])} {num(a[1])}C{num(half)} {num(a[1])} {num(half)} {num(b[1])}"
    return el(
        "path", d=f"{d} {num(b[0])} {num(b[1])}", class_="edge" if stated else "edge-inferred"
    )


def _box(
    x: float,
    y: float,
    wide: float,
    high: float,
    label: str,
    notes: tuple[str, ...],
    href: str | None,
    *,
    lost: bool,
) -> Html:
    room = wide - 2 * _PAD - 10
    lines = wrap(label, room, SMALL, lines=3)
    top = y + (high - leading(SMALL) * (len(lines) + len(notes))) / 2 + 12
    parts = [
        el(
            "rect",
            x=x + 1,
            y=y,
            width=wide - 2,
            height=high,
            rx=6,
            class_="box-absent" if lost else "box",
        ),
        lines_of_text(x + _PAD + 3, top, lines, size=SMALL, class_="link" if href else None),
    ]
    for place, note in enumerate(notes):
        shown = wrap(note, room, SMALL, lines=1)[0]
        below = top + leading(SMALL) * (len(lines) + place)
        parts.append(text(x + _PAD + 3, below, shown, size=SMALL, class_="t-muted"))
    return link(href, ", ".join((label, *notes)), *parts)


def _legend(y: float, said: VoiceWords) -> Html:
    return el(
        "g",
        el("path", d=f"M0 {num(y + 8)}h32", class_="edge"),
        text(40, y + 12, said.stated, size=SMALL, class_="t-muted"),
        el("path", d=f"M160 {num(y + 8)}h32", class_="edge-inferred"),
        text(200, y + 12, said.inferred, size=SMALL, class_="t-muted"),
    )
