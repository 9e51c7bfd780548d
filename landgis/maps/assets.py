"""What a page carries: Leaflet, scripts, styles, templates, words."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np

from landgis.language import Lang, say

LEAFLET = ("leaflet/leaflet.js",)
LAYER = ("inflate.js", "unpack.js", "painter.js", "parcels.js")
"""Scripts of the packed layer, in the order in which they are loaded."""


@cache
def asset(name: str) -> str:
    """Read a text file of ``landgis/maps/assets``.

    Examples
    --------
    >>> "BSD 2-Clause" in asset("leaflet/LICENSE")
    True
    """
    return files("landgis.maps").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def scripts(*names: str) -> str:
    """Join scripts for one ``<script>`` element: nothing in them can end it.

    Examples
    --------
    >>> "sourceMappingURL" in scripts(*LEAFLET)
    False
    """
    joined = "\n".join(re.sub(r"//# sourceMappingURL=.*", "", asset(name)) for name in names)
    return re.sub(r"<(?=/script|!--)", r"\\x3c", joined, flags=re.IGNORECASE)


@cache
def styles(*names: str) -> str:
    """Join style sheets, their pictures inside as data.

    Examples
    --------
    >>> "url(images" in styles("leaflet/leaflet.css")
    False
    """
    joined = "\n".join(asset(name) for name in names)
    return re.sub(r"url\((images/[\w.-]+)\)", lambda m: f"url({_picture(m[1])})", joined)


@cache
def words(lang: Lang, *, programme: bool = False, file: str = "words.json") -> Mapping[str, str]:
    """Give the words of a page in one language, by key.

    Those of a ``programme`` speak of areas (片区, counted in 个) and kinds instead of parcels
    (宗地, counted in 宗) and uses.

    Examples
    --------
    >>> words("zh")["search"]
    '查编号或名称'
    >>> words("zh")["parcels_counted"], words("zh", programme=True)["parcels_counted"]
    ('{count} 宗', '{count} 个')
    """
    return {
        key: say(lang, *(said[-2:] if programme else said[:2]))
        for key, said in json.loads(asset(file)).items()
    }


@cache
def template(name: str) -> jinja2.Template:
    """Give the template of a page; style, script, start and data go into it as they are.

    Examples
    --------
    >>> template("page.html").name is None
    True
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["tojson"] = as_json
    source = asset(name).replace("{{ head }}", asset("head.html"))
    return environment.from_string(
        re.sub(r"\{\{ (style|script|start|data) \}\}", r"{{ \1|safe }}", source)
    )


def start_script(function: str) -> str:
    """Start a page, readable to any browser: one that cannot read it shows a sentence instead.

    Examples
    --------
    >>> "landgisStart()" in start_script("landgisStart")
    True
    """
    return (
        "(function(){var s=document.getElementById('status');try{" + function + "();}catch(e){"
        "s.textContent=s.getAttribute('data-old');s.className='fault';throw e;}})();"
    )


def as_json(value: Any) -> str:
    r"""Write JSON that can stand inside a script element.

    Examples
    --------
    >>> as_json({"a": "</script>"})
    '{"a":"\\u003c/script>"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


def _picture(name: str) -> str:
    data = files("landgis.maps").joinpath("assets", "leaflet", name).read_bytes()
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")
