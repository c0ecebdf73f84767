"""Who: residents."""

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
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

        The unique digest decides when two requests prove one new number at the same time.
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
                audit.record("joined", resident, resident)
        return resident


class Resident(AbstractBaseUser, PermissionsMixin):
    """An account. Residents have a phone and no password; staff a user name and a password."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(
        _("staff user name"), max_length=150, unique=True, null=True, blank=True
    )
    phone = EncryptedTextField(_("phone"), blank=True)
    phone_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    level = models.PositiveSmallIntegerField(
        _("level"), choices=Level.choices, default=Level.NONE, editable=False
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = ResidentManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("resident")
        verbose_name_plural = _("residents")
        constraints = [
            models.CheckConstraint(
                name="resident_phone_and_digest_go_together",
                condition=Q(phone="", phone_digest=None) | (~Q(phone="") & ~Q(phone_digest=None)),
            ),
            models.CheckConstraint(
                name="resident_without_phone_has_no_level",
                condition=~Q(phone="") | Q(level=Level.NONE),
            ),
        ]

    def __str__(self) -> str:
        return self.username or f"{_('resident')} {str(self.pk)[:8]}"

    def set_phone(self, phone: str) -> None:
        """Set the number (E.164, proven by a code) that this resident signs in with."""
        self.phone = phone
        self.phone_digest = digest("phone", phone)
        self.level = max(self.level, Level.PHONE)
