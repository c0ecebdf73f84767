"""As what a post counts: its day, kind, city, subjects, and how it stands. One query for any number
of posts, which reads nothing personal.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings

from partners.numbers import times
from posts.models import Ending, Outcome

WHOLE = ""  # the subject that is a post as a whole
RESOLVED = (*Outcome.values, Ending.RESOLVED.value)
COLUMNS = "post_id, day, kind, area_id, standing, bucket, subjects, expires_at, brought_by_id"
# The columns of CountedPost. The ending is `posts.erasing.ending_of`, the city `city_of` there, the
# bucket `times.bucket`.
FACTS = f"""
    SELECT post.id AS post_id,
           (post.created_at AT TIME ZONE %(zone)s)::date AS day,
           post.kind,
           CASE WHEN area.level = 3 THEN area.parent_id ELSE area.code END AS area_id,
           standing,
           CASE WHEN post.state = 'resolved' THEN least({times.LAST}, floor({times.STEPS} * log(2.0,
               greatest(1, extract(epoch FROM post.closed_at - post.created_at) / 60)
           )))::int2 END AS bucket,
           ARRAY(
               SELECT '' UNION ALL SELECT coalesce(medicine.slug, 'any:' || symptoms.slug)
               FROM posts_postitem AS item
               LEFT JOIN medicines_medicine AS medicine ON medicine.id = item.medicine_id
               LEFT JOIN medicines_symptomgroup AS symptoms ON symptoms.id = item.group_id
               WHERE item.post_id = post.id
           )::varchar[] AS subjects,
           CASE WHEN standing = 'open' THEN post.expires_at END AS expires_at,
           post.brought_by_id
    FROM posts_post AS post
    JOIN places_area AS area ON area.code = post.area_id,
    LATERAL (SELECT CASE
        WHEN post.state = 'hidden' THEN 'hidden'
        WHEN post.state = 'resolved' THEN coalesce(nullif(post.outcome, ''), 'resolved')
        WHEN post.expires_at <= %(now)s THEN 'expired'
        WHEN %(are_leaving)s THEN 'withdrawn'
        ELSE 'open'
    END AS standing) AS how
    WHERE post.id = ANY(%(ids)s) AND (%(with_demo)s OR NOT post.is_demo)
"""  # noqa: S608 -- made of two numbers


def values(ids: Iterable[int], now: datetime, are_leaving: bool = False) -> dict[str, Any]:
    """What FACTS asks for; `are_leaving` for posts that are about to be erased.

    Demo posts are numbers of nothing, except in a demo.
    """
    return {
        "ids": list(ids),
        "now": now,
        "are_leaving": are_leaving,
        "zone": settings.TIME_ZONE,
        "with_demo": settings.LOCAL,
    }
