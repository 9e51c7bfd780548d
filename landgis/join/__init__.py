"""The crosswalk: which part of every parcel lies in which region. Everything downstream sums it.

The story of a join, a module a chapter:

1. ``regions``: no two regions overlap, or one of them takes precedence; parcels as arrays of
   coordinates, most of which never become geometry objects.
2. ``grid``: for a large job, which boxes no border passes through: most parcels are done here.
3. ``pieces``: large regions cut down to what lies near a parcel on a border, and the areas of the
   pieces of such parcels.
4. ``overlay``: which of these ways to take, by the size of the work; the stages one after the
   other, and the residue: what no region holds is outside, hairlines go to the largest piece, and
   the pieces of a parcel sum to its area. The crosswalk as a table, and what could not be joined.
5. ``sums``: what is derived from the table; pieces weighed by what stands on them, too.

Parcels and borders are cut in the layers' own coordinate system: an edge is what is straight
there. Areas are those on the ellipsoid (`landgis.measure`).
"""

from landgis.join.overlay import SLIVER_M, SLIVER_M2, Crosswalk, crosswalk, crosswalk_with_findings
from landgis.join.regions import HAIRLINE_M
from landgis.join.sums import apportion, assign_whole, cut_pieces, layer_weights, sum_by

__all__ = [
    "HAIRLINE_M",
    "SLIVER_M",
    "SLIVER_M2",
    "Crosswalk",
    "apportion",
    "assign_whole",
    "crosswalk",
    "crosswalk_with_findings",
    "cut_pieces",
    "layer_weights",
    "sum_by",
]
