"""Colours that have to be told apart can be, by the colour-blind too.

The difference is CIEDE2000 (Sharma, Wu and Dalal 2005); colour-blind sight is that of Machado,
Oliveira and Fernandes (2009) at full severity. The standard colours of uses cannot be changed and
are no part of this: there the legend filters, the pointer names, and a second palette helps.
"""

import json
import re
import shutil
import subprocess
from itertools import combinations, pairwise

import numpy as np
import pytest

from landgis.maps.assets import asset
from landgis.maps.legend import SAFE_COLOURS

SIGHT = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ],
)


def lab(colour, sight="normal"):
    """CIELAB (D65) of a colour as somebody sees it."""
    plain = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(plain <= 0.04045, plain / 12.92, ((plain + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(SIGHT[sight]) @ linear, 0, 1)
    xyz = TO_XYZ @ seen / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one, other):
    """CIEDE2000 of two places in CIELAB."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2([b1, b2], [a1, a2])) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    middle = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = 1 - 0.17 * cos(middle - 30) + 0.24 * cos(2 * middle)
    t += 0.32 * cos(3 * middle + 6) - 0.20 * cos(4 * middle - 63)
    sl = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rc = 2 * np.sqrt(chroma**7 / (chroma**7 + 25**7))
    rt = -rc * np.sin(np.radians(60 * np.exp(-(((middle - 275) / 25) ** 2))))
    dl, dc = (l2 - l1) / sl, (c2 - c1) / sc
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / sh
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + rt * dc * dh))


def cos(degrees):
    return np.cos(np.radians(degrees))


def apart(one, other, sight):
    return difference(lab(one, sight), lab(other, sight))


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [  # Sharma, Wu and Dalal (2005), table 1: pairs 1, 7, 13, 17, 25, 34
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, -0.001, 2.49), (50.0, 0.0011, -2.49), 4.7461),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_is_that_of_its_authors(one, other, wanted):
    assert difference(one, other) == pytest.approx(wanted, abs=1e-4)


def ramp(name):
    """The colours of a constant of colours.js, in order."""
    text = re.search(rf"const {name} = (.*?);\n", asset("colours.js"), re.DOTALL)[1]
    return re.findall(r"#[0-9a-f]{6}", text)


@pytest.mark.parametrize("sight", SIGHT)
def test_verdicts_are_told_apart(sight):
    colours = ramp("LANDGIS_VERDICTS")
    assert len(colours) == 4
    assert min(apart(a, b, sight) for a, b in combinations(colours, 2)) > 18


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("name", ["LANDGIS_COMPLETION", "LANDGIS_DIFFERENCE"])
def test_steps_of_a_ramp_are_told_apart(name, sight):
    colours = ramp(name)
    assert len(colours) >= 5
    assert min(apart(a, b, sight) for a, b in pairwise(colours)) > 12
    assert min(apart(a, b, sight) for a, b in combinations(colours, 2)) > 12


@pytest.mark.parametrize("sight", SIGHT)
def test_the_colour_blind_safe_palette_is(sight):
    assert min(apart(a, b, sight) for a, b in combinations(SAFE_COLOURS[:8], 2)) > 10
    assert min(apart(a, b, sight) for a, b in combinations(SAFE_COLOURS, 2)) > 3


@pytest.mark.parametrize("value", [-999.0, 0.0, 0.5, 0.949, 1.0, 1.2, 99.0])
def test_every_value_has_a_colour(value):
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    data = {
        "words": {},
        "themes": [],
        "colours": [],
        "regions": {"places": [{"planned": 1.0, "difference": value - 1, "until": []}]},
    }
    script = asset("colours.js") + (
        f"\nconst c = landgisColours({json.dumps(data)}), place = {{planned: 1, difference:"
        f" {value - 1}, until: []}};"
        "\nfor (const theme of ['completion', 'difference']) { c.set(theme);"
        " console.log(c.fill(place)); }"
    )
    done = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)
    first, second = done.stdout.split()
    assert first in ramp("LANDGIS_COMPLETION")
    assert second in ramp("LANDGIS_DIFFERENCE")
