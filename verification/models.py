"""Who: residents, how their identity was checked, and which phones they have proven."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from safety import audit
from safety.encryption import EncryptedTextField, digest


class Level(models.IntegerChoices):
    """How far somebody is known. Each act needs a level, which the operator sets."""

    NONE = 0, _("visitor")
    PHONE = 1, _("phone verified")
    REAL_NAME = 2, _("real name verified")

    @classmethod
    def named(cls, word: str) -> "Level":
        """The level behind the word used in the settings: none, phone, real-name."""
        return cls[word.upper().replace("-", "_")]


class ResidentManager(BaseUserManager["Resident"]):
    def create_user(
        self, username: str | None = None, password: str | None = None, **fields: Any
    ) -> "Resident":
        resident = self.model(username=username or None, **fields)
        resident.set_password(password)
        resident.save(using=self._db)
        return resident

    def create_superuser(self, username: str, password: str, **fields: Any) -> "Resident":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)

    def with_phone(self, phone: str) -> "Resident | None":
        """The resident who has proven this number (E.164), or None."""
        return self.filter(phone_digest=digest("phone", phone)).first()

    def who_proved(self, phone: str) -> "Resident":
        """The resident of a number (E.164) that was just proven by a code; made if it is new.

        The unique digest decides when two requests prove one new number at the same time. Raises
        `KeptDigest.StillKept` while the number belongs to an account that was erased lately; that
        is looked at last, so that no erasing at the same moment is missed.
        """
        with transaction.atomic():
            resident = self.model(password=make_password(None))
            resident.set_phone(phone)
            resident, created = self.get_or_create(
                phone_digest=resident.phone_digest,
                defaults={
                    "phone": phone,
                    "level": resident.level,
                    "password": resident.password,
                },
            )
            if created:
                KeptDigest.objects.refuse(resident.phone_digest)
                audit.record("joined", resident, resident)
        return resident


def area_codes() -> models.PositiveIntegerField:
    """A code of GB/T 2260: six digits. The areas themselves belong to an app that knows us."""
    return models.PositiveIntegerField(
        validators=[MinValueValidator(110000), MaxValueValidator(829999)]
    )


class Resident(AbstractBaseUser, PermissionsMixin):
    """An account. Residents have a phone and no password; staff a user name and a password."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(
        _("staff user name"), max_length=150, unique=True, null=True, blank=True
    )
    phone = EncryptedTextField(_("phone"), blank=True)
    phone_digest = models.CharField(
        max_length=64, unique=True, null=True, blank=True, editable=False
    )
    level = models.PositiveSmallIntegerField(
        _("level"), choices=Level.choices, default=Level.NONE, editable=False
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    # Set by each code to the account's own number; sign-in by WeChat sets `last_login` alone.
    phone_proven_at = models.DateTimeField(null=True, blank=True, editable=False)
    area_limit = ArrayField(
        area_codes(),
        verbose_name=_("moderates only these areas"),
        help_text=_("Six-digit area codes with commas between. Empty: the whole country."),
        default=list,
        blank=True,
    )

    objects = ResidentManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("resident")
        verbose_name_plural = _("residents")
        permissions = [
            ("suspend_resident", _("Can suspend residents")),
            ("manage_staff", _("Can manage staff accounts, but no superusers")),
        ]
        indexes = [
            models.Index(fields=["-date_joined"], name="resident_newest_first"),
            models.Index(fields=["id"], name="resident_staff", condition=Q(is_staff=True)),
            models.Index(fields=["id"], name="resident_suspended", condition=Q(is_active=False)),
            models.Index(Coalesce("last_login", "date_joined"), name="resident_last_seen"),
        ]
        constraints = [
            models.CheckConstraint(
                name="resident_phone_and_digest_go_together",
                condition=Q(phone="", phone_digest=None) | (~Q(phone="") & ~Q(phone_digest=None)),
            ),
            models.CheckConstraint(
                name="resident_without_phone_has_no_level",
                condition=~Q(phone="") | Q(level=Level.NONE),
            ),
            models.CheckConstraint(
                name="resident_only_staff_have_areas",
                condition=Q(area_limit=[]) | Q(is_staff=True),
                violation_error_message=_("Only staff are limited to areas."),
            ),
        ]

    def __str__(self) -> str:
        return self.username or f"{_('resident')} {str(self.pk)[:8]}"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must know to be this resident's: a new epoch ends all older sessions.

        (The sessions' rows are ciphertext: nobody can look up whose they are to delete them.)
        """
        known = f"{self.session_epoch}:{self.password}"
        salt = "verification.models.Resident.session"
        return salted_hmac(salt, known, secret=secret, algorithm="sha256").hexdigest()

    def end_sessions(self) -> None:
        """End every session of this resident, and untie his WeChat: it would begin new ones without
        the phone. Call it in the transaction of the act behind it.
        """
        Resident.objects.filter(pk=self.pk).update(session_epoch=F("session_epoch") + 1)
        self.refresh_from_db(fields=["session_epoch"])
        WeixinTie.objects.untie(self, None, Untied.ENDED)

    @property
    def phone_last_proven(self) -> datetime:
        """When a code last showed that the number is still this resident's.

        Of before it was noted: the last sign-in, since only codes signed residents in.
        """
        return self.phone_proven_at or self.last_login or self.date_joined

    def note_phone_proven(self) -> None:
        self.phone_proven_at = timezone.now()
        Resident.objects.filter(pk=self.pk).update(phone_proven_at=self.phone_proven_at)

    def set_phone(self, phone: str) -> None:
        """Set the number (E.164, proven by a code) that this resident signs in with."""
        self.phone = phone
        self.phone_digest = digest("phone", phone)
        self.level = max(self.level, Level.PHONE)

    def manages(self, other: "Resident") -> bool:
        """Whether this member of staff may change somebody's staff account; superusers any.

        Others change neither their own, nor a resident's: with a password for it they would be him.
        """
        if self.is_superuser:
            return True
        is_above = other.is_superuser or other.phone or other.pk == self.pk
        return self.adds_staff and not is_above

    @property
    def adds_staff(self) -> bool:
        """Whoever is limited to areas would make somebody who is not."""
        return self.has_perm("verification.manage_staff") and not self.area_limit

    @property
    def area_ranges(self) -> list[tuple[int, int]]:
        """Lowest and highest code of each area of the limit: a province ends in 0000, a city in 00.

        Without a limit, none.
        """
        return [(code, code + below(code)) for code in self.area_limit]

    def covers(self, code: int) -> bool:
        """Whether this member of staff is in charge of the area with this code."""
        ranges = self.area_ranges
        return not ranges or any(low <= code <= high for low, high in ranges)

    def in_charge(self, code_field: str) -> Q:
        """Rows of the areas that this member of staff is in charge of, by their column of codes."""
        found = Q()  # of somebody without a limit: every row
        for area_range in self.area_ranges:
            found |= Q(**{f"{code_field}__range": area_range})
        return found


def below(code: int) -> int:
    """How far the codes within an area reach beyond its own."""
    if code % 10000 == 0:
        return 9999
    return 99 if code % 100 == 0 else 0


def signed_in(request: HttpRequest) -> Resident:
    """Whose request this is, in code that only signed-in people reach."""
    return cast(Resident, request.user)


class Consent(models.Model):
    """That a resident agreed to one purpose, in the wording of one version.

    Never changed, but for the one time when it is withdrawn: see `verification.consent`.
    """

    class Purpose(models.TextChoices):
        TERMS = "terms", _("terms of use and privacy")
        AGE = "age", _("being 14 or older")
        SENSITIVE = "sensitive", _("health facts and rough place on a post")
        REAL_NAME = "real-name", _("real-name check")

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    version = models.CharField(_("version of the wording"), max_length=20)
    given_at = models.DateTimeField(_("given"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "purpose", "version"],
                condition=Q(withdrawn_at=None),
                name="one_consent_per_wording",
            ),
            models.CheckConstraint(
                name="consent_withdrawn_after_it_was_given",
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("given_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"


class DocumentType(models.TextChoices):
    """Who has no mainland identity card is a resident too."""

    ID_CARD = "id-card", _("Resident identity card")
    PASSPORT = "passport", _("Passport")
    HK_MACAO_PERMIT = (
        "hk-macao-permit",
        _("Mainland travel permit for Hong Kong and Macao residents"),
    )
    TAIWAN_PERMIT = "taiwan-permit", _("Mainland travel permit for Taiwan residents")
    FOREIGN_RESIDENT = "foreign-resident", _("Foreigner's permanent residence card")
    RESIDENCE_PERMIT = (
        "residence-permit",
        _("Residence permit for Hong Kong, Macao and Taiwan residents"),
    )


class RealNameCheck(models.Model):
    """One try to confirm who a resident is.

    The document's number is never kept: only a keyed digest, so that one document serves one
    account. While a person has to decide, name and number are kept encrypted for the reviewer;
    the database itself refuses a decided row that still holds them.

    A row with `recovers` is a request to move a verification here from an account whose phone is
    lost (`verification.recovery`). Name and number were confirmed before: it holds neither.
    """

    class State(models.TextChoices):
        VERIFIED = "verified", _("verified")
        REFUSED = "refused", _("refused")
        WAITING = "waiting", _("waiting for a person")
        TRY_LATER = "try_later", _("try again")

    class Reason(models.TextChoices):
        """Why not. Codes from a list: they may stand in the audit log."""

        MISMATCH = "mismatch", _("Name and number do not belong together.")
        INVALID = "invalid", _("This document could not be confirmed.")
        EXPIRED = "expired", _("This document has run out.")
        TAKEN = "taken", _("Another account was verified with this document.")
        PROVIDER_AWAY = "provider-away", _("The checking service cannot be reached right now.")
        OVERDUE = "overdue", _("Nobody could look at it in time, so we erased what you entered.")
        LAPSED = (
            "lapsed",
            _("Nobody signed in with this number for long, so please confirm your name again."),
        )
        ERASED = (
            "erased",
            _("An account with this document was erased not long ago. Please try again later."),
        )
        LIMIT = "limit", _("This document was checked too often today.")
        MOVED = "moved", _("The verification was moved to another account.")
        OBJECTED = "objected", _("The other account said no.")
        UNPROVEN = "unproven", _("We could not be sure that both accounts are yours.")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resident = models.ForeignKey(
        Resident, models.CASCADE, related_name="real_name_checks", verbose_name=_("resident")
    )
    document_type = models.CharField(_("document"), max_length=20, choices=DocumentType.choices)
    document_digest = models.CharField(max_length=64, editable=False)
    masked_name = models.CharField(_("name"), max_length=8)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True)
    provider = models.CharField(_("provider"), max_length=20)
    created_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        Resident,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    name = EncryptedTextField(_("full name"), blank=True)
    number = EncryptedTextField(_("document number"), blank=True)
    erase_after = models.DateTimeField(_("erased at the latest"), null=True, blank=True)
    # CASCADE: once the other account is erased, nothing is in the way of an ordinary check.
    recovers = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="recoveries",
        verbose_name=_("moves the verification of"),
    )
    confirm_after = models.DateTimeField(
        _("may be confirmed from"), null=True, blank=True, editable=False
    )  # set when the other account's phone was told: until then nobody can confirm

    class Meta:
        verbose_name = _("real-name check")
        verbose_name_plural = _("real-name checks")
        ordering = ["created_at"]
        permissions = [("review_identity", "Can review identity documents")]
        indexes = [
            models.Index(fields=["resident", "-created_at"], name="real_name_newest"),
            models.Index(fields=["state", "created_at"], name="real_name_queue"),
            models.Index(fields=["created_at"], name="real_name_oldest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["document_digest"],
                condition=Q(state="verified"),
                name="one_account_per_document",
            ),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(state__in=["verified", "waiting"]),
                name="one_open_or_verified_check_per_resident",
            ),
            models.CheckConstraint(
                name="real_name_data_only_while_waiting",
                condition=Q(state="waiting", erase_after__isnull=False, decided_at=None)
                | Q(name="", number="", erase_after=None, decided_at__isnull=False)
                & ~Q(state="waiting"),
            ),
            models.CheckConstraint(
                name="real_name_erased_within_72_hours",
                condition=Q(recovers__isnull=False)  # it holds nothing to erase
                | Q(erase_after=None)
                | Q(erase_after__lte=F("created_at") + timedelta(hours=72)),
            ),
            models.CheckConstraint(
                name="recovery_waits_and_holds_no_document",
                condition=Q(recovers=None, confirm_after=None)
                | Q(recovers__isnull=False, state="waiting", name="", number=""),
            ),
            models.CheckConstraint(
                name="real_name_reason_unless_verified_or_waiting",
                condition=Q(state__in=["verified", "waiting"], reason="")
                | (Q(state__in=["refused", "try_later"]) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.masked_name} {self.get_document_type_display()}"


class PhoneProof(models.Model):
    """That a resident could read a text message sent to a number which is not the account's."""

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="phone_proofs")
    phone_digest = models.CharField(max_length=64)
    proven_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("phone proof")
        verbose_name_plural = _("phone proofs")
        constraints = [
            models.UniqueConstraint(fields=["resident", "phone_digest"], name="one_proof_per_phone")
        ]

    def __str__(self) -> str:
        return f"{self.resident} {self.proven_at:%Y-%m-%d}"


class Untied(models.TextChoices):
    """Why a WeChat signs nobody in any more: codes for the audit log."""

    OWN_WISH = "own-wish", _("own wish")
    ENDED = "sessions-ended", _("all sessions were ended")
    NOT_PROVEN = "phone-not-proven", _("the phone was not proven for long")
    ANOTHER = "another-weixin", _("another WeChat took its place")
    ELSEWHERE = "tied-elsewhere", _("its owner has another account")
    MOVED = "verification-moved", _("the verification was moved to another account")
    MODERATOR = "moderator", _("a moderator did it")


class WeixinTieManager(models.Manager["WeixinTie"]):
    def usable(self, identity: str) -> "WeixinTie | None":
        """The tie of a WeChat identity (its digest), while it may still stand for the phone.

        Numbers get new owners: REAL_NAME_LASTS after the number was last proven, a code is needed.
        """
        tie = self.filter(identity=identity).select_related("resident").first()
        if tie is None:
            return None
        lasts_until = tie.resident.phone_last_proven + settings.REAL_NAME_LASTS
        return tie if lasts_until > timezone.now() else None

    def untie(self, resident: Resident, by: Resident | None, reason: Untied) -> bool:
        """Let no WeChat sign a resident in; whether one did. Call it within a transaction."""
        if not self.filter(resident=resident).delete()[0]:
            return False
        audit.record("weixin untied", resident, by, reason=reason.value)
        return True


class WeixinTie(models.Model):
    """That a WeChat account signs a resident in: one of each, whose phone was proven beside it.

    Of WeChat's openid only a keyed digest is kept: nobody has to read it, only to find it again.
    """

    resident = models.OneToOneField(
        Resident, models.CASCADE, primary_key=True, related_name="weixin_tie"
    )
    identity = models.CharField(max_length=64, unique=True)  # a digest: verification.weixin
    tied_at = models.DateTimeField(_("tied"), default=timezone.now)

    objects = WeixinTieManager()

    class Meta:
        verbose_name = _("tie to WeChat")
        verbose_name_plural = _("ties to WeChat")
        constraints = [
            models.CheckConstraint(
                name="weixin_identity_is_a_digest",
                condition=Q(identity__regex=r"^[0-9a-f]{64}$"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resident} {self.tied_at:%Y-%m-%d}"


class KeptDigestManager(models.Manager["KeptDigest"]):
    def until(self, digest: str) -> datetime | None:
        """Until when a digest bars a new account; None if it does not."""
        kept = self.filter(digest=digest, erase_after__gt=timezone.now()).first()
        return kept.erase_after if kept else None

    def keep(self, digests: Iterable[str], time: timedelta | None = None) -> None:
        """Keep digests for a time (REJOIN_AFTER_DAYS if none is given), never shorter than so far.

        Call it in the transaction that erases what they stand for.
        """
        until = timezone.now() + (time or settings.REJOIN_AFTER)
        for each in sorted(digests):
            kept, new = self.get_or_create(digest=each, defaults={"erase_after": until})
            if not new:
                self.filter(pk=kept.pk, erase_after__lt=until).update(erase_after=until)

    def refuse(self, digest: str | None) -> None:
        """Raises `KeptDigest.StillKept` while a digest bars a new account."""
        if digest and (until := self.until(digest)):
            raise KeptDigest.StillKept(until)


class KeptDigest(models.Model):
    """The keyed digest of a number or document whose account was erased, for a short time more.

    Otherwise whoever erases his account and joins again at once would be rid of every quota, cap,
    block and suspension. Nothing leads from here to the account that was.
    """

    class StillKept(Exception):  # noqa: N818 -- said as Django says DoesNotExist
        """A new account is possible only after `until`."""

        def __init__(self, until: datetime) -> None:
            super().__init__(until)
            self.until = until

    digest = models.CharField(max_length=64, primary_key=True)
    erase_after = models.DateTimeField(_("erased at the latest"))

    objects = KeptDigestManager()

    class Meta:
        verbose_name = _("kept digest")
        verbose_name_plural = _("kept digests")
        indexes = [models.Index(fields=["erase_after"], name="kept_digest_oldest")]

    def __str__(self) -> str:
        return f"{self.digest[:8]}…"
