"""What partners do every so often: this app's part of the timed work."""

from datetime import timedelta

from partners.numbers import counting, publishing, visitors
from safety import timed


@timed.every(timedelta(minutes=10))
def count_numbers() -> timed.Done:
    """Count the posts again that have changed, close past days, publish the numbers."""
    counted, closed = counting.count(), visitors.close_days()
    publishing.publish()
    return {"posts counted": counted, "days closed": closed}
