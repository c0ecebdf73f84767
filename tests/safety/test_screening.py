"""Free text: trade, forbidden medicine and personal data are found; honest words pass."""

import pytest

from safety.screening import Field, Outcome, Reason, screen

pytestmark = pytest.mark.django_db

HIDDEN = [
    "电话13800138000", "138 0013 8000", "138-0013-8000", "一三八零零一三八零零零",
    "１３８００１３８０００",
    "138.0013.8000", "1 3 8 0 0 1 3 8 0 0 0", "13\u200b800138000", "+8613800138000",
    "0755-26854321",
    "+1 415 555 2671", "微信liu_123456", "加我 VX: liu123456", "wx号 abc12345", "wechat abc12345",
    "一叁八 OO 一三八 OOO", "1 3 8 o o 1 3 8 o o o",
    "v:zhang2022", "11010519491231002X", "110105 19491231 002X", "H12345678",
]  # fmt: skip
HONEST = [
    "", "家里两位老人发烧,药店都卖完了", "只要4粒", "2022年12月开始发烧",
    "需要 10 个抗原,孩子 38.5 度",
    "3-5岁儿童用", "一家五口,两个孩子一个六岁一个三岁", "布洛芬0.3g*20粒", "下午5点以后都可以",
    "有效期202512", "12月20日到12月25日都在", "no fever since 20221220", "N95口罩10只",
    "电话联系即可",
    "微信联系也行", "请先打电话", "体温39.2,吃了4次药", "共享一盒(24粒)",
    "离地铁50米", "出门右转50米", "药店50米处有门卫", "好人会有回报", "我是O型血",
    "出院", "块状", "4元素", "多出一盒", "运费我出", "跑腿费我付",
]  # fmt: skip
TRADE = [
    "布洛芬一粒十五",
    "价格好说",
    "有 偿",
    "红·包",
    "有償",
    "V我50",
    "１５元一盒",
    "加价收抗原",
    "一盒50米",
    "布洛芬五十米",
    "收你50米",
    "有回报",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_personal_data_is_found(text):
    assert screen(text).outcome == Outcome.REFUSED


@pytest.mark.parametrize("text", HONEST)
def test_honest_words_pass(text):
    assert screen(text).outcome == Outcome.PASSED


@pytest.mark.parametrize("text", TRADE)
def test_trade_is_found(text):
    assert Reason.TRADE in screen(text).reasons or Reason.CONTACT in screen(text).reasons


@pytest.mark.parametrize("text", ["求tóubāo", "需要 tóu bāo", "toubao有吗"])
def test_a_blocked_name_is_found_in_pinyin_with_and_without_tones(text):
    assert Reason.MEDICINE in screen(text).reasons


def test_a_way_around_the_contact_field_is_found():
    assert screen("留V发你").reasons == [Reason.CONTACT]


@pytest.mark.parametrize("name", ["布洛芬15元一盒", "￥50", "刘女士15元一盒", "退烧药五块一粒"])
def test_a_price_list_is_no_name(name):
    assert screen(name, Field.NAME).outcome == Outcome.REFUSED


@pytest.mark.parametrize("name", ["一块钱的快乐", "百元姐", "十三姨", "7楼王阿姨", "小钱"])
def test_people_may_be_called_after_money(name):
    assert screen(name, Field.NAME).outcome == Outcome.PASSED
