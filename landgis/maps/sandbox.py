"""The sandbox page (沙盘): the plan decided on the map, counted in the program's whole numbers.

The page holds the problem as it is posed (options, rows, limits in 0.01 m²), shapes for drawing,
what the program would choose, and the solver. It asks nothing of any network.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cache, partial
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.allocation.allocation import WHY
from landgis.allocation.problem import COUNTED, DM2_PER_M2, Ints, LimitedSum, Problem
from landgis.files.whole import beside
from landgis.landuse import canonical, category_name, colour
from landgis.language import Lang, basis_name, made, making_day, recorded_name, say
from landgis.maps.assets import (
    LEAFLET,
    as_json,
    check_addresses,
    content_policy,
    scripts,
    start_script,
    styles,
    template,
)
from landgis.maps.assets import words as words_of
from landgis.maps.legend import BASES, safe_colours
from landgis.maps.pack import pack_layer
from landgis.maps.page import bounds_of, draw_places
from landgis.schema import REGIONS, as_text, conform
from landgis.units import half_up, unit_word

OWN_SCRIPTS = (
    *("dom.js", "inflate.js", "unpack.js"),
    *(
        f"sandbox/{name}.js"
        for name in (
            *("count", "decide", "turn", "model", "map"),
            *("tables", "card", "plans", "solving", "list", "page"),
        )
    ),
)
SOLVER_SCRIPTS = ("highs/highs.js", "sandbox/model.js", "sandbox/worker.js")
words = partial(words_of, file="sandbox/words.json")
START = start_script("landgisSandbox")
EXACT = 2.0**52
"""Sums from here on are reckoned by the page in integers of any size, slower."""

SUMMED = ("cost", "price", "income", "jobs")
"""Columns of numbers that are summed where candidates have them, rule or not."""

_TOLD = ("name", "land_source", "group", "basis")
_SHARES = {"min_share", "max_share", "stock_first", "completion"}


def write_sandbox(
    problem: Problem,
    path: Path | str,
    *,
    land: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    periods: Sequence[date],
    title: str,
    starts: Mapping[str, pd.DataFrame] | None = None,
    told: Sequence[str] = (),
    why: Mapping[str, str] | None = None,
    source: str = "",
    solver: bool = True,
    made_on: date | None = None,
    lang: Lang = "zh",
) -> Path:
    """Write a page on which land is chosen by hand, with all totals and rules beside it.

    Parameters
    ----------
    problem
        Posed with every period as an option (``pose(…, timed=True)``).
    land
        The candidates that the problem was posed from, in the same row order; their shapes are
        drawn, if they have any, whatever declared CRS they are in.
    regions
        Drawn behind; may be empty.
    periods
        Last day of each period.
    starts
        Decisions to begin with, by name, the first one shown: ``parcel_id use quarter``, and
        ``area_m2`` of pieces.
    told
        Sentences that the program has to say (what cannot be had together).
    why
        Reasons of candidates that cannot be chosen, by id, where there is more to say than their
        ``lock``.
    solver
        Carry the solver (about 1.7 MB), so that the page completes a choice by itself.

    Raises
    ------
    InputError
        If a geometry is no polygon.

    Examples
    --------
    >>> import tempfile
    >>> from landgis.allocation.allocation import pose
    >>> table = pd.DataFrame({"parcel_id": ["a"], "area_m2": [100.0], "category": ["住宅用地"]})
    >>> plan = pd.DataFrame({"use": ["住宅用地"], "area_m2": [90.0]})
    >>> page = write_sandbox(
    ...     pose(table, plan, timed=True)[0], Path(tempfile.mkdtemp(), "page.html"), land=table,
    ...     regions=gpd.GeoDataFrame(geometry=[]), periods=[date(2025, 12, 31)], title="示例",
    ...     solver=False)
    >>> page.name
    'page.html'
    """
    text: Mapping[str, str] = words(lang)
    data = page_problem(problem, periods=periods, why=why, lang=lang)
    shapes = _shapes(problem, land)
    places = _places(regions)
    drawn = [layer for layer in (shapes, places) if layer is not None and len(layer)]
    bases = {
        str(value)
        for table in (land, regions)
        if "basis" in table
        for value in as_text(table["basis"]).unique()
    }
    marks = [text[f"mark_{b}"] for b in BASES if b in bases]
    first = hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode())
    page = {
        "words": text,
        "lang": lang,
        "title": title,
        "file": Path(path).stem,
        "key": first.hexdigest()[:16],
        "bounds": bounds_of(drawn, None) if drawn else None,
        "regions": draw_places(places, shift=None) if len(places) else None,
        "starts": {
            name: started(problem, table)
            for name, table in (starts or {}).items()
        },
        "told": list(told),
        "marks": marks,
    }  # fmt: skip
    script = scripts(*LEAFLET, *OWN_SCRIPTS)
    policy = content_policy((), (script, START)).replace(" blob:;", " 'wasm-unsafe-eval' blob:;", 1)
    block = [(text["source"], source), (text["made_on"], made(made_on or making_day(), lang))]
    html = template("sandbox/sandbox.html").render(
        lang=lang,
        words=text,
        title=title,
        marks=marks,
        block=[item for item in block if item[1]],
        policy=policy,
        style=styles("leaflet/leaflet.css", "sandbox/sandbox.css"),
        script=script,
        start=START,
        data=as_json(page),
    )
    check_addresses(html)
    packed = {
        "problem": _packed(as_json(data).encode()),
        "shapes": "" if shapes is None else pack_layer(shapes),
        "solver": _packed(scripts(*SOLVER_SCRIPTS).encode()) if solver else "",
        "wasm": _wasm() if solver else "",
    }
    for name, content in packed.items():
        html = html.replace(f"<!--{name}-->", content)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with beside(path) as draft:
        draft.write_text(html, encoding="utf-8", errors="replace", newline="\n")
    return path


def page_problem(
    problem: Problem,
    *,
    periods: Sequence[date],
    why: Mapping[str, str] | None = None,
    lang: Lang = "zh",
) -> dict[str, Any]:
    """Give a problem as the page reckons with it: whole numbers only, rows as runs of options.

    Where a sum could leave what a double holds exactly, ``wide`` is set and areas, coefficients
    and limits are texts of digits.

    Examples
    --------
    >>> from landgis.allocation.problem import empty_problem
    >>> page_problem(empty_problem(), periods=[date(2025, 12, 31)])["rows"]
    []
    """
    table, options = problem.candidates, problem.options
    regions, region_names = pd.factorize(table.get("region", pd.Series(dtype="str")))
    uses, use_names = pd.factorize(options["use"])
    modes, mode_names = pd.factorize(options["supply_mode"])
    wide = _is_wide(problem)
    numbers = _digits if wide else _numbers
    area = table["area_dm2"].to_numpy() if len(table) else problem.area
    least = table["least_dm2"].to_numpy() if len(table) else problem.area
    names = [str(use) for use in use_names]
    safe = safe_colours(names)
    ids = as_text(table["parcel_id"]).tolist()
    return {
        "wide": wide,
        "ids": ids,
        "region": np.asarray(regions).tolist(),
        "regions": [str(name) for name in region_names],
        "area": numbers(np.asarray(area)),
        "least": numbers(np.asarray(least)) if (least != area).any() else [],
        "must": np.flatnonzero(problem.must).tolist(),
        "why": _reasons(table, why or {}, lang),
        "told": _told_columns(table, lang),
        "sums": _sums(problem, lang),
        "candidate": np.diff(problem.candidate, prepend=0).tolist(),
        "use": uses.tolist(),
        "uses": names,
        "use_names": [category_name(use, lang) for use in names],
        "colours": [[colour(use), safe[canonical(use) or use]] for use in names],
        "categories": {
            name: [category_name(name, lang), colour(name)]
            for name in dict.fromkeys([*names, *(row.category for row in problem.rows)])
            if name
        },
        "quarter": options["quarter"].tolist(),
        "quarters": _quarter_names(periods, lang),
        "mode": modes.tolist(),
        "modes": [recorded_name(str(mode), lang) for mode in mode_names],
        "points": numbers(problem.points),
        "rows": [*_rows(problem, numbers, lang)],
    }


def _numbers(values: Ints) -> list[Any]:
    return list(map(int, values))


def _digits(values: Ints) -> list[Any]:
    return [str(value) for value in values.tolist()]


def _is_wide(problem: Problem) -> bool:
    sums = [float(np.abs(row.coefs.astype(float)).sum()) * row.weight for row in problem.rows]
    limits = [abs(limit) for row in problem.rows for limit in (row.low, row.high) if limit]
    area = float(problem.area.astype(float).sum()) + float(
        np.abs(problem.points.astype(float)).sum()
    )
    return max([area, sum(sums), *map(float, limits)]) >= EXACT


def _reasons(table: pd.DataFrame, why: Mapping[str, str], lang: Lang) -> dict[int, str]:
    """Say of candidates that cannot be turned, by position, why."""
    told: dict[int, str] = {}
    if not len(table):
        return told
    columns = (as_text(table[c]) for c in ("parcel_id", "why", "lock", "reason"))
    for row, (name, code, lock, reason) in enumerate(zip(*columns, strict=True)):
        if code == "" and lock != "in":
            continue
        key = {"locked": "locked_out", "": "locked"}.get(code, code)
        more = reason or (why.get(name, "") if code == "locked" else "")
        told[row] = say(lang, *WHY[key]) + (say(lang, "：", ": ") + more if more else "")
    return told


def _told_columns(table: pd.DataFrame, lang: Lang) -> list[dict[str, Any]]:
    """Give what else a reader wants to know of a candidate, as codes and values."""
    out = []
    for name in _TOLD:
        if name in table and as_text(table[name]).ne("").any():
            codes, values = pd.factorize(as_text(table[name]))
            shown = [basis_name(recorded_name(str(v), lang), lang) for v in values]
            title = words(lang)[f"column_{name}"]
            out.append({"name": name, "title": title, "codes": codes.tolist(), "values": shown})
    return out


def _sums(problem: Problem, lang: Lang) -> list[dict[str, Any]]:
    """Give columns of numbers that are summed, in hundredths."""
    asked = {
        row.told["column"]: row.unit
        for row in problem.rows
        if row.told.get("column") and row.kind.endswith("_sum")
    }
    out = []
    for name in dict.fromkeys([*asked, *SUMMED]):
        if name not in problem.candidates:
            continue
        values = pd.to_numeric(problem.candidates[name], errors="coerce") * 100
        if not values.notna().any() or values.abs().sum() >= EXACT:
            continue
        cents = [None if pd.isna(v) else round(v) for v in values]
        title = words(lang).get(f"column_{name}", name)
        out.append({"title": title, "unit": asked.get(name, ""), "values": cents})
    return out


def _quarter_names(periods: Sequence[date], lang: Lang) -> list[str]:
    """Name periods: quarters of one year, or years."""
    if len({day.year for day in periods}) == len(periods) > 1:
        return [say(lang, f"{day.year}年", str(day.year)) for day in periods]
    return [say(lang, f"{'一二三四'[n % 4]}季度", f"Q{n + 1}") for n in range(len(periods))]


def _rows(
    problem: Problem, numbers: Callable[[Ints], list[Any]], lang: Lang
) -> Iterator[dict[str, Any]]:
    groups = sorted((str(g["name"]) for g in problem.groups), key=len, reverse=True)
    for row in problem.rows:
        order = np.argsort(row.options, kind="stable")
        here, coefs = row.options[order], row.coefs[order]
        told: dict[str, Any] = {
            "name": row.name,
            "kind": row.kind,
            "region": row.region,
            "category": row.category,
            "sense": row.sense,
            "rank": row.rank,
            "weight": row.weight,
            "low": None if row.low is None else str(row.low),
            "high": None if row.high is None else str(row.high),
            "counted": row.kind in COUNTED,
            "say": _sentence(row, problem, lang),
            "source": row.source,
            "unit": unit_word(row.unit, lang),
            "scale": _fraction(row.per_unit),
            "planned": None if row.planned is None else _fraction(row.planned),
            "plan_text": _plan_text(row),
            "decimals": min(row.decimals, 6),
            "group": next((n for n in groups if row.name == n or row.name.startswith(f"{n}.")), ""),
            "facet": any(row.facets.values()),
        }
        kind, coded = _coded(problem, here, coefs)
        told["base"], told["runs"] = kind, coded
        told["given"] = numbers(coefs) if kind == "given" else []
        if row.kind in _SHARES and row.told.get("value") and "planned_m2" not in row.told:
            told["share"] = _fraction(Fraction(str(row.told["value"])) / 100)
        yield told


def _fraction(value: Fraction) -> list[str]:
    value = Fraction(value)
    return [str(value.numerator), str(value.denominator)]


def _plan_text(row: LimitedSum) -> str:
    """Give the figure in its unit, with its decimals."""
    if row.planned is None or not row.per_unit:
        return ""
    exact = Fraction(row.planned) / row.per_unit
    text = f"{half_up(exact, min(row.decimals, 6)):,}"
    return text if exact == Fraction(text.replace(",", "")) else f"{half_up(exact, 6):,}"


def _coded(problem: Problem, here: Ints, coefs: Ints) -> tuple[str, list[int]]:
    """Give a row as runs of options: how many are passed over, how many follow, and the factor.

    The factor is of each option's area, or of one; where neither fits, coefficients are given.
    """
    areas = problem.area[here]
    if len(here) and (coefs % areas == 0).all() and (np.abs(coefs // areas) < EXACT).all():
        kind, factor = "area", coefs // areas
    elif (np.abs(coefs) == 1).all():
        kind, factor = "one", coefs
    else:
        kind, factor = "given", np.ones(len(here), dtype=np.int64)
    breaks = np.flatnonzero((np.diff(here) != 1) | (np.diff(factor) != 0)) + 1
    starts = np.concatenate([[0], breaks]).astype(np.int64)[: len(here)]
    ends = np.append(starts[1:], len(here))[: len(starts)]
    first, count = here[starts], ends - starts
    gaps = first - np.concatenate([[0], (first + count)[:-1]]).astype(np.int64)[: len(first)]
    return kind, np.column_stack([gaps, count, factor[starts]]).ravel().tolist()


def _sentence(row: LimitedSum, problem: Problem, lang: Lang) -> str:
    """Say what a row asks."""
    text: Mapping[str, str] = words(lang)
    if f"rule_{row.kind}" in text and row.told.get("value", "") != "":
        base, told = row.told.get("base") or {}, row.told
        due = str(told.get("due", ""))
        until = say(lang, f"截至 {due} ", f" by {due}") if due else ""
        about = "".join(
            part for part in (
                str(told.get("region", "")),
                recorded_name(str(told.get("land_source", "")), lang),
                recorded_name(str(told.get("supply_mode", "")), lang),
                category_name(str(told.get("category", "")), lang) or text["all_land"],
            )
        )  # fmt: skip
        of = "".join(
            [recorded_name(str(base.get(k, "")), lang) for k in ("land_source", "supply_mode")]
            + [category_name(str(base.get("category", "")), lang)]
        )
        column = str(told.get("column", ""))
        values = {
            "about": say(lang, until + about, about + until),
            "base": of or text["all_land"],
            "value": f"{float(told['value']):,.6f}".rstrip("0").rstrip("."),
            "unit": unit_word(str(told.get("unit", "")), lang) or str(told.get("unit", "")),
            "column": text.get(f"column_{column}", column),
        }
        return text[f"rule_{row.kind}"].format(**values)
    if row.kind == "stock_first":
        return text["stock_first"]
    group = next((g for g in problem.groups if row.name.startswith(str(g["name"]))), None)
    if group is not None and row.kind == group["kind"]:
        flat = [m for p in group["members"] for m in (p if isinstance(p, list) else [p])]
        listed = say(lang, "、", ", ").join(flat[:6]) + ("…" if len(flat) > 6 else "")
        return str(text[f"group_{row.kind}"].format(k=group["k"], members=listed))
    return row.name


def started(problem: Problem, table: pd.DataFrame) -> list[list[int]]:
    """Give decisions as ``candidate option amount`` of the problem; unknown ones are left out.

    Examples
    --------
    >>> from landgis.allocation.problem import empty_problem
    >>> started(empty_problem(), pd.DataFrame({"parcel_id": ["a"], "use": ["住宅用地"]}))
    []
    """
    first: dict[tuple[str, ...], int] = {}  # of each wish, the earliest option
    ids = as_text(problem.candidates["parcel_id"]).to_numpy()[problem.candidate]
    columns = (problem.options["use"].tolist(), problem.options["quarter"].tolist())
    for k, (name, use, quarter) in enumerate(zip(ids, *columns, strict=True)):
        for wish in product((name,), (use, ""), (str(quarter), "")):
            first.setdefault(wish, k)
    out: dict[int, list[int]] = {}
    for row in table.to_dict("records"):
        if str(row.get("decision", "in")).strip() not in {"in", "入选", "必选"}:
            continue
        quarter = str(row.get("quarter", "") or "").removesuffix(".0")
        wish = (str(row["parcel_id"]), str(row.get("use", "") or ""), quarter)
        if wish not in first:
            continue
        k = first[wish]
        area = pd.to_numeric(row.get("area_m2") or float("nan"), errors="coerce")
        amount = int(problem.area[k]) if pd.isna(area) else round(float(area) * DM2_PER_M2)
        if not problem.least[k] <= amount <= problem.area[k]:
            amount = int(problem.area[k])
        out[int(problem.candidate[k])] = [int(problem.candidate[k]), k, amount]
    return [out[row] for row in sorted(out)]


def _shapes(problem: Problem, land: pd.DataFrame) -> gpd.GeoDataFrame | None:
    """Give the shapes of candidates in the order of the problem."""
    if not isinstance(land, gpd.GeoDataFrame) or land.crs is None or not len(land):
        return None
    rows = problem.candidates["source_row"].to_numpy()
    return gpd.GeoDataFrame(geometry=land.geometry.iloc[rows].reset_index(drop=True))


def _places(regions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if not len(regions) or regions.crs is None:
        return gpd.GeoDataFrame({"name": [], "basis": []}, geometry=[])
    return conform(regions, REGIONS)


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, compresslevel=7, mtime=0)).decode("ascii")


@cache
def _wasm() -> str:
    return _packed(files("landgis.maps").joinpath("assets", "highs", "highs.wasm").read_bytes())
