"""The board: a need or an offer, its items, the listing that the square reads, who looked."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now
from django.db.models.lookups import GreaterThan
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from medicines.cautions import PersonKind
from medicines.models import Medicine, SymptomGroup
from medicines.units import Form, Unit
from places.models import Area
from safety.encryption import EncryptedJSONField, EncryptedTextField
from verification.models import Level, RealNameCheck, Resident
from verification.phones import as_said
from verification.suspension import Reason

# Since when a post is over, or will be if its poster says nothing.
OVER_SINCE = Coalesce("hidden_at", "closed_at", "expires_at")
ANY_MEDICINE = 0  # the listing row that stands for a post as a whole
MOST_PEOPLE = 20
LARGEST_AMOUNT = 999
LABEL_OF_PERSON = dict(PersonKind.choices)


class Kind(models.IntegerChoices):
    NEED = 1, _("need")
    OFFER = 2, _("offer")

    @property
    def word(self) -> str:
        """The word in URLs and filters: need, offer."""
        return self.name.lower()

    @property
    def lifetime(self) -> timedelta:
        """How long a post of this kind stays on the square if its poster says nothing."""
        return settings.NEED_LIFETIME if self is Kind.NEED else settings.OFFER_LIFETIME


class State(models.TextChoices):
    """What the poster or a moderator said. Expiry is not a state but a point in time."""

    OPEN = "open", _("open")
    RESOLVED = "resolved", _("resolved")
    HIDDEN = "hidden", _("hidden by a moderator")


class Outcome(models.TextChoices):
    THROUGH_HERE = "through-here", _("Found through this square")
    ELSEWHERE = "elsewhere", _("Found elsewhere")
    NOT_NEEDED = "not-needed", _("No longer needed")


class Reach(models.TextChoices):
    """How a poster wants to be reached."""

    PHONE = "phone", _("Show my phone to verified people who ask for it")
    MESSAGE = "message", _("Ask me first: people leave a message, and I decide whom to call")


class CourierPayer(models.TextChoices):
    RECEIVER = "receiver", _("the receiver pays the courier")
    GIVER = "giver", _("the giver pays the courier")
    ASK = "ask", _("to be agreed")


class Source(models.TextChoices):
    """Where an offered medicine came from."""

    PHARMACY = "pharmacy", _("Bought at a pharmacy, left over")
    ONLINE = "online", _("Bought online, left over")
    HOSPITAL = "hospital", _("From a hospital, left over")
    GIVEN = "given", _("Given by work or community")
    OTHER = "other", _("Other")


class HiddenFor(models.TextChoices):
    """Why a moderator hid a post; the poster is told."""

    TRADE = "trade", _("It asks for money or something in return")
    UNSAFE = "unsafe", _("The medicine may be unsafe")
    FALSE = "false", _("It does not seem to be true")
    PERSONAL = "personal", _("It shows personal data")
    ABUSE = "abuse", _("It insults or harasses somebody")
    ACCOUNT = "account", _("Its account is suspended")  # by the system, never by hand
    REPORTED = "reported", _("Several people reported it")  # the same, until somebody has looked
    OTHER = "other", _("Another reason")

    @classmethod
    def by_system(cls) -> set[str]:
        """The reasons that nobody gives by hand; one that is given by hand goes before them."""
        return {cls.ACCOUNT, cls.REPORTED}

    @classmethod
    def by_hand(cls) -> list[tuple[str, Any]]:
        """The reasons that a moderator can give."""
        return [choice for choice in cls.choices if choice[0] not in cls.by_system()]


def number_of(rows: models.QuerySet) -> Coalesce:
    """How many of these rows each row of an outer query has; they are tied to it by `post`."""
    counted = rows.order_by().values("post").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def owner_of(organisation_id: Any, resident_id: Any) -> tuple[str, Any]:
    """Whose a post is: the body's in whose name it stands, otherwise the resident's."""
    return ("organisation", organisation_id) if organisation_id else ("resident", resident_id)


class PostQuerySet(models.QuerySet["Post"]):
    def open(self) -> "PostQuerySet":
        """Posts that are on the square at this moment."""
        return self.filter(state=State.OPEN, expires_at__gt=timezone.now())

    def without_contact(self) -> "PostQuerySet":
        """What the public may see: the encrypted columns are not even read."""
        return self.defer("contact_phone", "contact_wechat", "landmark", "held_note")

    def of(self, resident: Resident) -> "PostQuerySet":
        """What somebody published in his own name."""
        return self.filter(resident=resident, organisation=None).order_by("-id")

    def of_organisation(self, organisation: "Organisation") -> "PostQuerySet":
        return self.filter(organisation=organisation).order_by("-id")

    def belonging_to(self, resident: Resident) -> "PostQuerySet":
        """Posts that somebody answers for: his own, and those of bodies whose staff he is."""
        bodies = Member.objects.active().filter(resident=resident).values("organisation")
        return self.filter(Q(resident=resident, organisation=None) | Q(organisation__in=bodies))

    def with_items(self) -> "PostQuerySet":
        """With all that a card or a page shows, in two queries."""
        posts = self.select_related("area", "organisation").defer("organisation__line")
        return posts.prefetch_related("items__medicine", "items__group")

    def with_callers(self) -> "PostQuerySet":
        """With how many people saw the contact (`seen`) or wrote (`wrote`), counted by an index."""
        return self.annotate(
            seen=number_of(Reveal.objects.filter(post=OuterRef("pk"))),
            wrote=number_of(
                Message.objects.filter(
                    post=OuterRef("pk"), state__in=Message.STANDING, sender__is_active=True
                )
            ),
        )


class Organisation(models.Model):
    """A public body in whose name its staff publish; the app `partners` knows the rest of it.

    Its line is a number that its staff answer; it is shown as any contact is, on a tap.
    """

    RESERVED = ("apply", "help", "invitations", "new")  # addresses beside /partners/<slug>/

    name = models.CharField(_("name of the body"), max_length=40)
    slug = models.SlugField(
        _("short name in addresses"), max_length=30, unique=True,
        help_text=_("Lower-case letters, digits and hyphens, as in /partners/nanshan-yuehai/."),
    )  # fmt: skip
    line = EncryptedTextField(_("phone line"))
    is_active = models.BooleanField(_("may publish"), default=False, editable=False)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                name="organisation_active_name_is_one",
                condition=Q(is_active=True),
            ),
            models.CheckConstraint(
                name="organisation_slug_is_plain",
                condition=Q(slug__regex=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
                & ~Q(slug__in=["apply", "help", "invitations", "new"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MemberQuerySet(models.QuerySet["Member"]):
    def active(self) -> "MemberQuerySet":
        """Of bodies that may publish."""
        return self.filter(organisation__is_active=True)


class Member(models.Model):
    """A resident is on the staff of an organisation; one of them owns its page."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="members")
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="memberships")
    is_owner = models.BooleanField(_("owner"), default=False)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("members of staff")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "resident"], name="member_once"),
            models.UniqueConstraint(
                fields=["organisation"], name="member_one_owner", condition=Q(is_owner=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.joined_at:%Y-%m-%d}"


class PublicFacts:
    """What follows from what everybody may know of a post: of a `Post`, and of the few columns that
    a card reads (cards.Facts).
    """

    @property
    def is_need(self: Any) -> bool:
        return self.kind == Kind.NEED

    @property
    def asks_first(self: Any) -> bool:
        """Whether its poster's number is shown to nobody: people leave a message."""
        return self.reached_by == Reach.MESSAGE

    @property
    def is_unconfirmed(self: Any) -> bool:
        """Whether its poster has said nothing for a day, or since many called: all may know."""
        if self.erased_at:
            return False
        is_old = timezone.now() >= self.confirmed_at + settings.ASK_AFTER
        return self.state == State.OPEN and (is_old or self.rests_until is not None)

    @property
    def rests(self: Any) -> bool:
        """Whether an offer was shown to so many people that it takes no new ones for a while."""
        return self.rests_until is not None and self.rests_until > timezone.now()

    @property
    def handovers(self: Any) -> list[str]:
        """The ways it can change hands, in words."""
        ways = []
        if self.by_courier:
            payer = CourierPayer(self.courier_payer).label
            ways.append(gettext("by courier, %(payer)s") % {"payer": payer})
        if self.by_pickup:
            ways.append(gettext("pick-up"))
        if self.by_mail:
            ways.append(gettext("by post"))
        return ways

    @property
    def whom_labels(self: Any) -> list[str]:
        return [str(LABEL_OF_PERSON[kind]) for kind in self.whom if kind in LABEL_OF_PERSON]


class Post(PublicFacts, models.Model):
    """A need or an offer. The place is a cell of the public grid, never anything finer."""

    public_id = models.UUIDField(_("id"), default=uuid.uuid4, unique=True, editable=False)
    submission = models.UUIDField(
        unique=True, editable=False, help_text=_("the draft it was made from: a double tap is one")
    )
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="posts", verbose_name=_("resident")
    )
    # In whose name: without one, the resident's own. With one, he answers for it on its behalf.
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="posts",
        db_index=False, verbose_name=_("organisation"),
    )  # fmt: skip
    # Whose link its poster had followed: that body is told how many posts came so, never which.
    brought_by = models.ForeignKey(
        Organisation, on_delete=models.SET_NULL, null=True, editable=False, related_name="+",
        db_index=False, verbose_name=_("body whose link brought it"),
    )  # fmt: skip
    for_caller = models.BooleanField(_("for a caller who agreed"), default=False, editable=False)
    caller_digest = models.CharField(max_length=64, blank=True, editable=False)
    kind = models.PositiveSmallIntegerField(_("kind"), choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True)
    hidden_for = models.CharField(
        _("reason for hiding"), max_length=10, choices=HiddenFor.choices, blank=True
    )
    level = models.PositiveSmallIntegerField(_("level of its poster"), choices=Level.choices)
    is_demo = models.BooleanField(_("demo"), default=False)

    created_at = models.DateTimeField(_("published"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("last confirmed"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    closed_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    hidden_at = models.DateTimeField(_("hidden at"), null=True, blank=True)
    rests_until = models.DateTimeField(_("rests until"), null=True, blank=True)
    erased_at = models.DateTimeField(_("contact erased at"), null=True, blank=True)
    in_hand = models.BooleanField(_("someone is on it"), default=False)
    asked_at = models.DateTimeField(_("poster asked at"), null=True, blank=True, editable=False)
    doubted_at = models.DateTimeField(_("said to be settled"), null=True, blank=True)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)  # kept by a trigger

    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, related_name="+", verbose_name=_("area")
    )
    point = models.PointField(_("place"), srid=4326, spatial_index=False)
    by_area = models.BooleanField(_("shows its area only"), default=False)
    landmark = EncryptedTextField(_("landmark"), blank=True)

    contact_name = models.CharField(_("how to be called"), max_length=20)
    reached_by = models.CharField(
        _("how to be reached"), max_length=10, choices=Reach.choices, default=Reach.PHONE
    )
    contact_phone = EncryptedTextField(_("contact phone"), blank=True)
    contact_wechat = EncryptedTextField(_("WeChat ID"), blank=True)

    by_courier = models.BooleanField(_("by courier"), default=False)
    by_pickup = models.BooleanField(_("pick-up"), default=False)
    by_mail = models.BooleanField(_("by post"), default=False)
    courier_payer = models.CharField(
        _("who pays the courier"), max_length=10, choices=CourierPayer.choices, blank=True
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    held_note = EncryptedTextField(
        _("note that waits"), blank=True, help_text=_("A moderator looks at it; nobody else can.")
    )
    note_refused_for = models.CharField(
        _("reason for refusing the note"), max_length=10, choices=HiddenFor.choices, blank=True
    )

    # a need
    people = models.PositiveSmallIntegerField(_("people"), null=True, blank=True)
    whom = ArrayField(
        models.CharField(max_length=20, choices=PersonKind.choices),
        verbose_name=_("who it is for"),
        default=list,
        blank=True,
    )
    youngest_months = models.PositiveSmallIntegerField(
        _("age of the youngest child, in months"), null=True, blank=True
    )
    none_left = models.BooleanField(_("none left at home"), default=False)
    fever_since = models.DateField(_("fever since"), null=True, blank=True)
    # an offer
    source = models.CharField(
        _("where it came from"), max_length=10, choices=Source.choices, blank=True
    )

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        permissions = [("moderate_post", _("Can hide and restore posts"))]
        indexes = [
            models.Index(fields=["resident", "-id"], name="post_mine"),
            models.Index(
                fields=["organisation", "-id"],
                name="post_of_organisation",
                condition=Q(organisation__isnull=False),
            ),
            models.Index(
                fields=["brought_by"],
                name="post_brought_by",
                condition=Q(brought_by__isnull=False),
            ),
            models.Index(fields=["state", "-id"], name="post_by_state"),
            models.Index(fields=["area", "-id"], name="post_by_area"),
            models.Index(
                fields=["confirmed_at"],
                name="post_to_ask",
                condition=Q(state=State.OPEN, asked_at=None),
            ),
            models.Index(fields=["changed_at", "id"], name="post_changed"),
            models.Index(fields=["id"], name="post_note_waits", condition=~Q(held_note="")),
            # what the timer looks for: contact data to erase, then the whole row
            models.Index(OVER_SINCE, name="post_over", condition=Q(erased_at=None)),
            models.Index(OVER_SINCE, name="post_erased", condition=Q(erased_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="post_kind_is_known", condition=Q(kind__in=[Kind.NEED, Kind.OFFER])
            ),
            models.CheckConstraint(
                name="post_of_a_body_was_brought_by_none",
                condition=Q(organisation=None) | Q(brought_by=None),
            ),
            models.CheckConstraint(
                name="post_state_and_times_agree",
                condition=Q(state=State.OPEN, closed_at=None, hidden_at=None)
                | Q(state=State.RESOLVED, closed_at__isnull=False, hidden_at=None)
                | Q(state=State.HIDDEN, hidden_at__isnull=False),
            ),
            models.CheckConstraint(
                name="post_outcome_only_when_resolved",
                condition=Q(outcome="") | Q(closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="post_hidden_has_a_reason",
                condition=Q(state=State.HIDDEN) & ~Q(hidden_for="")
                | ~Q(state=State.HIDDEN) & Q(hidden_for=""),
            ),
            models.CheckConstraint(
                name="post_open_can_be_reached",
                condition=~Q(state=State.OPEN)
                | Q(reached_by=Reach.MESSAGE)
                | ~Q(contact_phone="")
                | Q(erased_at__isnull=False),
            ),
            # What is not stored cannot be shown by mistake.
            models.CheckConstraint(
                name="post_asking_first_holds_no_number",
                condition=Q(reached_by=Reach.PHONE)
                | Q(reached_by=Reach.MESSAGE, contact_phone="", contact_wechat=""),
            ),
            models.CheckConstraint(
                name="post_erased_holds_nothing_personal",
                condition=Q(erased_at=None)
                | Q(contact_name="", contact_phone="", contact_wechat="", landmark="", note="")
                & Q(whom=[], youngest_months=None, fever_since=None, by_area=True),
            ),
            models.CheckConstraint(
                name="post_for_a_caller_is_an_organisations",
                condition=Q(for_caller=False, caller_digest="")
                | Q(for_caller=True, organisation__isnull=False),
            ),
            models.CheckConstraint(
                name="post_erased_forgets_its_caller",
                condition=Q(erased_at=None) | Q(caller_digest=""),
            ),
            models.CheckConstraint(
                name="post_can_be_handed_over",
                condition=Q(by_courier=True) | Q(by_pickup=True) | Q(by_mail=True),
            ),
            models.CheckConstraint(
                name="post_courier_has_a_payer",
                condition=Q(by_courier=True) & ~Q(courier_payer="")
                | Q(by_courier=False, courier_payer=""),
            ),
            models.CheckConstraint(
                name="post_need_has_people",
                condition=Q(kind=Kind.NEED, people__isnull=False, source="")
                & Q(people__gte=1, people__lte=MOST_PEOPLE)
                | Q(kind=Kind.OFFER, people=None, youngest_months=None, whom=[]) & ~Q(source=""),
            ),
            models.CheckConstraint(
                name="post_expires_after_it_began", condition=Q(expires_at__gt=F("created_at"))
            ),
            models.CheckConstraint(
                name="post_only_an_offer_rests",
                condition=Q(rests_until=None) | Q(kind=Kind.OFFER),
            ),
            models.CheckConstraint(
                name="post_note_is_public_or_waits", condition=Q(note="") | Q(held_note="")
            ),
            models.CheckConstraint(
                name="post_refused_note_is_gone",
                condition=Q(note_refused_for="") | Q(note="", held_note=""),
            ),
            models.CheckConstraint(
                name="post_needs_a_known_poster", condition=Q(level__gte=Level.PHONE)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {str(self.public_id)[:8]}"

    def get_absolute_url(self) -> str:
        return reverse("post", args=[self.public_id])

    def belongs_to(self, resident: Resident) -> bool:
        """Whether somebody answers for it: his own, or of a body whose staff he is."""
        if self.organisation_id is None:
            return self.resident_id == resident.pk
        staff = Member.objects.active().filter(organisation=self.organisation_id)
        return staff.filter(resident=resident).exists()

    @property
    def owner(self) -> tuple[str, Any]:
        """Whose post it is, to compare two with."""
        return owner_of(self.organisation_id, self.resident_id)

    @property
    def at(self) -> tuple[float, float]:
        """Latitude and longitude of its public place."""
        return self.point.y, self.point.x

    @property
    def list_url(self) -> str:
        """The list in which whoever answers for it finds it."""
        if self.organisation:
            return reverse("organisation-posts", args=[self.organisation.slug])
        return reverse("mine")

    @property
    def is_on_square(self) -> bool:
        return self.state == State.OPEN and self.expires_at > timezone.now()

    @property
    def is_expired(self) -> bool:
        return self.state == State.OPEN and self.expires_at <= timezone.now()

    @property
    def asks_its_poster(self) -> bool:
        """Whether to ask "still needed?" / "still there?": also when somebody says it is settled.

        That alone is shown to the poster only: a stranger's word must not put others off.
        """
        is_doubted = self.state == State.OPEN and self.doubted_at is not None
        return self.is_unconfirmed or (is_doubted and self.erased_at is None)

    @property
    def can_be_reopened(self) -> bool:
        if self.state != State.RESOLVED or self.closed_at is None or self.erased_at:
            return False
        return timezone.now() < self.closed_at + settings.REOPEN_WITHIN

    @property
    def phone_as_said(self) -> str:
        return as_said(self.contact_phone) if self.contact_phone else ""


class PostItem(models.Model):
    """One medicine of a post; or, in a need, "any of this symptom group"."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="items")
    medicine = models.ForeignKey(
        Medicine, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("medicine")
    )
    group = models.ForeignKey(
        SymptomGroup, on_delete=models.PROTECT, related_name="+", null=True,
        verbose_name=_("any of a group"),
    )  # fmt: skip
    amount = models.PositiveSmallIntegerField(_("amount"), null=True)
    unit = models.CharField(_("unit"), max_length=12, choices=Unit.choices, blank=True)
    # an offer
    per_household = models.PositiveSmallIntegerField(_("for one household"), null=True)
    form = models.CharField(_("form"), max_length=20, choices=Form.choices, blank=True)
    strength = models.CharField(_("strength"), max_length=30, blank=True)
    expiry = models.DateField(_("expiry (first day of its month)"), null=True)
    original_packing = models.BooleanField(_("original packing"), default=False)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["post", "medicine"], name="item_once_per_post"),
            models.UniqueConstraint(fields=["post", "group"], name="item_group_once_per_post"),
            models.CheckConstraint(
                name="item_is_a_medicine_or_a_group",
                condition=Q(medicine=None, group__isnull=False, amount=None, unit="")
                | Q(medicine__isnull=False, group=None, amount__isnull=False) & ~Q(unit=""),
            ),
            models.CheckConstraint(
                name="item_amount_in_range",
                condition=Q(amount=None) | Q(amount__gte=0, amount__lte=LARGEST_AMOUNT),
            ),
            models.CheckConstraint(
                name="item_household_share_fits",
                condition=Q(per_household=None) | Q(per_household__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return str(self.medicine or self.group)

    @property
    def form_label(self) -> str:
        return self.get_form_display()


BIT_OF = {whom: 1 << bit for bit, whom in enumerate(PersonKind.values)}  # in Listing.whom
SELDOM = [whom for whom in PersonKind.values if whom != PersonKind.ADULT]


def near(name: str, whom: str = "", kind: Kind = Kind.NEED) -> GistIndex:
    """An index of the listing's rows of one kind, or of the needs for some people, by place. The
    read query has to say what the index is for in the same words."""
    condition = Q(kind=kind)
    if whom:
        condition &= Q(GreaterThan(F("whom").bitand(BIT_OF[whom]), 0))
    return GistIndex(fields=["medicine", "code", "point", "rank"], name=name, condition=condition)


class Listing(models.Model):
    """One narrow row per open post and medicine: all that the square's query reads.

    Expired rows may still be here: the read query leaves them out, `manage.py tidy` removes them.
    `cell` is the number of the post's public cell, in which the map's blocks are unbroken spans.
    `rank` is the time of the last confirmation in microseconds since 1970 and unique per medicine
    and kind: a total order, so that keyset pages neither repeat nor lose a post.
    """

    pk = models.CompositePrimaryKey("post_id", "medicine")
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="listings", db_index=False
    )
    medicine = models.IntegerField()
    kind = models.SmallIntegerField()
    code = models.IntegerField()
    whom = models.SmallIntegerField(default=0)
    point = models.PointField(srid=3857, spatial_index=False)
    cell = models.BigIntegerField()
    rank = models.FloatField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            # btree_gist: every nearest-first question, and newest-first within an area
            near("listing_needs", kind=Kind.NEED),
            near("listing_offers", kind=Kind.OFFER),
            # Most needs are for adults; of the others a filter would have to read very many.
            *(near(f"listing_needs_{whom}", whom) for whom in SELDOM),
            # the map reads nothing but this index: posts/square_map.py
            models.Index(
                fields=["medicine", "kind", "cell"],
                include=["expires_at", "whom", "code"],
                name="listing_cells",
            ),
            models.Index(fields=["expires_at"], name="listing_expiry"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["medicine", "kind", "rank"], name="listing_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id}/{self.medicine}"


class GonePost(models.Model):
    """That a post was deleted while it stood on the square, as with its account: whoever keeps a
    copy has to hear of it. Written by a trigger; two random names and a moment, for a while.
    """

    id = models.BigIntegerField(primary_key=True)
    public_id = models.UUIDField()
    changed_at = models.DateTimeField()

    is_on_square = False

    class Meta:
        indexes = [models.Index(fields=["changed_at", "id"], name="gone_post_changed")]


class Draft(models.Model):
    """What somebody has filled in and not yet published, encrypted; its id is in a signed cookie.

    It belongs to whoever holds the cookie until a signed-in resident opens it, then to him alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.PositiveSmallIntegerField(choices=Kind.choices)
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, null=True, related_name="+")
    editing = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, null=True, related_name="+"
    )
    data = EncryptedJSONField(default=dict)
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["touched_at"], name="draft_touched")]

    def __str__(self) -> str:
        return str(self.pk)


class Block(models.Model):
    """A poster, or a body, does not want to be reached by somebody any more, on any post."""

    by = models.ForeignKey(Resident, on_delete=models.CASCADE, null=True, related_name="blocks")
    by_organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, null=True, related_name="blocks"
    )
    blocked = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="blocked_by")
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints = [
            models.UniqueConstraint(
                fields=["by", "by_organisation", "blocked"],
                name="block_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="block_by_a_poster_or_a_body",
                condition=Q(by__isnull=False, by_organisation=None)
                | Q(by=None, by_organisation__isnull=False),
            ),
            models.CheckConstraint(
                name="block_somebody_else", condition=Q(by=None) | ~Q(by=F("blocked"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class Reveal(models.Model):
    """Somebody was shown the contact of a post."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="reveals")
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="reveals")
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("reveal")
        verbose_name_plural = _("reveals")
        constraints = [
            models.UniqueConstraint(fields=["post", "resident"], name="reveal_once_per_resident")
        ]
        indexes = [
            models.Index(fields=["resident", "-at"], name="reveal_by_resident"),
            models.Index(fields=["at"], name="reveal_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.at:%Y-%m-%d %H:%M}"


class Recall(models.Model):
    """Somebody who got in touch about an offer is told that it was found unsafe."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="recalls")
    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="recalls")
    at = models.DateTimeField(_("when"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("recall")
        verbose_name_plural = _("recalls")
        constraints = [
            models.UniqueConstraint(fields=["post", "resident"], name="recall_once_per_resident"),
            models.CheckConstraint(
                name="recall_read_after_it_was_made",
                condition=Q(read_at=None) | Q(read_at__gte=F("at")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["resident", "-id"], name="recall_unread", condition=Q(read_at=None)
            ),
            models.Index(fields=["at"], name="recall_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.at:%Y-%m-%d %H:%M}"


class Notice(models.Model):
    """A text message to a resident that waits to be sent: see `posts.notices`. Erased once sent."""

    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", null=True)
    template = models.CharField(max_length=20)  # of verification.sms
    values = EncryptedJSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("text message to send")
        verbose_name_plural = _("text messages to send")
        indexes = [models.Index(fields=["due_at", "id"], name="notice_due")]
        constraints = [
            # whatever happens many times before it is sent is told once
            models.UniqueConstraint(
                fields=["resident", "template", "post"],
                name="notice_waits_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.created_at:%Y-%m-%d %H:%M}"


class ActLink(models.Model):
    """A link in a text message: whoever holds it may answer for one post, once. See `posts.links`.

    The token itself is kept nowhere.
    """

    digest = models.CharField(max_length=64, unique=True)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("one-tap link")
        verbose_name_plural = _("one-tap links")
        indexes = [models.Index(fields=["expires_at"], name="actlink_expiry")]
        constraints = [
            models.CheckConstraint(
                name="actlink_holds_a_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="actlink_expires_after_it_was_made",
                condition=Q(expires_at__gt=F("created_at")),
            ),
            models.CheckConstraint(
                name="actlink_used_while_it_was_good",
                condition=Q(used_at=None)
                | Q(used_at__gte=F("created_at"), used_at__lt=F("expires_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.created_at:%Y-%m-%d %H:%M}"


class Ending(models.TextChoices):
    """How a post that is gone had ended."""

    THROUGH_HERE = Outcome.THROUGH_HERE.value, Outcome.THROUGH_HERE.label
    ELSEWHERE = Outcome.ELSEWHERE.value, Outcome.ELSEWHERE.label
    NOT_NEEDED = Outcome.NOT_NEEDED.value, Outcome.NOT_NEEDED.label
    RESOLVED = "resolved", _("resolved")
    EXPIRED = "expired", _("expired")
    HIDDEN = "hidden", _("hidden by a moderator")
    WITHDRAWN = "withdrawn", _("went with its account")


class PostCount(models.Model):
    """How many posts there were: all that stays of a post when its row is erased.

    By the day of publishing, the kind, the city and the ending: too coarse to point at anybody.
    """

    day = models.DateField(_("published on"))
    kind = models.PositiveSmallIntegerField(_("kind"), choices=Kind.choices)
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, related_name="+", verbose_name=_("area")
    )
    ending = models.CharField(_("how it ended"), max_length=12, choices=Ending.choices)
    number = models.PositiveIntegerField(_("number of posts"))

    class Meta:
        verbose_name = _("count of past posts")
        verbose_name_plural = _("counts of past posts")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "kind", "area", "ending"], name="post_count_once"
            ),
            models.CheckConstraint(name="post_count_is_positive", condition=Q(number__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()} {self.area_id} {self.ending}"


class Harm(models.IntegerChoices):
    """What may come of it while nobody looks: the first order of the moderators' queue."""

    OTHER = 1, _("other harm")
    MONEY = 2, _("money")
    PERSON = 3, _("a person")
    HEALTH = 4, _("health")


class ReportReason(models.TextChoices):
    WRONG = "wrong", _("Something in it is not true")
    SOLD = "sold", _("Money or something else is asked for")
    UNSAFE = "unsafe", _("The medicine may be unsafe")
    HARASSMENT = "harassment", _("Somebody is insulted or harassed")
    RESOLVED = "resolved", _("It is settled already")
    OTHER = "other", _("Something else")

    @property
    def harm(self) -> Harm:
        harms = {
            ReportReason.UNSAFE: Harm.HEALTH,
            ReportReason.HARASSMENT: Harm.PERSON,
            ReportReason.SOLD: Harm.MONEY,
        }
        return harms.get(self, Harm.OTHER)


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> "CaseQuerySet":
        return self.filter(closed_at=None)

    def free_for(self, moderator: Resident) -> "CaseQuerySet":
        """Open cases that no other moderator holds at this moment."""
        free = Q(taken_until=None) | Q(taken_until__lte=timezone.now()) | Q(taken_by=moderator)
        return self.open().filter(free)

    def ready(self) -> "CaseQuerySet":
        """Without identity checks that nobody can confirm yet, or whose data is to be erased."""
        now = timezone.now()
        can_be_confirmed = Q(identity__recovers=None) | Q(identity__confirm_after__lte=now)
        return self.filter(Q(identity=None) | can_be_confirmed & Q(identity__erase_after__gt=now))

    def held_by_others(self, moderator: Resident) -> "CaseQuerySet":
        """Open cases that somebody else holds at this moment."""
        return self.open().filter(taken_until__gt=timezone.now()).exclude(taken_by=moderator)

    def for_list(self) -> "CaseQuerySet":
        """With all that a list of cases shows, in three queries; without any contact data."""
        reasons = Report.objects.filter(case=OuterRef("pk")).order_by().values("reason").distinct()
        return (
            self.annotate(reasons=ArraySubquery(reasons))
            .select_related("post__area", "post__resident", "person", "taken_by", "decided_by")
            .select_related("identity__resident")
            .prefetch_related("post__items__medicine", "post__items__group")
            .defer("post__contact_phone", "post__contact_wechat", "post__landmark")
            .defer("post__held_note", "decided_note", "identity__name", "identity__number")
            .defer("post__resident__phone", "person__phone", "identity__resident__phone")
        )

    def by_urgency(self) -> "CaseQuerySet":
        """The order of the queue: the worst harm first, then whoever has waited longest."""
        return self.order_by("-harm", "opened_at", "id")


class Case(models.Model):
    """Something that somebody of the staff has to look at: one open case for each subject.

    All kinds of work are kinds here, so that one order and one way to hold serve them all; a
    further one gets its own subject column. A note or an identity check has an open case as long as
    it waits (`posts.waiting`). What becomes of an identity stands with the check alone: its case
    goes with the decision.
    """

    class Kind(models.TextChoices):
        POST = "post", _("a post was reported")
        PERSON = "person", _("a person was reported")
        NOTE = "note", _("a note waits to be read")
        IDENTITY = "identity", _("an identity waits to be checked")

    class Outcome(models.TextChoices):
        RELEASED = "released", _("Put the note up")
        REFUSED = "refused", _("Refuse the note")
        KEPT = "kept", _("Nothing wrong: keep")
        DISMISSED = "dismissed", _("The reports are unfounded: dismiss")
        HIDDEN = "hidden", _("Hide")
        SUSPENDED = "suspended", _("Suspend the person")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, null=True, related_name="cases", verbose_name=_("post")
    )
    person = models.ForeignKey(
        Resident,
        on_delete=models.CASCADE,
        null=True,
        related_name="cases",
        verbose_name=_("resident"),
    )
    identity = models.ForeignKey(
        RealNameCheck,
        on_delete=models.CASCADE,
        null=True,
        related_name="cases",
        verbose_name=_("real-name check"),
    )
    harm = models.PositiveSmallIntegerField(_("harm"), choices=Harm.choices)
    opened_at = models.DateTimeField(_("waiting since"), default=timezone.now)
    taken_by = models.ForeignKey(
        Resident, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("held by")
    )
    taken_until = models.DateTimeField(_("held until"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    reason = models.CharField(_("reason"), max_length=10, blank=True)
    decided_by = models.ForeignKey(
        Resident,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    closed_at = models.DateTimeField(_("decided"), null=True)
    # What the decision found and left, so that it can be undone, and only it.
    hidden_before = models.CharField(max_length=10, choices=HiddenFor.choices, blank=True)
    hidden_after = models.CharField(max_length=10, choices=HiddenFor.choices, blank=True)
    has_suspended = models.BooleanField(default=False)
    decided_note = EncryptedTextField(blank=True)  # erased when it is too late to undo
    recalled = models.JSONField(default=dict)  # other offers: key, and what each was hidden for

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        indexes = [
            models.Index(
                F("harm").desc(), "opened_at", "id", name="case_queue", condition=Q(closed_at=None)
            ),
            models.Index(
                fields=["-closed_at", "id"],
                name="case_decided",
                condition=Q(closed_at__isnull=False),
            ),
            models.Index(
                fields=["closed_at"], name="case_note_to_forget", condition=~Q(decided_note="")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "post", "person", "identity"],
                name="case_one_open_per_subject",
                condition=Q(closed_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="case_has_the_subject_of_its_kind",
                condition=Q(kind__in=["post", "note"], post__isnull=False, person=None)
                & Q(identity=None)
                | Q(kind="person", post=None, person__isnull=False, identity=None)
                | Q(kind="identity", post=None, person=None, identity__isnull=False),
            ),
            models.CheckConstraint(
                name="case_harm_is_known", condition=Q(harm__range=(Harm.OTHER, Harm.HEALTH))
            ),
            models.CheckConstraint(
                name="case_outcome_and_time_agree",
                condition=Q(outcome="", reason="", closed_at=None, decided_by=None)
                | ~Q(outcome="") & Q(closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="case_reason_where_one_is_told",
                condition=Q(outcome__in=["hidden", "suspended", "refused"]) & ~Q(reason="")
                | ~Q(outcome__in=["hidden", "suspended", "refused"]) & Q(reason=""),
            ),
            models.CheckConstraint(
                name="case_keeps_a_note_to_undo_alone",
                condition=Q(decided_note="") | Q(kind="note", closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="case_held_has_an_end",
                condition=Q(taken_by=None) | Q(taken_until__isnull=False, closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {str(self.pk)[:8]}"

    @property
    def reason_labels(self) -> list[str]:
        """What the reports name; only on cases of `for_list`."""
        return [str(ReportReason(each).label) for each in self.reasons]  # type: ignore[attr-defined]

    @property
    def reason_label(self) -> str:
        """The reason that the decision gave."""
        reasons = {**dict(HiddenFor.choices), **dict(Reason.choices)}
        return str(reasons.get(self.reason, self.reason))

    @property
    def is_held(self) -> bool:
        return self.taken_until is not None and self.taken_until > timezone.now()


class Report(models.Model):
    """Somebody says that something is wrong with a post, or with a person met around a post.

    "Settled already" is the one reason that no moderator needs to look at: it asks the poster.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="reports")
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="reports", verbose_name=_("post")
    )
    person = models.ForeignKey(
        Resident,
        on_delete=models.CASCADE,
        null=True,
        related_name="reports_about",
        verbose_name=_("resident"),
    )
    resident = models.ForeignKey(
        Resident, on_delete=models.CASCADE, null=True, related_name="reports_made",
        verbose_name=_("reported by"),
    )  # fmt: skip
    visitor = models.CharField(
        max_length=64, blank=True, help_text=_("a digest of address and day, for visitors")
    )
    reason = models.CharField(_("reason"), max_length=12, choices=ReportReason.choices)
    words = EncryptedTextField(_("in their words"), blank=True)
    # Copied, since whoever harasses somebody would take his message back.
    quoted = EncryptedTextField(_("the message that is reported"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [models.Index(fields=["at"], name="report_oldest")]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "resident"],
                name="report_once_per_post",
                condition=Q(person=None),
            ),
            models.UniqueConstraint(
                fields=["post", "visitor"],
                name="report_once_per_post_and_visitor",
                condition=Q(person=None) & ~Q(visitor=""),
            ),
            models.UniqueConstraint(fields=["person", "resident"], name="report_once_per_person"),
            models.CheckConstraint(
                name="report_by_a_resident_or_a_visitor",
                condition=Q(resident__isnull=False, visitor="")
                | Q(resident=None, person=None) & ~Q(visitor=""),
            ),
            models.CheckConstraint(
                name="report_quotes_a_person", condition=Q(quoted="") | Q(person__isnull=False)
            ),
            models.CheckConstraint(
                name="report_about_somebody_else",
                condition=Q(person=None) | ~Q(person=F("resident")),
            ),
            models.CheckConstraint(
                name="report_has_a_case_unless_settled",
                condition=Q(reason="resolved", case=None, person=None)
                | ~Q(reason="resolved") & Q(case__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.at:%Y-%m-%d %H:%M}"


class Message(models.Model):
    """Somebody asks to be called about a post whose poster shows no number: see `posts.messaging`.

    The poster reads its words and its number; they go when the sender takes them back, and with the
    contact data of the post.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for an answer")
        AGREED = "agreed", _("the poster agreed")
        WITHDRAWN = "withdrawn", _("taken back")
        ERASED = "erased", _("erased, since the post is over")

    STANDING = (State.WAITING, State.AGREED)
    LONGEST = 200

    public_id = models.UUIDField(_("id"), default=uuid.uuid4, unique=True, editable=False)
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="messages", db_index=False,
        verbose_name=_("post"),
    )  # fmt: skip
    sender = models.ForeignKey(
        Resident, on_delete=models.CASCADE, related_name="messages", db_index=False,
        verbose_name=_("sender"),
    )  # fmt: skip
    text = EncryptedTextField(_("text"), blank=True)
    phone = EncryptedTextField(_("phone of the sender"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["post", "-id"], name="message_newest"),
            models.Index(fields=["sender", "-id"], name="message_by_sender"),
            models.Index(fields=["at"], name="message_oldest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["post", "sender"], name="message_once_per_sender"),
            models.CheckConstraint(
                name="message_holds_words_and_number_while_it_stands",
                condition=Q(state__in=["waiting", "agreed"]) & ~Q(text="") & ~Q(phone="")
                | Q(state__in=["withdrawn", "erased"], text="", phone=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.at:%Y-%m-%d %H:%M}"

    @property
    def stands(self) -> bool:
        return self.state in self.STANDING

    @property
    def phone_as_said(self) -> str:
        return as_said(self.phone)
