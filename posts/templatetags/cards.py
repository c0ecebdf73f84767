"""The cards of posts in templates: {% cards rows %}."""

from django import template

from posts import cards

register = template.Library()
register.simple_tag(cards.cards)
