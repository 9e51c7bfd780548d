"""Every notebook runs from top to bottom, and is committed without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ENDS_WITH = {
    "1_read_and_audit": "<table",
    "2_own_data": "<table",
    "3_maps_and_plugins": "iframe",
    "4_choose_land": "<table",
    "5_join_and_apportion": "<table",
    "6_rasters": "<table",
    "7_many_plans": "<table",
}
NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


# zmq's loop on Windows and ipykernel's own deprecations are not ours to mend
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs(path):
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": path.parent}}).execute()
    last = notebook.cells[-1]["outputs"][-1]["data"]
    assert ENDS_WITH[path.stem] in last["text/html"]


def test_the_notebooks_are_there():
    assert {path.stem for path in NOTEBOOKS} == set(ENDS_WITH)
