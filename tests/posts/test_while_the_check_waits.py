"""Nobody with a fever waits overnight for a form: a post at the phone level, marked so."""

import pytest

from posts.models import Post
from tests.posts.test_publish_need import fill_in, words
from verification import real_name
from verification.models import Level, RealNameCheck

pytestmark = pytest.mark.django_db
DOCUMENT = {
    "document_type": "id-card",
    "name": "陈大文",
    "number": "110101199003070011",
    "consent": "on",
}


@pytest.fixture(autouse=True)
def a_person_decides(settings):
    settings.REAL_NAME_PROVIDER = "manual"


def asks_and_sends_the_document(client):
    fill_in(client, contact={"phone": "13800138002"})
    assert client.post("/need/check/")["Location"].startswith("/real-name/")
    client.post("/real-name/?next=/need/check/", DOCUMENT)
    return client.post("/need/check/")


def test_the_post_is_published_at_the_phone_level_and_says_so(as_helper, client):
    assert "/published/" in asks_and_sends_the_document(as_helper)["Location"]
    assert Post.objects.get().level == Level.PHONE
    assert "手机已验证" in words(client.get("/?kind=need"))


def test_once_confirmed_the_post_says_so_too(as_helper, client, moderator):
    asks_and_sends_the_document(as_helper)
    check = RealNameCheck.objects.get()
    real_name.look(check.pk, moderator)
    real_name.decide(check.pk, moderator, RealNameCheck.State.VERIFIED, "")
    assert Post.objects.get().level == Level.REAL_NAME
    assert "实名已验证" in words(client.get("/?kind=need"))


def test_an_operator_may_insist_on_the_decision_first(as_helper, settings):
    settings.PUBLISH_WHILE_CHECK_WAITS = False
    assert asks_and_sends_the_document(as_helper)["Location"].startswith("/real-name/")
    assert not Post.objects.exists()
