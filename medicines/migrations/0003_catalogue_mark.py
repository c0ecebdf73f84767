import uuid

from django.db import migrations, models

TABLES = [
    "medicine", "medicineunit", "medicineform", "caution", "ingredient", "symptomgroup",
    "medicine_groups", "medicine_ingredients",
]  # fmt: skip
FUNCTION = """
CREATE FUNCTION medicines_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE medicines_cataloguemark SET mark = gen_random_uuid();
    RETURN NULL;
END $$;
"""
TRIGGER = """
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON medicines_{}
    FOR EACH STATEMENT EXECUTE FUNCTION medicines_note_change();
"""
NOTE = FUNCTION + "".join(TRIGGER.format(table) for table in TABLES)
FORGET = "".join(f"DROP TRIGGER note_change ON medicines_{table};" for table in TABLES)
FORGET += "DROP FUNCTION medicines_note_change;"


class Migration(migrations.Migration):
    dependencies = [("medicines", "0002_catalogue_editors")]
    operations = [
        migrations.CreateModel(
            name="CatalogueMark",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("mark", models.UUIDField(default=uuid.uuid4)),
            ],
            options={
                "verbose_name": "mark of the catalogue",
                "verbose_name_plural": "mark of the catalogue",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="one_catalogue_mark")
                ],
            },
        ),
        migrations.RunSQL(
            "INSERT INTO medicines_cataloguemark VALUES (1, gen_random_uuid())",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(NOTE, FORGET),
    ]
