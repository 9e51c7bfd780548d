"""The tables of a report, in their order: every number rounded once, for all files alike."""

from __future__ import annotations

from collections.abc import Iterable

from tqdm.auto import tqdm

from landgis.errors import require
from landgis.language import Lang
from landgis.report.annexes import (
    choice_table,
    housing_table,
    parcel_list,
    project_list,
    region_summary,
    series_table,
    use_summary,
)
from landgis.report.cells import ReportTable
from landgis.report.ground import Ground
from landgis.report.judged import balance_table, finding_table, matrix_table, verdict_table
from landgis.report.stated import rule_table, target_table
from landgis.results import Results


def report_tables(
    results: Results, *, columns: Iterable[str] = (), lang: Lang = "zh"
) -> tuple[ReportTable, ...]:
    """Build all tables of a report, in their order; those with no rows are left out.

    Parameters
    ----------
    results
        One project's tables.
    columns
        Fields of the parcels' layer that the list of parcels shows; the first few by default.
    lang
        Language of headings.

    Returns
    -------
    tuple of ReportTable
        ``verdicts``, ``summary-use``, ``summary-region``, ``balance``, ``matrix``,
        ``housing``, ``series``, ``projects``, ``parcels``, ``choice``, ``targets``, ``rules``,
        ``findings``.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> [(table.key, len(table.rows)) for table in report_tables(results)][-1]
    ('findings', 1)
    """
    require(results, Results, name="results")
    ground = Ground(results=results.told(lang), lang=lang, columns=tuple(columns))
    builders = tqdm(_BUILDERS, delay=2, disable=None, leave=False)
    tables = (build(ground) for build in builders)
    return tuple(table for table in tables if table.rows)


_BUILDERS = (
    verdict_table,
    use_summary,
    region_summary,
    balance_table,
    matrix_table,
    housing_table,
    series_table,
    project_list,
    parcel_list,
    choice_table,
    target_table,
    rule_table,
    finding_table,
)
