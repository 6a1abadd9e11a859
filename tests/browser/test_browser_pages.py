"""A real browser opens every page kind: no error, no sideways scroll, readable without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from orebook.wiring import example_files

pytestmark = pytest.mark.browser

SMELT = "https://sample-refinery.example.com/events/make-cathode-2025-0305"
PAGES = {
    "front": "/",
    "front-tried": "/?scrap=1200&moisture=8",
    "agreements": "/agreements",
    "agreement": "/agreements/agreement:fwo-ussm-mou",
    "brief": "/agreements/agreement:fwo-ussm-mou/brief",
    "text": "/agreements/agreement:invented/offtake/text",
    "compared": "/agreements/agreement:fwo-ussm-mou/compare?other=agreement:ukraine-us-fund-2025",
    "shipments": "/shipments",
    "shipment": "/shipments/shipment:first-shipment",
    "shipment-filled": "/shipments/shipment:invented/north-concentrate",
    "lots": "/lots",
    "lot": "/lots/lot:invented/blend?back=2&forward=2",
    "lot-sample": "/lots/" + quote("https://id.sample-mine.example.com/product/cu-conc-2025", ""),
    "facilities": "/facilities",
    "facility": "/facilities/facility:announced-refinery",
    "claims": "/claims",
    "claim": "/claims/c061",
    "sources": "/sources",
    "objects": "/objects",
    "object": "/objects/object:white-house-box",
    "parties": "/parties",
    "party": "/parties/party:fwo",
    "events": "/events",
    "event": "/events/" + quote(SMELT, ""),
    "documents": "/documents",
    "entries": "/entries",
    "entry": "/entries/3",
    "log": "/log",
    "check": "/check",
    "changed": "/check?position=3&byte=7",
    "problem": "/lots/nothing-of-that-name",
}
# A page of each build: the others are made of the same parts, and are tried with the full count.
QUICK = {
    "front-tried", "agreement", "brief", "compared", "shipment-filled", "lot", "facility", "claims",
    "claim", "objects", "party", "events", "entry", "check", "changed", "problem",
}  # fmt: skip
LOOKS = ((390, "dark"), (1280, "light"), (320, "light"))
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]


def opened(browser: Browser, address: str, path: str, width: int, **more: object) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 800}, **more)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address + path)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_whole_at_every_width_and_reads_without_scripts(
    browser: Browser, address: str, shots: Path, count: Callable[[int, int], int], name: str
) -> None:
    # One load that is resized, where a full count also loads and pictures each width afresh.
    read: set[str] = set()
    for width in (390, 1280)[: count(1, 2)]:
        context = browser.new_context(viewport={"width": width, "height": 800})
        page = context.new_page()
        told: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message, told=told: told.append(message.text))
        page.on("pageerror", lambda error, told=told: told.append(str(error)))
        page.on("request", lambda sent, asked=asked: asked.append(sent.url))
        answer = page.goto(address + PAGES[name])
        assert answer is not None
        assert answer.status == (404 if name == "problem" else 200)
        if width == 390:
            read.add(words_of(page))
        if count(0, 1):
            page.screenshot(path=shots / f"{name}-{width}.png", full_page=True)
        for other in (1280, 390, 320):
            page.set_viewport_size({"width": other, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= other
        assert [text for text in told if name != "problem" or "404" not in text] == []
        assert [url for url in asked if not url.startswith(address)] == []
        context.close()
    bare = opened(browser, address, PAGES[name], 390, java_script_enabled=False)
    read.add(words_of(bare))
    bare.context.close()
    assert len(read) == 1
    assert len(read.pop().split()) > 5


def words_of(page: Page) -> str:
    """What a page says, whatever its width, less what its script adds to press or to slide."""
    said = page.locator("main").inner_text().replace("Print this page", "")
    for slider in page.locator("main label.slider").all():
        said = said.replace(slider.inner_text(), "", 1)
    return " ".join(said.split())


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.proof) for n in PAGES]
)
def test_axe_finds_nothing(
    browser: Browser, address: str, count: Callable[[int, int], int], name: str
) -> None:
    axe = Axe()
    for width, scheme in LOOKS[: count(1, len(LOOKS))]:
        page = opened(browser, address, PAGES[name], width, color_scheme=scheme, bypass_csp=True)
        found = axe.run(page, options={"runOnly": RULES})
        told = [
            (v["id"], [node["html"][:120] for node in v["nodes"][:3]])
            for v in found.response["violations"]
        ]
        page.context.close()
        assert told == [], (width, scheme)


@pytest.mark.parametrize("name", ["front", "event", "lot"])
def test_the_table_holds_what_the_picture_draws(browser: Browser, address: str, name: str) -> None:
    page = opened(browser, address, PAGES[name], 1280)
    pictures = page.locator("figure.picture svg[id$='-w']")
    assert pictures.count() > 0
    tables = " ".join(page.locator("table").all_text_contents())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    drawn: set[str] = set()
    for text in page.locator("figure.picture svg[id$='-w'] text").all_text_contents():
        drawn |= set(re.findall(r"[\d\u202f.]+\u202fkg", text))
    assert drawn or name == "lot"
    assert {amount for amount in drawn if amount not in tables} == set()
    page.context.close()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, address: str
) -> None:
    page = opened(browser, address, "/", 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen: set[str] = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => {
              const at = document.activeElement, style = getComputedStyle(at);
              const name = at.name || at.textContent.trim() || at.getAttribute("aria-label");
              return [at.tagName.toUpperCase(), name || "", style.outlineStyle];
            }"""
        )
        if told[0] == "BODY":
            break
        seen.add(told[1])
        assert told[2] != "none", told
    assert {"position", "byte", "sheet", "Change one byte", "Look it over"} <= seen
    page.context.close()


def test_a_link_into_a_fold_opens_it(browser: Browser, address: str) -> None:
    page = opened(browser, address, PAGES["event"] + "#t-balance-0-flows", 1280)
    assert page.locator("#t-balance-0-flows").is_visible()
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_sheet_can_be_handed_in_and_a_byte_changed(
    browser: Browser, address: str, *, scripts: bool
) -> None:
    page = opened(browser, address, "/", 390, java_script_enabled=scripts)
    page.fill("#check input[name=position]", "5")
    page.click("text=Change one byte")
    assert page.locator("main .lead a").inner_text() == "entry 5"
    page.goto(address + "/check")
    page.set_input_files("#sheet", example_files() / "rare-earth-chain" / "shipment-sheet.csv")
    page.click("text=Look it over")
    said = page.locator("main").inner_text()
    assert "20 bags read, 0 faults" in said
    assert "21\u202f981" in said
    page.context.close()


def test_the_brief_prints_on_one_sheet(browser: Browser, address: str) -> None:
    page = opened(browser, address, PAGES["brief"], 1280)
    page.emulate_media(media="print")
    data = page.pdf(format="A4", prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", data))
    page.context.close()
    assert pages == 1


def test_figures_stay_whole_in_a_right_to_left_page(browser: Browser, address: str) -> None:
    page = opened(browser, address, PAGES["lots"], 1280)
    page.evaluate("document.documentElement.dir = 'rtl'")
    places = page.evaluate(
        """() => {
          const cells = [...document.querySelectorAll("td bdi")];
          const cell = cells.find(b => b.textContent.includes("36\u202f533"));
          const node = cell.firstChild, at = node.textContent.indexOf("36\u202f533");
          return [...Array(6).keys()].map(i => {
            const range = document.createRange();
            range.setStart(node, at + i); range.setEnd(node, at + i + 1);
            return range.getBoundingClientRect().left;
          });
        }"""
    )
    page.context.close()
    assert places == sorted(places)


def test_what_is_not_public_is_answered_on_the_first_phone_screen(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address + PAGES["agreement"])
    box = page.locator("#not-public").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844
    words = page.locator("#not-public").inner_text()
    for told in ("What is not public?", "EITI", "2.4", "not found", "applies if it does", "7.1"):
        assert told in words
    # The rest is short while its folds are shut, and whole on paper and where all is asked for.
    assert page.evaluate("document.documentElement.scrollHeight") < 9000
    page.goto(address + PAGES["agreement"] + "?all=1")
    assert page.locator("main details:not([open])").count() == 0
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_folded_on_a_screen_is_printed(
    browser: Browser, address: str, *, scripts: bool
) -> None:
    page = opened(browser, address, PAGES["agreement"], 1280, java_script_enabled=scripts)
    printed = [
        len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
        for path in ("", "?all=1")
        if page.goto(address + PAGES["agreement"] + path)
    ]
    page.context.close()
    assert printed[0] == printed[1] > 15
