"""A plan and the land on the map examined, and what that found: `Results`.

Join, balance and every check, from tables in memory. Maps, report and export draw from the same
`Results`, so that a number is computed once and is the same wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, wraps
from html import escape
from typing import Any, Concatenate, ParamSpec, TypeVar, Unpack

import geopandas as gpd
import pandas as pd
from tqdm.auto import tqdm

from landgis.balance.figures import is_programme
from landgis.balance.mapped import Counting, Mapped, map_land, measured_by
from landgis.balance.sheet import Balance, balance_land
from landgis.checks.parcels import check_parcels, far_away
from landgis.checks.rules import check_rules
from landgis.checks.supply import compare_dates, compare_parcels, compare_plans, compare_with_plan
from landgis.checks.totals import check_list, check_totals, check_unlisted, follow_regions
from landgis.crs import convert_crs
from landgis.errors import InputError, require
from landgis.findings import (
    VERDICTS,
    Finding,
    count_verdicts,
    findings_table,
    follow,
    join_findings,
    tell,
    verdict_name,
)
from landgis.join.overlay import crosswalk_with_findings
from landgis.language import Lang, basis_name
from landgis.layers.faults import Faults, find_faults
from landgis.measure import require_same_crs
from landgis.measure.areas import POINT_ERROR_M
from landgis.plan.audit import audit_plan
from landgis.plan.corrections import mark_got
from landgis.plan.model import Plan
from landgis.regions.compose import outlines_of
from landgis.schema import CROSSWALK, PARCELS, REGIONS, conform, table_of

Made = TypeVar("Made")
Options = ParamSpec("Options")
MOST_SHOWN = 5
"""Messages that a notebook shows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Earlier:
    """An earlier version of the parcels, in the coordinate system of the present ones.

    Parameters
    ----------
    land
        What of them counts where, on the same area as of the present ones.
    """

    parcels: gpd.GeoDataFrame
    land: Mapped


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Results:
    """One project's tables after the checks.

    Parameters
    ----------
    name
        Short name of the project, also of its files (``lianzhou-2025``).
    title
        Title for a reader.
    plan
        The plan as read.
    parcels
        Table ``parcels`` of `landgis.schema`: parcels (宗地), or the areas (片区) of a programme.
    regions
        Table ``regions``: the plan's regions. One without a polygon has an empty geometry.
    townships
        Table ``regions``: townships (乡镇街道) as a backdrop.
    outlines
        Table ``regions``: what the regions lie in, county or city, drawn as one border.
    crosswalk
        Table ``crosswalk``: parcels × plan regions, outside in rows of its own.
    findings
        All findings, plan audit first.
    map_number
        审图号 of the boundaries, if there is one.
    faults
        Places of the parcels' faults of shape (图形问题), see `landgis.layers.faults.Faults`;
        None if they were not looked for.
    counted
        The balance that the checks were made of; made anew, as by default, if it is not given.
    changes
        What moved since an earlier version: ``plan`` (`landgis.checks.supply.compare_plans`),
        ``parcels`` (``compare_parcels``), ``findings`` of reading it; ``supply``
        (``compare_with_plan``) between two days. Those that were compared.
    earlier
        The parcels of the earlier version (调整前).
    choice
        Candidates, where the parcels were chosen among them (选地), by a program or by hand:
        ``parcel_id region category chosen use quarter area_m2 why`` (a key of
        `landgis.allocation.allocation.WHY`), and shapes if they have any.

    Examples
    --------
    >>> blank_results()
    <Results p: 0 parcels, 0 regions; 1 pass>
    """

    name: str
    title: str
    plan: Plan
    parcels: gpd.GeoDataFrame
    regions: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    crosswalk: pd.DataFrame
    findings: pd.DataFrame
    map_number: str = ""
    faults: gpd.GeoDataFrame | None = None
    counted: Balance | None = None
    changes: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    earlier: Earlier | None = None
    outlines: gpd.GeoDataFrame | None = None
    choice: pd.DataFrame | None = None

    @property
    def balance(self) -> Balance:
        """The plan beside the map: what every output takes its areas from."""
        return self.counted or self._made

    @cached_property
    def kept(self) -> dict[object, Any]:
        """What was made of these results, see `once`."""
        return {}

    @cached_property
    def bases(self) -> frozenset[str]:
        """What its parcels, regions and townships rest on where they are not as surveyed."""
        tables = (self.parcels, self.regions, self.townships)
        told = (basis for t in tables if "basis" in t for basis in t["basis"].unique())
        return frozenset(told) - {""}

    @cached_property
    def _made(self) -> Balance:
        """The balance as by default, once for these results: a copy may have another plan."""
        return balance_land(self.plan, self.parcels, crosswalk=self.crosswalk, regions=self.regions)

    def __repr__(self) -> str:
        """Say in one line what they are of."""
        counts = ", ".join(f"{n} {v}" for v, n in count_verdicts(self.findings).items() if n)
        land = f"{len(self.parcels)} parcels, {len(self.regions)} regions"
        return f"<Results {self.name}: {land}; {counts}>"

    def _repr_html_(self) -> str:
        """Show title, verdicts and what failed in a notebook, in Chinese."""
        counts = count_verdicts(self.findings)
        shown = [v for v in VERDICTS if v != "note" or counts[v]]
        told = "，".join(f"{verdict_name(v)} {counts[v]}" for v in shown)
        failed = tell(self.findings[self.findings["verdict"] == "fail"])["message"]
        lines = [f"<li>{escape(message)}</li>" for message in failed[:MOST_SHOWN]]
        if len(failed) > MOST_SHOWN:
            lines.append(f"<li>另有 {len(failed) - MOST_SHOWN} 项不通过，见 findings。</li>")
        marks = "、".join(basis_name(b) for b in sorted(self.bases))
        land = f"{len(self.parcels)} {'个片区' if self.is_programme else '宗地'}"
        return (
            f"<p><b>{escape(self.title)}</b></p>"
            f"<p>{land}，{len(self.regions)} 个区域。检查 {len(self.findings)} 项：{told}。"
            + (f"数据性质：{escape(marks)}。" if marks else "")
            + f"</p><ul>{''.join(lines)}</ul>"
        )

    def told(self, lang: Lang = "zh") -> Results:
        """Give the same results with the sentences of their findings in a language."""
        findings = tell(self.findings, lang)
        if findings is self.findings and self.counted is not None:
            return self
        return replace(self, findings=findings, counted=self.balance)

    @property
    def is_programme(self) -> bool:
        """Whether its land is areas (片区), not parcels: see `landgis.balance.figures`."""
        return is_programme(self.plan)


def once(
    make: Callable[Concatenate[Results, Options], Made],
) -> Callable[Concatenate[Results, Options], Made]:
    """Have what is made of results made once, for whoever asks again.

    Examples
    --------
    >>> made = once(lambda results: [results.title])
    >>> results = blank_results()
    >>> made(results) is made(results)
    True
    """

    @wraps(make)
    def kept(results: Results, /, *args: Options.args, **options: Options.kwargs) -> Made:
        key = (make, args, tuple(sorted(options.items())))
        if key not in results.kept:
            results.kept[key] = make(results, *args, **options)
        made: Made = results.kept[key]
        return made

    return kept


def blank_results() -> Results:
    """Give results without land, and with one finding: to try an output on.

    Examples
    --------
    >>> results = blank_results()
    >>> results.title, len(results.parcels), results.findings["verdict"].tolist()
    ('某市', 0, ['pass'])
    """
    land = gpd.GeoDataFrame({"parcel_id": [], "category": []}, geometry=[], crs=4490)
    tiles = gpd.GeoDataFrame({"region_id": [], "name": []}, geometry=[], crs=4490)
    return Results(
        name="p",
        title="某市",
        plan=Plan(document="p.txt"),
        parcels=land,
        regions=tiles,
        townships=tiles,
        crosswalk=table_of([], CROSSWALK),
        findings=findings_table([Finding(check="audit.parts", verdict="pass", message="相符。")]),
    )


def examine(
    plan: Plan,
    parcels: gpd.GeoDataFrame,
    *,
    regions: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame | None = None,
    districts: gpd.GeoDataFrame | None = None,
    crosswalk: pd.DataFrame | None = None,
    relative_tolerance: float = 0.0,
    known_uses: Iterable[str] = (),
    listed: gpd.GeoDataFrame | None = None,
    rules: pd.DataFrame | None = None,
    rules_source: str = "",
    as_of: date | None = None,
    history: gpd.GeoDataFrame | None = None,
    control_lines: Mapping[str, gpd.GeoDataFrame] | None = None,
    noticed: Sequence[pd.DataFrame] = (),
    layer: str = "parcels",
    name: str = "landgis",
    title: str = "",
    map_number: str = "",
    **counting: Unpack[Counting],
) -> Results:
    """Join land with regions, set it beside the plan, and run every check.

    Parameters
    ----------
    plan
        The plan as read, or one made of tables.
    parcels
        Table ``parcels`` of `landgis.schema` (see `landgis.as_parcels`).
    regions
        Table ``regions`` (see `landgis.compose_regions`), in the parcels' coordinate system.
    townships
        Table ``regions``, as a backdrop of the maps.
    districts
        Table ``regions``: those around the regions are drawn as outlines; else the regions' own.
    crosswalk
        Parcels × regions, if they are joined already.
    relative_tolerance
        See `landgis.balance_land`.
    known_uses
        Words for uses that are known beside those of the plan and the classification.
    listed
        A list of parcels (宗地清单) to check against plan and map, see `check_list`.
    rules, rules_source, as_of
        See `landgis.check_rules`; with ``as_of`` what is supplied by that day is added up.
    history, control_lines
        See `landgis.check_parcels`.
    noticed
        Findings of reading, which come first.
    layer
        Name of the parcels' layer, for what is said of its faults of shape.
    name, title, map_number
        See `landgis.results.Results`; the title is the plan's if it is not given.
    **counting
        How land is counted: ``area``, ``surveyed``, ``point_error_m`` and ``splits`` of
        `landgis.balance_land`.

    Returns
    -------
    Results
        To be shown by `landgis.write_report`, `landgis.write_maps`, `landgis.export_layers`.

    Raises
    ------
    CRSError
        If layers differ in coordinate system, or have none.
    InputError
        If a table lacks a required column, or something else stands in its place.

    Examples
    --------
    >>> from shapely import box
    >>> from landgis.schema import TARGETS, table_of
    >>> square = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a"], "category": ["住宅用地"]},
    ...     geometry=[box(500_000, 3_400_000, 500_100, 3_400_100)], crs=4549)
    >>> town = gpd.GeoDataFrame(
    ...     {"region_id": ["r"], "name": ["东镇"]},
    ...     geometry=[box(499_000, 3_399_000, 501_000, 3_401_000)], crs=4549)
    >>> row = {"region": "东镇", "stated_value": 1.0, "stated_unit": "公顷"}
    >>> plan = Plan(document="p.txt", targets=table_of([row], TARGETS))
    >>> examine(plan, square, regions=town).balance.rows[0].verdict
    'pass'
    """
    require(plan, Plan, name="plan")
    for given, word in ((parcels, "parcels"), (regions, "regions")):
        require(given, gpd.GeoDataFrame, name=word)
    require_same_crs(parcels, regions)
    parcels, regions = conform(parcels, PARCELS), conform(regions, REGIONS)
    told = list(noticed)
    progress = tqdm(total=5, desc="叠合 join", delay=2, disable=None, leave=False)
    if crosswalk is None:
        joined = crosswalk_with_findings(parcels, regions)
        crosswalk = joined.data
        told.append(joined.findings)
    _next(progress, "面积 areas")
    balance = balance_land(
        plan,
        parcels,
        crosswalk=crosswalk,
        regions=regions,
        relative_tolerance=relative_tolerance,
        **counting,
    )
    land = balance.land
    totals = check_totals(balance)
    _next(progress, "宗地 parcels")
    of_parcels = check_parcels(
        parcels,
        crosswalk,
        regions=regions,
        history=history,
        control_lines=control_lines,
        # records of 宗地 are of the plane, whichever area counts against the plan
        area_method=measured_by(
            "survey" if counting.get("area") == "survey" else None,
            surveyed=counting.get("surveyed", False),
        ),
        programme=is_programme(plan),
        named_uses={*balance.uses.named, *known_uses},
        point_error_m=counting.get("point_error_m", POINT_ERROR_M),
    )
    _next(progress, "规则 rules")
    of_rules = check_rules(
        plan,
        parcels,
        mapped=land,
        as_of=as_of,
        rules=rules,
        rules_source=rules_source,
    )
    if far := far_away(of_parcels):  # of a layer that lies elsewhere nothing can add up
        totals, of_rules = follow(totals, far), follow(of_rules, far)
    totals = follow_regions(totals, balance, join_findings(*told, of_parcels))
    faults = None
    _next(progress, "图形 shapes")
    if not parcels["basis"].eq("schematic").all():
        faults = find_faults(parcels, name=layer)
        told.append(_unsaid(faults, of_parcels))
    of_list = [check_unlisted(balance, parcels=parcels)]
    if listed is not None:
        of_list.append(check_list(plan, listed, parcels=parcels, regions=regions, totals=totals))
    progress.close()
    results = Results(
        name=name,
        title=title or plan.title or plan.document,
        plan=plan,
        parcels=parcels,
        regions=regions,
        townships=regions.iloc[:0] if townships is None else conform(townships, REGIONS),
        outlines=outlines_of(regions, districts),
        crosswalk=crosswalk,
        findings=mark_got(
            join_findings(
                plan.findings, audit_plan(plan), *told, totals, of_parcels, of_rules, *of_list
            ),
            plan,
        ),
        map_number=map_number,
        faults=faults and faults.places,
        counted=balance,
    )
    if as_of is None:
        return results
    return replace(results, changes={"supply": compare_supply(results, (None, as_of))})


def with_earlier(
    results: Results,
    *,
    plan: Plan | None = None,
    parcels: gpd.GeoDataFrame | None = None,
    since: tuple[date | None, date] | None = None,
    point_error_m: float = POINT_ERROR_M,
    noticed: Sequence[pd.DataFrame] = (),
) -> Results:
    """Set results beside an earlier version (调整前) of the plan, of the parcels, or a day.

    Parameters
    ----------
    plan, parcels
        The earlier ones; parcels in any declared coordinate system.
    since
        Two days between which to tell what was supplied.
    point_error_m
        A parcel that moved or grew by less than the error of its boundary points is the same.
    noticed
        Findings of reading the earlier version.

    Returns
    -------
    Results
        With ``changes``, and ``earlier`` if there are parcels.

    Raises
    ------
    InputError
        If ids of parcels occur twice.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> now = blank_results()
    >>> sorted(with_earlier(now, plan=now.plan, parcels=now.parcels).changes)
    ['parcels', 'plan']
    """
    require(results, Results, name="results")
    changes = dict(results.changes)
    earlier = None
    if plan is not None:
        require(plan, Plan, name="plan")
        changes["plan"] = compare_plans(plan, results.plan)
    if parcels is not None:
        require(parcels, gpd.GeoDataFrame, name="parcels")
        before = convert_crs(conform(parcels, PARCELS), results.parcels.crs)
        changes["parcels"] = compare_parcels(
            before, conform(results.parcels, PARCELS), point_error_m=point_error_m
        )
        pieces = crosswalk_with_findings(before, results.regions).data
        land = results.balance.land
        counted = map_land(
            pieces,
            before,
            regions=results.regions,
            area=land.area,
            surveyed=land.measured == "ellipsoid",
            point_error_m=point_error_m,
        )
        earlier = Earlier(parcels=before, land=counted)
    if noticed:
        changes["findings"] = join_findings(*noticed)
    if since is not None:
        changes["supply"] = compare_supply(results, since)
    return replace(results, changes=changes, earlier=earlier)


def compare_supply(results: Results, dates: tuple[date | None, date]) -> pd.DataFrame:
    """Compare what is planned with what is supplied by two dates, by region and use.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> compare_supply(blank_results(), (None, date(2024, 6, 30)))["planned_m2"].tolist()
    [nan]
    """
    moved = compare_dates(
        results.balance.land, results.parcels, dates=dates, year=results.plan.year
    )
    return compare_with_plan(moved, results.plan)


def compare(
    before: Plan | gpd.GeoDataFrame | Results, after: Plan | gpd.GeoDataFrame | Results
) -> Any:
    """Tell what moved between two plans, two layers of parcels, or two results.

    Returns
    -------
    DataFrame or dict
        `landgis.checks.supply.compare_plans` or ``compare_parcels``; of results both, as
        ``{"plan": …, "parcels": …}``.

    Raises
    ------
    InputError
        If the two are not of one kind.

    Examples
    --------
    >>> compare(Plan(document="p.txt"), Plan(document="p.txt"))["status"].tolist()
    []
    """
    if isinstance(before, Plan) and isinstance(after, Plan):
        return compare_plans(before, after)
    if isinstance(before, gpd.GeoDataFrame) and isinstance(after, gpd.GeoDataFrame):
        return compare_parcels(convert_crs(before, after.crs), after)
    if isinstance(before, Results) and isinstance(after, Results):
        return {
            "plan": compare(before.plan, after.plan),
            "parcels": compare(before.parcels, after.parcels),
        }
    raise InputError(
        "只能比较两个计划、两个宗地图层或两次运行的结果，"
        f"实为 {type(before).__name__} 与 {type(after).__name__}。",
        "Two plans, two layers of parcels or two results can be compared, not "
        f"{type(before).__name__} and {type(after).__name__}.",
    )


def _next(progress: tqdm[Any], words: str) -> None:
    """Begin another step of a progress bar."""
    progress.set_description(words, refresh=False)
    progress.update()


_SAID_OF_PARCELS = {
    "layer.missing": "parcels.geometry",
    "layer.empty": "parcels.geometry",
    "layer.duplicate": "parcels.overlap",
    "layer.near_duplicate": "parcels.overlap",
    "layer.overlap": "parcels.overlap",
    "layer.sliver": "parcels.sliver",
}


def _unsaid(faults: Faults, parcels: pd.DataFrame) -> pd.DataFrame:
    """Leave out the faults that the check of parcels tells of; on the map they stay."""
    findings = faults.findings
    thin = parcels["check"].eq("parcels.sliver") & parcels["verdict"].eq("fail")
    told = set(parcels.loc[thin, "subject"])
    said = findings["check"].isin(_SAID_OF_PARCELS)
    said &= (findings["check"] != "layer.sliver") | findings["subject"].isin(told)
    return findings[~said]
