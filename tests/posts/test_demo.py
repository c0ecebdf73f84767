"""The demo posts: believable, marked, the same for a seed."""

from collections import Counter

import pytest
from django.core.management import call_command
from django.db.models import Count

from places.models import Boundary
from posts import demo
from posts.models import Kind, Listing, Post, PostItem
from verification.models import Resident

pytestmark = pytest.mark.django_db
FIELDS = ("public_id", "kind", "area_id", "note", "people", "whom", "contact_name")


def make(number: int, seed: int = 1) -> None:
    assert sum(demo.make(number, seed)) == number


def test_they_are_the_same_for_a_seed():
    make(50)
    first = list(Post.objects.order_by("pk").values_list(*FIELDS))
    Post.objects.all().delete()
    make(50)
    assert list(Post.objects.order_by("pk").values_list(*FIELDS)) == first
    Post.objects.all().delete()
    make(50, seed=2)
    assert list(Post.objects.order_by("pk").values_list(*FIELDS)) != first


def test_they_have_the_weights_of_december_2022():
    make(1500)
    kinds = Counter(Post.objects.values_list("kind", flat=True))
    assert 0.2 < kinds[Kind.OFFER] / kinds[Kind.NEED] < 0.3
    cities = Counter(code // 100 for code in Post.objects.values_list("area_id", flat=True))
    assert cities.most_common(1)[0][0] == 4403
    wanted = (
        PostItem.objects.filter(post__kind=Kind.NEED)
        .values_list("medicine__slug")
        .annotate(times=Count("id"))
        .order_by("-times")
    )
    assert [slug for slug, _times in wanted[:3]] == ["antigen-test", "ibuprofen", "paracetamol"]


def test_all_of_them_are_marked_and_on_the_square(client):
    make(30)
    assert Post.objects.filter(is_demo=True).count() == 30
    assert Listing.objects.filter(medicine=0).count() == 30
    page = client.get("/?kind=need").content.decode()
    assert page.count("tag-demo") == 20
    post = Post.objects.filter(kind=Kind.OFFER).first()
    assert post
    assert "背后没有真人" in client.get(post.get_absolute_url()).content.decode()


def test_they_lie_in_their_districts():
    make(60)
    near = 0
    for post in Post.objects.select_related("area"):
        shape = Boundary.objects.filter(area=post.area).first()
        near += shape is None or shape.shape.distance(post.point) < 0.01
    assert near == 60


def test_nobody_can_sign_in_as_their_posters(client):
    make(5)
    resident = Resident.objects.get(posts=Post.objects.first())
    response = client.post("/signin/", {"phone": resident.phone})
    assert response.status_code == 422


def test_the_command_says_how_far_it_is(capsys):
    call_command("seed_demo", posts=20)
    assert "20/20" in capsys.readouterr().err
