"""Many plans or projects in one go: each run or read by itself, one overview of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tqdm.auto import tqdm

from landgis.errors import LandgisError
from landgis.findings import join_findings
from landgis.language import Lang
from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan
from landgis.project.load import load_project
from landgis.project.outputs import outputs_asked, write_outputs
from landgis.project.run import run_project
from landgis.report.many import OverviewLine, write_overview

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
