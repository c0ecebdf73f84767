"""The group of those who moderate posts: they hide and restore, and look at what that needs."""

from django.db import migrations

GROUP = "post moderator"
RIGHTS = [
    ("posts", "post", "moderate_post", "Can hide and restore posts"),
    ("posts", "post", "view_post", "Can view post"),
    ("posts", "postitem", "view_postitem", "Can view item"),
    ("posts", "reveal", "view_reveal", "Can view reveal"),
    ("places", "area", "view_area", "Can view area"),
    ("medicines", "medicine", "view_medicine", "Can view medicine"),
    ("medicines", "blockedname", "view_blockedname", "Can view blocked name"),
    ("verification", "resident", "view_resident", "Can view resident"),
    ("safety", "auditentry", "view_auditentry", "Can view audit entry"),
]


def add_group(apps, schema_editor):
    # Permissions are made after all migrations ran; these are needed now, and are then found.
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    for app, model, codename, name in RIGHTS:
        content_type, _ = ContentType.objects.get_or_create(app_label=app, model=model)
        permission, _ = Permission.objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        group.permissions.add(permission)


def remove_group(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name=GROUP).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0002_rest_in_hand_and_block"),
        ("places", "0001_initial"),
        ("medicines", "0001_initial"),
        ("verification", "0001_initial"),
        ("safety", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_group, remove_group)]
