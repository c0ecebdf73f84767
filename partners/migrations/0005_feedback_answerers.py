"""The operator and those who moderate posts answer feedback."""

from django.db import migrations

GROUPS = ["operator", "post moderator"]
RIGHT = ("answer_feedback", "Can answer feedback")


def add_right(apps, schema_editor):
    # Permissions are made after all migrations ran; this one is needed now, and is then found.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="partners", model="feedback"
    )
    right, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=RIGHT[0], defaults={"name": RIGHT[1]}
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(right)


def remove_right(apps, schema_editor):
    apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="partners", codename=RIGHT[0]
    ).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0004_note_changed_posts"),
        ("posts", "0008_operator_role"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(add_right, remove_right)]
