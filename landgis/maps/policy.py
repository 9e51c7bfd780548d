"""What a page may load or follow: no network but the tiles of chosen basemaps."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html.parser import HTMLParser

from landgis.errors import InputError
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
