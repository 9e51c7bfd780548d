"""Candidates (候选地块) from a table: what each may become, when at the earliest, what holds it.

Nothing is filled silently. A column that is not there, or a value that cannot be read, is told with
what it means for the choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.allocation.problem import DM2_PER_M2, Ints
from landgis.checks.supply import supply_dates
from landgis.errors import InputError
from landgis.findings import Finding, define, findings_table
from landgis.landuse import canonical
from landgis.measure import area_m2
from landgis.schema import as_text

SPLIT = r"\s*[;；、|/／，]\s*"
TEXTS = ("region", "land_source", "lock", "reason", "group", "layout", "after", "basis")
LOCKS = {"": "", "in": "in", "out": "out", "入选": "in", "必选": "in", "排除": "out", "不选": "out"}
MOST_NAMED = 8

COLUMN = define("""allocate.columns 候选地块的字段 | columns of candidates
    候选地块表缺哪些字段、怎样处理 | which columns candidates lack, and what follows
    absent: 候选地块没有字段 {subject}：{effect}。
    | The candidates have no column {subject}: {effect}.
    unread: 字段 {subject} 有 {n} 个值不能识别（{members:list}）：{effect}。
    | {n} value{n:s} of {subject} cannot be read ({members:list}): {effect}.
    taken: 候选清单的字段按名称和内容认出：{members:list}。
    | Fields of the list are known by their names and contents: {members:list}.
    unlike: 字段 {subject} 有 {n} 宗与图形不符（{members:list}）：{effect}。
    | {subject} of {n} candidate{n:s} disagrees with the drawing ({members:list}): {effect}.""")
LEFT_OUT = define("""allocate.left_out 不能入选的候选地块 | candidates that cannot be chosen
    哪些候选地块因资料或锁定不能入选 | candidates kept out by their data or by a lock
    some: {n} 宗候选地块不能入选（{why}）：{members:list}。
    | {n} candidate{n:s} cannot be chosen ({why}): {members:list}.""")

EFFECTS = {
    "earliest_quarter": ("视为随时可供", "every parcel counts as ready at any time"),
    "score": ("不分优劣，同等方案按编号取", "all are equally good, ties are broken by id"),
    "land_source": ("有关新增、存量的规则无法判定", "rules on 新增 and 存量 cannot be decided"),
    "supply_mode": ("有关供应方式的规则无法判定", "rules on the supply mode cannot be decided"),
}
UNFIT: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "area": ("面积缺失或不为正", "no positive area"),
        "use": ("没有可用的用途", "no use is allowed"),
        "ready": ("计划期内不是净地", "not ready within the period"),
        "twice": ("编号重复，只取第一宗", "id given twice, the first one counts"),
        "locked": ("锁定不选", "locked out"),
    }
)
"""Why a candidate cannot be chosen, in Chinese and English."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Candidates:
    """Candidates, one row each, and their options, one row each.

    Parameters
    ----------
    table
        Text columns, ``parcel_id area_dm2 least_dm2 earliest lock reason`` and what else was
        given; row order of ids, so that the order of the input does not matter.
    options
        ``candidate use supply_mode score earliest`` of each candidate and allowed use.
    """

    table: pd.DataFrame
    options: pd.DataFrame
    findings: pd.DataFrame


def read_candidates(frame: pd.DataFrame, *, periods: Sequence[date]) -> Candidates:
    """Read a table of candidates.

    Parameters
    ----------
    frame
        ``parcel_id``; ``area_m2`` (else ``recorded_area_m2``, else the area of the geometry in the
        plane); ``uses`` (several with ``;``) or ``category``. Optional: ``region``, ``score`` and
        ``supply_mode`` (one, or one a use), ``earliest_quarter`` (or ``quarter``; empty: not 净地
        in the period), ``land_source``, ``divisible`` with ``min_piece_m2``, ``lock`` (in, out)
        with ``reason``, ``group``, ``layout``, ``after``.
    periods
        Last day of each period of the plan (quarters of a year, years of a programme).

    Raises
    ------
    InputError
        If ids, areas or uses are missing altogether.

    Examples
    --------
    >>> told = {"parcel_id": ["a"], "area_m2": [100.0], "uses": ["住宅用地;商服用地"]}
    >>> table = pd.DataFrame(told)
    >>> read_candidates(table, periods=[date(2024, 12, 31)]).options["use"].tolist()
    ['住宅用地', '商服用地']
    """
    table, found = _plain(frame)
    for column, absent in EFFECTS.items():
        there = {"earliest_quarter": {"earliest_quarter", "quarter"}}.get(column, {column})
        if not any(_told(table, name) for name in there):
            effect = {"zh": absent[0], "en": absent[1]}
            found.append(
                COLUMN.finding("absent", "note", subject=column, values={"effect": effect})
            )
    why = pd.Series("", index=table.index, dtype="str")
    table["area_dm2"], bad = _areas(frame, table)
    why[bad] = "area"
    table["least_dm2"] = _least(table, found)
    _cut(table, found)
    table["earliest"] = _earliest(table, periods, found)
    why[table["earliest"].eq(0) & why.eq("")] = "ready"
    table["lock"] = _locks(table, found)
    why[table["lock"].eq("out") & why.eq("")] = "locked"
    why[table["parcel_id"].duplicated() & why.eq("")] = "twice"
    options = _options(table, found)
    why[~table["position"].isin(options["candidate"]) & why.eq("")] = "use"
    table["why"] = why
    ready = table["why"].eq("").to_numpy()
    for kind, ids in table.loc[~ready].groupby("why")["parcel_id"]:
        names = tuple(ids[:MOST_NAMED])
        words = dict(zip(("zh", "en"), UNFIT[str(kind)], strict=True))
        told = {"n": len(ids), "why": words}
        found.append(LEFT_OUT.finding("some", "note", members=names, values=told))
    options = options[ready[options["candidate"]]].reset_index(drop=True)
    return Candidates(
        table=table.drop(columns="position"), options=options, findings=findings_table(found)
    )


def as_numbers(values: pd.Series) -> pd.Series:
    """Read numbers, also those written with separators of thousands.

    Examples
    --------
    >>> as_numbers(pd.Series(["1,200.5", "30", "45亩", None])).tolist()
    [1200.5, 30.0, nan, nan]
    """
    read = pd.to_numeric(values, errors="coerce")
    text = as_text(values).str.replace(r"(?<=\d)[,，](?=\d{3}(?!\d))", "", regex=True)
    return read.fillna(pd.to_numeric(text, errors="coerce")).astype("float64")


def _plain(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Give the attributes in the order of ids, whatever the order of the input."""
    if "parcel_id" not in frame:
        raise InputError(
            "候选地块没有编号：请把编号列命名为 parcel_id。",
            "The candidates have no ids: name the column parcel_id.",
        )
    table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore")).copy()
    table["parcel_id"] = as_text(table["parcel_id"])
    for column in TEXTS:
        table[column] = as_text(table[column]).str.strip() if column in table else ""
    table["source_row"] = np.arange(len(table))
    table = table.sort_values(["parcel_id", "source_row"], kind="stable").reset_index(drop=True)
    table["position"] = table.index
    return table, []


def _told(table: pd.DataFrame, column: str) -> bool:
    """Whether a column is there and says something of any candidate."""
    return column in table and bool(as_text(table[column]).str.strip().ne("").any())


def _areas(frame: pd.DataFrame, table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Give areas in whole dm², and where there is none that is greater than 0."""
    column = next((c for c in ("area_m2", "recorded_area_m2") if c in table), None)
    if column is not None:
        area = as_numbers(table[column])
    elif isinstance(frame, gpd.GeoDataFrame):
        measured = area_m2(frame, method="plane").to_numpy()
        area = pd.Series(measured[table["source_row"]], index=table.index)
    else:
        raise InputError(
            "候选地块没有面积：请给出 area_m2、recorded_area_m2 或图形。",
            "The candidates have no area: give area_m2, recorded_area_m2 or geometry.",
        )
    scaled = (area * DM2_PER_M2).round()  # NaN stays so, and is bad
    bad = ~(scaled > 0) | (scaled > 1e15)
    return scaled.where(~bad, 0).astype("int64"), bad


def _least(table: pd.DataFrame, found: list[Finding]) -> Ints:
    """Give the smallest piece of each candidate: all of it where it is not divisible."""
    area = table["area_dm2"].to_numpy()
    if "min_piece_m2" not in table:
        if "divisible" in table and _yes(table["divisible"]).any():
            effect = {"zh": "不切分", "en": "they are not divided"}
            found.append(
                COLUMN.finding("absent", "note", subject="min_piece_m2", values={"effect": effect})
            )
        return np.asarray(area, dtype=np.int64)
    piece = as_numbers(table["min_piece_m2"]).to_numpy() * DM2_PER_M2
    split = piece > 0
    if "divisible" in table:
        split &= _yes(table["divisible"])
    least: Ints = np.where(split, np.minimum(np.ceil(np.nan_to_num(piece)), area), area).astype(
        np.int64
    )
    return least


def _cut(table: pd.DataFrame, found: list[Finding]) -> None:
    """Take the piece that was decided of a divisible parcel as the least that may be chosen."""
    if "fixed_area_m2" not in table:
        return
    given = pd.to_numeric(table["fixed_area_m2"], errors="coerce") * DM2_PER_M2
    piece = given.round().fillna(0).astype("int64")
    whole = piece.isin([0]) | piece.eq(table["area_dm2"])
    fits = ~whole & piece.ge(table["least_dm2"]) & piece.le(table["area_dm2"])
    odd = table.loc[~whole & ~fits, "parcel_id"]
    if len(odd):
        effect = {"zh": "不是允许的切分，按可选的面积取", "en": "no piece that may be; not taken"}
        told = {"n": len(odd), "effect": effect}
        names = tuple(odd[:MOST_NAMED])
        found.append(
            COLUMN.finding("unread", "unknown", subject="area_m2", members=names, values=told)
        )
    table["piece_dm2"] = piece.where(fits, 0)
    table["least_dm2"] = piece.where(fits, table["least_dm2"])


def _yes(values: pd.Series) -> Any:
    return values.map(
        lambda v: str(v).strip().lower() in {"true", "1", "1.0", "是", "yes"}
    ).to_numpy()


def _earliest(table: pd.DataFrame, periods: Sequence[date], found: list[Finding]) -> Ints:
    """Count the period from which each candidate is ready: 0 not within the plan's period."""
    column = next((c for c in ("earliest_quarter", "quarter") if _told(table, c)), None)
    if column is None:
        return np.ones(len(table), dtype=np.int64)
    codes, values = pd.factorize(as_text(table[column]).str.strip())
    numbers, unread = [], []
    for value in map(str, values):
        number = _period(value, periods)
        if number is None:
            unread.append(value)
        numbers.append(number or 0)
    if unread:
        effect = {"zh": "按不是净地处理", "en": "they count as not ready"}
        told = {"n": int(np.isin(codes, [list(values).index(v) for v in unread]).sum())}
        found.append(
            COLUMN.finding(
                "unread",
                "unknown",
                subject=column,
                members=tuple(unread[:MOST_NAMED]),
                values={**told, "effect": effect},
            )
        )
    periods_of: Ints = np.array(numbers, dtype=np.int64)[codes]
    return periods_of


def _period(text: str, periods: Sequence[date]) -> int | None:
    """Count the period that a text names; 0 for none of the plan's, None if it cannot be read."""
    if not text:
        return 0
    if text.removesuffix(".0") in {"1", "2", "3", "4"}:
        return int(float(text)) if int(float(text)) <= len(periods) else 0
    day = supply_dates([text], year=periods[-1].year).iloc[0]
    if day is None:
        return None
    return next((n for n, last in enumerate(periods, 1) if day <= last), 0)


def _locks(table: pd.DataFrame, found: list[Finding]) -> pd.Series:
    locks = table["lock"].str.lower().map(LOCKS)
    odd = table.loc[locks.isna(), "lock"].unique()
    if len(odd):
        effect = {"zh": "不锁定", "en": "they are not locked"}
        told = {"n": int(locks.isna().sum()), "effect": effect}
        found.append(
            COLUMN.finding(
                "unread", "unknown", subject="lock", members=tuple(odd[:MOST_NAMED]), values=told
            )
        )
    return locks.fillna("").astype("str")


def _options(table: pd.DataFrame, found: list[Finding]) -> pd.DataFrame:
    """Give a row for each candidate and use that it may have."""
    column = next((c for c in ("uses", "category") if c in table), None)
    if column is None:
        raise InputError(
            "候选地块没有用途：请给出 uses（可选用途，以“;”分开）或 category。",
            "The candidates have no use: give uses (several separated by “;”) or category.",
        )
    uses = _spread(table, column)
    names = {use: canonical(use) or use for use in uses["value"].unique()}
    options = pd.DataFrame(
        {"candidate": uses["position"].to_numpy(), "use": uses["value"].map(names).to_numpy()}
    )
    options["place"] = uses["place"].to_numpy()
    for name, empty in (("supply_mode", ""), ("score", "nan")):
        options[name] = _beside(table, options, name, empty, found)
    options["score"] = as_numbers(options["score"])
    if "score" in table and options["score"].isna().any():
        effect = {"zh": "得分按 0 计", "en": "their score counts as 0"}
        bad = table["parcel_id"].to_numpy()[options.loc[options["score"].isna(), "candidate"]]
        unread = {"n": len(bad), "effect": effect}
        members = tuple(bad[:MOST_NAMED])
        found.append(
            COLUMN.finding("unread", "unknown", subject="score", members=members, values=unread)
        )
    options["score"] = options["score"].fillna(0.0)
    options = options[options["use"].ne("")].drop_duplicates(["candidate", "use"])
    return options.drop(columns="place").reset_index(drop=True)


def _spread(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Lay lists of a column out: position of the candidate, place in the list, value."""
    values = table[column].map(
        lambda v: ";".join(map(str, v)) if isinstance(v, list | tuple) else v
    )
    lists = as_text(values).str.strip().str.split(SPLIT, regex=True)
    rows = pd.DataFrame({"position": table["position"], "value": lists}).explode("value")
    rows["place"] = rows.groupby("position").cumcount()
    return rows.reset_index(drop=True)


def _beside(
    table: pd.DataFrame, options: pd.DataFrame, name: str, empty: str, found: list[Finding]
) -> Any:
    """Give each option its value: the one of its place, or the only one there is."""
    if name not in table:
        return empty
    told = _spread(table, name)
    size = told.groupby("position")["value"].size()
    uses = options.groupby("candidate").size()
    odd = size.gt(1) & size.ne(uses.reindex(size.index))
    if odd.any():
        ids = table.set_index("position").loc[odd.index[odd], "parcel_id"]
        effect = {"zh": "个数与用途不符，不采用", "en": "not one for each use, not taken"}
        found.append(
            COLUMN.finding(
                "unread",
                "unknown",
                subject=name,
                members=tuple(ids[:MOST_NAMED]),
                values={"n": int(odd.sum()), "effect": effect},
            )
        )
    single = options["candidate"].map(size).eq(1)
    keys = pd.MultiIndex.from_arrays([options["candidate"], options["place"].where(~single, 0)])
    values = told.set_index(["position", "place"])["value"].reindex(keys).to_numpy()
    values = np.where(options["candidate"].map(odd).fillna(False), empty, values)
    return pd.Series(values, index=options.index).fillna(empty)
