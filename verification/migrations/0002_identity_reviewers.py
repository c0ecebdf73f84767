"""The group of those who may look at identity documents and decide."""

from django.db import migrations

GROUP = "identity reviewer"


def add_group(apps, schema_editor):
    # Permissions are made after all migrations ran; this one is needed now, and is then found.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="verification", model="realnamecheck"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="review_identity",
        defaults={"name": "Can review identity documents"},
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.add(permission)


def remove_group(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name=GROUP).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("verification", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_group, remove_group)]
