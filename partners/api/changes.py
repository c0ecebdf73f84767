"""/changes: how a mirror of the square keeps up, so that a resolved post vanishes there too."""

import json
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from partners.api.answers import PUBLIC, READ, answered
from partners.api.documents import PostDocument, post_document
from partners.api.posts import require_public
from partners.api.problems import Problem, ProblemError, refuse_others
from posts import changes
from posts.models import GonePost, Post
from safety.encryption import decrypt, encrypt

MOST = 100
SECONDS = 1
router = Router(tags=["changes"])


class Change(Schema):
    """`closed` says that the post is not on the square any more, whatever the reason."""

    id: UUID
    state: Literal["open", "closed"]
    at: datetime
    post: PostDocument | None


class Changes(Schema):
    changes: list[Change]
    next: str = Field(description="`since` of the next question.")
    more: bool = Field(description="There is more: ask again at once.")


class ChangesQuery(Schema):
    since: str = Field("", description="`next` of the answer before. Without it: from now on.")


@router.api_operation(
    READ, "", response={200: Changes, PUBLIC: Problem}, summary="What changed since"
)
def changed(request: HttpRequest, query: Query[ChangesQuery]) -> Any:
    """First ask without `since` and keep `next`; then walk `/posts` to its end; then ask here again
    and again (every few seconds, or every minute) with the last `next`. A change may come twice. A
    post also ends by itself, at its `expires_at`.
    """
    refuse_others(request, ChangesQuery.model_fields)
    require_public()
    until = changes.horizon()  # before the posts are looked at
    moment = read_moment(query.since) if query.since else changes.Moment(until)
    found = changes.since(moment, until, MOST + 1)
    more = len(found) > MOST
    found = found[:MOST]
    if found:
        moment = changes.Moment(found[-1].changed_at, found[-1].pk)
    document = {
        "changes": [change_document(post) for post in found],
        "next": write_moment(moment),
        "more": more,
    }
    return answered(request, document, SECONDS)


def change_document(post: Post | GonePost) -> dict[str, Any]:
    open_post = post if isinstance(post, Post) and post.is_on_square else None
    return {
        "id": post.public_id,
        "state": "open" if open_post else "closed",
        "at": post.changed_at,
        "post": open_post and post_document(open_post, open_post.point.y, open_post.point.x, None),
    }


def write_moment(moment: changes.Moment) -> str:
    """Encrypted: numbers of rows would tell how much is published."""
    return encrypt(json.dumps([moment.at.isoformat(), moment.post_id]))


def read_moment(text: str) -> changes.Moment:
    try:
        at, post_id = json.loads(decrypt(text))
    except (InvalidToken, ValueError):
        raise ProblemError(400, _("`since` is not a `next` of ours.")) from None
    return changes.Moment(datetime.fromisoformat(at), post_id)
