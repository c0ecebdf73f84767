"""What is held about accounts: this app's part of the register of personal data."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from safety import register
from safety.register import kept_for
from verification import leaving, real_name
from verification.models import Resident, WeixinTie

THE_MACHINE = _("nobody: the machine alone")
WITH_THE_ACCOUNT = kept_for(
    lambda: settings.ACCOUNT_KEPT,
    _("until you erase your account, or %(time)s after your last sign-in"),
)

register.hold(
    "verification.Resident",
    "phone",
    what=_("Your mobile number"),
    why=_("to sign you in, and to tell you what happens to your posts"),
    kept=WITH_THE_ACCOUNT,
    seen_by=_(
        "nobody; its last four digits: you, moderators, and posters whose contact you asked for"
    ),
)
register.hold(
    "verification.Resident",
    "phone_digest",
    what=_("An unreadable fingerprint of your number"),
    why=_("to find your account when you sign in"),
    kept=WITH_THE_ACCOUNT,
    seen_by=THE_MACHINE,
)
register.hold(
    "verification.Resident",
    "id",
    "level",
    "is_active",
    "date_joined",
    "last_login",
    "phone_proven_at",
    what=_("Your account: a random identifier, how far you are verified, whether it is suspended, "
           "when you joined, last signed in and last typed a code"),
    why=_("to know what you may do here"),
    kept=WITH_THE_ACCOUNT,
    seen_by=_("moderators; others see only how far you are verified"),
)  # fmt: skip
register.hold(
    "verification.Resident",
    "username",
    "password",
    "is_staff",
    "is_superuser",
    "area_limit",
    "groups",
    "user_permissions",
    what=_("Of staff: user name, password (unreadable), rights and areas"),
    why=_("to let staff into the administration"),
    kept=lambda: str(_("as long as they work here")),
    seen_by=_("the operator"),
)
register.hold(
    "mfa.Authenticator",
    "user",
    "type",
    "data",
    "created_at",
    "last_used_at",
    what=_("Of staff: the key of the authenticator app and the recovery codes"),
    why=_("so that a password alone opens nothing"),
    kept=lambda: str(_("as long as they work here")),
    seen_by=THE_MACHINE,
)
register.not_personal("mfa.Authenticator", "id")
register.rows(
    "verification.Resident",
    lambda person: Resident.objects.filter(pk=person.pk),
    but=("password", "groups", "user_permissions", "area_limit"),
)
register.not_personal("verification.Resident", "session_epoch")
for through, to in (("groups", "group"), ("user_permissions", "permission")):
    label = f"verification.Resident_{through}"
    register.not_personal(label, "id", "resident", to)  # the entry above speaks of them

register.hold(
    "verification.Consent",
    "resident",
    "purpose",
    "version",
    "given_at",
    "withdrawn_at",
    what=_("What you agreed to, in which wording, and when"),
    why=_("to show that you were asked, and to ask again when the wording changes"),
    kept=WITH_THE_ACCOUNT,
    seen_by=_("you, and the operator"),
)
register.rows("verification.Consent", lambda person: person.consents.order_by("id"))
register.not_personal("verification.Consent", "id")

register.hold(
    "verification.RealNameCheck",
    "name",
    "number",
    what=_("Real-name check: full name and document number"),
    why=_("to confirm who you are, where a reviewer has to decide"),
    kept=kept_for(
        lambda: real_name.LONGEST_WAIT, _("until the decision, %(time)s at most; encrypted")
    ),
    seen_by=_("one identity reviewer; every look is recorded"),
)
register.hold(
    "verification.RealNameCheck",
    "document_digest",
    what=_("Real-name check: an unreadable fingerprint of the document number"),
    why=_("so that one document serves one account"),
    kept=WITH_THE_ACCOUNT,
    seen_by=THE_MACHINE,
)
register.hold(
    "verification.RealNameCheck",
    "id",
    "resident",
    "document_type",
    "masked_name",
    "state",
    "reason",
    "provider",
    "created_at",
    "decided_at",
    "decided_by",
    "recovers",
    what=_("Real-name check: first character of your name, kind of document, result and when"),
    why=_("to show you and others that you are verified"),
    kept=kept_for(
        lambda: settings.REFUSED_CHECKS_KEPT,
        _("with your account; %(time)s where it led to nothing"),
    ),
    seen_by=_("identity reviewers; posters whose number you look at see the first character"),
)
register.rows(
    "verification.RealNameCheck",
    lambda person: person.real_name_checks.order_by("created_at"),
    but=("recovers",),
)
register.not_personal("verification.RealNameCheck", "erase_after", "confirm_after")
register.deadline("documents that nobody decided on in time", real_name.erase_overdue)
register.deadline("real-name checks that led to nothing", leaving.erase_refused_checks)

register.hold(
    "verification.PhoneProof",
    "resident",
    "phone_digest",
    "proven_at",
    what=_("An unreadable fingerprint of other numbers that you proved by a code"),
    why=_("so that nobody puts a stranger's number on a post"),
    kept=WITH_THE_ACCOUNT,
    seen_by=THE_MACHINE,
)
register.rows("verification.PhoneProof", lambda person: person.phone_proofs.order_by("id"))
register.not_personal("verification.PhoneProof", "id")

register.hold(
    "verification.WeixinTie",
    "resident",
    "identity",
    "tied_at",
    what=_("If WeChat signs you in: an unreadable fingerprint of the number by which WeChat tells "
           "us that it is you, and since when"),
    why=_("to find your account; we ask WeChat for nothing else about you"),
    kept=lambda: str(
        _("until you untie WeChat, sign out on all other devices or erase your account")
    ),
    seen_by=_("nobody: the machine alone; moderators see that there is one"),
)  # fmt: skip
register.rows("verification.WeixinTie", lambda person: WeixinTie.objects.filter(resident=person))

register.hold(
    "verification.KeptDigest",
    "digest",
    "erase_after",
    what=_("After an account is erased: unreadable fingerprints of its number and document"),
    why=_("so that erasing it is no way round a limit, a block or a suspension"),
    kept=lambda: str(
        _("%(time)s; of a suspended account %(longer)s")
        % {
            "time": register.days(settings.REJOIN_AFTER),
            "longer": register.days(settings.SUSPENDED_KEPT),
        }
    ),
    seen_by=THE_MACHINE,
)
register.deadline("fingerprints of erased accounts", leaving.forget_digests)
register.deadline("accounts that did nothing", leaving.erase_unfinished)
register.deadline("accounts that nobody uses", leaving.erase_unused)
