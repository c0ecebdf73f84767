# What `make lint` checks: every check runs, and one that fails makes the whole fail.
status=0
check() {
  echo "→ $*"
  "$@" || { status=1; echo "  FAILED: $*"; }
}
production() {
  env -u MUTUALAID_LOCAL DATABASE_URL=postgres:///mutualaid ALLOWED_HOSTS=example.org \
    SITE_URL=https://example.org SECRET_KEY="$(random 48)" DIGEST_KEY="$(random 48)" ENCRYPTION_KEYS="$(random 32)" \
    OPERATOR_NAME=Example OPERATOR_CONTACT=help@example.org \
    SMS_PROVIDER=http SMS_HTTP_URL=https://sms.example.org SMS_HTTP_KEY="$(random 48)" "$@"
}
random() { head -c "$1" /dev/urandom | base64 -w 0 | tr '+/' '-_'; }

PATH="$PWD/.venv/bin:$PATH"
check ruff check
check ruff format --check --quiet
check mypy
check djlint --quiet --lint templates
check python manage.py makemigrations --check --dry-run
check python scripts/lint_migrations.py
check production python manage.py check --deploy --fail-level WARNING
for file in locale/*/LC_MESSAGES/*.po; do
  check msgfmt --check-format --output-file=/dev/null "$file"
done
exit $status
