"""The four-country disclosure of a magnet as a form ready to print."""

from __future__ import annotations

from collections.abc import Mapping

from orebook.acts.disclosure_form import disclosure_form
from orebook.acts.register import names
from orebook.engines.rules import Step
from orebook.model.problem import ReaderError
from orebook.show.verdict_pictures import stage_words
from orebook.web.addresses import address
from orebook.web.page import Ask, Page
from orebook.web.rules_parts import rules_address
from orebook.web.tables import Cell, table


def page(ask: Ask) -> Page:
    """The form for `lot`, filled from the steps this page may see; what is open is left open."""
    lot = ask.query.get("lot", "")
    if not lot:
        message = "lot: expected the lot to fill the form for"
        raise ReaderError(message)
    form = disclosure_form(ask.view, lot)
    steps_ = [
        s for a in form.answers for s in (*a.steps, *(o.step for o in a.open)) if s is not None
    ]
    plants = {s.facility or s.operator or "" for s in steps_}
    ends = {o.ident for a in form.answers for o in a.open}
    called = names(ask.view, sorted({*plants, *ends, lot} - {""}))
    rows = [
        (
            Cell(f"({a.letter}) {a.question}"),
            Cell(s.country) if s.country else Cell("not stated", "", "silent"),
            Cell(stage_words(s.stage)),
            Cell(called.get(s.facility or "", s.facility or s.operator or "not stated")),
            Cell(_words(s, called), address("event", s.id)),
            Cell(s.entry.partition("#")[0][:16], address("entry", s.entry))
            if s.entry
            else Cell(""),
        )
        for a in form.answers
        for s in a.steps
    ]
    columns = (("item", "item"), ("country", "country"), ("stage", "step"), ("where", "plant"),
               ("event", "statement"), ("entry", "entry"))  # fmt: skip
    steps = table("steps", "The steps behind the answers", columns, rows)
    unknown = tuple(f"({a.letter}) {a.question}" for a in form.answers if not a.complete)
    parts: dict[str, object] = {
        "form": form,
        "open": {
            a.letter: [
                (_words(o.step, called) if o.step else called.get(o.ident, o.ident), o.why)
                for o in a.open
            ]
            for a in form.answers
        },
        "lot_href": address("lot", lot),
        "lot_name": called.get(lot, ""),
        "made_up": any("ZZ" in a.countries for a in form.answers),
        "rules": rules_address(lot, "us-magnet-disclosure"),
    }
    return Page(
        "disclosure", "Disclosure of the provenance of a magnet", parts, (steps,),
        form.as_json(), unknown, ("disclosure-form/1",),
        trail=(("Lots", "/lots"), (called.get(lot, lot), address("lot", lot))),
    )  # fmt: skip


def _words(step: Step, called: Mapping[str, str]) -> str:
    """A step by what it does and where: mined at North mine."""
    at = step.facility or step.operator or ""
    where = called.get(at, at)
    return f"{stage_words(step.stage)} at {where}" if where else stage_words(step.stage)
