"""Mapped area against the plan's figures: by region and use, both margins, and the total.

A figure is compared with an interval: the area that certainly counts towards it, up to the area
that may count (parcels whose use is missing or coarser than the figure; land outside all
polygons while a region of the plan has none). A verdict is given where the whole interval has
the same one; otherwise it is unknown, and the message says what is open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from landgis.checks.figures import (
    Figure,
    list_figures,
    project_figures,
    shown_decimals,
    target_figures,
)
from landgis.checks.sums import (
    MAY_BELONG,
    By,
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
from landgis.schema import PARCELS, REGIONS, conform
from landgis.units import m2_to, to_decimal, unit_word

Flags = npt.NDArray[np.bool_]


_QUALIFIERS = {
    "at_most": ("不超过", "at most "),
    "at_least": ("不少于", "at least "),
    "about": ("约", "about "),
}


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
        plan's own unit, ``actual`` with the most decimals that it prints, two at least.

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
    places = conform(regions, REGIONS)
    absent = without_polygon(regions)
    ground = _Ground(
        pieces=pieces,
        parcel=pd.factorize(pieces["parcel_id"])[0],
        drawn=[str(name) for name in places["name"] if name not in absent],
        absent=absent,
        rough=frozenset(places["name"][places["basis"] == "approximate"]),
        by=by,
        lang=lang,
    )
    judge = _Judge(relative_tolerance, lang)
    codes = dict(zip(places["code"], places["name"], strict=True))
    findings = []
    known = set(places["name"])
    decimals = shown_decimals(plan)
    for figure in [*target_figures(plan), *list_figures(plan)]:
        told = replace(figure, word=unit_word(figure.unit, lang), shown=decimals[figure.unit])
        name = figure.region if figure.region in known else codes.get(figure.region_code or None)
        placed = replace(told, region=name or figure.region)
        findings.append(judge.finding(told, *ground.mapped(placed)))
    for figure, ids in project_figures(plan, conform(parcels, PARCELS)):
        shown = max(figure.decimals, decimals.get(figure.unit, 2))
        told = replace(figure, word=unit_word(figure.unit, lang), shown=shown)
        findings.append(judge.finding(told, *ground.project(ids)))
    return findings_table(findings)


# ---------------------------------------------------------------- the map


@dataclass(frozen=True, slots=True)
class _Ground:
    """The mapped pieces, and which regions have polygons."""

    pieces: pd.DataFrame
    parcel: npt.NDArray[np.int64]
    drawn: list[str]
    absent: list[str]
    rough: frozenset[str]
    by: By
    lang: Lang

    def mapped(self, figure: Figure) -> tuple[Mapped, str]:
        """Give the area that belongs to a figure, and why it cannot be told, if so."""
        pieces = self.pieces
        sure = within_use(pieces["category"], figure.category, members=figure.members)
        possible = sure | undecided_use(pieces["category"], figure.category, members=figure.members)
        for column, value in figure.facets:
            if column in pieces:
                sure &= pieces[column].str.contains(value, regex=False).to_numpy()
                possible &= (
                    pieces[column].eq("") | pieces[column].str.contains(value, regex=False)
                ).to_numpy()
        here, open_, notes = self._place(figure, sure)
        mapped = self._sum(sure & here, possible & (here | open_))
        vague = float(pieces["area_m2"].to_numpy()[possible & ~sure & here].sum())
        if vague:
            notes.append(
                say(
                    self.lang,
                    f"另有 {figure.text(vague)}{MAY_BELONG[0]}",
                    f"a further {figure.text(vague)} {MAY_BELONG[1]}",
                )
            )
        if figure.region in self.rough:
            notes.append(say(self.lang, "区域界线为近似", "the border is approximate"))
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
        if dict(figure.facets).get("period"):
            return say(
                self.lang,
                "是某一时段的数字，总量核对不分时段",
                "it is the figure of a period, which totals do not tell apart",
            )
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
        parcel, tolerance = self.parcel[possible], pieces["tolerance_m2"].to_numpy()[possible]
        of_parcel = np.bincount(parcel, tolerance) if len(parcel) else tolerance
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
        actual = shown_area(mapped.least, figure.unit, figure.shown)
        parts = (figure.half_width_m2, mapped.survey_m2, self.relative * figure.value_m2)
        verdict = _verdict(mapped, figure, sum(parts))
        return replace(
            blank,
            verdict=verdict,
            actual=float(actual),
            difference=float(actual - to_decimal(figure.value, figure.shown)),
            tolerance=float(to_decimal(m2_to(sum(parts), figure.unit), figure.shown + 1)),
            message=self._compare(figure, mapped)
            + self._reason(figure, verdict, mapped.least - figure.value_m2, parts)
            + self._notes(figure, mapped),
        )

    def _compare(self, figure: Figure, mapped: Mapped) -> str:
        """Say both figures, and the room left or the excess, in 公顷 too."""
        difference = mapped.least - figure.value_m2
        stated = f"{to_decimal(figure.value, figure.decimals):,f} {figure.word}"
        hectares = f"{to_decimal(abs(difference) / 10_000, 4):,f}"
        gap = figure.text(abs(difference))
        if figure.unit != "公顷":
            gap += say(self.lang, f"（{hectares} 公顷）", f" ({hectares} ha)")
        left = ("余量", "room left") if figure.qualifier == "at_most" else ("缺口", "short by")
        word = say(self.lang, *(("超出", "in excess by") if difference > 0 else left))
        qualifier = say(self.lang, *_QUALIFIERS.get(figure.qualifier, ("", "")))
        same = shown_area(abs(difference), figure.unit, figure.shown) == 0
        return say(
            self.lang,
            f"{self._name(figure)}：计划{qualifier} {stated}，图上 {figure.text(mapped.least)}"
            + ("" if same else f"，{word} {gap}"),
            f"{self._name(figure)}: planned {qualifier}{stated}, "
            f"mapped {figure.text(mapped.least)}" + ("" if same else f", {word} {gap}"),
        )

    def _reason(
        self,
        figure: Figure,
        verdict: Verdict,
        difference: float,
        parts: tuple[float, float, float],
    ) -> str:
        """Say which tolerance decided."""
        decimals = figure.shown + 1
        printed, survey, relative = (
            f"{to_decimal(m2_to(p, figure.unit), decimals):f}" for p in parts
        )
        if verdict == "unknown":
            return say(self.lang, "，无法判定。", "; this cannot be decided.")
        if verdict == "fail":
            return say(
                self.lang,
                f"，超过允许误差（计划取位 {printed} + 界址点误差 {survey}"
                + (f" + 相对容差 {relative}" if self.relative else "")
                + f" {figure.word}）。",
                f", more than the tolerance (print {printed} + boundary points {survey}"
                + (f" + relative {relative}" if self.relative else "")
                + f" {figure.word}).",
            )
        beyond = {"at_most": difference, "at_least": -difference}.get(
            figure.qualifier, abs(difference)
        )
        if beyond <= 0 and figure.qualifier in {"at_most", "at_least"}:
            return say(self.lang, "，符合。", ", as required.")
        if beyond <= parts[0] * (1 + 1e-9):
            return say(self.lang, "，在计划取位误差之内，相符。", ", within the printed precision.")
        if beyond <= parts[0] + parts[1]:
            return say(
                self.lang,
                f"，在计划取位与界址点误差（{survey} {figure.word}）之内，相符。",
                f", within print and boundary-point error ({survey} {figure.word}).",
            )
        return say(
            self.lang,
            f"，在相对容差 {self.relative:.2%} 之内，相符。",
            f", within the relative tolerance of {self.relative:.2%}.",
        )

    def _notes(self, figure: Figure, mapped: Mapped) -> str:
        notes = list(mapped.notes)
        if figure.again:
            notes.append(
                say(
                    self.lang,
                    f"计划同时写作 {figure.again}，两者是否一致见计划审核",
                    f"the plan also prints {figure.again}; its audit tells whether they agree",
                )
            )
        if not notes:
            return ""
        return say(self.lang, "；".join(notes) + "。", " Note: " + "; ".join(notes) + ".")

    def _unknown(self, figure: Figure, reason: str) -> str:
        return say(
            self.lang,
            f"{self._name(figure)}：{reason}，无法判定。",
            f"{self._name(figure)}: {reason}; this cannot be decided.",
        )

    def _name(self, figure: Figure) -> str:
        if figure.subject:
            return figure.subject
        use = category_name(figure.category, self.lang) or say(self.lang, "总量", "total")
        facets = [value for _, value in figure.facets]
        return say(self.lang, "", " ").join(filter(None, [figure.region, *facets, use]))


def _verdict(mapped: Mapped, figure: Figure, tolerance_m2: float) -> Verdict:
    """Judge both ends of what is mapped; where they differ, nothing is decided."""
    slack = tolerance_m2 * (1 + 1e-9)
    low, high = mapped.least - figure.value_m2, mapped.most - figure.value_m2
    above, below = low > slack, high < -slack
    may_be_above, may_be_below = high > slack, low < -slack
    if figure.qualifier == "at_most":
        below, may_be_below = False, False
    if figure.qualifier == "at_least":
        above, may_be_above = False, False
    if above or below:
        return "fail"
    return "unknown" if may_be_above or may_be_below else "pass"
