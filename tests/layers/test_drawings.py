"""Drawings: blocks in blocks, arcs, and blocks that would fill the memory."""

import pytest
from shapely import box

from landgis.errors import InputError
from landgis.findings import tell
from landgis.layers.read import read_layer

X, Y = 509_500, 3_416_500
CORNERS = [(0, 0), (100, 0), (100, 50), (0, 50)]


def polyline(corners, *, layer="红线", bulge=0.0):
    yield from [(0, "LWPOLYLINE"), (5, "2A"), (100, "AcDbEntity"), (8, layer)]
    yield from [(100, "AcDbPolyline"), (90, len(corners)), (70, 1)]
    for x, y in corners:
        yield from [(10, x), (20, y), (42, bulge)]


def insert(block, x, y):
    return [(0, "INSERT"), (8, "0"), (2, block), (10, x), (20, y), (30, 0.0)]


def block(name, *entities):
    head = [(0, "BLOCK"), (8, "0"), (2, name), (70, 0), (10, 0.0), (20, 0.0), (3, name)]
    return [*head, *(tag for entity in entities for tag in entity), (0, "ENDBLK"), (8, "0")]


@pytest.fixture
def drawing(tmp_path):
    def write(blocks, entities):
        tags = [(0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, "AC1015"), (0, "ENDSEC")]
        for name, parts in (("BLOCKS", blocks), ("ENTITIES", entities)):
            tags += [(0, "SECTION"), (2, name), *(t for part in parts for t in part), (0, "ENDSEC")]
        path = tmp_path / "红线.dxf"
        text = "".join(f"{code:>3}\r\n{value}\r\n" for code, value in [*tags, (0, "EOF")])
        path.write_bytes(text.encode("gbk"))
        return path

    return write


def test_blocks_are_taken_apart(drawing):
    text = [(0, "TEXT"), (8, "注记"), (10, 5.0), (20, 5.0), (40, 2.0), (1, "东村")]
    blocks = [
        block("A", polyline(CORNERS), text),
        block("B", insert("A", 0, 0), insert("A", 200, 0)),
    ]
    data, findings = read_layer(
        drawing(blocks, [insert("A", X, Y), insert("B", X, Y + 99)]), crs=4549
    )
    places = [(0, 0), (0, 99), (200, 99)]
    wanted = [box(X + x, Y + y, X + x + 100, Y + y + 50) for x, y in places]
    assert [shape.equals(want) for shape, want in zip(data.geometry, wanted, strict=True)] == [
        True
    ] * 3
    left = tell(findings[findings["check"] == "layer.open_lines"])["message"].item()
    assert "3 个实体" in left  # the texts


def test_arcs_and_circles(drawing):
    half_circles = polyline([(X, Y), (X + 100, Y)], bulge=1)
    circle = [(0, "CIRCLE"), (8, "圆"), (10, X + 400.0), (20, Y), (30, 0.0), (40, 50.0)]
    data = read_layer(drawing([], [half_circles, circle]), crs=4549).data
    assert data.area.tolist() == pytest.approx([2500 * 3.14159] * 2, rel=2e-3)


def test_a_block_that_holds_itself(drawing):
    blocks = [block("A", insert("B", 0, 0)), block("B", insert("A", 1, 0))]
    assert len(read_layer(drawing(blocks, [insert("A", X, Y)]), crs=4549).data) == 0


def test_blocks_beyond_measure_are_refused(drawing):
    blocks = [block("X0", polyline(CORNERS))]
    blocks += [
        block(f"X{k}", *(insert(f"X{k - 1}", i, 0) for i in range(10))) for k in range(1, 10)
    ]
    with pytest.raises(InputError, match="图块层层嵌套"):
        read_layer(drawing(blocks, [insert("X9", X, Y)]), crs=4549)


def test_a_drawing_without_polygons(drawing):
    line = [(0, "LINE"), (8, "0"), (10, X), (20, Y), (11, X + 9), (21, Y)]
    data, findings = read_layer(drawing([], [line]), crs=4549)
    assert len(data) == 0
    assert "layer.open_lines" in set(findings["check"])
