"""What ``import landgis`` promises."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import landgis


@pytest.mark.parametrize("name", landgis.__all__)
def test_every_public_name_is_documented_with_an_example(name):
    thing = getattr(landgis, name)
    assert thing.__module__.startswith("landgis.")
    assert ">>>" in inspect.getdoc(thing)


def test_functions_take_at_most_two_positional_arguments():
    for name in landgis.__all__:
        thing = getattr(landgis, name)
        if inspect.isfunction(thing):
            kinds = [p.kind for p in inspect.signature(thing).parameters.values()]
            assert kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD) <= 2, name


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(landgis.__file__).read_text("utf-8"))
    guarded = next(n for n in tree.body if isinstance(n, ast.If))
    seen = {f"{n.module}.{a.name}" for n in guarded.body for a in n.names}
    assert seen == {f"{home}.{name}" for name, home in landgis._HOME.items()}


def test_importing_is_quick_and_unknown_names_are_refused():
    code = "import sys, landgis; sys.exit('geopandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(AttributeError, match="raed_plan"):
        landgis.raed_plan  # noqa: B018
