from django.db import migrations, models

# places/grid.py's number_of, in SQL: the cell of a row's point, its bits by turns.
FILL = """
CREATE OR REPLACE FUNCTION pg_temp.spread(n bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    n := (n | (n << 8)) & 16711935;
    n := (n | (n << 4)) & 252645135;
    n := (n | (n << 2)) & 858993459;
    RETURN (n | (n << 1)) & 1431655765;
END $$;
UPDATE posts_listing SET cell =
    (pg_temp.spread(least(floor(ST_Y(p.point) * 200)::bigint, 17999) + 32768) << 1)
    | pg_temp.spread(least(floor(ST_X(p.point) * (500 / 3.0::float8))::bigint, 29999) + 32768)
FROM posts_post p WHERE p.id = post_id;
"""


class Migration(migrations.Migration):
    dependencies = [("posts", "0011_reported_message")]
    operations = [
        migrations.AddField("listing", "cell", models.BigIntegerField(default=0)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField("listing", "cell", models.BigIntegerField()),
        migrations.AddIndex(
            "listing",
            models.Index(
                fields=["medicine", "kind", "cell"],
                include=["expires_at", "whom", "code"],
                name="listing_cells",
            ),
        ),
    ]
