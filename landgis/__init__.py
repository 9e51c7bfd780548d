"""Does the land on the map add up to the plan: the public functions, in the order of the flow.

Each is imported when it is first used, so that ``import landgis`` is quick; ``__init__.pyi`` names
them, for type checkers and for this module.
"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

_NAMES = re.compile(r"^from (\S+) import (\w+)", re.MULTILINE)
_HOME = {
    n: home for home, n in _NAMES.findall(Path(__file__).with_suffix(".pyi").read_text("utf-8"))
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("landgis")
    if name not in _HOME:
        raise AttributeError(f"module 'landgis' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
