"""Two regions and three hundred parcels, in parts of a hundred."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from landgis.formats import kinds


@pytest.fixture(scope="session")
def regions():
    west = shapely.box(500_000, 3_400_000, 500_500, 3_401_000)
    east = shapely.box(500_500, 3_400_000, 501_000, 3_401_000)
    return gpd.GeoDataFrame({"region_id": ["west", "east"]}, geometry=[west, east], crs=4549)


@pytest.fixture
def parcels():
    """Boxes all over, some with holes or of two parts, one invalid, one missing."""
    random = np.random.default_rng(5)
    x, y = 499_950 + 1050 * random.random(300), 3_400_000 + 1000 * random.random(300)
    shapes = shapely.box(x, y, x + 40, y + 30)
    shapes[::10] = shapely.difference(
        shapes[::10], shapely.buffer(shapely.centroid(shapes[::10]), 5)
    )
    shapes[5::50] = shapely.union(
        shapes[5::50], shapely.box(500_480, y[5::50], 500_530, y[5::50] + 9)
    )
    shapes[7] = shapely.Polygon(
        [(x[7], y[7]), (x[7] + 9, y[7] + 9), (x[7] + 9, y[7]), (x[7], y[7] + 9)]
    )
    shapes[8] = None
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"宗{k}" for k in range(300)],
            "category": np.array(["住宅用地", "商服用地", None])[random.integers(0, 3, 300)],
        },
        geometry=shapes,
        crs=4549,
    )


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(kinds, "BATCH", 64)
    monkeypatch.setattr(kinds, "PART", 100)


@pytest.fixture
def file(parcels, tmp_path):
    parcels.to_parquet(tmp_path / "宗地.parquet", row_group_size=50)
    return tmp_path / "宗地.parquet"
