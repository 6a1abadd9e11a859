"""The look of every picture: classes and tokens, light and dark, included by any stylesheet.

A picture holds no colour of its own. Its parts carry classes; the tokens below give them values.
What a part means is told by shape, dash, hatch and words as well, never by colour alone.
"""

from __future__ import annotations

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1b2126",
    "muted": "#545d66",
    "rule": "#c9d0d6",
    "edge": "#6b7681",
    "known": "#b9d5d8",
    "known-line": "#1f6f78",
    "soft": "#eef3f4",
    "gap": "#b3261e",
    "sealed": "#5b4b8a",
    "sealed-soft": "#efecf7",
    "focus": "#8a5a00",
    "focus-soft": "#fff4dc",
}
DARK = {
    "paper": "#14181b",
    "ink": "#edf1f3",
    "muted": "#a9b4bd",
    "rule": "#3b454d",
    "edge": "#87939d",
    "known": "#1d4f55",
    "known-line": "#6cc3cc",
    "soft": "#1e2529",
    "gap": "#ff9b8f",
    "sealed": "#b9a8ee",
    "sealed-soft": "#28233a",
    "focus": "#f2c15c",
    "focus-soft": "#33290f",
}


def _tokens(values: dict[str, str]) -> str:
    return "".join(f"--ob-{name}:{value};" for name, value in values.items())


SVG_CSS = (
    f":root{{{_tokens(LIGHT)}}}\n"
    "@media (prefers-color-scheme: dark){:root:not([data-theme=light])"
    f"{{{_tokens(DARK)}}}}}\n"
    f":root[data-theme=dark]{{{_tokens(DARK)}}}\n"
    """.ob{display:block;height:auto;max-width:100%;direction:ltr;
 font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans Arabic",sans-serif}
.ob-natural{max-width:none}
.ob-scroll{overflow-x:auto;max-width:100%}
.ob-wide{display:none}
@media (min-width:800px){.ob-wide{display:block}.ob-narrow{display:none}}
@media print{.ob-wide{display:block}.ob-narrow{display:none}}
.ob text{fill:var(--ob-ink)}
.ob .t-muted{fill:var(--ob-muted)}
.ob .t-strong{font-weight:650}
.ob .t-gap{fill:var(--ob-gap);font-weight:650}
.ob .t-sealed{fill:var(--ob-sealed)}
.ob .t-absent{fill:var(--ob-muted);font-style:italic}
.ob .t-num{font-variant-numeric:tabular-nums}
.ob .halo{paint-order:stroke;stroke:var(--ob-paper);stroke-width:4px;stroke-linejoin:round}
.ob .rule{stroke:var(--ob-rule);stroke-width:1;fill:none}
.ob .edge{stroke:var(--ob-edge);stroke-width:1.5;fill:none}
.ob .edge-inferred{stroke:var(--ob-edge);stroke-width:1.75;stroke-dasharray:1 5;
 stroke-linecap:round;fill:none}
.ob .edge-back{stroke:var(--ob-gap);stroke-width:1.5;stroke-dasharray:6 4;fill:none}
.ob .arrow{fill:var(--ob-edge)}
.ob .arrow-back{fill:var(--ob-gap)}
.ob .known{fill:var(--ob-known);stroke:var(--ob-known-line);stroke-width:.75}
.ob .known-line{fill:none;stroke:var(--ob-known-line);stroke-width:1.5}
.ob .bar{fill:var(--ob-known-line);stroke:none}
.ob .gap{fill:var(--ob-paper);stroke:var(--ob-gap);stroke-width:2;stroke-dasharray:7 5}
.ob .gap-mark{fill:var(--ob-gap);stroke:none}
.ob text.t-mark{fill:var(--ob-paper);font-weight:700}
.ob .gap-line{stroke:var(--ob-gap);stroke-width:2;fill:none}
.ob .needed{stroke:var(--ob-gap);stroke-width:1.75;stroke-dasharray:6 4;fill:none}
.ob .sealed{stroke:var(--ob-sealed);stroke-width:1.25}
.ob .hatch-ground{fill:var(--ob-sealed-soft)}
.ob .hatch-line{stroke:var(--ob-sealed);stroke-width:1.5}
.ob .doubt-ground{fill:var(--ob-soft)}
.ob .doubt-line{stroke:var(--ob-known-line);stroke-width:1.5}
.ob .doubt{stroke:var(--ob-known-line);stroke-width:1.25}
.ob .unknown{fill:none;stroke:var(--ob-edge);stroke-width:1.5;stroke-dasharray:3 4}
.ob .box{fill:var(--ob-soft);stroke:var(--ob-edge);stroke-width:1.25}
.ob .box-focus{fill:var(--ob-focus-soft);stroke:var(--ob-focus);stroke-width:3}
.ob .box-absent{fill:var(--ob-paper);stroke:var(--ob-edge);stroke-width:1.5;stroke-dasharray:5 4}
.ob .pill{fill:var(--ob-paper);stroke:var(--ob-edge);stroke-width:1.25}
.ob .badge{fill:var(--ob-ink)}
.ob text.t-badge{fill:var(--ob-paper);font-weight:650}
.ob .sea{fill:var(--ob-paper);stroke:var(--ob-rule);stroke-width:1}
.ob .land{fill:var(--ob-soft);stroke:var(--ob-rule);stroke-width:.75;stroke-linejoin:round}
.ob .graticule{fill:none;stroke:var(--ob-rule);stroke-width:.5;stroke-dasharray:2 4}
.ob .route{fill:none;stroke:var(--ob-edge);stroke-linecap:butt;opacity:.75}
.ob .dot{fill:var(--ob-known-line);stroke:var(--ob-paper);stroke-width:1.5}
.ob .dot-open{fill:var(--ob-paper);stroke:var(--ob-known-line);stroke-width:2}
.ob .limit{stroke:var(--ob-ink);stroke-width:2;fill:none}
.ob .today{stroke:var(--ob-focus);stroke-width:1.5;stroke-dasharray:4 3;fill:none}
.ob a{cursor:pointer}
.ob a text.link{text-decoration:underline;text-decoration-thickness:1px;text-underline-offset:5px;
 text-decoration-skip-ink:auto}
.ob a text.link.halo{text-underline-offset:6px}
.ob a:hover .known,.ob a:hover .box,.ob a:hover .pill{stroke:var(--ob-focus);stroke-width:2}
.ob a:focus-visible{outline:3px solid var(--ob-focus);outline-offset:2px}
.q{white-space:nowrap;font-variant-numeric:tabular-nums;unicode-bidi:isolate}
.q .u,.q .k{color:var(--ob-muted)}
.q.unk{white-space:normal;font-style:italic;color:var(--ob-muted)}
@media (forced-colors: active){.ob text{fill:CanvasText}
 .ob .known,.ob .bar{fill:Highlight}.ob .gap,.ob .unknown,.ob .box,.ob .pill{fill:Canvas;
 stroke:CanvasText}}
"""
)
