"""The cards of posts in templates: {% card row %}."""

from django import template

from posts import cards

register = template.Library()
register.simple_tag(cards.card)
