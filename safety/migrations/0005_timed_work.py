"""Timed work; the operator sees the tasks that failed and lets them run again."""

import django.utils.timezone
from django.db import migrations, models

GROUP = "operator"
RIGHTS = [
    ("view_failedtask", "Can view failed task"),
    ("retry_task", "Can let failed tasks run again"),
]


def give_rights(apps, schema_editor):
    # Permissions are made after all migrations ran; these are needed now, and are then found.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="safety", model="failedtask"
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    for codename, name in RIGHTS:
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("django_tasks_database", "0021_conditional_partial_index_ordering"),
        ("safety", "0004_screeningword"),
    ]

    operations = [
        migrations.CreateModel(
            name="TimedWork",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("task", models.UUIDField(null=True)),
            ],
            options={"verbose_name": "timed work", "verbose_name_plural": "timed work"},
        ),
        migrations.CreateModel(
            name="FailedTask",
            fields=[],
            options={
                "verbose_name": "failed task",
                "verbose_name_plural": "failed tasks",
                "permissions": [("retry_task", "Can let failed tasks run again")],
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("django_tasks_database.dbtaskresult",),
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
