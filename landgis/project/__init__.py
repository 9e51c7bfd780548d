"""A project file (project.toml): one run of the flow, from the plan document to `Results`.

The file names the plan document, the layers and their field names, the boundary layers, what each
plan region is made of, tolerances and outputs; paths are relative to it. In the order of a run:
``recognise`` and ``draft`` make a file of a bureau's own files; ``settings`` are its keys, ``run``
reads what they name, walks the flow, compares with what came before and writes everything,
``allocate`` chooses land for the plan.
"""

from landgis.project.run import choose_basemaps, foresee, run_project, write_outputs
from landgis.project.settings import Project, load_project

__all__ = [
    "Project",
    "choose_basemaps",
    "foresee",
    "load_project",
    "run_project",
    "write_outputs",
]
