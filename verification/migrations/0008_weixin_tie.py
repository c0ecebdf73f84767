import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# django-allauth's own tables: openids in clear, tokens, what WeChat tells of people. Only its code
# is used here; the database takes no row.
OF_ALLAUTH = ["socialaccount_socialaccount", "socialaccount_socialtoken", "socialaccount_socialapp"]
NAME = "nothing_is_kept_here"


class Migration(migrations.Migration):
    dependencies = [
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("verification", "0007_consent_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="resident",
            name="phone_proven_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.CreateModel(
            name="WeixinTie",
            fields=[
                (
                    "resident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="weixin_tie",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("identity", models.CharField(max_length=64, unique=True)),
                (
                    "tied_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="tied"),
                ),
            ],
            options={
                "verbose_name": "tie to WeChat",
                "verbose_name_plural": "ties to WeChat",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("identity__regex", "^[0-9a-f]{64}$")),
                        name="weixin_identity_is_a_digest",
                    )
                ],
            },
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {NAME} CHECK (false) NOT VALID",
                f"ALTER TABLE {table} DROP CONSTRAINT {NAME}",
            )
            for table in OF_ALLAUTH
        ),
    ]
