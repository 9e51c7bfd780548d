"""Everything that one run writes: layers, maps, plates, tables and the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tqdm.auto import tqdm

from landgis.export.run import export_layers
from landgis.files.whole import beside
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.maps.basemaps import Basemap, choose_basemap
from landgis.maps.page import write_maps
from landgis.maps.plates import write_plates
from landgis.project.accepted import open_findings
from landgis.project.settings import MapsSection
from landgis.report.write import write_report
from landgis.results import Results


def choose_basemaps(maps: MapsSection) -> tuple[Basemap, ...]:
    """Give the basemaps of a project file; see `landgis.maps.basemaps.choose_basemap`.

    Examples
    --------
    >>> [base.name for base in choose_basemaps(MapsSection(basemaps=("osm",)))]
    ['OpenStreetMap']
    """
    return tuple(
        choose_basemap(name, key=maps.key, gcj02=maps.gcj02, limit_mb=maps.tiles_mb)
        for name in maps.basemaps
    )


def write_outputs(
    results: Results,
    directory: Path | str,
    *,
    formats: Sequence[str] = ("gpkg", "shp"),
    encoding: str = "UTF-8",
    plates: Sequence[str] = (),
    basemaps: Sequence[Basemap] = (),
    template: Path | None = None,
    lang: Lang = "zh",
) -> list[Path]:
    """Write layers, maps, tables and the report of one run; begin reading with report.html.

    ``encoding`` is that of shapefiles (UTF-8 or GBK). Static plates (图版) go to the folder
    ``plates``, in the formats of ``plates``; ``basemaps`` are shown by the maps (see
    `write_maps`); ``template`` makes report.docx (see `landgis.report.docx`).

    Returns
    -------
    list of Path
        The files written.

    Examples
    --------
    >>> import tempfile
    >>> from landgis.project import load_project, run_project
    >>> results = run_project(load_project("data/projects/lianzhou-2025.toml"))
    >>> files = write_outputs(results, tempfile.mkdtemp(), formats=["gpkg"])
    >>> [file.name for file in files][:3]
    ['report.html', 'tables.xlsx', 'report.docx']
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    with tqdm(total=3, disable=None, leave=False) as progress:
        layers = export_layers(results, directory, formats=formats, encoding=encoding, lang=lang)
        progress.update()
        maps = write_maps(results, directory, basemaps=basemaps, lang=lang)
        sheets = write_plates(results, maps, directory / "plates", formats=plates, lang=lang)
        progress.update()
        report = write_report(
            results,
            directory,
            maps=[(_map_title(page, lang), page.name) for page in maps],
            files=[file.relative_to(directory).as_posix() for file in [*layers, *sheets]],
            template=template,
            lang=lang,
        )
        progress.update()
    open_ = directory / "findings.csv"
    with beside(open_) as draft:
        open_findings(results.findings, lang=lang).to_csv(draft, index=False, encoding="utf-8-sig")
    return [*report, *maps, *sheets, *layers, open_]


def _map_title(page: Path, lang: Lang) -> str:
    name = page.stem.removeprefix("map-").replace("overview", say(lang, "总图", "overview"))
    return category_name(name, lang)
