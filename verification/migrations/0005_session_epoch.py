"""A number that, raised, ends every session of a resident; a real name that has lapsed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("verification", "0004_recovery"),
    ]

    operations = [
        migrations.AddField(
            model_name="resident",
            name="session_epoch",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="realnamecheck",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("mismatch", "Name and number do not belong together."),
                    ("invalid", "This document could not be confirmed."),
                    ("expired", "This document has run out."),
                    ("taken", "Another account was verified with this document."),
                    ("provider-away", "The checking service cannot be reached right now."),
                    ("overdue", "Nobody could look at it in time, so we erased what you entered."),
                    (
                        "lapsed",
                        "Nobody signed in with this number for long, so please confirm your name again.",
                    ),
                ],
                max_length=20,
                verbose_name="reason",
            ),
        ),
    ]
