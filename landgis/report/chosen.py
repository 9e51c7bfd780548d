"""What was chosen, as files for people: a layer, a workbook, lists, and the decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.allocation.allocation import WHY, Allocation
from landgis.allocation.explain import reserve
from landgis.files.whole import write_whole
from landgis.formats.write import write_layer
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.report.cells import Cell, ReportTable, lay_out, words_of
from landgis.report.xlsx import write_workbook
from landgis.schema import as_text
from landgis.units import half_up

TITLES = words_of("""\
parcel_id 地块编号|parcel id  region 区域|region  use 用途|use  quarter 供应时段|period
area_m2 面积（平方米）|area (m²)  share 份额|share  why 理由|why  name 目标|target
sense 限定|sense  rank 先后|rank  planned 计划|planned  unit 单位|unit  chosen 选出|chosen
deviation 偏差|deviation  conflict 冲突|conflict  kind 类型|kind  asked 要求|asked
available 可得|available  change 最少让步|least change  reserve 备选|next in line
change_m2 合计变化（平方米）|change of the sum (m²)""")
"""What columns are called, in Chinese and English."""
SENSES = {
    "exact": ("等于", "exact"),
    "about": ("约", "about"),
    "at_most": ("不超过", "at most"),
    "at_least": ("不低于", "at least"),
}
KINDS = {
    "land": ("候选不足", "not enough land"),
    "whole": ("整宗凑不到", "no whole parcels fit"),
    "together": ("不能同时满足", "not together"),
}


def write_allocation(
    answer: Allocation,
    choice: pd.DataFrame,
    directory: Path | str,
    *,
    title: str,
    lang: Lang = "zh",
) -> list[Path]:
    """Write an allocation: a layer, a workbook, tables, the decisions, and the problem for pages.

    Parameters
    ----------
    choice
        See `landgis.results.Results`.

    Returns
    -------
    list of Path
        ``allocation.gpkg`` (where candidates have shapes), ``allocation.xlsx``, ``selected.csv``,
        ``targets.csv``, ``conflicts.csv``, ``reserve.csv``, ``decisions.csv`` (what was chosen, to
        be edited and given to ``--keep``), ``problem.json``.

    Examples
    --------
    >>> import tempfile
    >>> from landgis.allocation.allocation import allocate
    >>> land = pd.DataFrame({"parcel_id": ["a"], "area_m2": [100.0], "category": ["住宅用地"]})
    >>> answer = allocate(land, pd.DataFrame({"use": ["住宅用地"], "area_m2": [90.0]}))
    >>> files = write_allocation(answer, land, tempfile.mkdtemp(), title="选地")
    >>> [file.name for file in files][:2]
    ['allocation.xlsx', 'selected.csv']
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    if isinstance(choice, gpd.GeoDataFrame) and len(choice):
        path = directory / "allocation.gpkg"
        layer = choice.assign(why=_said(choice["why"], WHY, lang))
        write_layer(layer, path, layer=say(lang, "选地", "allocation"))
        written.append(path)
    tables = {
        "selected": answer.selected,
        "targets": answer.targets[
            ["name", "region", "use", "sense", "rank", "planned", "chosen", "deviation", "unit"]
        ],
        "conflicts": answer.conflicts,
        "reserve": reserve(answer),
    }
    path = directory / "allocation.xlsx"
    sheets = [_sheet(name, table, lang) for name, table in tables.items()]
    said: Any = {"title": title, "marks": _marks(choice, lang), "lang": lang}
    written.append(write_whole(path, lambda draft: write_workbook(sheets, draft, **said)))
    for name, table in tables.items():
        worded = partial(_csv, _worded(table, lang))
        written.append(write_whole(directory / f"{name}.csv", worded))
    kept = answer.selected[["parcel_id", "use", "quarter"]].assign(decision="in")
    kept = kept[["parcel_id", "decision", "use", "quarter"]]
    written.append(write_whole(directory / "decisions.csv", partial(_csv, kept)))
    record = json.dumps(answer.problem.to_record(), ensure_ascii=False)
    written.append(write_whole(directory / "problem.json", lambda p: p.write_text(record, "utf-8")))
    return written


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, encoding="utf-8-sig")


def _marks(table: pd.DataFrame, lang: Lang) -> list[str]:
    if "basis" in table and as_text(table["basis"]).eq("sample").any():
        return [say(lang, "候选地块为示例数据，非真实地块", "The candidates are invented samples.")]
    return []


def _worded(table: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Put codes into words, for people."""
    words = {"why": WHY, "sense": SENSES, "kind": KINDS}
    out = table.copy()
    for column, told in words.items():
        if column in out:
            out[column] = _said(out[column], told, lang)
    if "use" in out:
        out["use"] = [category_name(use, lang) for use in out["use"]]
    return out.rename(columns={k: say(lang, *v) for k, v in TITLES.items() if k in out})


def _said(codes: pd.Series, words: Mapping[str, tuple[str, str]], lang: Lang) -> list[str]:
    return [say(lang, *words[code]) if code in words else code for code in codes]


def with_reasons(parcels: gpd.GeoDataFrame, lang: Lang) -> gpd.GeoDataFrame:
    """Put why parcels were chosen into words, in a column for people."""
    told = parcels.assign(why=_said(parcels["why"], WHY, lang))
    return told.rename(columns={"why": say(lang, *TITLES["why"])})


def _sheet(name: str, table: pd.DataFrame, lang: Lang) -> ReportTable:
    titles = {
        "selected": ("选出的地块", "chosen parcels"),
        "targets": ("目标与选出", "targets and what was chosen"),
        "conflicts": ("冲突与最少让步", "conflicts, and the least that must give"),
        "reserve": ("备选", "next in line"),
    }
    worded = _worded(table, lang)
    kinds = [pd.api.types.is_numeric_dtype(kind) for kind in worded.dtypes]
    return lay_out(
        name,
        titles[name],
        [(str(c), str(c), 16) for c in worded],
        [tuple(map(_cell, row)) for row in worded.itertuples(index=False)],
        lang=lang,
        numeric=[j for j, numeric in enumerate(kinds) if numeric],
    )


def _cell(value: Any) -> Cell:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return None
    if isinstance(value, float):
        short = max(2, min(6, len(repr(value).partition(".")[2])))
        return half_up(value, short)
    return int(value) if isinstance(value, int) or hasattr(value, "item") else str(value)
