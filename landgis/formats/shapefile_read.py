"""Shapefiles as they come: without index or attributes, with names and text of any encoding."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.findings import Finding, failed
from landgis.formats.dbf import Cells, decide_dbf_encoding, field_names, put_right, read_dbf_header
from landgis.formats.gdal import Source, damage, read_frames
from landgis.formats.points_table import csv_rows
from landgis.formats.shapefile_records import check_shapes, read_index, rebuild_index, sibling
from landgis.language import Lang, say


@contextmanager
def open_shapefile(path: Path, *, encoding: str | None, lang: Lang) -> Iterator[Source]:
    """Open a shapefile; an index that it lacks is rebuilt for as long as it is open.

    Raises
    ------
    InputError
        If it is truncated, or its records contradict its index or header.
    """
    if sibling(path, ".shx") is not None:
        with damage(path):
            source = _opened(path, encoding, lang)
        yield source
        return
    with TemporaryDirectory(prefix="landgis-") as folder:
        copy = Path(folder) / path.name
        with damage(path):
            for suffix in (".shp", ".dbf", ".prj", ".cpg"):
                part = sibling(path, suffix)
                if part is not None:
                    shutil.copyfile(part, copy.with_suffix(suffix))
            rebuild_index(copy, copy.with_suffix(".shx"))
            source = _opened(copy, encoding, lang)
        zh = f"{path.name} 缺 .shx 索引，已按 .shp 中的记录临时重建（原文件未改动）。"
        en = f"{path.name} has no .shx; rebuilt from the records for this reading only."
        source.findings.insert(0, failed("layer.index", zh, en, subject=path.name, lang=lang))
        yield source


def _opened(path: Path, encoding: str | None, lang: Lang) -> Source:
    findings = _shape_findings(path, lang)
    dbf = sibling(path, ".dbf")
    if dbf is None:
        zh = f"{path.name} 缺 .dbf，只有图形，没有属性。"
        en = f"{path.name} has no .dbf: shapes without attributes."
        findings.append(failed("layer.attributes", zh, en, subject=path.name, lang=lang))

        def bare(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
            return read_frames(path, rows=rows, noted=findings, lang=lang)

        return Source(frames=bare, layers=(path.stem,), findings=findings)
    header = read_dbf_header(dbf)
    findings += _count_findings(path, header.count, lang)
    decided = decide_dbf_encoding(dbf, header, encoding=encoding)
    findings.insert(0, decided.finding)
    names, cut = field_names(header, decided.name)
    if cut:
        zh = f"{path.name} 的字段名在 10 字节处截断了汉字：{'、'.join(cut)}。"
        en = f"{path.name}: field names cut within a character at ten bytes: {', '.join(cut)}."
        findings.append(failed("layer.field_names", zh, en, subject=path.name, lang=lang))
    full = _full_names(path, names)
    if full:
        table = path.with_suffix(".fields.csv").name
        zh = f"{path.name} 的 {len(full)} 个字段名按 {table} 还原。"
        en = f"{path.name}: {len(full)} field names restored from {table}."
        told = Finding(
            check="layer.field_names", subject=path.name, verdict="pass", message=say(lang, zh, en)
        )
        findings.append(told)
    # what iconv cannot decode is read as bytes (Latin-1 keeps them all) and decoded here
    through = "ISO-8859-1" if cut or decided.cut else decided.name
    cells = Cells(dbf, header)

    def frames(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
        read = read_frames(
            path, rows=rows, noted=findings, encoding=through, names=names, lang=lang
        )
        for frame in read:
            _tell_lost(path, [name for name in names if name not in frame], findings, lang)
            decoded = frame if through == decided.name else _decoded(frame, decided.name)
            told = put_right(decoded, cells, names, decided.name, name=path.name)
            findings.extend(f for f in told if f not in findings)
            yield decoded.rename(columns=full)

    return Source(frames=frames, encoding=decided.name, layers=(path.stem,), findings=findings)


def _shape_findings(path: Path, lang: Lang) -> list[Finding]:
    bad = check_shapes(path)
    if not len(bad):
        return []
    rows = "、".join(str(row) for row in bad[:10])
    zh = f"{path.name} 有 {len(bad)} 条图形记录已损坏，读作空图形（行 {rows}）。"
    en = f"{path.name} has {len(bad)} damaged shapes, read as missing (rows {rows})."
    return [failed("layer.shapes", zh, en, subject=path.name, lang=lang)]


def _count_findings(path: Path, records: int, lang: Lang) -> list[Finding]:
    index = sibling(path, ".shx")
    shapes = len(read_index(index)[0]) if index is not None else records
    if shapes == records:
        return []
    zh = f"{path.name} 有 {shapes} 个图形、{records} 条属性，数目不符，按先后对应。"
    en = f"{path.name} has {shapes} shapes and {records} records; matched in order."
    finding = failed("layer.count", zh, en, subject=path.name, lang=lang)
    return [replace(finding, expected=float(shapes), actual=float(records))]


def _tell_lost(path: Path, lost: list[str], findings: list[Finding], lang: Lang) -> None:
    """Tell, once, of fields that GDAL passed over."""
    if not lost:
        return
    listed = "、".join(lost)
    zh = f"{path.name} 的字段 {listed} 无法读取（类型不明或名为 geometry）。"
    en = f"{path.name}: fields {listed} cannot be read (of no known kind, or geometry)."
    told = failed("layer.field_names", zh, en, subject=path.name, lang=lang)
    if told not in findings:
        findings.append(told)


def _full_names(path: Path, names: list[str]) -> dict[str, str]:
    """Give the full names that a map beside the shapefile has for short ones."""
    table = path.with_suffix(".fields.csv")
    if not table.is_file():
        return {}
    rows = csv_rows(table.read_bytes(), name=table.name)
    pairs = {row[0]: row[1] for row in rows[1:] if len(row) == 2 and row[0] in names}
    return {short: full for short, full in pairs.items() if short != full}


def _decoded(frame: gpd.GeoDataFrame, encoding: str) -> gpd.GeoDataFrame:
    """Decode text that was read byte by byte; half a character at the end is left out."""

    def decode(text: Any) -> Any:
        return text.encode("latin-1").decode(encoding, "ignore") if isinstance(text, str) else text

    for name in frame.columns:
        if name != "geometry" and pd.api.types.is_string_dtype(frame[name]):
            frame[name] = frame[name].map(decode).astype("str")
    return frame
