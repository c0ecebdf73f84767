"""Who moderates posts may suspend people; the operator may all that the other groups may, and staff.

The operator makes and changes staff accounts and their areas, but no superuser.
"""

from django.db import migrations

# The audit log refuses UPDATE and DELETE of each row (safety 0002). TRUNCATE asks no row, so it
# has a trigger of its own; it stands here because a role that may do nearly all is made here.
REFUSE = """
CREATE TRIGGER audit_log_is_not_emptied BEFORE TRUNCATE ON safety_auditentry
FOR EACH STATEMENT EXECUTE FUNCTION safety_refuse_change();
"""
ALLOW = "DROP TRIGGER audit_log_is_not_emptied ON safety_auditentry;"

GROUP, MODERATORS = "operator", "post moderator"
OTHERS = ["identity reviewer", MODERATORS, "catalogue editor"]
SUSPEND = ("verification", "resident", "suspend_resident", "Can suspend residents")
MORE = [
    SUSPEND,
    ("verification", "resident", "manage_staff", "Can manage staff accounts, but no superusers"),
    ("verification", "resident", "view_resident", "Can view resident"),
    ("verification", "resident", "add_resident", "Can add resident"),
    ("verification", "resident", "change_resident", "Can change resident"),
]


def permission(apps, app, model, codename, name):
    # Permissions are made after all migrations ran; these are needed now, and are then found.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app, model=model
    )
    return apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )[0]


def add_group(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Group.objects.get(name=MODERATORS).permissions.add(permission(apps, *SUSPEND))
    operator, _ = Group.objects.get_or_create(name=GROUP)
    operator.permissions.add(*(permission(apps, *each) for each in MORE))
    for group in Group.objects.filter(name__in=OTHERS):
        operator.permissions.add(*group.permissions.all())


def remove_group(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Group.objects.filter(name=GROUP).delete()
    Group.objects.get(name=MODERATORS).permissions.remove(permission(apps, *SUSPEND))


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0007_report_case"),
        ("verification", "0006_area_limit"),
        ("medicines", "0002_catalogue_editors"),
        ("safety", "0004_screeningword"),
    ]

    operations = [
        migrations.RunPython(add_group, remove_group),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
