from django.urls import path

from posts.models import Kind
from posts.views import (
    link,
    messaging,
    mine,
    organisation,
    post,
    publish,
    report,
    square,
    square_map,
)


def steps(kind: Kind) -> list:
    """The pages of publishing, once for needs and once for offers."""
    views = [
        ("", "choose", publish.choose),
        ("details/", "details", publish.details),
        ("reach/", "reach", publish.reach),
        ("check/", "check", publish.check),
    ]
    return [
        path(f"{kind.word}/{url}", view, {"kind": kind}, name=f"{kind.word}-{name}")
        for url, name, view in views
    ]


urlpatterns = [
    path("", square.show, name="square"),
    path("area/", square.choose_area, name="square-area"),
    path("map/", square_map.show, name="map"),
    path("map/cells/", square_map.cells, name="map-cells"),
    *steps(Kind.NEED),
    *steps(Kind.OFFER),
    path("mine/", mine.mine, name="mine"),
    path("partners/<slug:body>/posts/", organisation.posts, name="organisation-posts"),
    *(
        path(
            f"partners/<slug:body>/{kind.word}/",
            organisation.write,
            {"kind": kind},
            name=f"organisation-{kind.word}",
        )
        for kind in Kind
    ),
    path("mine/recalls/", mine.understood, name="recall-understood"),
    path("m/done/", link.done, name="act-link-done"),
    path("m/<str:token>/", link.answer, name="act-link"),  # short: it stands in text messages
    path("posts/<uuid:public_id>/", post.show, name="post"),
    path("posts/<uuid:public_id>/contact/", post.contact, name="contact"),
    path("posts/<uuid:public_id>/ask/", messaging.ask, name="ask"),
    path("posts/<uuid:public_id>/take-back/", messaging.take_back, name="take-back"),
    path("posts/<uuid:public_id>/messages/", messaging.received, name="messages"),
    path("posts/<uuid:public_id>/report/", report.report, name="report"),
    path("posts/<uuid:public_id>/published/", post.published, name="published"),
    path("posts/<uuid:public_id>/edit/", publish.edit, name="edit"),
    path("posts/<uuid:public_id>/resolve/", mine.resolve, name="resolve"),
    path("posts/<uuid:public_id>/outcome/", mine.outcome, name="outcome"),
    path("posts/<uuid:public_id>/reopen/", mine.reopen, name="reopen"),
    path("posts/<uuid:public_id>/extend/", mine.extend, name="extend"),
    path("posts/<uuid:public_id>/seen/", mine.seen, name="seen"),
    path("posts/<uuid:public_id>/in-hand/", mine.in_hand, name="in-hand"),
    path("posts/<uuid:public_id>/amount/", mine.amount, name="amount"),
]
