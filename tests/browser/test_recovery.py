"""Somebody has lost her phone: on her new one she asks for her verification, without JavaScript."""

from tests.browser.person import GOOD_ID
from tests.browser.test_accessibility import PROBLEMS
from tests.conftest import make_resident
from verification import real_name
from verification.documents import Document
from verification.models import DocumentType, Level

OLD, NEW = "13800138061", "13800138062"


def looks_well(who, url: str) -> None:
    """The page passes the look of test_accessibility; a picture is kept."""
    who.opens(url)
    assert who.page.evaluate(PROBLEMS) == [], url


def test_she_asks_on_the_new_phone_and_the_old_one_can_say_no(person, transactional_db):
    holder = make_resident(f"+86{OLD}", Level.PHONE)
    real_name.submit(holder, Document(DocumentType.ID_CARD, "刘芳芳", GOOD_ID))

    her = person("recovery-new-phone", javascript=False)
    her.opens("/signin/?next=/real-name/")
    her.joins(NEW)
    her.page.locator("[name=name]").fill("刘芳芳")
    her.page.locator("[name=number]").fill(GOOD_ID)
    her.page.locator("[name=consent]").check()
    her.page.locator("form:has([name=number]) button").click()
    looks_well(her, "/real-name/")
    her.page.locator("form[action='/real-name/recovery/'] button").click()
    looks_well(her, "/real-name/")

    at_the_old_phone = person("recovery-old-phone", javascript=False)
    at_the_old_phone.opens("/signin/?next=/account/")
    at_the_old_phone.signs_in(OLD)
    looks_well(at_the_old_phone, "/account/")
    at_the_old_phone.page.locator("form[action='/real-name/recovery/no/'] button").click()
    looks_well(at_the_old_phone, "/account/")
    her.opens("/real-name/")
    assert her.page.locator("form[action='/real-name/recovery/']").count() == 0
    assert her.page.locator("[name=number]").count() == 1
    holder.refresh_from_db()
    assert holder.level == Level.REAL_NAME
