"""The database is away for a moment: what somebody has typed goes on where it was."""

from django.db import OperationalError

from posts.models import Draft


def away(*_arguments: object, **_options: object) -> None:
    raise OperationalError("server closed the connection")


def test_a_form_is_kept_on_the_page_and_sent_again(person, monkeypatch):
    zou = person("away", javascript=False)
    zou.opens("/need/details/?medicine=ibuprofen&area=440305")
    zou.ticks("65岁以上")
    zou.fills("补充一句（可不填）", "只要几粒应急")
    with monkeypatch.context() as patch:
        patch.setattr(Draft, "save", away)
        zou.taps("下一步")
        zou.sees("暂时办不了", "您填的内容都在这一页上")
        zou.taps("再发一次")
        zou.sees("暂时办不了")
    zou.taps("再发一次")
    zou.opens("/need/details/")
    assert zou.page.locator("[name=note]").input_value() == "只要几粒应急"
    assert zou.page.get_by_label("65岁以上").is_checked()
    zou.problems[:] = [each for each in zou.problems if "503" not in each]
