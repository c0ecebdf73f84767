"""The public grid, as properties: a cell stands for all of its points."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from places.grid import COLUMNS, LEVELS, ROWS, Block, Cell, snap

lats = st.floats(-90, 90)
lngs = st.floats(-180, 180)
cells = st.builds(Cell, st.integers(ROWS[0], ROWS[-1]), st.integers(COLUMNS[0], COLUMNS[-1]))
parts = st.floats(0.001, 0.999)


@given(lats, lngs)
def test_every_point_on_earth_has_a_cell_that_holds_it(lat, lng):
    west, south, east, north = snap(lat, lng).bounds
    assert south - 1e-9 <= lat <= north + 1e-9
    assert west - 1e-9 <= lng <= east + 1e-9


@given(cells, parts, parts, parts, parts)
def test_two_points_in_one_cell_give_the_same_everything(cell, a, b, c, d):
    west, south, east, north = cell.bounds
    one = snap(south + a * (north - south), west + b * (east - west))
    other = snap(south + c * (north - south), west + d * (east - west))
    assert one == other == cell
    assert one.point.wkb == other.point.wkb
    assert one.bounds == other.bounds


@given(lats, lngs)
def test_snapping_a_centre_again_changes_nothing(lat, lng):
    cell = snap(lat, lng)
    assert snap(cell.lat, cell.lng) == cell


@given(lats, lngs)
def test_a_centre_is_at_most_half_a_cell_away(lat, lng):
    cell = snap(lat, lng)
    assert abs(cell.lat - lat) <= 0.0025 + 1e-9
    assert abs(cell.lng - lng) <= 0.003 + 1e-9


@given(cells)
def test_centres_have_few_decimals(cell):
    assert cell.lat == round(cell.lat, 4)
    assert cell.lng == round(cell.lng, 3)
    assert cell.point.srid == 4326


@given(st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_what_is_not_on_earth_is_refused(lat, lng):
    assume(not (abs(lat) <= 90 and abs(lng) <= 180))
    with pytest.raises(ValueError, match="within"):
        snap(lat, lng)


@pytest.mark.parametrize(
    ("row", "column"), [(18_000, 0), (-18_001, 0), (0, 30_000), (0, -30_001), (math.inf, 0)]
)
def test_there_is_no_cell_outside_the_earth(row, column):
    with pytest.raises(ValueError, match="no cell"):
        Cell(row, column)


def test_a_cell_is_about_five_hundred_metres_wide():
    west, south, east, north = snap(22.54, 113.93).bounds
    assert 500 < (north - south) * 111_200 < 600
    assert 500 < (east - west) * 111_200 * math.cos(math.radians(22.54)) < 700


# --- blocks ---------------------------------------------------------------------------------------
levels = st.sampled_from(LEVELS)


@given(st.sampled_from(ROWS), st.sampled_from(COLUMNS), levels)
def test_a_cells_number_lies_in_the_span_of_each_block_that_holds_it(row, column, level):
    cell = Cell(row, column)
    block = Block(level, row >> level, column >> level)
    first, last = block.span
    assert first <= cell.number <= last
    assert last - first + 1 == 4**level
    west, south, east, north = block.bounds
    assert west < cell.lng < east
    assert south < cell.lat < north
    assert Block.read(str(block)) == block


@given(st.sampled_from(ROWS), st.sampled_from(COLUMNS), levels)
def test_the_block_beside_holds_it_not(row, column, level):
    beside = (column >> level) + 1
    if beside > COLUMNS[-1] >> level:
        return
    first, last = Block(level, row >> level, beside).span
    assert not first <= Cell(row, column).number <= last


@given(st.sampled_from(ROWS), st.sampled_from(COLUMNS), st.integers(3, 15))
def test_a_block_is_its_smaller_blocks(row, column, level):
    block = Block(level, row >> level, column >> level)
    parts = block.inside(level - 3)
    assert len(parts) <= 64
    assert all(block.span[0] <= part.span[0] and part.span[1] <= block.span[1] for part in parts)
    assert Block(level - 3, row >> level - 3, column >> level - 3) in parts


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "1.2.3.4", "16.0.0", "0.18000.0", "0.0.30000", "0.-18001.0", "٣.1.1",
             "1.1.1\n", " 1.1.1", "1.1e1.1", "0.0.-", "-1.0.0", "+1.0.0"],
)  # fmt: skip
def test_what_names_no_block_is_refused(text):
    with pytest.raises(ValueError, match="block|level"):
        Block.read(text)
