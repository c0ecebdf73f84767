"""Notes which posts to count again, in the transaction that changes them; first of all every post.

What a post counts as depends on these columns and on its items. A new post comes with its items,
and an edit writes them anew.
"""

from django.db import migrations

NOTE = """
CREATE FUNCTION partners_note_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO partners_changedpost (post_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER count_again AFTER UPDATE ON posts_post FOR EACH ROW WHEN (
    (OLD.kind, OLD.state, OLD.outcome, OLD.area_id, OLD.created_at, OLD.closed_at, OLD.hidden_at,
     OLD.expires_at, OLD.is_demo) IS DISTINCT FROM
    (NEW.kind, NEW.state, NEW.outcome, NEW.area_id, NEW.created_at, NEW.closed_at, NEW.hidden_at,
     NEW.expires_at, NEW.is_demo)
) EXECUTE FUNCTION partners_note_post();

CREATE FUNCTION partners_note_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO partners_changedpost (post_id) SELECT DISTINCT post_id FROM changed;
    RETURN NULL;
END $$;
CREATE TRIGGER count_with AFTER INSERT ON posts_postitem REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION partners_note_items();
CREATE TRIGGER count_without AFTER DELETE ON posts_postitem REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION partners_note_items();

INSERT INTO partners_changedpost (post_id) SELECT id FROM posts_post ORDER BY id;
"""
FORGET = """
DROP TRIGGER count_again ON posts_post;
DROP TRIGGER count_with ON posts_postitem;
DROP TRIGGER count_without ON posts_postitem;
DROP FUNCTION partners_note_post;
DROP FUNCTION partners_note_items;
TRUNCATE partners_changedpost, partners_countedpost, partners_postnumber, partners_timenumber;
"""


class Migration(migrations.Migration):
    dependencies = [("partners", "0003_statistics"), ("posts", "0015_changed_at")]
    operations = [migrations.RunSQL(NOTE, FORGET)]
