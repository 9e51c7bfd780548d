"""Plates: written whole in each format, with the legend's figures and every mark in words."""

from dataclasses import replace

import invented
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from landgis.errors import InputError
from landgis.maps.legend import draw_legend
from landgis.maps.page import write_maps
from landgis.maps.plates import draw_plate, write_plates
from landgis.typefaces import CHINESE_FONTS


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
        texts[:] = [t.get_text() for axes in figure.axes for t in axes.texts]
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
    assert not any(tmp_path.iterdir())
