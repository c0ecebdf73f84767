from django.db import migrations, models
from django.db.models.functions import Now

# What the public cannot see changes without a note: a note would tell of it. The transaction gets
# its number before the time is taken: from then on pg_stat_activity shows when it began, and
# posts/changes.py waits for it.
NOTE = """
CREATE FUNCTION posts_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unseen text[] := '{asked_at,doubted_at,held_note,note_refused_for,hidden_for,outcome,landmark,
        contact_name,contact_phone,contact_wechat,erased_at}';
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - unseen = to_jsonb(OLD) - unseen THEN
        RETURN NEW;
    END IF;
    PERFORM pg_current_xact_id();
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON posts_post
    FOR EACH ROW EXECUTE FUNCTION posts_note_change();

CREATE FUNCTION posts_item_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE posts_post SET changed_at = DEFAULT WHERE id = NEW.post_id;
    RETURN NULL;
END $$;
CREATE TRIGGER note_change AFTER UPDATE ON posts_postitem
    FOR EACH ROW EXECUTE FUNCTION posts_item_changed();
"""
FORGET = """
DROP TRIGGER note_change ON posts_postitem;
DROP FUNCTION posts_item_changed;
DROP TRIGGER note_change ON posts_post;
DROP FUNCTION posts_note_change;
"""


class Migration(migrations.Migration):
    dependencies = [("posts", "0014_one_queue")]
    operations = [
        migrations.AddField(
            "post", "changed_at", models.DateTimeField(db_default=Now(), editable=False)
        ),
        migrations.AddIndex("post", models.Index(fields=["changed_at", "id"], name="post_changed")),
        migrations.RunSQL(NOTE, FORGET),
    ]
