"""What posts do every so often: this app's part of the timed work."""

from datetime import timedelta

from posts import asking, notices
from safety import timed


@timed.every(timedelta(minutes=1))
def ask_posters() -> timed.Done:
    """Ask the posters of old posts: "still needed?", "still there?"."""
    return {"posts asked about": asking.ask_posters()}


@timed.every(timedelta(minutes=1))
def send_notices() -> timed.Done:
    """Send the text messages that wait."""
    return {"text messages sent": notices.send_due()}
