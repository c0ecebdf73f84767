"""A verification can move from an account whose phone is lost: the request, and why it ended."""

import datetime

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("verification", "0003_fast_admin_lists"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="realnamecheck",
            name="real_name_erased_within_72_hours",
        ),
        migrations.AddField(
            model_name="realnamecheck",
            name="confirm_after",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="may be confirmed from"
            ),
        ),
        migrations.AddField(
            model_name="realnamecheck",
            name="recovers",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recoveries",
                to="verification.realnamecheck",
                verbose_name="moves the verification of",
            ),
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
                    ("limit", "This document was checked too often today."),
                    ("moved", "The verification was moved to another account."),
                    ("objected", "The other account said no."),
                    ("unproven", "We could not be sure that both accounts are yours."),
                ],
                max_length=20,
                verbose_name="reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="realnamecheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recovers__isnull", False),
                    ("erase_after", None),
                    (
                        "erase_after__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("created_at"), "+", models.Value(datetime.timedelta(days=3))
                        ),
                    ),
                    _connector="OR",
                ),
                name="real_name_erased_within_72_hours",
            ),
        ),
        migrations.AddConstraint(
            model_name="realnamecheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirm_after", None), ("recovers", None)),
                    models.Q(
                        ("name", ""),
                        ("number", ""),
                        ("recovers__isnull", False),
                        ("state", "waiting"),
                    ),
                    _connector="OR",
                ),
                name="recovery_waits_and_holds_no_document",
            ),
        ),
    ]
