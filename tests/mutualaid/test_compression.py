"""Pages are sent small, and not again when nothing has changed; secrets are never compressed."""

import gzip

import pytest

from tests.posts.factories import offer

pytestmark = pytest.mark.django_db
SMALL = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize("url", ["/", "/medicines/", "/need/", "/privacy/"])
def test_what_everybody_may_read_is_compressed(client, url):
    answer = client.get(url, headers=SMALL)
    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    assert "</html>" in gzip.decompress(answer.content).decode()
    assert len(answer.content) < len(client.get(url).content) / 2


def test_its_size_changes_from_one_time_to_the_next(client):
    sizes = {len(client.get("/medicines/", headers=SMALL).content) for _time in range(20)}
    assert len(sizes) > 1


def test_no_page_that_nobody_may_keep_is_compressed(as_helper, resident):
    post = offer(resident)
    url = f"{post.get_absolute_url()}contact/"
    as_helper.post(url)
    for own in (url, "/mine/"):
        answer = as_helper.get(own, headers=SMALL)
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        assert "Content-Encoding" not in answer


def test_an_unchanged_page_is_not_sent_again(client, resident):
    for url in ("/", "/medicines/ibuprofen/"):
        first = client.get(url, headers=SMALL)
        again = SMALL | {"If-None-Match": first["ETag"]}
        assert client.get(url, headers=again).status_code == 304
    before = client.get("/", headers=SMALL)["ETag"]
    offer(resident)
    after = client.get("/?kind=offer", headers=SMALL | {"If-None-Match": before})
    assert after.status_code == 200
