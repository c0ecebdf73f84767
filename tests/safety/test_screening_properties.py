"""Whatever is typed: no crash, passages inside the text, and the button's text passes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safety.screening import Field, Outcome, screen

pytestmark = pytest.mark.django_db
# ruff: noqa: E501
PIECES = [
    "布洛芬", "一盒", "五十", "块", "元", "红", "包", "红包", "·", " ", "，", "。", "不要", "骗子", "加", "V",
    "微信", "138", "0013", "8000", "阿莫西林", "过敏", "３栋", "2单元", "501", "\u200b", "\u202e", "💰", "1️⃣",
    "運費", "我出", "http://", "a.com", "@qq", "\n", "换", "支付寶", "v❤", "ﷺ", "㎎", "½", "有偿", "白", "送",
]  # fmt: skip
texts = st.one_of(
    st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
)
often = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@often
@given(texts, st.sampled_from(Field.values))
def test_passages_stand_in_the_text_and_what_is_left_passes(text, field):
    result = screen(text, field)
    places = [(each.start, each.end) for each in result.findings]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)
    assert "".join(piece for piece, _is_passage in result.parts) == text
    assert screen(result.without, field).outcome == Outcome.PASSED
    if places:
        assert len(result.without) < len(text)


@pytest.mark.parametrize("sign", ["\u200b", "\u2060", " ", "·", "*", "🌸", "　"])
@pytest.mark.parametrize("bad", ["有偿", "13800138000", "阿莫西林", "加微信", "红包"])
def test_signs_between_the_letters_hide_nothing(bad, sign):
    assert screen(f"布洛芬两盒。{sign.join(bad)}。谢谢").outcome == Outcome.REFUSED
