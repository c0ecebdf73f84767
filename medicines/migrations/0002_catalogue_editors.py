"""The group of those who edit the catalogue: a pharmacist, and whoever works with one."""

from itertools import product

from django.db import migrations

GROUP = "catalogue editor"
MODELS = [
    "medicine",
    "medicineunit",
    "medicineform",
    "caution",
    "ingredient",
    "symptomgroup",
    "blockedname",
]


def add_group(apps, schema_editor):
    # Permissions are made after all migrations ran; these are needed now, and are then found.
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    for model, act in product(MODELS, ["view", "add", "change", "delete"]):
        content_type, _ = ContentType.objects.get_or_create(app_label="medicines", model=model)
        permission, _ = Permission.objects.get_or_create(
            content_type=content_type,
            codename=f"{act}_{model}",
            defaults={"name": f"Can {act} {model}"},
        )
        group.permissions.add(permission)


def remove_group(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name=GROUP).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("medicines", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_group, remove_group)]
