"""The join of files larger than memory, on one machine or on many.

Regions are few and stay in memory; parcels stream past them, most of them never becoming geometry
objects. The story of a large join, a module a chapter:

1. ``reading``: a file of parcels is cut into parts, as its format does it
   (`landgis.formats.kinds`); a part is read in batches, and those as figures.
2. ``parts``: what is done with one part: its crosswalk, or its sums. It is a function of the
   part alone, so that any process on any machine can do it, twice if need be. Finished parts lie
   beside the result until it is whole, so that work that was stopped goes on where it left off.
3. ``files``: the two jobs, here or on the workers of a Dask cluster.
"""

from landgis.scale.files import Joined, connected, join_file, sum_file
from landgis.scale.reading import field_names, worth_streaming

__all__ = ["Joined", "connected", "field_names", "join_file", "sum_file", "worth_streaming"]
