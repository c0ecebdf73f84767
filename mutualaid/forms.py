"""How every form field is drawn: one template with label, hint, error and their aria links."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    field_template_name = "forms/field.html"
