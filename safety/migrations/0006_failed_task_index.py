"""The admin's list of failed tasks, newest first. The table is django-tasks-db's."""

from django.db import migrations

INDEX = """
CREATE INDEX CONCURRENTLY failed_task ON django_tasks_database_dbtaskresult (finished_at DESC)
WHERE status = 'FAILED';
"""


class Migration(migrations.Migration):
    atomic = False  # made while the table is in use
    dependencies = [("safety", "0005_timed_work")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX CONCURRENTLY failed_task;")]
