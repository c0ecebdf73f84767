"""New keys for the encrypted columns, while the site runs."""

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import call_command
from django.db import connection

from posts.models import Draft, Kind, Post
from safety import rotation
from tests.posts.factories import offer
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
