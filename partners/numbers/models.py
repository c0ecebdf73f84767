"""The roll-ups, and what they are kept from."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from places.models import Area
from posts.models import Ending, Kind, Organisation

OPEN = "open"  # beside the endings of posts
STANDINGS = [(OPEN, _("open")), *Ending.choices]
LONGEST_SUBJECT = 60


class ChangedPost(models.Model):
    """A post that has to be counted again. A trigger puts it here in the transaction that changed
    the post, so a row can be seen exactly when the change can, however late that is.
    """

    post_id = models.BigIntegerField()
    last = models.JSONField(null=True)  # of a post that is being erased: what it was at last

    class Meta:
        verbose_name = _("post to count again")
        verbose_name_plural = _("posts to count again")

    def __str__(self) -> str:
        return str(self.post_id)


class CountedPost(models.Model):
    """As what a post is counted in the roll-ups: it is taken out again before it is counted anew.

    `standing` is its ending, or that it is open; `bucket` the length until it was resolved.
    """

    post_id = models.BigIntegerField(primary_key=True)
    day = models.DateField()
    kind = models.PositiveSmallIntegerField()
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", db_index=False)
    standing = models.CharField(max_length=12, choices=STANDINGS)
    bucket = models.PositiveSmallIntegerField(null=True)
    subjects = ArrayField(models.CharField(max_length=LONGEST_SUBJECT))
    expires_at = models.DateTimeField(null=True)  # of an open one
    brought_by_id = models.BigIntegerField(null=True)  # a body, or one that is gone

    class Meta:
        verbose_name = _("counted post")
        verbose_name_plural = _("counted posts")
        indexes = [  # what runs out says nothing: the next run looks for it
            models.Index(
                fields=["expires_at"], name="countedpost_runs_out", condition=Q(standing=OPEN)
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="countedpost_open_one_runs_out",
                condition=Q(standing=OPEN, expires_at__isnull=False)
                | ~Q(standing=OPEN) & Q(expires_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.standing}"


class PostNumber(models.Model):
    """How many posts: by day of publishing (in China), kind, city, subject and standing.

    A subject is a medicine ("ibuprofen"), any of a group ("any:fever"), or a post as a whole ("").
    The area is the province where there is no city between.
    """

    subject = models.CharField(_("medicine"), max_length=LONGEST_SUBJECT, blank=True)
    kind = models.PositiveSmallIntegerField(_("kind"), choices=Kind.choices)
    day = models.DateField(_("published on"))
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("area")
    )
    standing = models.CharField(_("how it stands"), max_length=12, choices=STANDINGS)
    number = models.PositiveIntegerField(_("number of posts"))

    class Meta:
        verbose_name = _("number of posts")
        verbose_name_plural = _("numbers of posts")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind", "day", "area", "standing"], name="postnumber_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()} {self.area_id} {self.subject} {self.standing}"


class TimeNumber(models.Model):
    """How many posts were resolved after about so long, by kind and subject: see `times`."""

    subject = models.CharField(_("medicine"), max_length=LONGEST_SUBJECT, blank=True)
    kind = models.PositiveSmallIntegerField(_("kind"), choices=Kind.choices)
    bucket = models.PositiveSmallIntegerField(_("time until resolved"))
    number = models.PositiveIntegerField(_("number of posts"))

    class Meta:
        verbose_name = _("number of resolved posts by time")
        verbose_name_plural = _("numbers of resolved posts by time")
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind", "bucket"], name="timenumber_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject} {self.bucket}"


class BroughtNumber(models.Model):
    """How many posts residents published who had followed a body's link, by kind and standing."""

    brought_by = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", db_index=False,
        verbose_name=_("organisation"),
    )  # fmt: skip
    kind = models.PositiveSmallIntegerField(_("kind"), choices=Kind.choices)
    standing = models.CharField(_("how it stands"), max_length=12, choices=STANDINGS)
    number = models.PositiveIntegerField(_("number of posts"))

    class Meta:
        verbose_name = _("number of posts that a body brought")
        verbose_name_plural = _("numbers of posts that bodies brought")
        constraints = [
            models.UniqueConstraint(
                fields=["brought_by", "kind", "standing"], name="broughtnumber_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.brought_by_id} {self.get_kind_display()} {self.standing}"


class VisitorDay(models.Model):
    """How many visitors and views a day had. While it lasts there is a sketch of it, made with a
    secret of the day: see `visitors`. Afterwards both are gone and the number stays.
    """

    day = models.DateField(_("day"), primary_key=True)
    salt = models.BinaryField(null=True, max_length=16)
    sketch = models.BinaryField(null=True, max_length=4096)
    visitors = models.PositiveIntegerField(_("visitors"), default=0)
    views = models.PositiveBigIntegerField(_("views"), default=0)

    class Meta:
        verbose_name = _("visitors of a day")
        verbose_name_plural = _("visitors by day")
        constraints = [
            models.CheckConstraint(
                name="visitorday_salt_goes_with_its_sketch",
                condition=Q(salt=None, sketch=None) | Q(salt__isnull=False, sketch__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.day)


class PublishedNumbers(models.Model):
    """The one document that the page, its files and the API show, as it was made last."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    document = models.JSONField()

    class Meta:
        verbose_name = _("published numbers")
        verbose_name_plural = _("published numbers")
        constraints = [models.CheckConstraint(name="publishednumbers_are_one", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.document.get("at", ""))
