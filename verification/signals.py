"""What others may want to hear about."""

from django.dispatch import Signal

# Sent with `resident`, inside the transaction that raised their level: a receiver that fails undoes
# the decision, so what it writes (the mark on open posts) can never disagree with the level.
real_name_verified = Signal()

# Sent with `resident`, inside the transaction that took their verification away: it lapsed, or it
# moved to another account.
real_name_lost = Signal()

# Sent with `resident`, `by` and `reason`, inside the transaction that suspended or restored an
# account.
suspension_changed = Signal()

# Sent with `check`, inside the transaction in which it began to wait for a person or ceased to.
check_moved = Signal()

# Sent with `resident` and `purpose`, inside the transaction that withdrew a consent.
consent_withdrawn = Signal()
