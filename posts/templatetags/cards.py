"""The cards of posts in templates: {% cards rows %}, {% listed filters page %}."""

from django import template

from posts import cards

register = template.Library()
register.simple_tag(cards.cards)
register.simple_tag(cards.listed)
