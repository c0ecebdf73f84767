"""Takes the finger away: what a story taps, ticks, picks or fills is reached with Tab and typed."""

import pytest
from playwright.sync_api import Locator, expect

MOST = 150  # presses of Tab to get anywhere on a page
HAS_FOCUS = "(one) => one === document.activeElement"
IN_FOCUSED_GROUP = """(one) => one.type === "radio" && document.activeElement.name === one.name
  && document.activeElement.form === one.form"""
# WCAG 2.4.11: what has the focus is not hidden by a bar or the like.
CAN_BE_SEEN = """(one) => {
  const whole = one.closest("label") ?? one;
  const box = whole.getBoundingClientRect();
  const inside = [[.5, .5], [.1, .2], [.9, .2], [.1, .8], [.9, .8]];
  return inside.some(([x, y]) => {
    const hit = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
    return hit && (whole.contains(hit) || hit.contains(one));
  });
}"""
ROWS_TO_GO = """(one, { value, label, index }) => {
  const wanted = index ?? [...one.options].findIndex(
    (each) => each.value === value || each.label.trim() === (label ?? value));
  return wanted - one.selectedIndex;
}"""


def only(monkeypatch: pytest.MonkeyPatch) -> None:
    for act in (click, fill, check, select_option):
        monkeypatch.setattr(Locator, act.__name__, act)


def reach(target: Locator, arrived: str = HAS_FOCUS) -> None:
    target.wait_for()
    for _press in range(MOST):
        if target.evaluate(arrived):
            assert target.evaluate(CAN_BE_SEEN), f"Something covers {target}."
            return
        target.page.keyboard.press("Tab")
    pytest.fail(f"The keyboard does not reach {target}.")


def click(target: Locator) -> None:
    reach(target)
    target.press("Enter")


def fill(target: Locator, value: str) -> None:
    reach(target)
    target.press("Control+a")
    target.press_sequentially(value)
    expect(target).to_have_value(value)


def check(target: Locator) -> None:
    reach(target, f"(one) => ({HAS_FOCUS})(one) || ({IN_FOCUSED_GROUP})(one)")
    keys = target.page.keyboard
    for _press in range(MOST):
        if target.evaluate(HAS_FOCUS):
            break
        keys.press("ArrowDown")
    if not target.is_checked():
        keys.press("Space")
    expect(target).to_be_checked()


def select_option(
    target: Locator,
    value: str | None = None,
    label: str | None = None,
    index: int | None = None,
) -> None:
    reach(target)
    rows = target.evaluate(ROWS_TO_GO, {"value": value, "label": label, "index": index})
    for _press in range(abs(rows)):
        target.page.keyboard.press("ArrowDown" if rows > 0 else "ArrowUp")
