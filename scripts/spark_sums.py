"""Areas by region and use of a file of parcels, each part a task of Spark.

``spark-submit scripts/spark_sums.py 宗地.parquet 乡镇.gpkg region_id``: the executors need landgis,
and the file under the same path. A part is a function of the file and the regions, and sums merge
in any order.
"""

from __future__ import annotations

import sys

import numpy as np
from pyspark import cloudpickle
from pyspark.sql import SparkSession

from landgis.join.overlay import SLIVER_M2, plan_join
from landgis.join.regions import take_regions
from landgis.scale.parts import Task, sum_part, summed
from landgis.scale.reading import open_source, read_regions_file

BY = ["category"]


def main(parcels: str, regions: str, region_id: str) -> None:
    """Sum all parts, and print the table."""
    spark = SparkSession.builder.appName("landgis").getOrCreate()
    source = open_source(parcels, BY)
    layer, _ = read_regions_file(regions, region_id)
    taken = take_regions(layer, region_id=region_id)
    task = Task(source, plan_join(taken, parcels=source.rows), SLIVER_M2)
    # the regions go to every executor once; formulas of areas are closures, which pickle refuses
    sent = spark.sparkContext.broadcast(cloudpickle.dumps(task))
    numbered = spark.sparkContext.parallelize(source.parts, len(source.parts))
    done = numbered.map(
        lambda part: (part.number, sum_part(part, cloudpickle.loads(sent.value)))
    ).collect()
    # in the order of the file, whoever finished first: the sums are the same to the last bit
    table = summed([sums.table for _, sums in sorted(done, key=lambda one: one[0])], BY)
    table["region_id"] = np.append(taken.ids, "")[table["region_id"]]
    print(table.sort_values(["region_id", *BY]).to_string(index=False))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
