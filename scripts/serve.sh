# The production start: HOST PORT WORKERS THREADS. Settings that are missing or dangerous stop it
# here, once, before any worker starts. No access log: addresses and searches are personal data.
set -eu
[ -e staticfiles/staticfiles.json ] || { echo "Cannot start: run make prepare first." >&2; exit 1; }
.venv/bin/python manage.py check --deploy --fail-level WARNING > /dev/null
# Figures of processes that are no more (docs/operating.md, "Watching").
for file in "${PROMETHEUS_MULTIPROC_DIR:-/nonexistent}"/*_[0-9]*.db; do
  pid=${file##*_} pid=${pid%.db}
  [ -d "/proc/$pid" ] || rm -f "$file"
done
exec .venv/bin/granian --interface wsgi --host "$1" --port "$2" --workers "$3" \
  --blocking-threads "$4" --no-ws --no-access-log mutualaid.wsgi:application
