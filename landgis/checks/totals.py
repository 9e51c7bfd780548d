"""Mapped area against the plan's figures: by region and use, both margins, and the total.

A figure is compared with an interval: the area that certainly counts towards it, up to the area
that may count (parcels whose use is missing or coarser than the figure; land outside all
polygons while a region of the plan has none). A verdict is given where the whole interval has
the same one; otherwise it is unknown, and the message says what is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from landgis.checks.sums import (
    By,
    decimals_of,
    mapped_pieces,
    shown_area,
    undecided_use,
    within_use,
    without_polygon,
)
from landgis.checks.tolerance import POINT_ERROR_M
from landgis.findings import Finding, Verdict, findings_table
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.plan.model import Plan
from landgis.schema import PARCELS, conform
from landgis.units import M2_PER_UNIT, m2_to, printed_tolerance, to_decimal

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of the plan that an area is compared with.

    Parameters
    ----------
    value
        In ``unit``; NaN where the plan names the thing without a figure.
    decimals
        Printed decimals.
    half_width
        What the print leaves open, in ``unit``.
    """

    check: str
    value: float
    unit: str
    decimals: int
    half_width: float
    region: str = ""
    category: str = ""
    land_source: str = ""
    members: tuple[str, ...] = ()
    subject: str = ""
    source: str = ""
    note: str = ""

    @property
    def value_m2(self) -> float:
        """The figure in m²."""
        return self.value * float(M2_PER_UNIT[self.unit])

    def text(self, area_m2: float) -> str:
        """Write a measured area in the figure's unit."""
        return f"{shown_area(area_m2, self.unit, self.decimals):,} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """The area on the map that belongs to a figure, in m².

    Parameters
    ----------
    least, most
        What certainly counts, and what may count.
    survey_m2
        Survey tolerance of the parcels in ``most``, propagated.
    notes
        What a reader must know about it.
    """

    least: float
    most: float
    survey_m2: float
    notes: tuple[str, ...] = ()


def check_totals(
    crosswalk: pd.DataFrame,
    plan: Plan,
    *,
    parcels: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame,
    by: By = "polygon",
    relative_tolerance: float = 0.0,
    point_error_m: float = POINT_ERROR_M,
    lang: Lang = "zh",
) -> pd.DataFrame:
    """Compare mapped area with every figure of the plan.

    Parameters
    ----------
    crosswalk
        Table ``crosswalk``: parcels × plan regions.
    plan
        Its ``targets``; further columns ``members`` (what a composite is made of) and
        ``land_source`` (新增, 存量) are used where they are. For a programme its ``projects``.
    parcels, regions
        The tables that the crosswalk was made of. A plan region is found by its name.
    by
        Which region a parcel counts in: see `landgis.checks.sums.mapped_pieces`. With
        ``polygon``, a region without polygon is unknown; with ``recorded`` it is decided by
        the parcels' records.
    relative_tolerance
        Accepted difference as a share of the figure, beside printed and survey tolerance.
    point_error_m
        Error of a boundary point (界址点), in m.
    lang
        Language of the messages.

    Returns
    -------
    DataFrame
        Findings ``totals.grand``, ``totals.region``, ``totals.use``, ``totals.split``,
        ``totals.cell``, in the plan's order, then for a programme ``totals.list`` (districts,
        kinds and the total of its list) and ``totals.project`` (each 片区). Numbers are in the
        plan's own unit, ``actual`` with its printed decimals, two at least.

    Raises
    ------
    InputError
        If a table lacks a required column.

    Examples
    --------
    >>> from shapely import box
    >>> from landgis.schema import TARGETS, table_of
    >>> square = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a"], "category": ["住宅用地"]},
    ...     geometry=[box(0, 0, 100, 100)], crs=4549)
    >>> town = gpd.GeoDataFrame(
    ...     {"region_id": ["r"], "name": ["东镇"]}, geometry=[box(0, 0, 999, 999)], crs=4549)
    >>> pairs = pd.DataFrame(
    ...     {"parcel_id": ["a"], "region_id": ["r"], "area_m2": [10_000.0], "share": [1.0]})
    >>> row = {"region": "东镇", "area_ha": 1.5, "stated_value": 1.5, "stated_unit": "公顷"}
    >>> plan = Plan(document="p.txt", targets=table_of([row], TARGETS))
    >>> found = check_totals(pairs, plan, parcels=square, regions=town)
    >>> found[["check", "actual", "difference", "verdict"]].values.tolist()
    [['totals.region', 1.0, -0.5, 'fail']]
    """
    pieces = mapped_pieces(crosswalk, parcels, regions=regions, by=by, point_error_m=point_error_m)
    absent = without_polygon(regions)
    drawn = [str(n) for n in regions["name"] if n not in absent]
    judge = _Judge(relative_tolerance, lang)
    ground = _Ground(pieces, drawn, absent, by, lang)
    figures = [*_target_figures(plan, lang), *_list_figures(plan)]
    findings = [judge.finding(figure, *ground.mapped(figure)) for figure in figures]
    findings += [
        judge.finding(figure, *ground.project(rows))
        for figure, rows in _project_figures(plan, conform(parcels, PARCELS))
    ]
    return findings_table(findings)


# ---------------------------------------------------------------- the plan's figures


def _target_figures(plan: Plan, lang: Lang) -> Iterator[Figure]:
    """One figure for each quantity of the plan; a second print of it becomes a note."""
    targets = plan.targets.reset_index(drop=True)
    if "land_source" not in targets:
        targets = targets.assign(land_source="")
    for _, rows in targets.groupby(["region", "category", "land_source"], sort=False):
        first = _figure(rows.iloc[0])
        others = [
            f"{float(v):,g} {u}"
            for v, u in zip(rows["stated_value"][1:], rows["stated_unit"][1:], strict=True)
            if not pd.isna(v)
        ]
        if others:
            told = "、".join(others)
            first = replace(
                first,
                note=say(
                    lang,
                    f"计划另载 {told}，一致与否见计划审核。",
                    f"The plan also prints {told}; its audit tells whether they agree.",
                ),
            )
        yield first


def _figure(row: pd.Series) -> Figure:
    region, category = str(row["region"]), str(row["category"])
    check = {
        (False, False): "totals.grand",
        (True, False): "totals.region",
        (False, True): "totals.split" if row["parent_category"] else "totals.use",
        (True, True): "totals.cell",
    }[bool(region), bool(category)]
    value, unit, decimals = row["stated_value"], str(row["stated_unit"]), row["stated_decimals"]
    if unit not in M2_PER_UNIT:
        value, unit, decimals = row["area_ha"], "公顷", pd.NA
    if pd.isna(decimals):
        decimals = 0 if pd.isna(value) else decimals_of(value)
    members = row.get("members")
    return Figure(
        check=check,
        value=float(value),
        unit=unit,
        decimals=int(decimals),
        half_width=float(printed_tolerance(int(decimals))),
        region=region,
        category=category,
        land_source=str(row["land_source"]),
        members=tuple(members) if isinstance(members, list | tuple) else (),
        source=str(row["source"]),
    )


def _list_figures(plan: Plan) -> Iterator[Figure]:
    """Add up a programme's list, where the plan prints no sum itself."""
    projects, unit, decimals = _list_values(plan)
    printed = set(zip(plan.targets["region"], plan.targets["category"], strict=True))
    keys = [
        *((region, "") for region in projects["region"].unique()),
        *(("", category) for category in projects["category"].unique()),
        ("", ""),
    ]
    for region, category in keys:
        chosen = projects[
            projects["region"].isin([region] if region else projects["region"])
            & projects["category"].isin([category] if category else projects["category"])
        ]
        if (region, category) in printed or chosen.empty:
            continue
        yield Figure(
            check="totals.list",
            value=round(float(chosen["value"].sum(skipna=False)), 9),
            unit=unit,
            decimals=decimals,
            half_width=len(chosen) * float(printed_tolerance(decimals)),
            region=region,
            category=category,
            source=f"{plan.document}：{len(chosen)}",
        )


def _list_values(plan: Plan) -> tuple[pd.DataFrame, str, int]:
    """Give the list's areas as printed: column ``value``, their unit and decimals."""
    projects = plan.projects
    units = projects["stated_unit"] if "stated_unit" in projects else plan.targets["stated_unit"]
    known = [u for u in units if u in M2_PER_UNIT]
    unit = max(known, key=known.count) if known else "公顷"
    value = projects["area_ha"].map(lambda ha: round(m2_to(ha * 10_000, unit), 9))
    decimals = max((decimals_of(v) for v in value.dropna()), default=0)
    return projects.assign(value=value), unit, decimals


def _project_figures(plan: Plan, parcels: pd.DataFrame) -> Iterator[tuple[Figure, pd.Series]]:
    """Each area of the list, with the ids of the parcels drawn for it: by name, then number."""
    projects, unit, decimals = _list_values(plan)
    single = ~projects["name"].duplicated(keep=False)
    for (_, row), alone in zip(projects.iterrows(), single, strict=True):
        number = "" if pd.isna(row["number"]) else str(int(row["number"]))
        same = parcels["name"].eq(row["name"]) & bool(row["name"]) & alone
        if not same.any():
            same = parcels["parcel_id"].eq(number) & bool(number)
        yield (
            Figure(
                check="totals.project",
                value=float(row["value"]),
                unit=unit,
                decimals=decimals,
                half_width=float(printed_tolerance(decimals)),
                region=str(row["region"]),
                category=str(row["category"]),
                subject=" ".join(filter(None, [number, str(row["name"])])),
                source=str(row["source"]),
            ),
            parcels.loc[same, "parcel_id"],
        )


# ---------------------------------------------------------------- the map


@dataclass(frozen=True, slots=True)
class _Ground:
    """The mapped pieces, and which regions have polygons."""

    pieces: pd.DataFrame
    drawn: list[str]
    absent: list[str]
    by: By
    lang: Lang

    def mapped(self, figure: Figure) -> tuple[Mapped, str]:
        """Give the area that belongs to a figure, and why it cannot be told, if so."""
        pieces = self.pieces
        sure = within_use(pieces["category"], figure.category, members=figure.members)
        maybe = undecided_use(pieces["category"], figure.category, members=figure.members)
        if figure.land_source:
            told = pieces["land_source"].to_numpy()
            sure, maybe = (
                sure & (told == figure.land_source),
                (sure | maybe)
                & ((told == figure.land_source) | (told == ""))
                & ~(sure & (told == figure.land_source)),
            )
        here, open_, notes = self._place(figure, sure)
        mapped = self._sum(sure & here, (sure | maybe) & (here | open_))
        vague = float(pieces["area_m2"].to_numpy()[maybe & here].sum())
        if vague:
            notes.append(
                say(
                    self.lang,
                    f"另有 {figure.text(vague)}用途（或来源）未登记或只登记到上级类，可能属此",
                    f"a further {figure.text(vague)} of missing or coarser use may belong here",
                )
            )
        return replace(mapped, notes=tuple(notes)), self._obstacle(figure, mapped)

    def _place(self, figure: Figure, sure: Flags) -> tuple[Flags, Flags, list[str]]:
        """Which pieces lie in the figure's region, which may, and notes on both."""
        pieces, lang = self.pieces, self.lang
        area = pieces["area_m2"].to_numpy()
        region = pieces["region"].to_numpy()
        nowhere = np.zeros(len(pieces), dtype=bool)
        if figure.region:
            here = region == figure.region
            moved = sure & (pieces["polygon"].to_numpy() == figure.region) & ~here
            notes = (
                []
                if not moved.any()
                else [
                    say(
                        lang,
                        f"界内另有 {figure.text(area[moved].sum())}按登记计入"
                        f"{'、'.join(sorted(set(region[moved])))}，未重复计算",
                        f"{figure.text(area[moved].sum())} inside it count for "
                        f"{', '.join(sorted(set(region[moved])))} by record, not twice",
                    )
                ]
            )
            return here, nowhere, notes
        outside = region == ""
        lost = float(area[outside & sure].sum())
        if not lost:
            return ~outside, nowhere, []
        if self.absent:
            return (
                ~outside,
                outside,
                [
                    say(
                        lang,
                        f"{figure.text(lost)}不在任何区域界内，而{'、'.join(self.absent)}没有图形，"
                        "无法确定是否属本计划范围",
                        f"{figure.text(lost)} lie in no polygon, and {', '.join(self.absent)} has "
                        "none, so they may belong to the plan",
                    )
                ],
            )
        return (
            ~outside,
            nowhere,
            [
                say(
                    lang,
                    f"另有 {figure.text(lost)}在所有区域之外，未计入",
                    f"{figure.text(lost)} outside all regions are not counted",
                )
            ],
        )

    def _obstacle(self, figure: Figure, mapped: Mapped) -> str:
        if not figure.region or figure.region in self.drawn:
            return ""
        if figure.region not in self.absent:
            return say(
                self.lang,
                f"边界图层中没有名为“{figure.region}”的区域",
                f"the boundary layer has no region named “{figure.region}”",
            )
        if self.by == "recorded":
            return ""
        return say(
            self.lang,
            f"{figure.region}没有图形，不能按位置核对；登记属{figure.region}的宗地合计 "
            f"{figure.text(mapped.least)}，供参考",
            f"{figure.region} has no polygon to check by; parcels recorded for it sum to "
            f"{figure.text(mapped.least)}",
        )

    def project(self, ids: pd.Series) -> tuple[Mapped, str]:
        """Give the drawn area of the parcels of one 片区."""
        chosen = self.pieces["parcel_id"].isin(ids).to_numpy()
        missing = say(self.lang, "图上没有这个片区", "it is not on the map")
        return self._sum(chosen, chosen), "" if chosen.any() else missing

    def _sum(self, sure: Flags, possible: Flags) -> Mapped:
        """Add areas; the tolerances of parcels are independent, so add their squares."""
        pieces = self.pieces
        area = pieces["area_m2"].to_numpy()
        of_parcel = pieces["tolerance_m2"][possible].groupby(pieces["parcel_id"][possible]).sum()
        return Mapped(
            least=float(area[sure].sum()),
            most=float(area[possible].sum()),
            survey_m2=float(np.sqrt((of_parcel**2).sum())),
        )


# ---------------------------------------------------------------- the verdict


@dataclass(frozen=True, slots=True)
class _Judge:
    relative: float
    lang: Lang

    def finding(self, figure: Figure, mapped: Mapped, obstacle: str) -> Finding:
        """Compare one figure with the map, and say how it went."""
        blank = Finding(
            check=figure.check,
            verdict="unknown",
            message="",
            subject=figure.subject,
            region=figure.region,
            category=figure.category,
            unit=figure.unit,
            source=figure.source,
        )
        if np.isnan(figure.value):
            reason = say(self.lang, "计划没有给出数字", "the plan gives no figure")
            return replace(blank, message=self._unknown(figure, reason))
        blank = replace(blank, expected=figure.value)
        if obstacle:
            return replace(blank, message=self._unknown(figure, obstacle))
        decimals = max(figure.decimals, 2)
        actual = shown_area(mapped.least, figure.unit, figure.decimals)
        gap = actual - to_decimal(figure.value, decimals)
        printed = figure.half_width * float(M2_PER_UNIT[figure.unit])
        tolerance = printed + mapped.survey_m2 + self.relative * figure.value_m2
        verdict = _verdict(mapped, figure.value_m2, tolerance)
        bound = to_decimal(m2_to(tolerance, figure.unit), decimals + 1)
        notes = "；".join(mapped.notes) if self.lang == "zh" else "; ".join(mapped.notes)
        message = self._compare(figure, mapped, verdict, (printed, mapped.survey_m2))
        message += f"{notes}。" if notes and self.lang == "zh" else f" Note: {notes}." * bool(notes)
        return replace(
            blank,
            verdict=verdict,
            actual=float(actual),
            difference=float(gap),
            tolerance=float(bound),
            message=message + figure.note,
        )

    def _compare(
        self, figure: Figure, mapped: Mapped, verdict: Verdict, steps: tuple[float, float]
    ) -> str:
        """Say the figures, the room left or the excess, and which tolerance decided."""
        zh = self.lang == "zh"
        difference = mapped.least - figure.value_m2
        room = figure.text(abs(difference)) + (
            ""
            if figure.unit == "公顷"
            else (
                f"（{to_decimal(abs(difference) / 10_000, 4):,} 公顷）"
                if zh
                else f" ({to_decimal(abs(difference) / 10_000, 4):,} ha)"
            )
        )
        stated = f"{to_decimal(figure.value, figure.decimals):,} {figure.unit}"
        name = self._name(figure)
        if zh:
            head = f"{name}：计划 {stated}，图上 {figure.text(mapped.least)}"
            sign = "超出" if difference > 0 else "缺口"
        else:
            head = f"{name}: planned {stated}, mapped {figure.text(mapped.least)}"
            sign = "excess" if difference > 0 else "room left"
        head += (f"，{sign} {room}" if zh else f", {sign} {room}") if difference else ""
        return head + self._reason(figure, verdict, abs(difference), steps)

    def _reason(
        self, figure: Figure, verdict: Verdict, distance: float, steps: tuple[float, float]
    ) -> str:
        printed, survey = steps
        relative = self.relative * figure.value_m2
        unit, decimals = figure.unit, max(figure.decimals, 2) + 1
        parts = [str(to_decimal(m2_to(t, unit), decimals)) for t in (printed, survey, relative)]
        if verdict == "unknown":
            return say(self.lang, "，无法判定。", "; this cannot be decided.")
        if verdict == "fail":
            return say(
                self.lang,
                f"，超过容差（印刷精度 {parts[0]} + 界址点误差 {parts[1]} + 相对容差 "
                f"{parts[2]} {unit}）。",
                f", more than the tolerance (print {parts[0]} + boundary points {parts[1]} + "
                f"relative {parts[2]} {unit}).",
            )
        if distance <= printed * (1 + 1e-9):
            return say(self.lang, "，在印刷精度之内，相符。", ", within the printed precision.")
        if distance <= printed + survey:
            return say(
                self.lang,
                f"，在印刷精度与界址点误差（{parts[1]} {unit}）之内，相符。",
                f", within print and boundary-point error ({parts[1]} {unit}).",
            )
        return say(
            self.lang,
            f"，在相对容差 {self.relative:.2%} 之内，相符。",
            f", within the relative tolerance of {self.relative:.2%}.",
        )

    def _unknown(self, figure: Figure, reason: str) -> str:
        return say(
            self.lang,
            f"{self._name(figure)}：{reason}，无法判定。{figure.note}",
            f"{self._name(figure)}: {reason}; this cannot be decided. {figure.note}".strip(),
        )

    def _name(self, figure: Figure) -> str:
        if figure.subject:
            return figure.subject
        use = category_name(figure.category, self.lang)
        whole = say(self.lang, "总量", "total")
        words = [figure.region, figure.land_source, use or whole]
        return ("" if self.lang == "zh" else " ").join(filter(None, words))


def _verdict(mapped: Mapped, expected: float, tolerance: float) -> Verdict:
    """Judge both ends of what is mapped; where they differ, nothing is decided."""
    slack = tolerance * (1 + 1e-9)
    ends = [(area - expected) for area in (mapped.least, mapped.most)]
    if all(abs(end) <= slack for end in ends):
        return "pass"
    if ends[0] > slack or ends[1] < -slack:
        return "fail"
    return "unknown"
