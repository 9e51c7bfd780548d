"""A project file drafted from the files themselves: what they show, and what stays open.

The flow of ``landgis run 计划.docx 宗地.shp 乡镇.shp`` and of ``landgis init``: each file is
recognised by what it holds, fields, uses, regions and coordinate systems are decided where there is
evidence, and everything is written into a commented project file, which the next run reads.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import tomlkit

from landgis.divisions import children, match, match_among
from landgis.errors import InputError
from landgis.files.archives import is_reserved
from landgis.landuse import (
    SCHEMES,
    all_names,
    canonical,
    classified,
    is_code,
    land_use_class,
    lineage,
    schemes_with,
)
from landgis.layers.fields import decide_area_unit
from landgis.measure import area_m2
from landgis.plan.model import Plan
from landgis.project.recognise import ROLES, Recognised, columns_of, recognise
from landgis.project.settings import PATHS
from landgis.regions.read import region_fields
from landgis.schema import guess_fields
from landgis.units import half_up

_SAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the files leave open, and a person knows.

    Parameters
    ----------
    key
        Table and key of the project file that the answer stands under.
    text
        The question, in Chinese and English.
    """

    key: tuple[str, str]
    text: tuple[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Draft:
    """A project file in the making.

    Parameters
    ----------
    name
        Short name of the project and of the file.
    sources
        What was recognised and is used.
    left_out
        What was not recognised, or is one too many.
    uses
        Own word → use of the plan; empty where it is not known.
    regions
        Region of the plan → name in the boundary layer; empty where there is none.
    scheme
        The classification that the codes of uses follow; empty if there are no codes, or it is
        not known.
    questions
        What is open.
    """

    name: str
    sources: tuple[Recognised, ...]
    left_out: tuple[Recognised, ...]
    uses: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    scheme: str = ""
    questions: tuple[Question, ...] = ()

    def of(self, role: str) -> tuple[Recognised, ...]:
        """Give the sources of a role."""
        return tuple(one for one in self.sources if one.role == role)

    @property
    def plan(self) -> Plan:
        """The plan as read."""
        plan = self.of("plan")[0].plan
        assert plan is not None  # noqa: S101 - a source of the role plan holds one
        return plan

    def answered(self, question: Question, answer: str) -> Draft:
        """Put a person's answer in; an empty one leaves the question open."""
        table, key = question.key
        if not answer:
            return self
        left = tuple(q for q in self.questions if q is not question)
        if table == "scheme":
            return replace(self, scheme=answer, questions=left)
        if table == "uses":
            return replace(self, uses={**self.uses, key: answer}, questions=left)
        return replace(self, regions={**self.regions, key: answer}, questions=left)


def draft_project(files: Iterable[Path | str]) -> Draft:
    """Draft a project from the files of a bureau, in any order.

    Raises
    ------
    InputError
        If the plan, the parcels or the boundaries are not among them: the message says which, and
        what each file was taken for.

    Examples
    --------
    >>> draft = draft_project(["data/plans/lianzhou-2025.pdf", "data/parcels/lianzhou-2025.gpkg",
    ...                        "data/boundaries/lianzhou.gpkg"])
    >>> [source.role for source in draft.sources], draft.questions
    (['plan', 'parcels', 'districts', 'townships'], ())
    """
    found = recognise(files)
    sources, left = _chosen(found)
    _complete(sources, found)
    plan_file = next(one for one in sources if one.role == "plan")
    draft = Draft(
        name=_short_name(Path(plan_file.file).stem), sources=tuple(sources), left_out=tuple(left)
    )
    scheme, asked = _scheme(draft)
    draft = replace(draft, scheme=scheme)
    uses, use_questions = _uses(draft)
    regions, region_questions = _regions(draft)
    questions = (*asked, *use_questions, *region_questions)
    return replace(draft, uses=uses, regions=regions, questions=questions)


def _chosen(found: Sequence[Recognised]) -> tuple[list[Recognised], list[Recognised]]:
    """Keep one source of each role but control lines; the first of several is meant."""
    chosen: list[Recognised] = []
    left: list[Recognised] = []
    taken: set[str] = set()
    for one in found:
        if one.role == "unknown" or (one.role in taken and one.role != "line"):
            left.append(one)
            continue
        taken.add(one.role)
        chosen.append(one)
    return chosen, left


def _complete(sources: Sequence[Recognised], found: Sequence[Recognised]) -> None:
    roles = {one.role for one in sources}
    lacking = [role for role in ("plan", "parcels") if role not in roles]
    if "parcels" in lacking and roles & {"candidates", "list"}:
        lacking.remove("parcels")
    if not roles & {"districts", "townships"}:
        lacking.append("townships")
    if not lacking:
        return
    zh = "、".join(ROLES[role][0] for role in lacking)
    en = ", ".join(ROLES[role][1] for role in lacking)
    told = [(o.source, ROLES[o.role], o.why) for o in found]
    told_zh = "；".join(f"{n}：{role[0]}（{why[0]}）" for n, role, why in told)
    told_en = "; ".join(f"{n}: {role[1]} ({why[1]})" for n, role, why in told)
    raise InputError(
        f"还缺{zh}。给出的文件：{told_zh}。请补上所缺的文件，或写一个项目文件指明。",
        f"Lacking: {en}. Given: {told_en}. Add what is lacking, or name it in a project file.",
    )


def _short_name(stem: str) -> str:
    kept = "".join(c if c.isalnum() or c in "_.-" else "-" for c in stem).strip("-.")
    return "project" if not kept or is_reserved(kept) else kept


# --- uses and regions ------------------------------------------------------------------------


def _parcel_sources(draft: Draft) -> tuple[Recognised, ...]:
    return (*draft.of("parcels"), *draft.of("candidates"), *draft.of("list"))


def _codes(draft: Draft) -> list[str]:
    """Give the uses that are codes of a classification."""
    found = (str(u) for one in _parcel_sources(draft) for u in use_table(one)["use"])
    return list(dict.fromkeys(use for use in found if is_code(use)))


def _scheme(draft: Draft) -> tuple[str, list[Question]]:
    """Find the one classification that has all codes of the layers; ask where several have."""
    codes = _codes(draft)
    schemes = schemes_with(codes) if codes else ()
    if not codes or len(schemes) == 1:
        return "".join(schemes), []
    few = "、".join(codes[:5])
    zh = f"用途是代码（{few}），按哪个分类标准？{'、'.join(schemes or SCHEMES)}。"
    en = f"Uses are codes ({few}): of which scheme? {', '.join(schemes or SCHEMES)}."
    return "", [Question(key=("scheme", ""), text=(zh, en))]


def _uses(draft: Draft) -> tuple[dict[str, str], list[Question]]:
    """Own words for uses that no scheme knows and the plan does not name itself."""
    named = {*draft.plan.targets["category"], *draft.plan.projects["category"]}
    uses: dict[str, str] = {}
    questions = []
    for one in _parcel_sources(draft):
        table = use_table(one)
        for row in table.itertuples():
            word = str(row.use)
            if classified(word) or word in named or word in uses or is_code(word):
                continue
            near = _near_use(word, named)
            uses[word] = ""
            zh = f"用途“{word}”（{row.count} 宗，{row.area_ha} 公顷）属于哪一类？{near[0]}"
            en = f"Which use is “{word}” ({row.count} parcels, {row.area_ha} ha)?{near[1]}"
            questions.append(Question(key=("uses", word), text=(zh, en)))
    for word, row in _homeless(draft, named):
        own = "、".join(sorted(u for u in named if u and not classified(u)))
        if not own or word in uses:
            continue
        uses[word] = ""
        zh = (
            f"用途“{word}”（{row.count} 宗，{row.area_ha} 公顷）计划中没有，是否属于计划的“{own}”？"
        )
        en = f"The plan has no use “{word}” ({row.count} parcels, {row.area_ha} ha): is it “{own}”?"
        questions.append(Question(key=("uses", word), text=(zh, en)))
    return uses, questions


def _homeless(draft: Draft, named: set[str]) -> list[tuple[str, Any]]:
    """List uses of the land that the plan has no figure for, while it has words of its own."""
    own = {use for use in named if use and not classified(use)}
    if not own:
        return []
    present = {
        str(row.use) for one in _parcel_sources(draft) for row in use_table(one).itertuples()
    }
    if own & present:
        return []
    return [
        (str(row.use), row)
        for one in _parcel_sources(draft)
        for row in use_table(one).itertuples()
        if classified(str(row.use)) and not set(lineage(str(row.use))) & named
    ]


_CITY = {
    "R": "住宅用地",
    "A": "公共管理与公共服务用地",
    "B": "商服用地",
    "M": "工业用地",
    "W": "仓储用地",
    "S": "交通运输用地",
    "U": "公用设施用地",
    "G": "公园与绿地",
}
"""The classes of urban land of GB 50137-2011 by their letter: what is suggested, never taken."""


def _near_use(word: str, named: set[str]) -> tuple[str, str]:
    inside = [use for name, use in all_names().items() if len(name) > 1 and name[:2] in word]
    near = list(dict.fromkeys([*inside, *(n for n in named if n and n[:2] in word)]))
    near = [use for use in near if use != word][:3]
    city = _CITY.get(word[:1].upper()) if re.match(r"[A-Za-z]\d*", word) else None
    near = [city, *(use for use in near if use != city)] if city else near
    if not near:
        return "", ""
    return f"如 {'、'.join(near)}。", f" Perhaps {', '.join(near)}."


def use_table(one: Recognised) -> pd.DataFrame:
    """Count the uses of a layer or list: ``use``, ``count``, ``area_ha`` (as drawn or recorded)."""
    frame = one.frame if one.frame is not None else pd.DataFrame()
    fields = columns_of(frame)
    if "category" not in fields:
        return pd.DataFrame({"use": [], "count": [], "area_ha": []})
    words = frame[fields["category"]].astype("object").where(frame[fields["category"]].notna(), "")
    area = pd.Series(_drawn(frame), index=frame.index)
    grouped = area.groupby(words.astype("str").str.strip()).agg(["size", "sum"])
    return pd.DataFrame(
        {
            "use": list(grouped.index),
            "count": grouped["size"].to_numpy(),
            "area_ha": [half_up(value / 10_000, 2) for value in grouped["sum"]],
        }
    ).query("use != ''")


def _drawn(frame: pd.DataFrame) -> Any:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        return [0.0] * len(frame)
    return area_m2(frame.geometry, method="plane").fillna(0.0).to_numpy()


def _of_its_own(region: str, names: Sequence[str], *, within: str) -> bool:
    """Whether a region needs no row of the layer: an accounting unit, or made of its townships."""
    found = match(region, within=within)
    if found.division is None:
        return found.kind == "account"
    return bool({part.name for part in children(found.division.code)} & set(names))


_MEASURED = re.compile(r"shape_|areal?$", re.IGNORECASE)
"""Fields in which a program keeps what it measured: no record of anybody."""
_FITS = 0.8
_NOWHERE = "无"
"""The answer for a region that has no shape."""


def _regions(draft: Draft) -> tuple[dict[str, str], list[Question]]:
    """Regions of the plan → names in the boundary layers, each way of matching told."""
    names = _boundary_names(draft)
    plan = draft.plan
    wanted = dict.fromkeys(filter(None, [*plan.targets["region"], *plan.projects["region"]]))
    regions: dict[str, str] = {}
    questions = []
    for region in wanted:
        kind, at = match_among(region, names)
        regions[region] = names[at] if kind in {"exact", "abbreviated"} else ""
        if kind == "suggested":
            regions[region] = names[at]
            zh = f"计划中的“{region}”是不是边界图层中的“{names[at]}”？"
            en = f"Is “{region}” of the plan “{names[at]}” of the boundary layer?"
        elif regions[region] or _of_its_own(region, names, within=plan.jurisdiction_code):
            continue
        else:
            zh = f"计划中的“{region}”在边界图层中没有：由哪些区域组成（以、隔开；没有图形写“无”）？"
            en = f"“{region}” of the plan is not in the boundary layer: of which regions is it made"
            en += " (between 、; 无 if it has no shape)?"
        questions.append(Question(key=("regions", region), text=(zh, en)))
    return regions, questions


def _boundary_names(draft: Draft) -> list[str]:
    names: list[str] = []
    for one in (*draft.of("townships"), *draft.of("districts")):
        frame = one.frame if one.frame is not None else pd.DataFrame()
        own = "name" if "name" in frame else region_fields(frame).get("name")
        known = one.fields.get("name", own)
        names += [] if known is None else [str(v) for v in frame[known].dropna()]
    return list(dict.fromkeys(names))


# --- the file --------------------------------------------------------------------------------


def write_draft(draft: Draft, path: Path) -> str:
    """Give the text of the project file; paths are relative to the folder of ``path``.

    Examples
    --------
    >>> draft = draft_project(["data/plans/lianzhou-2025.pdf", "data/parcels/lianzhou-2025.gpkg",
    ...                        "data/boundaries/lianzhou.gpkg"])
    >>> write_draft(draft, Path("out/p.toml")).splitlines()[4]
    'plan = "../data/plans/lianzhou-2025.pdf"'
    """
    folder = path.resolve().parent
    plan = draft.plan
    lines = [
        "# landgis 项目文件，由 landgis 按文件内容写成：各行后的说明是依据，可改正后再运行",
        f"#     landgis run {path.name} -o out",
        f"name = {_text(draft.name)}",
        f"title = {_text(plan.title or draft.name)}",
        f"plan = {_path(draft.of('plan')[0].file, folder)}",
    ]
    if draft.questions:
        lines += ["", *(f"# 待定：{question.text[0]}" for question in draft.questions)]
    for role, table in (
        ("parcels", "parcels"),
        ("candidates", "candidates"),
        ("list", "list"),
        ("earlier", "compare.parcels"),
        ("districts", "boundaries.districts"),
        ("townships", "boundaries.townships"),
    ):
        for one in draft.of(role):
            lines += ["", f"[{table}]{_note(one.why[0])}", *_layer_lines(one, folder)]
            if role in {"parcels", "candidates", "list", "earlier"}:
                lines += _scheme_lines(one, draft) + _field_lines(one, table)
    lines += _use_lines(draft)
    lines += _region_lines(draft)
    for one in draft.of("line"):
        lines += ["", f"[checks.control_lines.{_text(one.name)}]", *_layer_lines(one, folder)]
    for one in draft.left_out:
        lines += [
            "",
            f"# 未使用 {one.source}：{ROLES[one.role][0]}，{one.why[0]}",
        ]
    return "\n".join(lines) + "\n"


def _layer_lines(one: Recognised, folder: Path) -> list[str]:
    lines = [f"file = {_path(one.file, folder)}"]
    if one.layer:
        lines.append(f"layer = {_text(one.layer)}")
    if name := one.fields.get("name"):
        lines.append(f"fields = {{ name = {_text(name)} }}{_note('取值是计划的区域名称')}")
    if one.crs:
        lines.append(f"crs = {_text(one.crs)}{_note('文件未声明坐标系，按其他图层的位置判定')}")
    elif isinstance(one.frame, gpd.GeoDataFrame) and one.frame.crs is not None:
        lines.append(f"# 坐标系：{one.frame.crs.to_string()[:60]}")
    return lines


def _scheme_lines(one: Recognised, draft: Draft) -> list[str]:
    codes = [use for use in use_table(one)["use"] if is_code(str(use))]
    if not codes or one.role == "list":  # a list names its uses
        return []
    told = f"{len(codes)} 种用途是代码" + ("，都在其中" if draft.scheme else "，待定")
    return [("" if draft.scheme else "# ") + f"scheme = {_text(draft.scheme)}{_note(told)}"]


def _area_by_content(frame: pd.DataFrame, fields: Mapping[str, str]) -> str:
    """Give the one field of numbers that are the areas as drawn, in one of three units."""
    drawn = isinstance(frame, gpd.GeoDataFrame) and frame.crs is not None
    if not drawn or "recorded_area_m2" in fields:
        return ""
    areas = _drawn(frame)
    numbers = [
        str(name)
        for name in frame.select_dtypes("number").columns
        if name not in fields.values() and not _MEASURED.match(str(name))
    ]
    fit = []
    for name in numbers:
        unit, finding = decide_area_unit(frame[name].astype("float64").to_numpy(), areas)
        if unit and (finding.actual or 0) >= _FITS * max(len(frame), 1):
            fit.append(name)
    return fit[0] if len(fit) == 1 else ""


def _id_by_content(frame: pd.DataFrame, fields: Mapping[str, str]) -> str:
    """Give the first field that tells all rows apart, as an id does: no measure, else the name."""
    if "parcel_id" in fields or not len(frame):
        return ""
    others = [str(c) for c in frame.columns if c != "geometry" and c not in fields.values()]
    for name in (*others, fields.get("name", "")):
        if name and not pd.api.types.is_float_dtype(frame[name]):
            told = frame[name].dropna().astype("str")
            if len(told) == len(frame) and told.is_unique:
                return name
    return ""


def _field_lines(one: Recognised, table: str) -> list[str]:
    frame = one.frame if one.frame is not None else pd.DataFrame()
    fields = {**guess_fields(frame), **one.fields}
    if area := _area_by_content(frame, fields):
        fields["recorded_area_m2"] = area
    if number := _id_by_content(frame, fields):
        fields = {"parcel_id": number, **fields}
    lines: list[str] = []
    if "recorded_area_m2" in fields and isinstance(frame, gpd.GeoDataFrame) and frame.crs:
        recorded = pd.to_numeric(frame[fields["recorded_area_m2"]], errors="coerce")
        values = recorded.astype("float64").to_numpy()
        unit, finding = decide_area_unit(values, _drawn(frame), field=fields["recorded_area_m2"])
        if unit:
            near = int(finding.actual or 0)
            told = f"{int(finding.expected or 0)} 宗中 {near} 宗与图形面积相差 10% 以内"
            lines.append(f"area_unit = {_text(unit)}{_note(told)}")
    lines.append(f"[{table}.fields]")
    for column, source in fields.items():
        held = frame[source].dropna()
        samples = "、".join(list(dict.fromkeys(map(str, held)))[:_SAMPLES])
        kinds = held.nunique()
        lines.append(
            f"{column} = {_text(source)}" + _note(f"{len(held)} 个值，{kinds} 种，如 {samples}")
        )
    rest = [str(c) for c in frame.columns if c not in fields.values() and c != "geometry"]
    if rest:
        lines.append(f"# 其余字段照录：{'、'.join(rest)}")
    return lines


def _use_lines(draft: Draft) -> list[str]:
    lines = [
        "",
        "[uses]" + _note("本单位用词 = 计划用途；也可分摊：{ 商服用地 = 0.3, 住宅用地 = 0.7 }"),
    ]
    for one in _parcel_sources(draft):
        for row in use_table(one).itertuples():
            word = str(row.use)
            told = f"{row.count} 宗，{row.area_ha} 公顷"
            if word not in draft.uses:
                known = canonical(word) or word
                if draft.scheme and is_code(word):
                    of_code = land_use_class(word, scheme=draft.scheme)
                    known = of_code.category or of_code.name
                lines.append(f"# {_text(word)} = {_text(known)}{_note(told)}")
            elif draft.uses[word]:
                lines.append(f"{_text(word)} = {_text(draft.uses[word])}{_note(told)}")
            else:
                lines.append(f'# {_text(word)} = ""{_note(f"待定：{told}")}')
    return lines


def _region_lines(draft: Draft) -> list[str]:
    lines: list[str] = []
    open_ = {question.key[1] for question in draft.questions if question.key[0] == "regions"}
    for region, name in draft.regions.items():
        if name and match_among(region, [name])[0] in {"exact", "abbreviated"}:
            how = "同名" if name == region else "简称或另一种写法"
            lines.append(f"# 区域 {region} → {name}（{how}）")
        elif name:
            doubt = "待定：名称相近" if region in open_ else "已确认"
            lines += [
                "[[regions]]" + _note(doubt),
                f"name = {_text(region)}",
                "polygon = false" if name == _NOWHERE else f"members = {_texts(name)}",
            ]
        else:
            lines.append(
                f"# 待定：区域 {region} 在边界图层中没有；由哪些乡镇组成，或 polygon = false"
            )
    return ["", *lines] if lines else []


def _texts(names: str) -> str:
    return json.dumps(re.split("[、,，]", names), ensure_ascii=False)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _note(text: str) -> str:
    flat = " ".join(text.split())
    return f"    # {flat}" if flat else ""


def _path(file: Path | str, folder: Path) -> str:
    if isinstance(file, str):
        return _text(file)
    try:
        relative = Path(os.path.relpath(file.resolve(), folder))
    except ValueError:  # another drive of Windows
        relative = file.resolve()
    return _text(relative.as_posix())


def ask(draft: Draft, put: Callable[[tuple[str, str]], str]) -> Draft:
    """Ask a person what is open, one question at a time; no answer leaves it open."""
    for question in draft.questions:
        draft = draft.answered(question, put(question.text).strip())
    return draft


def continue_project(project: Path, layer: Path | str, path: Path) -> str:
    """Give the text of a project file that goes on with newer parcels (the next quarter).

    The newer layer takes the place of ``[parcels]``, with the fields and the unit that the file
    states where it has them; the present parcels become the earlier ones of ``[compare]``.

    Parameters
    ----------
    project
        The project file, which is not changed.
    layer
        The newer layer of parcels.
    path
        Where the new text will stand: paths in it are relative to its folder.

    Raises
    ------
    InputError
        If the layer holds no parcels, or the project has no layer of parcels.

    Examples
    --------
    >>> text = continue_project(Path("data/projects/lianzhou-2025.toml"),
    ...     Path("data/parcels/lianzhou-2025.gpkg"), Path("out/next.toml"))
    >>> "[compare.parcels]" in text
    True
    """
    (found, *_) = recognise([layer])
    document = tomlkit.parse(project.read_text("utf-8-sig"))
    if found.role not in {"parcels", "earlier", "candidates"} or "parcels" not in document:
        raise InputError(
            f"{found.source} 不是宗地图层（{found.why[0]}），"
            f"或项目 {project.name} 没有 [parcels]。",
            f"{found.source} is no layer of parcels ({found.why[1]}), or the project "
            f"{project.name} has no [parcels].",
        )
    _move(document, project.resolve().parent, path.resolve().parent)
    before = tomlkit.parse(tomlkit.dumps(document))["parcels"]
    present = document["parcels"]
    fields = columns_of(found.frame if found.frame is not None else pd.DataFrame())
    present["file"] = json.loads(_path(found.file, path.resolve().parent))
    present.pop("layer", None)
    if isinstance(found.file, str):
        present["layer"] = found.layer
    stated = dict(present.get("fields", {}))
    if found.frame is not None and not set(stated.values()) <= set(found.frame.columns):
        present["fields"] = {c: f for c, f in fields.items() if c != f}
    compare = document.setdefault("compare", tomlkit.table())
    compare["parcels"] = before
    return tomlkit.dumps(document)


def _move(table: Any, before: Path, after: Path) -> None:
    """Rewrite the paths of a project file for another folder."""
    for key, value in list(table.items()):
        if isinstance(value, dict):
            _move(value, before, after)
        elif key in PATHS and isinstance(value, str) and "://" not in value:
            table[key] = json.loads(_path(before / value, after))
