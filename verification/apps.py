from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VerificationConfig(AppConfig):
    name = "verification"
    verbose_name = _("Verification")

    def ready(self) -> None:
        from safety import rotation
        from verification import personal, staff  # noqa: F401 -- enters what it holds

        rotation.ELSEWHERE["mfa.Authenticator.data"] = staff.renew_secrets
