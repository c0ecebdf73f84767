"""A body to look at in a demo: its page, and the posts of one demo resident in its name."""

from django.db import transaction

from partners import applying
from partners.applying import Application
from partners.models import BodyKind, Partner, State
from places.models import Area
from posts.demo import demo_residents
from posts.models import Organisation, Post

SLUG = "demo"
NAME = "示例社区居委会（演示）"
ABOUT = "给社区里的老人送药，也替打电话来的人发布。"
HOTLINE = "+8675512345"  # the city's own, which knows nothing of it
NANSHAN = 440305


@transaction.atomic
def make() -> Partner | None:
    """The body, approved; None if it is there already. Its posts stay marked as demo."""
    if Organisation.objects.filter(slug=SLUG).exists():
        return None
    owner = demo_residents()[1]  # whose real-name check has passed
    partner = applying.apply(
        Application(
            organisation={"name": NAME, "slug": SLUG, "line": HOTLINE},
            partner={
                "kind": BodyKind.COMMITTEE,
                "about": "给社区里的老人送药，也替打电话来的人发布。",
            },
            areas=[Area.objects.get(pk=NANSHAN)],
        ),
        owner,
    )
    applying.decided(partner, None, State.APPROVED)
    Post.objects.filter(resident=owner, is_demo=True).update(organisation=partner.organisation)
    return partner
