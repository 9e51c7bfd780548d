"""Plates: written whole in each format, with the legend's figures and every mark in words."""

from dataclasses import replace

import invented
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure
from shapely import Polygon, box

from landgis.answer import answer
from landgis.errors import InputError
from landgis.files.machine import CHINESE_FONTS
from landgis.landuse import category_name
from landgis.maps.atlas import corners_of, draw_atlas
from landgis.maps.legend import draw_legend
from landgis.maps.page import write_maps
from landgis.maps.plates import draw_plate, wrapped, write_plates


@pytest.fixture(autouse=True)
def _needs_a_font():
    if not {font.name for font in font_manager.fontManager.ttflist} & set(CHINESE_FONTS):
        pytest.skip("needs a Chinese font")


@pytest.fixture
def told(monkeypatch):
    """All texts of the figure that was saved last."""
    texts = []
    save = Figure.savefig

    def listen(figure, *args, **options):
        said = [t.get_text() for axes in figure.axes for t in axes.texts]
        texts[:] = [*(texts if options.get("format") == "pdf" else []), *said]  # an atlas has many
        return save(figure, *args, **options)

    monkeypatch.setattr(Figure, "savefig", listen)
    return texts


@pytest.mark.parametrize(
    ("suffix", "begins"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")]
)
def test_each_format_is_written_and_nothing_else(town, tmp_path, suffix, begins):
    path = draw_plate(town, tmp_path / "new" / f"plate.{suffix}")
    assert path.read_bytes().startswith(begins)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_sheet_says_what_a_map_must_say(town, tmp_path, told):
    draw_plate(town, tmp_path / "plate.png")
    legend = draw_legend(town)
    assert legend.total.mapped in told
    for row in legend.uses:
        if row.members:
            assert row.mapped in told
    assert town.title in told
    assert "N" in told
    assert any(t.startswith("约 1:") for t in told)
    assert any(t.startswith("审图号：") for t in told)
    assert any("近似界线" in t for t in told)


def test_marks_of_samples_stand_on_the_sheet(tmp_path, told):
    parcels = invented.results().parcels.assign(basis="sample")
    draw_plate(invented.results(parcels), tmp_path / "plate.png", lang="en")
    assert any(t.startswith("Sample data") for t in told)


def test_a_use_shows_its_own_parcels_only(town, tmp_path, told):
    draw_plate(town, tmp_path / "plate.svg", category="住宅用地")
    assert any(t.startswith("住宅用地") for t in told)
    assert "商服用地" not in told


def test_hostile_text_is_text(town, tmp_path, told):
    title = "$\\frac{<script>$ 东镇"
    path = draw_plate(replace(town, title=title), tmp_path / "plate.svg")
    assert title in told
    assert "<script" not in path.read_text("utf-8")


def test_degrees_are_drawn_in_a_plane(town, tmp_path, told):
    layers = {n: getattr(town, n).to_crs(4490) for n in ("parcels", "regions", "townships")}
    draw_plate(replace(town, **layers), tmp_path / "plate.png")
    assert any("EPSG:4549" in t for t in told)


def test_a_plate_beside_each_page(town, tmp_path):
    pages = write_maps(town, tmp_path)
    plates = write_plates(town, pages, tmp_path / "plates", formats=["png"])
    assert [p.stem for p in plates] == [p.stem for p in pages]


def test_nothing_to_draw_and_unknown_formats_are_refused(town, tmp_path):
    nothing = {n: getattr(town, n).iloc[:0] for n in ("parcels", "regions", "townships")}
    with pytest.raises(InputError, match="没有可绘制"):
        draw_plate(replace(town, **nothing), tmp_path / "plate.png")
    with pytest.raises(InputError, match="bmp"):
        draw_plate(town, tmp_path / "plate.bmp")
    sound = replace(town, findings=town.findings.iloc[:0])
    with pytest.raises(InputError, match="没有要绘的宗地"):
        draw_atlas(sound, tmp_path / "atlas.pdf", parcels="fail")
    assert not any(tmp_path.iterdir())


def test_verdicts_regions_and_the_answer_stand_on_the_sheet(town, tmp_path, told):
    draw_plate(town, tmp_path / "plate.png")
    legend = draw_legend(town)
    assert {row.region for row in legend.regions if row.planned} <= set(told)
    marks = [{"pass": "✓", "fail": "✗", "unknown": "?"}.get(row.verdict) for row in
             (*legend.uses, legend.total, *legend.regions)]  # fmt: skip
    assert sorted(t for t in told if t in {"✓", "✗", "?"}) == sorted(filter(None, marks))
    uses = [category_name(row.category, "zh") for row in legend.uses if row.members]
    assert told.index("合计") < min(told.index(name) for name in uses if name in told)
    assert set(wrapped(answer(town).headline)) <= set(told)
    assert "红圈：有检查不通过的地块" in told


@pytest.mark.parametrize(("sheet", "inches"), [("A4", (11.69, 8.27)), ("A3", (16.54, 11.69))])
def test_the_sheet_has_the_size_asked(town, tmp_path, monkeypatch, sheet, inches):
    sizes = []
    monkeypatch.setattr(
        Figure, "savefig", lambda figure, *_, **__: sizes.append(figure.get_size_inches())
    )
    draw_plate(town, tmp_path / "plate.pdf", sheet=sheet)
    assert sizes[0] == pytest.approx(inches, abs=0.01)


def test_corners_go_round_by_the_right_from_the_north_west():
    shape = Polygon([(0, 0), (30, 0), (30, 40), (10, 40), (10, 20), (0, 20)])  # against the clock
    corners = corners_of(shape)
    assert [(c.north, c.east) for c in corners] == [
        (40, 10), (40, 30), (0, 30), (0, 0), (20, 0), (20, 10)]  # fmt: skip
    assert [c.side_m for c in corners] == [20, 40, 30, 20, 10, 20]
    holed = box(0, 0, 9, 9).difference(box(3, 3, 6, 6))
    assert [c.name for c in corners_of(holed)] == [f"J{n}" for n in range(1, 9)]


def _four(**more):
    """A square of 100 m, its neighbours in the north and, 0.4 m away, in the east; one far off."""
    shapes = [invented.at(*b) for b in ((100, 100, 200, 200), (100, 200, 200, 300),
                                        (200.4, 100, 300, 200), (600, 600, 700, 700))]  # fmt: skip
    parcels = invented.parcels().head(4).assign(parcel_id=list("甲北东远"))
    return invented.results(parcels.set_geometry(shapes, crs=parcels.crs).assign(**more))


def test_a_sheet_of_one_parcel_tells_corners_sides_area_and_neighbours(tmp_path, told):
    path = draw_atlas(_four(), tmp_path / "new" / "atlas.pdf", parcels=["甲"])
    assert path.read_bytes().startswith(b"%PDF")
    assert [p.name for p in path.parent.iterdir()] == ["atlas.pdf"]
    assert {"宗地编号：甲", "J1", "J4", "100.00", "3420200.000", "500100.000"} <= set(told)
    assert any("10,000.00 m²" in t for t in told)
    assert "北 北；东 东；南 —；西 —" in "".join(told)
    assert any(t.startswith("界址点为图形顶点") for t in told)


def test_several_parcels_a_sheet_and_corners_without_room(tmp_path, told):
    draw_atlas(_four(), tmp_path / "atlas.pdf", per_plate=4)
    assert "宗地图版（4 宗）" in told
    round_one = _four().parcels.head(1).buffer(0).buffer(50, quad_segs=40)
    parcels = _four().parcels.head(1).set_geometry(round_one)
    told.clear()
    draw_atlas(invented.results(parcels), tmp_path / "atlas.pdf")
    names = {t for t in told if t.startswith("J")}
    assert names == {f"J{n}" for n in range(1, len(corners_of(round_one.iloc[0])) + 1)}


def test_an_atlas_of_what_is_not_there_is_refused(town, tmp_path):
    with pytest.raises(InputError, match="没有宗地 无此编号"):
        draw_atlas(town, tmp_path / "atlas.pdf", parcels=["无此编号"])
    assert not any(tmp_path.iterdir())
