import re
from pathlib import Path

import pytest

from landgis.errors import InputError, ProjectError
from landgis.project import Project, load_project, run
from landgis.project.settings import _models

GOOD = """
name = "demo"
title = "示例"
plan = "plan.txt"
[parcels]
file = "parcels.gpkg"
fields = { parcel_id = "ZDDM" }
[boundaries.districts]
file = "sub/districts.gpkg"
[[regions]]
name = "市直"
polygon = false
"""


def write(tmp_path, text):
    file = tmp_path / "project.toml"
    file.write_text(text, "utf-8")
    return file


def test_paths_are_relative_to_the_file(tmp_path):
    project = load_project(write(tmp_path, GOOD))
    assert project.plan == tmp_path / "plan.txt"
    assert project.boundaries.districts.file == tmp_path / "sub" / "districts.gpkg"
    assert project.parcels.fields == {"parcel_id": "ZDDM"}
    assert not project.regions[0].polygon


def test_each_of_many_projects_gets_the_outputs_that_it_asks_for(tmp_path, monkeypatch):
    text = Path("data/projects/lianzhou-2025.toml").read_text("utf-8")
    text = text.replace("../", Path("data").resolve().as_posix() + "/")
    more = 'plates = ["png"]\nlist_columns = ["坐落"]\n'
    file = write(tmp_path, more + text)
    asked = {}

    def noted(*_, **options):
        asked.update(options)
        return []

    monkeypatch.setattr(run, "write_outputs", noted)
    run.run_many([file], tmp_path / "out")
    assert (asked["plates"], asked["columns"]) == (("png",), ("坐落",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title", "titel", "“titel”，是否应为“title”"),
        ("fields =", "feilds =", "“parcels.feilds”，是否应为“fields”"),
        ("polygon", "poligon", "“regions[1].poligon”，是否应为“polygon”"),
        ("polygon = false", 'member = ["吴兴区"]', "“regions[1].member”，是否应为“members”"),
        ("[parcels]", "[parcel]", "“parcel”，是否应为“parcels”"),
        ('plan = "plan.txt"', "", "缺少“plan”"),
        ("polygon = false", 'polygon = "maybe"', "“regions[1].polygon”的值 'maybe'"),
        ('name = "demo"', 'name = "../up"', "“name”的值"),
        ('name = "demo"', "name = ", "第 2 行写法有误"),
    ],
)
def test_a_fault_is_said_in_one_sentence(tmp_path, old, new, said):
    with pytest.raises(ProjectError) as error:
        load_project(write(tmp_path, GOOD.replace(old, new, 1)))
    assert said in str(error.value)
    assert "project.toml" in error.value.en


def test_a_project_needs_parcels_or_a_schema(tmp_path):
    text = GOOD.replace('[parcels]\nfile = "parcels.gpkg"\nfields = { parcel_id = "ZDDM" }', "")
    with pytest.raises(ProjectError, match=r"\[schematic\]"):
        load_project(write(tmp_path, text))


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="项目文件不存在"):
        load_project(tmp_path / "none.toml")


@pytest.mark.parametrize("page", ["project-file.md", "project-file.en.md"])
def test_every_key_is_explained(page):
    text = (Path(__file__).resolve().parent.parent / "docs" / page).read_text("utf-8")

    def keys(model):
        for name, field in model.model_fields.items():
            yield name
            for inner in _models(field.annotation):
                yield from keys(inner)

    assert [
        key for key in keys(Project) if not re.search(rf"`{key}`|\[[\w.]*\b{key}\b", text)
    ] == []
