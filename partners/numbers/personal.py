"""What the numbers hold about people: nothing that tells of anybody."""

from django.utils.translation import gettext_lazy as _

from safety import register
from safety.personal import NOBODY

register.hold(
    "partners.CountedPost",
    "post_id",
    "day",
    "kind",
    "area",
    "standing",
    "bucket",
    "subjects",
    "expires_at",
    "brought_by_id",
    what=_("As what your post counts in the statistics: day, city, medicine, what became of it"),
    why=_("so that it is not counted twice"),
    kept=lambda: str(_("as long as the post; the numbers stay")),
    seen_by=NOBODY,
)
register.hold(
    "partners.ChangedPost",
    "post_id",
    "last",
    what=_("That your post has changed and is to be counted again"),
    why=_("so that the numbers are right"),
    kept=lambda: str(_("some minutes")),
    seen_by=NOBODY,
)
register.not_personal("partners.ChangedPost", "id")
register.hold(
    "partners.VisitorDay",
    "salt",
    "sketch",
    what=_("Of all visitors of a day together: a sketch from which their number is estimated"),
    why=_("to know how many people come, without knowing who"),
    kept=lambda: str(_("until the day is over; then only the number")),
    seen_by=NOBODY,
)
register.not_personal("partners.VisitorDay", "day", "visitors", "views")
register.not_personal(
    "partners.PostNumber", "id", "subject", "kind", "day", "area", "standing", "number"
)
register.not_personal("partners.TimeNumber", "id", "subject", "kind", "bucket", "number")
register.not_personal("partners.PublishedNumbers", "id", "document")
register.not_personal("partners.BroughtNumber", "id", "brought_by", "kind", "standing", "number")
