"""What the docs and the README tell a stranger to type exists, and both languages say it."""

import ast
import re
import shlex
from pathlib import Path

import click
import pytest

from landgis.cli.start import commands

ROOT = Path(__file__).parent.parent
OWN = (
    *("index", "install", "tutorial", "howto", "methods", "programs"),
    *("measuring", "large-files", "project-file", "commands", "sandbox"),
)
WORDS = {"plane", "survey", "ellipsoid", "cause"}
"""Values, not names, that docstrings of rooms set in backticks."""
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md")),
    *(ROOT / "docs" / f"{name}{end}.md" for name in OWN for end in ("", ".en")),
]


def typed(page):
    """Lines of a page that begin with landgis, in blocks and in the text."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += [" ".join(code.split()) for code in re.findall(r"`(landgis [^`]+)`", text)]
    return [line for line in lines if line.startswith("landgis ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_exist(page):
    for line in typed(page):
        name, *words = shlex.split(line, comments=True)[1:]
        if name.startswith("-"):
            continue
        assert name in commands.commands, line
        options = {
            option
            for parameter in commands.commands[name].params
            if isinstance(parameter, click.Option)
            for option in (*parameter.opts, *parameter.secondary_opts)
        }
        wrong = [word for word in words if word.startswith("-") and word not in options]
        assert not wrong, line


@pytest.mark.parametrize("name", OWN)
def test_both_languages_tell_the_same_commands_and_sections(name):
    zh, en = (ROOT / "docs" / f"{name}{end}.md" for end in ("", ".en"))
    heads = [re.findall(r"(?m)^(#+) ", page.read_text("utf-8")) for page in (zh, en)]
    assert heads[0] == heads[1]
    said = [sorted(line.split()[1] for line in typed(page)) for page in (zh, en)]
    assert said[0] == said[1]


def test_a_readme_is_one_screen_and_says_the_same_in_both_languages():
    pages = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
    heads = [re.findall(r"(?m)^(#+) ", page.read_text("utf-8")) for page in pages]
    assert heads[0] == heads[1]
    assert [line.split()[1] for line in typed(pages[0])] == [
        line.split()[1] for line in typed(pages[1])
    ]
    assert all(len(page.read_text("utf-8").splitlines()) <= 60 for page in pages)


@pytest.mark.parametrize("name", ["commands.md", "commands.en.md"])
def test_every_command_is_told(name):
    text = (ROOT / "docs" / name).read_text("utf-8")
    assert not [name for name in commands.commands if f"| `landgis {name}" not in text]


def test_every_page_is_in_the_contents():
    contents = (ROOT / "mkdocs.yml").read_text("utf-8")
    made = {"checks.md", "reference.md"}
    for page in (ROOT / "docs").glob("*.md"):
        name = page.name.replace(".en.md", ".md")
        assert name in made or f": {name}" in contents, page.name


def test_what_rooms_and_contributors_are_told_of_exists():
    code = "\n".join(file.read_text("utf-8") for file in (ROOT / "landgis").rglob("*.py"))
    names = set(re.findall(r"^ *(?:def|class) (\w+)|^(\w+) ?[:=]", code, re.MULTILINE))
    known = {name for pair in names for name in pair}
    for door in (ROOT / "landgis").rglob("__init__.py"):
        here = {file.stem for file in door.parent.iterdir()}
        told = re.findall(
            r"(?<!`)``?(\w+)``?(?!`)", ast.get_docstring(ast.parse(door.read_text("utf-8"))) or ""
        )
        assert not [name for name in told if name not in here | known | WORDS], door
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    paths = re.findall(r"`((?:landgis|tests|scripts|docs)/[^`*]*)`", page)
    assert paths
    assert not [path for path in paths if not (ROOT / path).exists()]
    for row in re.findall(r"(?m)^\| .* \| `(landgis/.*?)`.* \| (.*) \|$", page):
        room = ROOT / row[0] if row[0].endswith("/") else (ROOT / row[0]).parent
        here = {file.stem for file in room.iterdir()}
        told = re.findall(r"`([a-z_]+)`", row[1])
        assert not [name for name in told if name not in here | {"define"}], row[0]
