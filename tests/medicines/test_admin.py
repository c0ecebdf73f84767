"""Moderators edit the catalogue; the audit log tells what changed."""

import pytest
from django.forms import BaseInlineFormSet
from django.urls import reverse

from medicines.models import BlockedName, Medicine
from safety.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def ibuprofen() -> Medicine:
    return Medicine.objects.get(slug="ibuprofen")


@pytest.fixture
def desk(client, moderator):
    client.force_login(moderator)
    return client


def page_of(medicine: Medicine) -> str:
    return reverse("admin:medicines_medicine_change", args=[medicine.pk])


def values(form) -> dict:
    """What a browser would send for one form of the page."""
    sent = {}
    for field in form:
        value = field.value()
        if hasattr(field.field, "prepare_value"):
            value = field.field.prepare_value(value)
        if value is None or value is False:
            continue
        if field.name in ("groups", "ingredients"):
            value = [getattr(item, "pk", item) for item in value]
        sent[field.html_name] = "on" if value is True else value
        if field.field.show_hidden_initial:
            sent[field.html_initial_name] = value
    return sent


def payload(desk, medicine: Medicine, **overrides) -> dict:
    context = desk.get(page_of(medicine)).context
    sent = values(context["adminform"].form)
    for inline in context["inline_admin_formsets"]:
        formset: BaseInlineFormSet = inline.formset
        sent |= values(formset.management_form)
        for form in formset.forms:
            sent |= values(form)
    return sent | overrides


def last_changes(medicine: Medicine) -> list:
    entry = AuditEntry.objects.filter(act="admin changed", subject=str(medicine.pk)).latest("id")
    return entry.details["changes"]


def test_a_change_is_in_the_audit_log_with_old_and_new(desk, moderator, ibuprofen):
    response = desk.post(page_of(ibuprofen), payload(desk, ibuprofen, name_en="Brufen"))
    assert response.status_code == 302, response.context["errors"]
    ibuprofen.refresh_from_db()
    assert ibuprofen.name_en == "Brufen"
    assert last_changes(ibuprofen) == [{"fields": {"name_en": ["Ibuprofen", "Brufen"]}}]
    assert AuditEntry.objects.latest("id").actor == moderator.pk


def test_a_changed_cap_is_in_the_audit_log(desk, ibuprofen):
    unit = ibuprofen.units.get(unit="tablet")
    index = list(ibuprofen.units.all()).index(unit)
    sent = payload(desk, ibuprofen, **{f"units-{index}-cap": "8"})
    assert desk.post(page_of(ibuprofen), sent).status_code == 302
    (change,) = last_changes(ibuprofen)
    assert change["did"] == "changed"
    assert change["fields"] == {"cap": [12, 8]}
    assert change["row"] == f"medicineunit {unit.pk}"


def test_added_and_deleted_cautions_are_in_the_audit_log(desk, ibuprofen):
    total = ibuprofen.cautions.count()
    added = {
        "rule": "over_65",
        "severity": "2",
        "text": "慎用",
        "text_en": "Care",
        "source": "药师",
    }
    sent = payload(
        desk, ibuprofen, **{"cautions-TOTAL_FORMS": total + 1, "cautions-0-DELETE": "on"}
    )
    sent |= {f"cautions-{total}-{name}": value for name, value in added.items()}
    assert desk.post(page_of(ibuprofen), sent).status_code == 302
    assert ibuprofen.cautions.count() == total
    deleted, new = last_changes(ibuprofen)
    assert (deleted["did"], new["did"]) == ("deleted", "added")
    assert deleted["fields"]["text"] == ["孕妇禁用布洛芬", None]
    assert new["fields"]["text"] == [None, "慎用"]


def test_groups_are_told_by_their_keys(desk, ibuprofen):
    old = [group.pk for group in ibuprofen.groups.all()]
    other = Medicine.objects.get(slug="qingyan").groups.get()
    sent = payload(desk, ibuprofen, groups=[*old, other.pk])
    assert desk.post(page_of(ibuprofen), sent).status_code == 302
    assert last_changes(ibuprofen) == [{"fields": {"groups": [old, [*old, other.pk]]}}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "blocked", "reason": ""},
        {"groups": []},
        {"units-0-cap": "0"},
        {"units-0-suggested": "99"},
        {"units-0-cap": "1", "units-0-suggested": "2"},
        {"cautions-0-rule": "under_age"},
    ],
)
def test_bad_input_is_refused_and_nothing_is_recorded(desk, ibuprofen, wrong):
    entries = AuditEntry.objects.count()
    response = desk.post(page_of(ibuprofen), payload(desk, ibuprofen, **wrong))
    assert response.status_code == 200
    assert response.context["errors"]
    assert AuditEntry.objects.count() == entries


def test_a_listed_row_keeps_a_unit(desk, ibuprofen):
    gone = {f"units-{index}-DELETE": "on" for index in range(ibuprofen.units.count())}
    response = desk.post(page_of(ibuprofen), payload(desk, ibuprofen, **gone))
    assert response.status_code == 200
    assert ibuprofen.units.count() == 5


def test_a_row_can_be_blocked_with_a_reason(desk, ibuprofen):
    sent = payload(desk, ibuprofen, status="blocked", reason="药师要求下架", source="药师")
    assert desk.post(page_of(ibuprofen), sent).status_code == 302
    assert not Medicine.objects.listed().filter(slug="ibuprofen").exists()


def test_rows_cannot_be_deleted(desk, ibuprofen):
    url = reverse("admin:medicines_medicine_delete", args=[ibuprofen.pk])
    assert desk.post(url, {"post": "yes"}).status_code == 403


def test_a_blocked_name_can_be_added_and_is_recorded(desk):
    sent = {
        "name": "秋水仙碱", "name_en": "Colchicine", "aliases": "秋水仙素，colchicin",
        "reason": "处方药", "source": "药师", "is_active": "on",
    }  # fmt: skip
    response = desk.post(reverse("admin:medicines_blockedname_add"), sent)
    assert response.status_code == 302
    row = BlockedName.objects.get(name="秋水仙碱")
    assert row.aliases == ["秋水仙素", "colchicin"]
    entry = AuditEntry.objects.get(act="admin added", subject=str(row.pk))
    assert entry.details["changes"][0]["fields"]["name"] == [None, "秋水仙碱"]


@pytest.mark.parametrize("model", ["medicine", "blockedname", "symptomgroup", "ingredient"])
def test_lists_and_searches_work(desk, model):
    url = reverse(f"admin:medicines_{model}_changelist")
    assert desk.get(url).status_code == 200
    if model != "symptomgroup":
        assert desk.get(url, {"q": "布洛芬"}).status_code == 200


def test_the_history_shows_the_changes(desk, ibuprofen):
    desk.post(page_of(ibuprofen), payload(desk, ibuprofen, name_en="Brufen"))
    url = reverse("admin:medicines_medicine_history", args=[ibuprofen.pk])
    assert "Brufen" in desk.get(url).text


@pytest.mark.parametrize("person", ["stranger", None])
def test_others_are_refused(client, request, ibuprofen, person):
    if person:
        client.force_login(request.getfixturevalue(person))
    assert client.get(page_of(ibuprofen)).status_code == 302
