"""The command that writes the sandbox page of a project, and what goes back to it."""

import json

import pandas as pd
from click.testing import CliRunner

from landgis.cli.start import commands
from landgis.project.allocate import read_decisions

PROJECT = "data/projects/lianzhou-2025.toml"


def test_the_command_writes_one_page_that_names_no_address(tmp_path):
    page = tmp_path / "new" / "page.html"
    keep = tmp_path / "keep.csv"
    pd.DataFrame({"parcel_id": ["441882-01-008"], "decision": ["in"]}).to_csv(keep, index=False)
    asked = ["sandbox", PROJECT, "-o", str(page), "--empty", "--keep", str(keep), "--json"]
    run = CliRunner().invoke(commands, asked)
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout) == {"pages": [str(page)]}
    text = page.read_text("utf-8")
    assert "wasm-unsafe-eval" in text
    assert "已有决定" in text
    assert "connect-src &#39;none&#39;" in text
    small = tmp_path / "small.html"
    run = CliRunner().invoke(commands, [*asked[:2], "-o", str(small), "--empty", "--no-solver"])
    assert run.exit_code == 0, run.output
    assert small.stat().st_size < page.stat().st_size - 1_500_000


def test_ids_that_a_spreadsheet_would_reckon_come_back_as_they_were(tmp_path):
    file = tmp_path / "keep.csv"
    file.write_text('\ufeff"parcel_id","decision"\r\n"\'=1+1","in"\r\n"\'a","out"\r\n', "utf-8")
    assert read_decisions(file)["parcel_id"].tolist() == ["=1+1", "'a"]
