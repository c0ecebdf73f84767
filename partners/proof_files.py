"""Files at the root by which a platform sees that a body may open this site within its own app."""

from django.db import transaction
from django.utils.translation import gettext as _

from partners.applying import NotPossibleError
from partners.models import FileState, Partner, ProofFile, State
from safety import audit
from verification.models import Resident

MOST = 5  # of one body: an account, a mini-program, and the next ones of both


@transaction.atomic
def ask(partner: Partner, by: Resident, name: str, content: str) -> ProofFile:
    """A body asks for a file; it is served once an operator has let it pass. Twice is once.

    Raises `NotPossibleError` for too many, or a name that is taken. The name and the content are
    checked already.
    """
    Partner.objects.select_for_update(of=("self",), no_key=True).get(pk=partner.pk)
    mine = ProofFile.objects.filter(partner=partner)
    if same := mine.filter(name=name, content=content).first():
        return same
    if mine.count() >= MOST:
        told = _("At most %(most)s files, please. Remove one that is no longer needed.")
        raise NotPossibleError(told % {"most": MOST})
    file, is_new = ProofFile.objects.get_or_create(
        name=name, defaults={"partner": partner, "content": content, "made_by": by}
    )
    if not is_new:
        raise NotPossibleError(_("There is a file of this name already."))
    audit.record("proof file asked for", partner, by)
    return file


@transaction.atomic
def remove(partner: Partner, by: Resident, key: int) -> None:
    """The body needs it no more: it is served for some minutes at most. Twice is once."""
    file = ProofFile.objects.filter(partner=partner, pk=key).first()
    if file:
        file.delete()
        audit.record("proof file removed", partner, by)


def content_of(name: str) -> str | None:
    """What is served at `/<name>`: of bodies that are partners now. One query."""
    served = ProofFile.objects.filter(
        name=name,
        state=FileState.SERVED,
        partner__state=State.APPROVED,
        partner__organisation__is_active=True,
    )
    return served.values_list("content", flat=True).first()
