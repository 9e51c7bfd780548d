"""What is said of a project file that cannot be used: where, what, and how it is written."""

import pytest

from landgis.errors import ProjectError
from landgis.project import load_project

HEAD = 'name = "p"\ntitle = "甲县"\nplan = "p.txt"\n[parcels]\nfile = "a.shp"\n'
REST = '[boundaries.townships]\nfile = "b.shp"\n'


def refused(tmp_path, text, encoding="utf-8"):
    file = tmp_path / "项目.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    with pytest.raises(ProjectError) as told:
        load_project(file)
    return str(told.value)


@pytest.mark.parametrize(
    ("text", "line", "cure"),
    [
        ('name = "p"\nplan = "D:\\数据\\p.docx"\n', 2, "单引号"),
        ("title = 甲县\n", 1, "引号"),
        ('name = "p"\nname = "q"\n', 2, "写了两次"),
        ('name = "p\ntitle = "x"\n', 1, "引号"),
        ('name ＝ "p"\n', 1, "半角"),
        ('[parcels\nfile = "a"\n', 1, "方括号"),
    ],
)
def test_toml_faults_are_told_with_line_and_cure(tmp_path, text, line, cure):
    told = refused(tmp_path, text)
    assert f"第 {line} 行" in told
    assert cure in told


def test_a_file_of_notepad_is_read_and_named(tmp_path):
    file = tmp_path / "项目.toml"
    file.write_bytes((HEAD + REST).replace("\n", "\r\n").encode("gbk"))
    assert load_project(file).title == "甲县"
    assert "GB" in refused(tmp_path, "title = 甲县\n", "gbk")


def test_a_document_is_no_project_file(tmp_path):
    told = refused(tmp_path, b"PK\x03\x04" + b"\0" * 100)
    assert "landgis run 计划.docx" in told


def test_a_wrong_column_is_told_with_the_nearest(tmp_path):
    told = refused(tmp_path, HEAD + '[parcels.fields]\ncategry = "YT"\n' + REST)
    assert "categry" in told
    assert "category" in told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[checks]\nas_of = 3\n", "应为日期"),
        ('[checks]\npoint_error_m = "x"\n', "应为数字"),
        ('plates = ["gif"]\n', "之一"),
    ],
)
def test_wrong_values_are_told_in_chinese(tmp_path, line, told):
    text = line + HEAD + REST if line.startswith("plates") else HEAD + REST + line
    assert told in refused(tmp_path, text)
