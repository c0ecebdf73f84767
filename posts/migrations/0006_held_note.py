"""A note that waits for a moderator; who may look at it also keeps the words of the screening."""

from django.db import migrations, models

import safety.encryption

GROUP = "post moderator"
RIGHTS = [
    ("view_screeningword", "Can view screening word"),
    ("add_screeningword", "Can add screening word"),
    ("change_screeningword", "Can change screening word"),
]


def give_rights(apps, schema_editor):
    # Permissions are made after all migrations ran; these are needed now, and are then found.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="safety", model="screeningword"
    )
    group = apps.get_model("auth", "Group").objects.get(name=GROUP)
    for codename, name in RIGHTS:
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        group.permissions.add(permission)


def take_rights(apps, schema_editor):
    apps.get_model("auth", "Permission").objects.filter(
        content_type__model="screeningword"
    ).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0005_actlink_recall"),
        ("safety", "0004_screeningword"),
    ]

    operations = [
        migrations.RunPython(give_rights, take_rights),
        migrations.AddField(
            model_name="post",
            name="held_note",
            field=safety.encryption.EncryptedTextField(
                blank=True,
                help_text="A moderator looks at it; nobody else can.",
                verbose_name="note that waits",
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="note_refused_for",
            field=models.CharField(
                blank=True,
                choices=[
                    ("trade", "It asks for money or something in return"),
                    ("unsafe", "The medicine may be unsafe"),
                    ("false", "It does not seem to be true"),
                    ("personal", "It shows personal data"),
                    ("abuse", "It insults or harasses somebody"),
                    ("account", "Its account is suspended"),
                    ("reported", "Several people reported it"),
                    ("other", "Another reason"),
                ],
                max_length=10,
                verbose_name="reason for refusing the note",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("held_note", ""), _negated=True),
                fields=["id"],
                name="post_note_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(("note", ""), ("held_note", ""), _connector="OR"),
                name="post_note_is_public_or_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("note_refused_for", ""),
                    models.Q(("held_note", ""), ("note", "")),
                    _connector="OR",
                ),
                name="post_refused_note_is_gone",
            ),
        ),
    ]
