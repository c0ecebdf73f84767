from django.db import migrations, models

# As posts_note_change(): the transaction gets its number before the time is taken.
NOTE = """
CREATE FUNCTION posts_note_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_current_xact_id();
    INSERT INTO posts_gonepost (id, public_id, changed_at)
    VALUES (OLD.id, OLD.public_id, clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER note_deletion AFTER DELETE ON posts_post
    FOR EACH ROW WHEN (OLD.state = 'open') EXECUTE FUNCTION posts_note_deletion();
"""
FORGET = """
DROP TRIGGER note_deletion ON posts_post;
DROP FUNCTION posts_note_deletion;
"""


class Migration(migrations.Migration):
    dependencies = [("posts", "0017_brought_by")]
    operations = [
        migrations.CreateModel(
            name="GonePost",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("public_id", models.UUIDField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["changed_at", "id"], name="gone_post_changed")]
            },
        ),
        migrations.RunSQL(NOTE, FORGET),
    ]
