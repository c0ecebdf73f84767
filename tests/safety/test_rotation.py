"""New keys for the encrypted columns, while the site runs."""

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection

from posts.models import Draft, Kind, Post
from safety import rotation
from safety.encryption import is_current
from tests.aging import ciphertexts
from tests.conftest import signed_in
from tests.posts.factories import offer
from tests.verification.test_real_name import document
from tests.verification.threads import at_once
from verification import real_name
from verification.models import Resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def a_post_and_a_draft(resident):
    offer(resident, landmark="南门岗亭")
    draft = Draft(kind=Kind.NEED, resident=resident)
    draft.data = {"contact": {"phone": ["+8613800138001"]}}
    draft.save()


def test_afterwards_the_old_key_can_go(a_post_and_a_draft, settings, capsys):
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    call_command("rotate_keys")
    assert "posts.Post.landmark: 1 rows" in capsys.readouterr().out
    settings.ENCRYPTION_KEYS = [new]
    assert Post.objects.get().landmark == "南门岗亭"
    assert Post.objects.get().contact_phone == "+8613800138001"
    assert Draft.objects.get().data["contact"]["phone"] == ["+8613800138001"]
    assert Resident.objects.get().phone == "+8613800138001"


def test_without_it_the_old_key_is_needed(a_post_and_a_draft, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        Post.objects.get()


def test_a_second_time_there_is_nothing_to_do(a_post_and_a_draft, settings, capsys):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    call_command("rotate_keys")
    capsys.readouterr()
    call_command("rotate_keys")
    assert "posts.Post.landmark: 0 rows" in capsys.readouterr().out


def test_a_row_that_is_written_meanwhile_keeps_the_newer_text(
    a_post_and_a_draft, settings, monkeypatch
):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    rows = rotation.old_rows

    def write_in_between(*names):
        for pk, ciphertext in rows(*names):
            Post.objects.filter(pk=pk).update(landmark="北门")
            yield pk, ciphertext

    monkeypatch.setattr(rotation, "old_rows", write_in_between)
    assert rotation.rotate(Post, Post._meta.get_field("landmark")) == 0
    assert Post.objects.get().landmark == "北门"


def test_empty_columns_stay_empty(a_post_and_a_draft, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    call_command("rotate_keys")
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact_wechat FROM posts_post")
        assert cursor.fetchone() == ("",)


def test_every_ciphertext_of_the_database_is_then_the_new_keys(
    a_post_and_a_draft, as_resident, helper, settings
):
    """Found by looking, and not by the list that the command follows."""
    settings.REAL_NAME_PROVIDER = "manual"
    real_name.submit(helper, document())
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    before = list(ciphertexts())
    kinds = {where for where, _text in before}
    assert {
        "verification_resident.phone", "posts_post.contact_phone", "posts_draft.data",
        "verification_realnamecheck.number", "django_session.session_data",
    } <= kinds  # fmt: skip
    assert not any(is_current(text) for _where, text in before)
    call_command("rotate_keys")
    after = list(ciphertexts())
    assert len(after) == len(before)
    assert [where for where, text in after if not is_current(text)] == []


def test_nobody_is_signed_out(as_resident, settings):
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [new]
    assert as_resident.get("/account/").status_code == 200


def test_a_session_of_a_key_long_gone_stops_nothing(as_resident, helper, settings, capsys):
    Session.objects.update(session_data=Fernet(Fernet.generate_key()).encrypt(b"{}").decode())
    signed_in(helper)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    call_command("rotate_keys")
    assert "sessions.Session.session_data: 1 rows" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_the_site_goes_on_writing_meanwhile_and_no_write_is_lost(resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    posts = [offer(resident, landmark="0") for _ in range(12)]
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]

    def write(step: int):
        def run():
            for number in range(40):
                Post.objects.filter(pk=posts[(number + step) % 12].pk).update(
                    landmark=f"{step}-{number}"
                )
            return True

        return run

    def turn():
        call_command("rotate_keys")
        return True

    assert at_once(write(0), turn, write(6), turn) == [True] * 4
    call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [new]
    written = {post.landmark for post in Post.objects.all()}
    last = {f"{step}-{number}" for step in (0, 6) for number in range(28, 40)}
    assert len(written) == 12
    assert written <= last
    assert {post.contact_phone for post in Post.objects.all()} == {"+8613800138001"}
