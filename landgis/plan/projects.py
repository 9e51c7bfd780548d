"""Rows of the lists of a plan → the table ``projects``, with the townships that each lies in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from landgis import divisions
from landgis.findings import Finding, define
from landgis.landuse import canonical
from landgis.plan.accounts import Account
from landgis.plan.names import Names, split_names
from landgis.plan.statements import Item, cite

_NEAR = "，是否为“{near:list}”？表中保留原文。"
_NEAR_EN = "; did the plan mean {near:list}? The printed name is kept."
NAME = define(
    "plan.name",
    ("名称", "names"),
    (
        "计划中的地名是否在区划名录中。",
        "Whether the names of places in the plan are names of divisions.",
    ),
    item=(
        "第{number}项位置“{subject}”不在区划名录中。",
        "No division is called {subject}. The printed name is kept.",
    ),
    item_like=(
        "第{number}项位置“{subject}”不在区划名录中" + _NEAR,
        "No division is called {subject}" + _NEAR_EN,
    ),
    place=(
        "位置“{subject}”不在区划名录中。",
        "No division is called {subject}. The printed name is kept.",
    ),
    place_like=(
        "位置“{subject}”不在区划名录中" + _NEAR,
        "No division is called {subject}" + _NEAR_EN,
    ),
    region=(
        "区域“{subject}”不在区划名录中" + _NEAR,
        "No division is called {subject}" + _NEAR_EN,
    ),
)
_OTHERS = re.compile(r"等\s*\d*\s*个?(?:乡镇|镇街|街道|镇|乡|村|地|处|项目)?.*$")
_TOWN = re.compile(r"([\u4e00-\u9fff]{1,7}?(?:镇|乡|街道|苏木)(?!公路|道|路))")
_SETTLEMENT = re.compile(r"(?:村|社区|居委会|嘎查|农场|林场|牧场|[团连]|组|庄|屯|[区园])$")
_ZONE = r"[\u4e00-\u9fff]{2,8}(?:新区|开发区|高新区|经开区|园区|工业园|产业园|示范区|港区|度假区)"


def project_rows(
    items: Sequence[Item], names: Names, document: str, *, account: Account
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Lay items out as rows of ``projects``; tell of names that match no division."""
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for item in items:
        region, code = names.region(item.region) if item.region else ("", "")
        townships, unsure = _located(item, code, names)
        source = cite(document, item.place, item.words)
        row = _row(item, region, code, townships, source)
        rows.append({**row, "figure": account.number(item.spot)})
        findings += [_misspelt(match, item, source) for match in unsure]
    return rows, findings


def _located(
    item: Item, code: str, names: Names
) -> tuple[tuple[str, ...], tuple[divisions.Match, ...]]:
    """Locate an item by its address; if that names none, by its region where it is a township."""
    county = code if len(code) == len("330502") else names.code
    townships, unsure = locate(item.location, item.name, within=county)
    if townships or not item.region or code == county:
        return townships, unsure
    return locate(item.region, within=county)


def _row(
    item: Item, region: str, code: str, townships: tuple[str, ...], source: str
) -> dict[str, Any]:
    area = item.quantity
    return {
        "number": item.number,
        "region": region,
        "region_code": code,
        "category": canonical(item.category) or item.category,
        "stated_category": item.category,
        "name": item.name,
        "location": item.location,
        "townships": townships,
        "area_ha": float(area.area_ha) if area else float("nan"),
        "stated_value": float(area.value) if area else float("nan"),
        "stated_unit": area.unit if area else "",
        "stated_decimals": area.decimals if area else None,
        "stage": item.stage,
        "land_source": item.source,
        "supply_mode": item.mode,
        "period": item.period,
        "list_name": item.list_name,
        "source": source,
    }


def locate(
    location: str, name: str = "", *, within: str = ""
) -> tuple[tuple[str, ...], tuple[divisions.Match, ...]]:
    """Find the townships that a location as printed names, and the names that are in doubt.

    Short names are completed (林城 → 林城镇), functional zones kept, villages replaced by the
    township in the project's own name where there is one. A name that matches nothing stays as
    printed.

    Parameters
    ----------
    location
        As printed: 织里镇、道场、妙西等乡镇.
    name
        Name of the project, which may tell the township of a village.
    within
        Code of the district that the location is in.

    Examples
    --------
    >>> locate("织里镇、道场、妙西等乡镇", within="330502")[0]
    ('织里镇', '道场乡', '妙西镇')
    >>> locate("箍桶兜村、邢窑村", "双林镇全域整治项目二期", within="330503")[0]
    ('双林镇',)
    >>> places, doubtful = locate("和孚镇、善琮镇", within="330503")
    >>> places, [d.name for d in doubtful[0].candidates]
    (('和孚镇', '善琮镇'), ['善琏镇'])
    """
    scope = within or None
    found: dict[str, None] = {}
    doubtful: list[divisions.Match] = []
    villages: list[str] = []
    for printed in _parts(location, scope):
        part = _below_county(printed, scope)
        match = _match(part, scope)
        inner = _inside(part, scope)
        if match.kind in ("exact", "abbreviated") or (match.kind == "zone" and not inner):
            found[match.name] = None
        elif inner:
            found |= dict.fromkeys(inner)
        elif match.kind in ("suggested", "ambiguous") and re.search(r"(?:镇|乡|街道)$", part):
            found[part] = None
            doubtful.append(match)
        elif town := _TOWN.match(part):
            found[town[1]] = None
            near = _match(town[1], scope)
            doubtful += [near] if near.kind in ("suggested", "ambiguous") else []
        elif _SETTLEMENT.search(part):
            villages.append(part)
    if not found:
        found |= dict.fromkeys(_inside(name, scope) or villages)
    return tuple(found), tuple(doubtful)


def _below_county(part: str, within: str | None) -> str:
    """Take the names of divisions above township off the front: 新绛县南范镇."""
    spans = divisions.find_names(part, within=within)
    above = spans[0].match.division if spans and spans[0].start == 0 else None
    rest = part[spans[0].end :] if spans else ""
    return _below_county(rest, within) if above and above.level != "township" and rest else part


def _parts(location: str, within: str | None) -> list[str]:
    parts = split_names(_OTHERS.sub("", location), within=within)
    return [p for part in parts if (p := part.strip("。.（）() "))]


def _match(part: str, within: str | None) -> divisions.Match:
    match = divisions.match(part, within=within, level="township")
    return match if match.kind != "unknown" else divisions.match(part, within=within)


def _inside(text: str, within: str | None) -> list[str]:
    """Townships named somewhere in a text: 织里镇大港路南侧."""
    spans = divisions.find_names(text, within=within)
    townships = [
        s.match.name for s in spans if s.match.division and s.match.division.level == "township"
    ]
    return townships or re.findall(rf"^{_ZONE}", text)


def _misspelt(match: divisions.Match, item: Item, source: str) -> Finding:
    near = [d.name for d in match.candidates]
    kind = ("item_like" if near else "item") if item.number else ("place_like" if near else "place")
    return NAME.finding(
        kind,
        "unknown",
        subject=match.text,
        region=item.region,
        values={"number": item.number or 0, "near": near},
        source=source,
    )


def region_findings(regions: Iterable[tuple[str, str]], names: Names) -> list[Finding]:
    """Tell of plan regions that are one character off a division's name."""
    findings = []
    for region, source in dict(regions).items():
        match = divisions.match(region, within=names.code or None) if names.code else None
        if match and match.kind == "suggested" and re.search(r"(?:镇|乡|街道|县|区|市)$", region):
            near = [d.name for d in match.candidates]
            finding = NAME.finding(
                "region",
                "unknown",
                subject=region,
                region=region,
                values={"near": near},
                source=source,
            )
            findings.append(finding)
    return findings
