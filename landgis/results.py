"""What one run found: the tables that maps, report and export show, and nothing else.

Maps, report and export draw from the same `Results`, so that a number is computed once and is
the same wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from html import escape
from typing import Any, Concatenate, ParamSpec, TypeVar

import geopandas as gpd
import pandas as pd

from landgis.balance.figures import is_programme
from landgis.balance.mapped import Mapped
from landgis.balance.sheet import Balance, balance_land
from landgis.findings import VERDICTS, Finding, count_verdicts, findings_table, tell, verdict_name
from landgis.language import Lang, basis_name
from landgis.plan.model import Plan
from landgis.schema import CROSSWALK, table_of

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
        What moved since an earlier version: ``plan`` (`landgis.checks.compare.compare_plans`),
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
