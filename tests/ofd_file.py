"""OFD files made for tests: texts at places, ruling lines, pages, templates."""

from __future__ import annotations

import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def text(words: str, x: float, y: float, size: float = 4.0, **more: str) -> str:
    """A text whose first character stands at x, y (millimetres from the top left)."""
    steps = f"g {len(words) - 1} {size}" if len(words) > 1 else ""
    attributes = {"Boundary": f"{x} {y} 180 {size * 1.5}", "Size": size, "Font": 1, **more}
    told = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return (
        f'<ofd:TextObject ID="1" {told}>'
        f'<ofd:TextCode X="0" Y="{size * 0.9}" DeltaX="{steps}">{escape(words)}</ofd:TextCode>'
        "</ofd:TextObject>"
    )


def line(x0: float, y0: float, x1: float, y1: float) -> str:
    return (
        f'<ofd:PathObject ID="2" Boundary="{x0} {y0} {x1 - x0 + 1} {y1 - y0 + 1}">'
        f"<ofd:AbbreviatedData>M 0 0 L {x1 - x0} {y1 - y0}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def table(rows: list[list[str]], x: float, y: float, width: float = 40, height: float = 8) -> str:
    """A ruled table with its words."""
    columns = len(rows[0])
    right, bottom = x + columns * width, y + len(rows) * height
    lines = [line(x, y + i * height, right, y + i * height) for i in range(len(rows) + 1)]
    lines += [line(x + i * width, y, x + i * width, bottom) for i in range(columns + 1)]
    words = [
        text(cell, x + c * width + 1, y + r * height + 1)
        for r, row in enumerate(rows)
        for c, cell in enumerate(row)
        if cell
    ]
    return "".join(lines + words)


def ofd(*pages: str, template: str = "", members: dict[str, str | bytes] | None = None) -> bytes:
    """A file of pages, each the objects of one layer; ``members`` replace or add parts."""
    listed = "".join(
        f'<ofd:Page ID="{i}" BaseLoc="Pages/Page_{i}/Content.xml"/>' for i in range(len(pages))
    )
    under = '<ofd:TemplatePage ID="9" BaseLoc="Tpls/Content.xml"/>' if template else ""
    use = '<ofd:Template TemplateID="9"/>' if template else ""
    layer = '<ofd:Content><ofd:Layer ID="5">{}</ofd:Layer></ofd:Content>'
    parts: dict[str, str | bytes] = {
        "OFD.xml": f"{HEAD}<ofd:OFD {SPACE}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml"
        "</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"{HEAD}<ofd:Document {SPACE}><ofd:CommonData><ofd:PageArea>"
        f"<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>{under}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
        "Doc_0/Tpls/Content.xml": f"{HEAD}<ofd:Page {SPACE}>{layer.format(template)}</ofd:Page>",
    }
    for i, objects in enumerate(pages):
        page = f"{HEAD}<ofd:Page {SPACE}>{use}{layer.format(objects)}</ofd:Page>"
        parts[f"Doc_0/Pages/Page_{i}/Content.xml"] = page
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in {**parts, **(members or {})}.items():
            package.writestr(name, part)
    return stream.getvalue()
