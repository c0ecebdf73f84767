"""What the board tells whoever builds on it. A receiver acts in the same transaction."""

from django.dispatch import Signal

staff_left = Signal()  # organisation, resident; heir, or None: nobody is left of the body
