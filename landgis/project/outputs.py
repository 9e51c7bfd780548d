"""Everything that a run writes: layers, maps, plates, tables, the report; or many runs at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from landgis.errors import InputError, LandgisError, require
from landgis.export.run import export_layers
from landgis.files.machine import chinese_font
from landgis.files.whole import settle_outputs, unwritable, write_whole
from landgis.findings import join_findings
from landgis.formats.registry import foresee_files
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.maps.atlas import NoParcelsError, draw_atlas
from landgis.maps.basemaps import Basemap, choose_basemap
from landgis.maps.page import write_maps
from landgis.maps.plates import write_plates
from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan
from landgis.project.run import open_findings, run_project
from landgis.project.settings import MapsSection, Project, load_project
from landgis.report.docx import check_template
from landgis.report.write import OverviewLine, write_overview, write_report
from landgis.results import Results

DOCUMENTS = frozenset(
    {".docx", ".doc", ".wps", ".pdf", ".html", ".htm", ".ofd", ".txt", ".xlsx", ".xls"}
)


def several(files: Sequence[Path | str]) -> list[Path]:
    """Give the plans or projects that a command line stands for, if they are more than one.

    Parameters
    ----------
    files
        Files, folders, and patterns (``计划/*.docx``), which some systems leave to the program.

    Returns
    -------
    list of Path
        Project files if there are any, else documents; empty where there is one, or where a
        layer among them says that they belong to one project.

    Examples
    --------
    >>> [path.name for path in several([Path("data/plans")])][:2]
    ['bachu-2025.txt', 'huzhou-2023-2027.xlsx']
    >>> several([Path("data/projects/lianzhou-2025.toml")])
    []
    """
    found: list[Path] = []
    for file in files:
        if isinstance(file, str):  # a database belongs to one project
            return []
        if any(sign in file.name for sign in "*?["):
            found += sorted(file.parent.glob(file.name))
        elif file.is_dir() and file.suffix.lower() != ".gdb":
            found += sorted(path for path in file.iterdir() if path.is_file())
        else:
            found.append(file)
    found = [path for path in found if not path.name.startswith((".", "~$", "README"))]
    projects = [path for path in found if path.suffix.lower() == ".toml"]
    documents = [path for path in found if path.suffix.lower() in DOCUMENTS]
    if len(projects) > 1:
        return projects
    return documents if not projects and len(documents) == len(found) > 1 else []


def run_many(files: Iterable[Path], directory: Path, *, lang: Lang = "zh") -> list[Path]:
    """Run projects, or read and audit plans, and write one overview of all.

    A file that cannot be used takes no other with it: its line says why.

    Returns
    -------
    list of Path
        ``overview.html``, ``overview.xlsx``, and what the projects gave, each in a folder of its
        name.

    Examples
    --------
    >>> import tempfile
    >>> made = run_many([Path("data/plans/bachu-2025.txt"), Path("data/plans/README.md")],
    ...                 Path(tempfile.mkdtemp()))
    >>> [path.name for path in made]
    ['overview.html', 'overview.xlsx']
    """
    directory.mkdir(parents=True, exist_ok=True)
    lines: list[OverviewLine] = []
    made: list[Path] = []
    for file in tqdm(list(files), disable=None, leave=False):
        try:
            if file.suffix.lower() == ".toml":
                settings = load_project(file)
                results = run_project(settings)
                folder = directory / settings.name
                made += write_outputs(results, folder, **outputs_asked(settings), lang=lang)
                plan, findings = results.plan, results.findings
                link = f"{settings.name}/report.html"
            else:
                plan, link = read_plan(file), ""
                findings = join_findings(plan.findings, audit_plan(plan))
            lines.append(OverviewLine.of(file.name, plan, findings, link=link, lang=lang))
        except (LandgisError, OSError) as error:
            told = error.message(lang) if isinstance(error, LandgisError) else str(error)
            lines.append(OverviewLine(file=file.name, worst=told))
    return [*write_overview(lines, directory, lang=lang), *made]


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


def outputs_asked(project: Project) -> dict[str, Any]:
    """Give what a project file asks `write_outputs` for.

    Examples
    --------
    >>> from landgis.project import load_project
    >>> outputs_asked(load_project("data/projects/lianzhou-2025.toml"))["per_plate"]
    1
    """
    return {
        "formats": project.formats,
        "encoding": project.shapefile_encoding,
        "plates": project.plates,
        "template": project.template,
        "columns": project.list_columns,
        "basemaps": choose_basemaps(project.maps),
        "atlas": project.maps.atlas,
        "per_plate": project.maps.per_plate,
    }


def write_outputs(
    results: Results,
    directory: Path | str,
    *,
    formats: Sequence[str] = ("gpkg", "shp"),
    encoding: str = "UTF-8",
    plates: Sequence[str] = (),
    basemaps: Sequence[Basemap] = (),
    atlas: Sequence[str] | str = "",
    per_plate: int = 1,
    template: Path | None = None,
    columns: Sequence[str] = (),
    lang: Lang = "zh",
) -> list[Path]:
    """Write layers, maps, tables and the report of one run; begin reading with report.html.

    ``encoding`` is that of shapefiles (UTF-8 or GBK). Static plates (图版) go to the folder
    ``plates``, in the formats of ``plates``, and beside them the parcels of ``atlas`` (see
    `draw_atlas`); ``basemaps`` are shown by the maps (see `write_maps`); ``template`` makes
    report.docx (see `landgis.report.docx`); ``columns`` are the fields of the parcels' layer in
    the list of parcels.

    One output that cannot be made does not stop the others. What an earlier run wrote here and
    this one does not make is removed, see `landgis.files.whole`.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        At the end, if outputs could not be made: which, and why.

    Examples
    --------
    >>> import tempfile
    >>> from landgis.project import load_project, run_project
    >>> results = run_project(load_project("data/projects/lianzhou-2025.toml"))
    >>> files = write_outputs(results, tempfile.mkdtemp(), formats=["gpkg"])
    >>> files[0].name
    'report.html'
    """
    require(results, Results, name="results")
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    results = results.told(lang)  # once for all that is written
    missing: list[tuple[str, LandgisError]] = []
    broken: list[Exception] = []

    def attempt(what: str, make: Callable[[], list[Path]]) -> list[Path]:
        """Make one output; if it fails the others still appear."""
        try:
            return make()
        except NoParcelsError:  # none that fails
            return []
        except LandgisError as error:
            missing.append((what, error))
        except OSError as error:
            missing.append((what, unwritable(directory / what, error)))
        except Exception as error:  # noqa: BLE001 - a fault of landgis's stops no other output
            broken.append(error)
            said = f"{type(error).__name__}: {error}"
            missing.append((what, LandgisError(f"程序出错 {said}", f"a fault of landgis, {said}")))
        return []

    with tqdm(total=3, disable=None, leave=False) as progress:
        layers: list[Path] = []
        for kind in formats:
            export = partial(export_layers, results, directory, formats=[kind])
            layers += attempt(kind, partial(export, encoding=encoding, lang=lang))
        progress.update()
        maps = attempt(
            say(lang, "地图", "maps"),
            lambda: write_maps(results, directory, basemaps=basemaps, lang=lang),
        )
        sheets = attempt(
            say(lang, "图版", "plates"),
            lambda: write_plates(results, maps, directory / "plates", formats=plates, lang=lang),
        )
        if atlas:
            book = directory / "plates" / "atlas.pdf"
            draw = partial(draw_atlas, results, book, parcels=atlas, per_plate=per_plate, lang=lang)
            sheets += attempt(say(lang, "宗地图册", "atlas"), lambda: [draw()])
        progress.update()
        report = attempt(
            say(lang, "报告", "report"),
            lambda: write_report(
                results,
                directory,
                maps=[(_map_title(page, lang), page.name) for page in maps],
                files=[file.relative_to(directory).as_posix() for file in [*layers, *sheets]],
                template=template,
                columns=columns,
                lang=lang,
            ),
        )
        progress.update()
    wanting, csv = open_findings(results.findings, lang=lang), directory / "findings.csv"
    to_csv = partial(wanting.to_csv, index=False, encoding="utf-8-sig")
    listed = attempt(csv.name, lambda: [write_whole(csv, to_csv)])
    made = [*report, *maps, *sheets, *layers, *listed]
    settle_outputs(directory, made)
    if missing:
        raise _not_made(missing) from (broken[0] if broken else None)
    return made


def foresee(
    directory: Path | str,
    *,
    formats: Sequence[str] = (),
    plates: Sequence[str] = (),
    template: Path | None = None,
) -> list[LandgisError]:
    """Look, before the work is done, at what its outputs need; give what will not be there.

    A typeface for the plates, the template, the driver of each format, room on the disk.

    Examples
    --------
    >>> foresee("out", formats=["gpkg"])
    []
    """
    found = foresee_files(directory, formats)
    needs: list[Callable[[], object]] = [chinese_font] if plates else []
    needs += [partial(check_template, template)] if template else []
    for need in needs:
        try:
            need()
        except LandgisError as error:
            found.append(error)
    return found


def _not_made(missing: Sequence[tuple[str, LandgisError]]) -> InputError:
    """Name the outputs that could not be made, each with its reason."""
    zh = "；".join(f"{what}（{error.zh.rstrip('。')}）" for what, error in missing)
    en = "; ".join(f"{what} ({error.en.rstrip('.')})" for what, error in missing)
    return InputError(
        f"有 {len(missing)} 项成果未写出，其余均已写出：{zh}。",
        f"{len(missing)} outputs could not be made, all others are there: {en}.",
    )


def _map_title(page: Path, lang: Lang) -> str:
    name = page.stem.removeprefix("map-").replace("overview", say(lang, "总图", "overview"))
    return category_name(name, lang)
