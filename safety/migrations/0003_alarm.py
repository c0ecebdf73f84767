"""Alarms, and who sees to them."""

from django.db import migrations, models

GROUP = "post moderator"
RIGHTS = [
    ("view_alarm", "Can view alarm"),
    ("acknowledge_alarm", "Can acknowledge alarms"),
]


def give_rights(apps, schema_editor):
    # Permissions are made after all migrations ran; these are needed now, and are then found.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="safety", model="alarm"
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
        ("safety", "0002_audit_log_is_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            (
                                "codes",
                                "The limit of codes for everybody was met: people cannot sign in.",
                            ),
                            (
                                "numbers",
                                "Very many codes were asked for numbers that lie close together.",
                            ),
                            ("guesses", "Very many wrong codes were typed."),
                            ("staff", "Somebody tries passwords or codes of staff."),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("hour", models.DateTimeField(verbose_name="hour")),
                ("at", models.DateTimeField(verbose_name="first time")),
                (
                    "times",
                    models.PositiveIntegerField(default=1, verbose_name="times within the hour"),
                ),
                (
                    "acknowledged_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="acknowledged"),
                ),
                (
                    "acknowledged_by",
                    models.UUIDField(blank=True, null=True, verbose_name="by whom"),
                ),
            ],
            options={
                "verbose_name": "alarm",
                "verbose_name_plural": "alarms",
                "ordering": ["-id"],
                "permissions": [("acknowledge_alarm", "Can acknowledge alarms")],
                "indexes": [
                    models.Index(
                        condition=models.Q(("acknowledged_at", None)),
                        fields=["-id"],
                        name="alarm_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "hour"), name="one_alarm_per_kind_and_hour"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("acknowledged_at", None), ("acknowledged_by", None)),
                            models.Q(
                                ("acknowledged_at__isnull", False),
                                ("acknowledged_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="alarm_acknowledged_by_somebody",
                    ),
                ],
            },
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
