"""`/<name>.txt` for a body's mini-program: asked for by its owner, let pass by an operator."""

import re
import threading

import pytest
from django.db import IntegrityError, connection, transaction

from partners import applying, proof_files
from partners.applying import NotPossibleError
from partners.models import FileState, Partner, ProofFile, Refusal
from posts.models import Member, Organisation
from safety.models import AuditEntry
from tests.conftest import make_resident, signed_in
from tests.partners.bodies import approved, file_of, join, operator_called
from verification.models import Level

pytestmark = pytest.mark.django_db
NAME, CONTENT = "MP_verify_a1B2c3D4.txt", "a1B2c3D4"
PAGE = "/partners/yuehai/files/"


@pytest.fixture
def partner(resident) -> Partner:
    return approved(resident)


def asks(browser, name: str = NAME, content: str = CONTENT):
    return browser.post(PAGE, {"name": name, "content": content, "go": "1"})


def lets_pass(operator, partner: Partner, state: str = FileState.SERVED, **changed: str):
    """On the page of the body in the admin, as the browser sends it."""
    browser = signed_in(operator)
    url = f"/admin/partners/partner/{partner.pk}/change/"
    page = browser.get(url).content.decode()
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    file = partner.proof_files.get()
    sent |= {"name": "粤海街道社区居委会", "line": "0755 2653 4321", "origins": ""}
    sent |= {"proof_files-0-name": file.name, "proof_files-0-content": file.content}
    sent |= {"proof_files-0-state": state, **changed}
    return browser.post(url, sent)


def test_a_file_is_served_once_an_operator_has_let_it_pass(as_resident, client, partner):
    assert asks(as_resident, f" /{NAME}", f"{CONTENT}\n").status_code == 302
    shown = as_resident.get(PAGE).content.decode()
    assert NAME in shown and "等人看过" in shown and "每个文件我们都先看过再放上" in shown
    assert client.get(f"/{NAME}").status_code == 404
    boss = operator_called("boss")
    waits = f"/admin/partners/partner/?files={FileState.WAITING}"
    assert waits in signed_in(boss).get("/admin/").content.decode()
    assert "粤海街道社区居委会" in signed_in(boss).get(waits).content.decode()
    assert lets_pass(boss, partner).status_code == 302
    answer = client.get(f"/{NAME}")
    assert answer.content == CONTENT.encode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "max-age=300" in answer["Cache-Control"] and "public" in answer["Cache-Control"]
    assert not answer.cookies
    assert client.head(f"/{NAME}").status_code == 200
    assert "已放上" in as_resident.get(PAGE).content.decode()
    acts = AuditEntry.objects.filter(subject=str(partner.pk)).values_list("act", flat=True)
    assert {"proof file asked for", "admin changed"} <= set(acts)


def test_one_that_is_refused_is_not_served_and_the_body_is_told(as_resident, client, partner):
    asks(as_resident)
    lets_pass(operator_called("boss"), partner, FileState.REFUSED)
    assert client.get(f"/{NAME}").status_code == 404
    assert "没有放上" in as_resident.get(PAGE).content.decode()


def test_nobody_decides_on_files_of_his_own_body(partner):
    boss = operator_called("boss")
    Member.objects.create(organisation=partner.organisation, resident=boss)
    file_of(partner, state=FileState.WAITING)
    lets_pass(boss, partner)
    assert partner.proof_files.get().state == FileState.WAITING


def test_an_operator_cannot_write_what_the_rules_refuse(partner):
    file_of(partner, state=FileState.WAITING)
    answer = lets_pass(operator_called("boss"), partner, **{"proof_files-0-name": "robots.txt"})
    assert answer.status_code == 200
    assert "这不是验证文件的文件名" in answer.content.decode()


def test_a_body_that_has_ended_or_may_not_publish_proves_nothing(client, partner):
    file_of(partner)
    assert client.get(f"/{NAME}").status_code == 200
    Organisation.objects.filter(pk=partner.pk).update(is_active=False)
    assert client.get(f"/{NAME}").status_code == 404
    Organisation.objects.filter(pk=partner.pk).update(is_active=True)
    applying.end(partner.pk, operator_called("ender"), Refusal.RULES)
    assert client.get(f"/{NAME}").status_code == 404


def test_only_the_owner_asks_and_removes(partner, as_resident, helper, as_helper, client):
    file = file_of(partner)
    join(partner.organisation, partner.applicant, helper)
    assert as_helper.get(PAGE).status_code == 404
    assert as_helper.post(PAGE, {"remove": file.pk}).status_code == 404
    assert "/signin/" in client.get(PAGE)["Location"]
    assert ProofFile.objects.count() == 1
    for _twice in range(2):
        assert as_resident.post(PAGE, {"remove": file.pk}).status_code == 302
    assert client.get(f"/{NAME}").status_code == 404
    assert AuditEntry.objects.filter(act="proof file removed").count() == 1


def test_no_body_removes_the_file_of_another(partner, helper, as_resident):
    other = approved(helper, slug="nanyou", name="南油社区居委会")
    file = file_of(other)
    as_resident.post(PAGE, {"remove": file.pk})
    assert ProofFile.objects.filter(pk=file.pk).exists()


WRONG_NAMES = [
    "a.html", ".txt", "a/b.txt", "../a.txt", "a.txt.txt", "a b.txt", "证.txt", "a" * 65 + ".txt",
    "robots.txt", "Robots.txt", "security.txt", "ads.txt", "app-ads.txt", "llms.txt",
    "baidu_verify_code-1a2B.txt", "sogousiteverification.txt", "Google123abc.txt",
    "acme-challenge.txt", "site-owner.txt", "a.txt\n",
]  # fmt: skip
RIGHT_NAMES = ["MP_verify_a1B2c3D4.txt", "WW_verify_a1B2c3D4.txt", "so7Xk2mP1q.txt", "a-b_c.txt"]
WRONG_CONTENTS = ["", "<script>", "a b", "a\nb", "一二", "x" * 201, "a&b", "\u0000"]


@pytest.mark.parametrize("name", WRONG_NAMES)
def test_a_name_that_speaks_for_the_site_or_is_no_plain_one_is_refused(partner, as_resident, name):
    if not name.endswith("\n"):  # a line end is cut off before it is looked at
        answer = asks(as_resident, name)
        assert answer.status_code == 422
        assert CONTENT in answer.content.decode()
    assert not ProofFile.objects.exists()
    with pytest.raises(IntegrityError, match="prooffile_name"), transaction.atomic():
        file_of(partner, name[:68] if len(name) < 70 else name)


@pytest.mark.parametrize("name", RIGHT_NAMES)
def test_names_that_platforms_give_are_taken(partner, as_resident, name):
    assert asks(as_resident, name).status_code == 302
    assert ProofFile.objects.get().name == name


@pytest.mark.parametrize("content", WRONG_CONTENTS)
def test_anything_but_a_short_plain_line_is_refused(partner, as_resident, content):
    answer = asks(as_resident, content=content)
    assert answer.status_code == 422
    assert f'value="{NAME}"' in answer.content.decode()
    if "\u0000" not in content and len(content) <= 200:
        with pytest.raises(IntegrityError, match="prooffile_content"), transaction.atomic():
            file_of(partner, content=content)


def test_a_name_is_one_bodys_and_there_are_few(partner, helper, as_resident):
    other = approved(helper, slug="nanyou", name="南油社区居委会")
    file_of(other)
    answer = asks(as_resident)
    assert (answer.status_code, "已经有同名的文件了" in answer.content.decode()) == (422, True)
    for nth in range(proof_files.MOST):
        assert asks(as_resident, f"file{nth}.txt").status_code == 302
    assert asks(as_resident, "file0.txt").status_code == 302, "a second tap is one"
    assert asks(as_resident, "one-more.txt").status_code == 422
    assert partner.proof_files.count() == proof_files.MOST


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_make_one_file():
    partner = approved(make_resident("+8613800138041", Level.REAL_NAME))
    problems = []

    def tap() -> None:
        try:
            proof_files.ask(partner, partner.applicant, NAME, CONTENT)
        except NotPossibleError as error:
            problems.append(error)
        finally:
            connection.close()

    taps = [threading.Thread(target=tap) for _nth in range(4)]
    for each in taps:
        each.start()
    for each in taps:
        each.join()
    assert (ProofFile.objects.count(), problems) == (1, [])
