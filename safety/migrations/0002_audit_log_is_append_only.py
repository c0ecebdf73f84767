"""The database itself refuses to change or delete a row of the audit log."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION safety_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE ON safety_auditentry
FOR EACH ROW EXECUTE FUNCTION safety_refuse_change();
"""
ALLOW = """
DROP TRIGGER audit_log_is_append_only ON safety_auditentry;
DROP FUNCTION safety_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("safety", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
