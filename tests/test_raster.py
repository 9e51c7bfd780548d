"""Zonal statistics on a raster small enough to read."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from shapely import Polygon, box

from landgis.errors import CRSError, InputError
from landgis.raster import raster_weights, zonal_statistics

#  y
#  3 |  1   2   3 |
#  2 |  4   5   . |     . no data
#  1 |  7   8   9 |
#  0    1   2   3   x
GRID = np.array([[1, 2, 3], [4, 5, -1], [7, 8, 9]], dtype="float64")


@pytest.fixture
def raster(tmp_path):
    file = tmp_path / "栅格.tif"
    place = rasterio.Affine(1, 0, 0, 0, -1, 3)
    options = {"count": 1, "dtype": "float64", "crs": "EPSG:4549", "nodata": -1}
    with rasterio.open(file, "w", width=3, height=3, transform=place, **options) as target:
        target.write(GRID, 1)
    return file


def layer(*shapes, crs=4549):
    return gpd.GeoDataFrame(index=list("abcdefg")[: len(shapes)], geometry=list(shapes), crs=crs)


def test_statistics_of_cells_in_zones(raster):
    zones = layer(
        box(0, 0, 2, 2), box(2, 0, 9, 9), box(1, 1, 1.2, 1.2), box(50, 50, 60, 60), Polygon()
    )
    table = zonal_statistics(zones, raster)
    assert table.index.tolist() == list("abcde")
    assert table.loc["a"].tolist() == [4, 24, 6, 4, 8]
    assert table.loc["b"].tolist() == [2, 12, 6, 3, 9]
    assert table["count"].tolist() == [4, 2, 0, 0, 0]
    assert table.loc["c":, "mean"].isna().all()


def test_weights_follow_the_raster_and_fall_back_on_area(raster):
    crosswalk = pd.DataFrame(
        {
            "parcel_id": ["p", "p", "q", "q"],
            "region_id": ["west", "east", "west", "east"],
            "area_m2": [2.0, 1.0, 1.0, 3.0],
            "share": [2 / 3, 1 / 3, 0.25, 0.75],
        },
        index=list("abcd"),
    )
    pieces = layer(box(0, 0, 2, 1), box(2, 0, 3, 1), box(50, 0, 51, 1), box(51, 0, 54, 1))
    weights = raster_weights(crosswalk, pieces, raster)
    assert weights.tolist() == pytest.approx([15 / 24, 9 / 24, 0.25, 0.75])
    with pytest.raises(InputError):
        raster_weights(crosswalk, pieces.iloc[:2], raster)


@pytest.mark.parametrize(
    ("west", "east", "weights"),
    [
        (box(0, 0, 2, 2), box(2, 0, 3, 2), None),  # a cell without data in east
        (box(2, 1, 2.5, 2), box(2.5, 1, 3, 2), None),  # no cell but that one
        (box(0, 2, 3, 3), box(3, 2, 6, 3), None),  # east lies beyond the raster
        (box(0, 2, 2, 3), box(2, 2, 5, 3), None),  # and here a part of it
        (box(0, 2, 2, 3), box(2, 2, 3.4, 3), [0.5, 0.5]),  # less than half a cell beyond
        (box(0, 0, 0.2, 0.2), box(0.2, 0, 0.4, 0.2), [0.9, 0.1]),  # no middle of a cell
        (box(50, 0, 51, 1), box(51, 0, 52, 1), [0.9, 0.1]),  # nowhere near the raster
        (box(0, 0, 0.4, 1), box(0.4, 0, 2, 1), [0, 1]),  # no middle of a cell in west
    ],
)
def test_what_the_raster_does_not_know_leaves_a_parcel_without_weights(raster, west, east, weights):
    table = {"parcel_id": ["p", "p"], "region_id": ["west", "east"], "share": [0.9, 0.1]}
    crosswalk = pd.DataFrame(table, index=list("ab"))
    got = raster_weights(crosswalk, layer(west, east), raster)
    assert got.tolist() == pytest.approx(weights or [np.nan, np.nan], nan_ok=True)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_cell_that_is_no_number_is_one_without_data(raster, value):
    with rasterio.open(raster, "r+") as target:
        target.write(np.array([[value]]), 1, window=((0, 1), (0, 1)))
    crosswalk = pd.DataFrame({"parcel_id": list("pq"), "region_id": ["r", "r"], "share": [1, 1]})
    pieces = layer(box(0, 2, 2, 3), box(0, 0, 3, 1)).set_index(crosswalk.index)
    assert raster_weights(crosswalk, pieces, raster).tolist() == pytest.approx(
        [np.nan, 1], nan_ok=True
    )
    assert zonal_statistics(pieces, raster)["sum"].tolist() == [2, 24]


def test_another_crs_is_refused_by_name(raster):
    with pytest.raises(CRSError, match=r"EPSG:4490.*EPSG:4549"):
        zonal_statistics(layer(box(0, 0, 1, 1), crs=4490), raster)
