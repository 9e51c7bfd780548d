"""A bureau's field names → the columns of table ``parcels``, with the evidence.

Fields are known by the names of the standards (ZDDM, DKMC, TBMJ …), by their Chinese names, or
as the project file says. A land-use code is read in a stated scheme; a recorded area in its
stated unit, or in the one that its ratio to the drawing shows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landgis.errors import InputError, require
from landgis.findings import Finding, Verdict, define, findings_table
from landgis.formats.columns import listed
from landgis.landuse import SCHEMES, canonical, classes, is_code
from landgis.language import basis_code
from landgis.layers.faults import has_finite
from landgis.layers.read import LayerRead, fields_of, rename_fields
from landgis.measure import area_m2
from landgis.schema import BASIS, PARCELS, conform, guess_fields, id_text
from landgis.units import M2_PER_UNIT, unit_name

IMPOSSIBLE = define("""layer.impossible 不可能的数 | impossible numbers
    坐标与面积是否可能 | whether coordinates and areas are possible
    places: {subject} 有 {actual:0} 宗的坐标为 NaN、无穷大或不在地球上，按没有图形处理。
    | {subject}: {actual:0} parcel{actual:s} lie nowhere on Earth, taken as without shape.
    areas: {subject} 有 {actual:0} 宗的登记面积为无穷大或大于陆地，按没有面积处理。
    | {subject}: {actual:0} recorded area{actual:s} infinite or larger than all land, left out.""")
AREA_UNIT = define("""layer.area_unit 面积单位 | unit of area
    登记面积以什么为单位 | in which unit areas are recorded
    decided: {subject}登记面积{field}单位为{decided}{how:clause}：{expected:0} 宗中与图形面积相
      差 10% 以内的，{near:clauses}。
    | {subject} recorded area {field}: unit {decided:unit}{how:clause}; of {expected:0} parcels
      within 10 % of the drawing: {near:clauses}.
    undecided: {subject}登记面积{field}单位无法判定，未采用：{expected:0} 宗中与图形面积相差 10% 以
      内的，{near:clauses}。
    | {subject} recorded area {field}: its unit cannot be told and it is left out; of {expected:0}
      parcels within 10 % of the drawing: {near:clauses}.
    declared: （已声明） | " (declared)"
    near: 按{unit} {count} 宗 | {count} in {unit:unit}""")
FIELDS = define("""layer.fields 字段 | fields
    字段各作何用 | what the fields stand for
    parcels: {subject}字段对应：{pairs:clauses}。 | {subject} fields: {pairs:clauses}.
    named: {column}←{field} | {column}←{field}
    guessed: {column}←{field}（推断） | {column}←{field} (guessed)
    regions: 区域图层未指定字段，按字段名识别：{pairs:list}。
    | No fields were given for the regions; found by their names: {pairs:list}.""")
IDS = define("""layer.ids 编号 | ids
    编号是否齐全且唯一 | whether every parcel has an id of its own
    repeated: {name}编号 {subject} 重复 {actual:0} 次。
    | {name}: id {subject} occurs {actual:0} times.
    none: {name}有 {actual:0} 宗没有编号。 | {name}: {actual:0} have no id.
    more: {name}另有 {actual:0} 个编号重复。 | {name}: {actual:0} more repeated.""")
CATEGORY = define("""layer.category 用途 | use
    用途是否为已知的用途 | whether uses are known
    scheme: {subject}用途“{category}”（{actual:0} 宗）不在{scheme}之内。
    | {subject}: use “{category}” ({actual:0} parcels) is not known in {scheme}.
    domain: {subject}用途的代码按值域“{domain}”读作名称（{count} 宗）。
    | {subject}: codes of uses are read by their domain “{domain}” ({count} parcels).
    unknown: {subject}用途“{category}”（{actual:0} 宗）不在已知用途之内。
    | {subject}: use “{category}” ({actual:0} parcels) is not known.""")
KIND = define("""layer.basis 数据性质 | basis
    数据性质一列的值是否可用 | whether the column basis holds known words
    unknown: {subject} basis 列的值“{value}”不可用，应为空或 {known:list}。
    | {subject}: basis “{value}” is none of {known:list} or empty.""")
MOST_M2 = 1.5e14
"""No recorded area is larger: all land on Earth."""

UNITS = ("平方米", "亩", "公顷")
_UNIT_IN_NAME = (
    ("公顷", "公顷"),
    ("亩", "亩"),
    ("平方米", "平方米"),
    ("㎡", "平方米"),
    ("_ha", "公顷"),
)
_CODED_NAME = re.compile(r"^[0-9A-Z]+[\s\-_:：、]*(?=[\u4e00-\u9fff])")
_NEAR = 0.1
_LISTED = 100


def as_parcels(
    layer: LayerRead | gpd.GeoDataFrame,
    *,
    fields: Mapping[str, str] | None = None,
    category_scheme: str | None = None,
    area_unit: str | None = None,
    own: Collection[str] = (),
    name: str = "",
) -> LayerRead:
    """Give a layer the columns of table ``parcels``.

    Parameters
    ----------
    layer
        What `read_layer` gave, or a GeoDataFrame with a coordinate system.
    fields
        Column → field of the layer, against the guess.
    category_scheme
        Scheme of land-use codes (one of `landgis.landuse.SCHEMES`); needed where the use is
        given by codes.
    area_unit
        Unit of the recorded area (平方米, 亩, 公顷); decided by the ratio to the drawing if not
        given.
    own
        Uses, codes among them, that the caller gives a meaning himself; they stay as they are.
    name
        Name of the layer, for messages.

    Returns
    -------
    LayerRead
        Table ``parcels`` (further fields follow), index kept; and the findings of the layer
        followed by ``layer.fields``, ``layer.ids``, ``layer.category`` and ``layer.area_unit``.

    Raises
    ------
    InputError
        If no field can be the id or the use, a named field is missing, or uses are codes and no
        scheme is given.
    CRSError
        If the layer has no coordinate system.

    Examples
    --------
    >>> from shapely import box
    >>> layer = gpd.GeoDataFrame(
    ...     {"DKBH": ["1"], "DKYT": ["工业用地"], "DKMJ": [2.0]},
    ...     geometry=[box(509500, 3416500, 509700, 3416600)], crs=4549,
    ... )
    >>> parcels = as_parcels(layer).data
    >>> parcels[["parcel_id", "category", "recorded_area_m2"]].values.tolist()
    [['1', '工业用地', 20000.0]]
    """
    frame, before = layer if isinstance(layer, LayerRead) else (layer, findings_table())
    require(frame, gpd.GeoDataFrame, name="layer")
    frame, nowhere = _somewhere(frame, name)
    chosen = guess_fields(frame, fields=fields)
    missing = [c for c in ("parcel_id", "category") if c not in chosen and c not in frame.columns]
    if missing:
        titles = "、".join(c.zh for c in PARCELS.columns if c.name in missing)
        names = "、".join(fields_of(frame))
        raise InputError(
            f"图层{name}中认不出{titles}字段（现有：{names}）。"
            '请在 fields 中指明，如 parcel_id = "ZDDM"。',
            f"No field of the layer {name} is known for {', '.join(missing)} (it has {names}). "
            "Name it in fields.",
        )
    findings = [*nowhere, _fields_finding(chosen, fields or {}, name)]
    table = rename_fields(frame, chosen, name=name)
    for column in table.columns[table.dtypes == "object"]:
        if pd.api.types.infer_dtype(table[column]) == "mixed":  # lists, which no table shows
            table[column] = table[column].map(listed, na_action="ignore")
    table["parcel_id"] = _text(table["parcel_id"])
    findings += _id_findings(table, name)
    domain = frame.attrs.get("domains", {}).get(chosen.get("category", "category"))
    meant = _text(table["category"])
    if domain is not None and category_scheme is None:
        named = {str(code): label for code, label in domain.codes.items()}
        told = {"domain": domain.name, "count": int(meant.isin(named).sum())}
        findings.append(CATEGORY.finding("domain", "note", subject=name, values=told))
        meant = meant.replace(named)
    uses, more = _categories(meant, category_scheme, name, own)
    findings += more
    table["stated_category"] = _text(table["category"])
    table["category"] = uses
    if "recorded_area_m2" in table:
        source = chosen.get("recorded_area_m2", "recorded_area_m2")
        if area_unit is None and source == "recorded_area_m2":
            area_unit = "平方米"
        recorded = pd.to_numeric(table["recorded_area_m2"], errors="coerce").astype("float64")
        stated = recorded.notna().to_numpy()
        recorded = recorded.where(np.abs(recorded) <= MOST_M2)
        lost = int((stated & recorded.isna().to_numpy()).sum())
        if lost:
            findings.append(IMPOSSIBLE.finding("areas", "fail", subject=name, actual=float(lost)))
        drawn = area_m2(table.geometry, method="plane").to_numpy()
        unit, finding = decide_area_unit(
            recorded.to_numpy(), drawn, field=source, declared=area_unit, name=name
        )
        findings.append(finding)
        table["recorded_area_m2"] = recorded * float(M2_PER_UNIT[unit]) if unit else np.nan
    if "basis" in table:
        table["basis"] = _text(table["basis"]).map(basis_code)
    findings += _basis_findings(table, name)
    parcels = conform(table, PARCELS)
    joined = pd.concat([before, findings_table(findings)], ignore_index=True)
    return LayerRead(gpd.GeoDataFrame(parcels, geometry="geometry", crs=frame.crs), joined)


def _somewhere(frame: gpd.GeoDataFrame, name: str) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Take shapes that lie nowhere on Earth as missing, and tell how many."""
    shapes = np.asarray(frame.geometry.array, dtype=object)
    nowhere = ~has_finite(shapes)
    if not nowhere.any():
        return frame, []
    shapes = shapes.copy()
    shapes[nowhere] = None
    told = IMPOSSIBLE.finding("places", "fail", subject=name, actual=float(nowhere.sum()))
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)), [told]


def decide_area_unit(
    recorded: NDArray[np.floating],
    drawn_m2: NDArray[np.floating],
    *,
    field: str = "",
    declared: str | None = None,
    name: str = "",
) -> tuple[str, Finding]:
    """Decide in which unit areas are recorded: the one in which most agree with the drawing.

    Parameters
    ----------
    recorded
        Areas as recorded, NaN where there is none.
    drawn_m2
        Areas as drawn, in m².
    field
        Name of the field; a unit in it (面积_亩) is evidence.
    declared
        The unit that the user states.

    Returns
    -------
    tuple
        The unit (平方米, 亩, 公顷; empty if it cannot be decided), and the finding
        (``layer.area_unit``): *fail* where a declared unit contradicts the drawing, *unknown*
        where nothing is near in any unit.

    Raises
    ------
    InputError
        If the declared unit is none.

    Examples
    --------
    >>> decide_area_unit(np.array([1.5, 30.0]), np.array([1000.0, 20000.0]))[0]
    '亩'
    """
    stated = _declared_unit(declared, field)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = recorded / drawn_m2
    usable = np.isfinite(ratio) & (ratio > 0)
    near = {
        unit: int(np.sum(np.abs(ratio[usable] * float(M2_PER_UNIT[unit]) - 1) <= _NEAR))
        for unit in UNITS
    }
    best = max(UNITS, key=lambda unit: near[unit])
    total = int(usable.sum())
    decided = best if near[best] * 2 > total else ""
    unit = stated or decided
    verdict: Verdict = "unknown" if not unit or (total and not decided) else "note"
    if stated and decided:  # two that can contradict each other
        verdict = "pass" if stated == decided else "fail"
    return unit, AREA_UNIT.finding(
        "decided" if unit else "undecided",
        verdict,
        subject=name,
        actual=float(near[best]),
        expected=float(total),
        values={
            "field": field,
            "decided": unit,
            "how": {"kind": "declared"} if stated else None,
            "near": [{"kind": "near", "unit": u, "count": near[u]} for u in UNITS],
        },
    )


def _declared_unit(declared: str | None, field: str) -> str:
    if declared is not None:
        unit = unit_name(declared)
        if unit not in UNITS:
            raise InputError(
                f"面积单位“{declared}”不可用，请用 {'、'.join(UNITS)}。",
                f"No such unit of area: {declared}; use one of {', '.join(UNITS)}.",
            )
        return unit
    return next((unit for part, unit in _UNIT_IN_NAME if part in field), "")


def _fields_finding(chosen: Mapping[str, str], given: Mapping[str, str], name: str) -> Finding:
    titles = {c.name: {"zh": c.zh, "en": c.en} for c in PARCELS.columns}
    pairs = [
        {
            "kind": "named" if column in given else "guessed",
            "column": titles.get(column, column),
            "field": field,
        }
        for column, field in chosen.items()
    ]
    return FIELDS.finding("parcels", "note", subject=name, values={"pairs": pairs})


def _text(values: pd.Series) -> pd.Series:
    """Values as trimmed text, "" where there is none; a whole number loses its .0."""
    return id_text(values).str.strip()


def _id_findings(table: gpd.GeoDataFrame, name: str) -> list[Finding]:
    ids = table["parcel_id"]
    empty = int((ids == "").sum())
    counts = ids[ids != ""].value_counts(sort=False)
    counts = counts[counts > 1]
    told = {"name": name}
    findings = [
        IDS.finding("repeated", "fail", subject=str(p), actual=float(n), values=told)
        for p, n in counts[:_LISTED].items()
    ]
    for kind, count in (("none", empty), ("more", len(counts) - _LISTED)):
        if count > 0:
            findings.append(IDS.finding(kind, "fail", actual=float(count), values=told))
    return findings


def _categories(
    stated: pd.Series, scheme: str | None, name: str, own: Collection[str]
) -> tuple[pd.Series, list[Finding]]:
    """Plan category of each stated use: a name is known or kept, a code is read in its scheme."""
    values = stated.unique()
    codes = [v for v in values if is_code(v) and v not in own]
    if codes and scheme is None:
        listed = "、".join(codes[:5])
        raise InputError(
            f"图层{name}的用途是代码（{listed}），请用 category_scheme"
            "（项目文件 [parcels] 中为 scheme）指明分类标准："
            f"{'、'.join(SCHEMES)}；本单位自编的代码写在项目文件的 [uses] 中。",
            f"Uses of the layer {name} are codes ({listed}): name their scheme with "
            f"category_scheme, one of {', '.join(SCHEMES)}; codes of your own go into [uses] of a "
            "project file.",
        )
    known = {c.code: c for c in classes(scheme)} if codes and scheme else {}
    meaning = {
        value: (known[value.upper()].category if value.upper() in known else "")
        if value in codes
        else canonical(_CODED_NAME.sub("", value)) or value
        for value in values
    }
    # a class that no plan supplies (耕地) keeps its name, an unknown code stays as it is
    for code in codes:
        if not meaning[code]:
            meaning[code] = known[code.upper()].name if code.upper() in known else code
    unknown = [v for v in values if (v in codes and v.upper() not in known)]
    unknown += [v for v in values if v and v not in codes and meaning[v] == v != canonical(v)]
    counts = stated.value_counts()
    findings = [
        CATEGORY.finding(
            "scheme" if value in codes else "unknown",
            "fail",
            subject=name,
            category=value,
            actual=float(counts[value]),
            values={"scheme": scheme},
        )
        for value in unknown
    ]
    return stated.map(meaning).astype("str"), findings


def _basis_findings(table: gpd.GeoDataFrame, name: str) -> list[Finding]:
    if "basis" not in table:
        return []
    wrong = sorted(set(_text(table["basis"])) - set(BASIS))
    told = {"known": list(BASIS[1:])}
    return [
        KIND.finding("unknown", "fail", subject=name, values=told | {"value": v}) for v in wrong
    ]
