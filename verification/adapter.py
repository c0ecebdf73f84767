"""How django-allauth sees our residents: by phone alone."""

from allauth.account.adapter import DefaultAccountAdapter
from django.utils.translation import gettext_lazy as _

from verification import codes
from verification.models import Resident
from verification.phones import PhoneField


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("That was quick. Please wait a minute and try again."),
    }

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
