"""What this machine has beside landgis: programs, and a typeface with Chinese characters.

Programs are found on the PATH or where the installers of three systems put them.
"""

from __future__ import annotations

import glob
import os
import shutil
from contextlib import suppress
from functools import cache
from typing import Any

from landgis.errors import InputError

_WINDOWS = ("ProgramFiles", "ProgramFiles(x86)", "ProgramW6432", "LOCALAPPDATA")
"""Variables of Windows that name the folders of programs, on whatever drive these are."""

_OFFICE = (
    ("soffice", "libreoffice"),
    (
        "/usr/lib*/libreoffice/program/soffice",
        "/opt/libreoffice*/program/soffice",  # its own packages name the version: libreoffice7.6
        "/snap/bin/libreoffice",
        "/var/lib/flatpak/exports/bin/org.libreoffice.LibreOffice",
        "/Applications/LibreOffice*.app/Contents/MacOS/soffice",
    ),
    (r"LibreOffice*\program\soffice.exe",),
)
_BROWSER = (
    (
        *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
        *("microsoft-edge", "microsoft-edge-stable", "msedge", "firefox", "firefox-esr"),
        *("brave-browser", "vivaldi", "opera", "qaxbrowser-safe", "browser360-cn-stable"),
    ),
    (
        "/snap/bin/chromium",
        "/snap/bin/firefox",
        "/var/lib/flatpak/exports/bin/org.mozilla.firefox",
        "/var/lib/flatpak/exports/bin/*Chrom*",
        "/opt/google/chrome*/chrome",
        "/opt/microsoft/msedge*/msedge",
        "/opt/apps/org.deepin.browser/files/org.deepin.browser",  # 统信
        "/Applications/Safari.app/Contents/MacOS/Safari",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
        "/Applications/Firefox.app/Contents/MacOS/firefox",
    ),
    (
        r"Microsoft\Edge\Application\msedge.exe",
        r"Google\Chrome\Application\chrome.exe",
        r"Mozilla Firefox\firefox.exe",
    ),
)


def find_office() -> str | None:
    """Find LibreOffice.

    Examples
    --------
    >>> find_office() == find_office()
    True
    """
    return _find(*_OFFICE)


def find_browser() -> str | None:
    """Find a browser that shows pages of landgis.

    Examples
    --------
    >>> find_browser() == find_browser()
    True
    """
    return _find(*_BROWSER)


def _find(names: tuple[str, ...], places: tuple[str, ...], windows: tuple[str, ...]) -> str | None:
    """Give the path of a program by its names, its places, or those below a folder of programs."""
    for name in names:
        if path := shutil.which(name):
            return path
    roots = [root for name in _WINDOWS if (root := os.environ.get(name))]
    below = [os.path.join(glob.escape(root), place) for root in roots for place in windows]  # noqa: PTH118 - patterns
    # of several versions any will do
    found = [sorted(glob.glob(pattern)) for pattern in (*places, *below)]  # noqa: PTH207
    return next((files[-1] for files in found if files), None)


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
    from matplotlib import font_manager  # noqa: PLC0415 - only who draws needs it

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CHINESE_FONTS if name in installed), "")


@cache
def _look_again() -> None:
    """Take in typefaces that were installed since matplotlib kept its list of them."""
    from matplotlib import font_manager  # noqa: PLC0415

    known = {font.fname for font in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known:
            with suppress(Exception):  # a damaged typeface is none
                font_manager.fontManager.addfont(path)


def plain_looks() -> dict[str, Any]:
    """Give matplotlib's settings for Chinese text taken as text: ``$`` starts no formula.

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
