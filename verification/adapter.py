"""How django-allauth sees our residents: by phone alone. And what it keeps of staff's devices."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from safety import encryption
from verification import codes
from verification.models import Resident
from verification.phones import PhoneField


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("That was quick. Please wait a minute and try again."),
    }

    def get_login_stages(self) -> list[str]:
        """Without allauth's second factor: it guards the admin, not the sign-in by phone."""
        stages = super().get_login_stages()
        return [stage for stage in stages if not stage.startswith("allauth.mfa.")]

    def phone_form_field(self, **kwargs) -> PhoneField:
        return PhoneField(**kwargs)

    def get_user_by_phone(self, phone: str) -> Resident | None:
        return Resident.objects.with_phone(phone)

    def get_phone(self, user: Resident) -> tuple[str, bool] | None:
        return (user.phone, True) if user.phone else None

    def set_phone(self, user: Resident, phone: str, verified: bool) -> None:
        user.set_phone(phone)
        user.save(update_fields=["phone", "phone_digest", "level"])

    def set_phone_verified(self, user: Resident, phone: str) -> None:
        self.set_phone(user, phone, True)

    def send_verification_code_sms(
        self, user: Resident | None, phone: str, code: str, **kwargs
    ) -> None:
        codes.send(self.request, phone, code)


class MFAAdapter(DefaultMFAAdapter):
    def get_totp_issuer(self) -> str:
        return settings.OPERATOR_NAME or super().get_totp_issuer()

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)
