"""Plots say the report's numbers, in a font that has the characters."""

import io
from dataclasses import replace

import pytest
from matplotlib import font_manager

from landgis.errors import InputError
from landgis.report.plots import plot_balance, plot_completion
from landgis.typefaces import CHINESE_FONTS, chinese_font


@pytest.fixture(autouse=True)
def _needs_a_font():
    installed = {font.name for font in font_manager.fontManager.ttflist}
    if not installed & set(CHINESE_FONTS):
        pytest.skip("needs a Chinese font")


def texts(figure):
    axes = figure.axes[0]
    shown = [*axes.texts, *axes.get_yticklabels(), *axes.get_legend().get_texts()]
    return {text.get_text() for text in shown}


@pytest.mark.parametrize(
    ("by", "words"),
    [("use", {"其中：商品住房用地", "4.50", "13.00", "计划"}), ("region", {"市直", "14.00"})],
)
def test_balance(results, by, words):
    figure = plot_balance(results, by=by)
    figure.savefig(io.BytesIO())  # a missing character would warn, and warnings are errors
    assert words <= texts(figure)


def test_completion(results):
    figure = plot_completion(results)
    figure.savefig(io.BytesIO())
    assert {"18.2%", "95.5%", "计划要求"} <= texts(figure)
    (line, dots) = figure.axes[0].lines
    assert list(dots.get_ydata()) == [50.0]
    assert len(line.get_xdata()) == 4


def test_what_cannot_be_plotted_is_said(results):
    with pytest.raises(InputError, match="use 或 region"):
        plot_balance(results, by="moon")
    timeless = replace(results, parcels=results.parcels.drop(columns="quarter"))
    with pytest.raises(InputError, match="供应时间"):
        plot_completion(timeless)


def test_a_missing_font_is_said(monkeypatch):
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    with pytest.raises(InputError, match="思源黑体"):
        chinese_font()
