"""The operator looks at partners and decides on them."""

from django.db import migrations

GROUP = "operator"
RIGHTS = [
    ("view_partner", "Can view partner"),
    ("change_partner", "Can change partner"),
    ("decide_partner", "Can approve, refuse and end partners"),
]


def permissions(apps):
    # Permissions are made after all migrations ran; these are needed now, and are then found.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="partners", model="partner"
    )
    made = apps.get_model("auth", "Permission").objects
    for codename, name in RIGHTS:
        yield made.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )[0]


def allow(apps, schema_editor):
    group = apps.get_model("auth", "Group").objects.get(name=GROUP)
    group.permissions.add(*permissions(apps))


def forbid(apps, schema_editor):
    group = apps.get_model("auth", "Group").objects.get(name=GROUP)
    group.permissions.remove(*permissions(apps))


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0001_partner"),
        ("posts", "0008_operator_role"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(allow, forbid)]
