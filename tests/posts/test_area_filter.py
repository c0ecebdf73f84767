"""Choosing the area of the square."""

import pytest

pytestmark = pytest.mark.django_db


def test_it_leads_back_to_the_square_with_the_other_filters(client):
    url = "/area/?kind=need&medicine=ibuprofen&sort=distance"
    sent = {"province": "440000", "city": "440300", "district": ""}
    location = client.post(url, sent)["Location"]
    assert location == "/?kind=need&medicine=ibuprofen&area=440300&sort=distance"


def test_a_search_without_javascript_offers_the_areas_found(client):
    page = client.post("/area/", {"q": "futain", "picker": "search"}).content.decode()
    assert "福田区" in page
    location = client.post("/area/", {"picker": "440304", "q": "futain"})
    assert 'value="440304" selected' in location.content.decode()


@pytest.mark.parametrize("sent", [{}, {"province": "999999"}, {"q": "no such place"}, {"q": "\0"}])
def test_nothing_chosen_gets_a_sentence(client, sent):
    response = client.post("/area/", {"province": "", **sent})
    assert response.status_code == 422
    assert "error-summary" in response.content.decode()


def test_another_site_cannot_send_it(client):
    elsewhere = {"Origin": "https://else.example"}
    assert client.post("/area/", {"province": "440000"}, headers=elsewhere).status_code == 403
