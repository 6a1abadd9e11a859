"""A PDF made by hand for the tests: lines of text on pages, or pages that are pictures alone."""

from __future__ import annotations

from collections.abc import Sequence


def made_pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """The bytes of a PDF with those lines on its pages; a page without lines is a grey square."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for n, lines in enumerate(pages):
        objects.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]"
            f"/Resources<</Font<</F1 3 0 R>>>>/Contents {5 + 2 * n} 0 R>>"
        )
        drawn = _written(lines) if lines else "0.5 g 100 100 300 300 re f"
        objects.append(f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream")
    out, places = b"%PDF-1.4\n", []
    for n, told in enumerate(objects, 1):
        places.append(len(out))
        out += f"{n} 0 obj{told}endobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    end = f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF"
    return out + f"{head}{end}".encode()


def _written(lines: Sequence[str]) -> str:
    escaped = (t.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for t in lines)
    return "BT /F1 11 Tf 60 790 Td 15 TL " + " ".join(f"({t}) Tj T*" for t in escaped) + " ET"
