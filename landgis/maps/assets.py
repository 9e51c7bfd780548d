"""What a page carries (Leaflet, scripts, styles, templates, words), and what it may load."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np

from landgis.errors import InputError
from landgis.language import Lang, say
from landgis.maps.basemaps import Basemap

ALLOWED_URLS = frozenset({"http://www.w3.org/2000/svg", "https://leafletjs.com"})
"""Addresses that may stand in the scripts: a namespace, and Leaflet's own name in its credit."""


def content_policy(basemaps: Iterable[Basemap], inline: Iterable[str]) -> str:
    """Content-security policy: these scripts, no network but tiles of the chosen basemaps."""
    hashes = " ".join(f"'sha256-{_digest(text)}'" for text in inline)
    hosts = " ".join(dict.fromkeys(host for base in basemaps for host in base.hosts))
    return (
        f"default-src 'none'; script-src {hashes} blob:; worker-src blob:; "
        f"style-src 'unsafe-inline'; img-src data: blob: {hosts}".rstrip()
        + "; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


class _Addresses(HTMLParser):
    """Collect every address that a page could load or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.split(":")[-1] in (
                "href", "src", "srcset", "action", "formaction", "poster", "data", "ping", "cite",
            ):  # fmt: skip
                self.found.append(value or "")
            elif name == "style":
                self.found += _css_addresses(value or "")
        kind = dict(attrs).get("type") or "text/javascript"
        self.inside = tag if tag == "style" or (tag == "script" and "javascript" in kind) else ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 (the parser's own signature)
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.found += _css_addresses(data)
        elif self.inside == "script":
            self.found += re.findall(r"(?:https?|wss?|ftp):(?:\\?/){2}[\w.\-/]*[\w.-]", data)


def _css_addresses(text: str) -> list[str]:
    return re.findall(r"url\(\s*['\"]?([^'\")]*)", text) + re.findall(r"@import\s+(\S+)", text)


def check_addresses(page: str, *, allowed: Iterable[str] = ()) -> None:
    """Raise if a page names an address that it should not.

    Allowed are ``data:`` pictures, places within the page, `ALLOWED_URLS`, and ``allowed`` with
    or without a fragment. Words that a person reads, and data, are not addresses.

    Raises
    ------
    InputError
        Naming the addresses.

    Examples
    --------
    >>> check_addresses('<a href="report.html#f1">3</a>', allowed=["report.html"])
    >>> check_addresses('<img src="https://example.com/a.png">')
    Traceback (most recent call last):
        ...
    landgis.errors.InputError: 页面引用了未经允许的地址：https://example.com/a.png。
    """
    parser = _Addresses()
    parser.feed(page)
    good = {*ALLOWED_URLS, *allowed}
    bad = [
        a
        for a in parser.found
        if not (a.startswith(("data:image/", "#")) or a.partition("#")[0] in good or a in good)
    ]
    if bad:
        told = "、".join(dict.fromkeys(bad))
        raise InputError(
            f"页面引用了未经允许的地址：{told}。",
            f"The page names addresses that are not allowed: {told}.",
        )


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
