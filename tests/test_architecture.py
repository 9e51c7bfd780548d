"""A module imports lower floors only; inside a room, modules stand in the order listed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "landgis"

FLOORS = (
    ("errors", "language", "units"),
    ("landuse", "divisions", "measure"),
    ("schema",),
    ("findings",),
    ("files", "crs"),
    ("plan", "formats"),
    ("layers",),
    ("regions",),
    ("join",),
    ("balance",),
    ("checks",),
    ("allocation",),
    ("raster", "results"),
    ("answer",),
    ("maps", "report", "export"),
    ("project", "scale"),
    ("cli",),
)
INSIDE = {
    "measure": ("systems", "rings", "areas"),
    "plan/documents": (
        *(
            "blocks",
            "layout",
            "headings",
            "records",
            "flat",
            "opening",
            "text",
        ),
        *("word", "pages", "ofd", "ocr", "html", "sheets", "worker", "read"),
    ),
    "plan/audit": (*("stated", "splits", "parts", "repeats", "shares", "lists"),),
    "plan": (
        *("documents", "lexicon", "genre", "dates", "quantities", "model", "statements", "names"),
        *("identity", "scope", "roles", "projects", "figures", "sentences"),
        *("orders", "rules", "plots"),
        *(
            "columns",
            "tables",
            "closing",
            "accounts",
            "rows",
            "corrections",
            "reading",
            "extract",
            "audit",
        ),
    ),
    "files": ("archives", "encoding", "whole", "machine"),
    "formats": (
        *("columns", "apart", "gdal", "gdal_write", "kinds"),
        *("drivers", "geoparquet", "kml", "dxf"),
        *("points", "points_files", "csv_table"),
        *("dbf", "shapefile"),
        *("postgis", "registry"),
    ),
    "layers": ("faults", "read", "fields"),
    "regions": ("read", "boundaries", "compose"),
    "join": (*("regions", "grid", "pieces", "overlay", "sums"),),
    "balance": ("figures", "mapped", "sheet"),
    "checks": (*("supply", "totals", "parcels", "rules"),),
    "allocation": (
        *("problem", "candidates", "rules", "solver", "cells", "prices", "master", "regions"),
        *("search", "conflicts", "verify", "fair", "allocation", "explain", "spread"),
    ),
    "maps": (*("assets", "legend", "pack", "page", "layer", "plates", "atlas", "sandbox"),),
    "export": ("qgis", "run"),
    "scale": ("reading", "parts", "files"),
    "report": (
        *("cells", "tables", "changes", "charts"),
        *("html", "xlsx", "docx", "write"),
    ),
    "project": (*("settings", "recognise", "draft", "run", "allocate"),),
    "cli": ("common", "plan", "layers", "project", "start"),
}
# `import landgis` re-exports the public names and `python -m landgis` starts the command line:
# nothing inside imports either.
DOORS = {"__init__", "__main__"}

FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def place(file: Path) -> tuple[str, ...]:
    """('plan', 'audit') for landgis/plan/audit.py; ('plan',) for its __init__.py."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts


def arrows(file: Path) -> set[tuple[str, ...]]:
    """Places inside landgis that a file imports, lazy imports too."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: relative import in line {node.lineno}"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            head, *parts = name.split(".")
            while parts and not exists(parts):
                parts.pop()
            if head == "landgis" and parts:
                found.add(tuple(parts))
    return found


def exists(parts: list[str]) -> bool:
    target = PACKAGE.joinpath(*parts)
    return target.with_suffix(".py").exists() or target.is_dir()


def below(here: tuple[str, ...], there: tuple[str, ...]) -> bool:
    """Whether a module may import another: the first step at which they part decides."""
    depth = next((i for i, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), None)
    if depth is None:  # a room and what is in it
        return True
    if depth == 0:
        return FLOOR[there[0]] < FLOOR[here[0]]
    order = INSIDE["/".join(here[:depth])]
    return order.index(there[depth]) < order.index(here[depth])


FILES = [f for f in sorted(PACKAGE.rglob("*.py")) if place(f)[0] not in DOORS]


@pytest.mark.parametrize("file", FILES, ids=lambda f: "/".join(place(f)))
def test_imports_point_downwards(file):
    here = place(file)
    assert here[0] in FLOOR, f"{here[0]} has no floor: add it to ARCHITECTURE.md and here"
    for there in arrows(file):
        assert below(here, there), f"{'.'.join(here)} imports {'.'.join(there)}"


def test_every_module_of_a_room_is_listed():
    for file in PACKAGE.rglob("*/__init__.py"):
        folder = file.parent
        modules = {
            p.stem for p in folder.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()
        }
        room = folder.relative_to(PACKAGE).as_posix()
        assert modules - {"__init__"} == set(INSIDE[room]), room


def test_a_lazy_import_upwards_is_seen(tmp_path):
    file = tmp_path / "low.py"
    file.write_text("def f():\n    from landgis.plan import model\n", "utf-8")
    (there,) = arrows(file)
    assert there == ("plan", "model")
    assert not below(("units",), there)
    assert not below(("plan", "statements"), ("plan", "audit"))
    assert below(("plan", "audit"), there)


def test_the_tree_shows_every_module_on_its_floor():
    text = (PACKAGE.parent / "ARCHITECTURE.md").read_text("utf-8")
    tree = text.split("```\nlandgis/\n")[1].split("```")[0]
    words = {word.strip("·/") for word in tree.split()}
    rooms = {room for floor in FLOORS for room in floor}
    assert rooms | {module for modules in INSIDE.values() for module in modules} <= words


WORDED = {"maps", "report", "export", "project", "scale", "cli"}
"""Rooms where a language is known: what they make is read by a person."""
SHOWN = {
    *("answer/answer", "results/told", "findings/tell"),  # findings put into words
    *("plan/model/overview", "plan/reading/write_reading"),  # the plan shown as a table
}


def functions(file: Path) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield "/".join([*place(file), node.name]), node


def test_the_rooms_below_know_no_language():
    """Only what names one thing for a reader may ask which language: it gives back text."""
    for file in (f for f in FILES if place(f)[0] not in WORDED):
        for name, node in functions(file):
            asked = {a.arg for a in (*node.args.args, *node.args.kwonlyargs)} & {"lang"}
            text = node.returns is not None and ast.unparse(node.returns) == "str"
            assert not asked or text or name in SHOWN or node.name.startswith("_"), name


def test_a_class_has_a_name_of_its_own():
    """One meaning a word: no two classes are called alike, those of one module's own included."""
    named = [
        (node.name.lstrip("_"), "/".join(place(file)))
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    again = {n: [where for m, where in named if m == n] for n, _ in named}
    assert not {name: where for name, where in again.items() if len(where) > 1}
