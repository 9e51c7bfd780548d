"""A typeface of this machine with Chinese characters, for everything that matplotlib draws."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

from matplotlib import font_manager

from landgis.errors import InputError

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
    "WenQuanYi Micro Hei",
    "Noto Sans CJK JP",
    "Noto Serif CJK SC",
    "SimSun",
)


def chinese_font() -> str:
    """Name a font of this machine that has Chinese characters.

    Raises
    ------
    InputError
        If none of `CHINESE_FONTS` is installed; the message says which to install.

    Examples
    --------
    >>> from matplotlib import font_manager
    >>> installed = {font.name for font in font_manager.fontManager.ttflist}
    >>> not installed & set(CHINESE_FONTS) or chinese_font() in installed
    True
    """
    found = _found()
    if not found:
        _look_again()
        found = _found()
    if not found:
        raise InputError(
            "本机没有中文字体，图中汉字无法显示：请安装思源黑体（Noto Sans CJK SC）。",
            "No font with Chinese characters is installed: install Noto Sans CJK SC.",
        )
    return found


def _found() -> str:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CHINESE_FONTS if name in installed), "")


@cache
def _look_again() -> None:
    """Take in typefaces that were installed since matplotlib kept its list of them."""
    known = {font.fname for font in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known:
            with suppress(Exception):  # a damaged typeface is none
                font_manager.fontManager.addfont(path)


def plain_looks() -> dict[str, Any]:
    """Give matplotlib's settings for Chinese text taken as text: ``$`` starts no formula.

    Raises
    ------
    InputError
        If no Chinese font is installed.

    Examples
    --------
    >>> from landgis.errors import InputError
    >>> try:
    ...     plain_looks()["text.parse_math"]
    ... except InputError:
    ...     False
    False
    """
    return {
        "font.family": ["DejaVu Sans", chinese_font()],
        "axes.unicode_minus": False,
        "text.parse_math": False,
    }
