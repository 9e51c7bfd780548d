"""What landgis raises: one clear sentence, in Chinese and in English.

Every error is also the builtin that a caller would expect, so that
``except ValueError`` catches it as well.
"""

from __future__ import annotations

from typing import Literal


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
