"""What landgis raises: one clear sentence, in Chinese and in English.

Every error is also the builtin that a caller would expect, so that
``except ValueError`` catches it as well.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Literal


class LandgisError(Exception):
    """Something that cannot be used, said in one sentence.

    The sentence names what is wrong, where, and what to do about it.

    Parameters
    ----------
    zh
        The sentence in Chinese; what ``str()`` gives.
    en
        The same in English.

    Examples
    --------
    >>> error = InputError("文件不存在：a.txt。", "No such file: a.txt.")
    >>> str(error), error.message("en")
    ('文件不存在：a.txt。', 'No such file: a.txt.')
    """

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.zh = zh
        self.en = en

    def __reduce__(self) -> tuple[type[LandgisError], tuple[str, str]]:
        """Keep both sentences on the way from another process."""
        return type(self), (self.zh, self.en)

    def message(self, lang: Literal["zh", "en"] = "zh") -> str:
        """Give the sentence in ``lang``."""
        return self.en if lang == "en" else self.zh


class InputError(LandgisError, ValueError):
    """A file, table or argument that cannot be used as it is."""


class CRSError(InputError):
    """A coordinate system that is missing, ambiguous, or not the one needed."""


class ProjectError(InputError):
    """A project file that says something landgis cannot follow."""


class MissingPackageError(LandgisError, ImportError):
    """An optional package that this work needs is not installed."""


_WANTED = MappingProxyType(
    {
        "Plan": ("计划（landgis.read_plan 所得）", "a plan (of landgis.read_plan)"),
        "Results": (
            "运行结果（landgis.run_project 或 landgis.examine 所得）",
            "results (of landgis.run_project or landgis.examine)",
        ),
        "Balance": ("面积核对（results.balance）", "a balance (results.balance)"),
        "GeoDataFrame": (
            "图层 GeoDataFrame（landgis.read_layer(…).data）",
            "a GeoDataFrame (landgis.read_layer(…).data)",
        ),
        "DataFrame": ("表格 DataFrame", "a DataFrame"),
        "Series": ("一列 Series", "a Series"),
        "Allocation": (
            "选地结果（landgis.allocate 所得）",
            "a choice of land (of landgis.allocate)",
        ),
        "PathLike": ("文件路径", "the path of a file"),
    }
)


def require(given: object, *kinds: Any, name: str) -> None:
    """Refuse an argument that is none of some kinds, and say how to get them.

    Examples
    --------
    >>> from os import PathLike
    >>> require("a.txt", PathLike, str, name="path")
    >>> require(None, PathLike, str, name="path")
    Traceback (most recent call last):
    landgis.errors.InputError: path 应为文件路径，实为 NoneType。
    """
    if not isinstance(given, kinds):
        told = [_WANTED[k.__name__] for k in kinds if k.__name__ in _WANTED]
        zh, en = "或".join(t[0] for t in told), " or ".join(t[1] for t in told)
        got = type(given).__name__
        raise InputError(f"{name} 应为{zh}，实为 {got}。", f"{name} must be {en}, not {got}.")
