"""The audit log in words: which act, on what, and what its details mean."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from safety.models import AuditEntry

ACTS = {
    "post published": _("published a post"),
    "post edited": _("changed a post"),
    "post extended": _("extended a post"),
    "post resolved": _("resolved a post"),
    "post outcome": _("told how a post ended"),
    "post reopened": _("reopened a post"),
    "offer lowered": _("lowered an amount"),
    "post hidden": _("hid a post"),
    "post in hand": _("said whether someone is on it"),
    "offer rests": _("an offer rests"),
    "person blocked": _("blocked a person"),
    "person unblocked": _("unblocked a person"),
    "post restored": _("restored a post"),
    "answered by link": _("answered by a link in a text message"),
    "offer recalled": _("told everybody who got in touch that it may be unsafe"),
    "recall understood": _("understood a recall"),
    "contact revealed": _("looked at a contact"),
    "message sent": _("left a message"),
    "message withdrawn": _("took a message back"),
    "message answered": _("answered a message"),
    "post reported": _("reported a post"),
    "person reported": _("reported a person"),
    "post confirmed": _("said that it is not settled"),
    "case taken": _("took a case"),
    "case put back": _("left a case to others"),
    "case decided": _("decided a case"),
    "decision undone": _("took a decision back"),
    "joined": _("joined"),
    "body applied": _("applied for a body"),
    "body approved": _("approved a body"),
    "body refused": _("refused a body"),
    "body ended": _("ended the work with a body"),
    "body changed": _("changed what a body says of itself"),
    "body handed over": _("made a colleague the owner of a body's page"),
    "staff invited": _("invited somebody to a body's staff"),
    "invitation taken back": _("took an invitation to a body's staff back"),
    "invitation declined": _("declined an invitation to a body's staff"),
    "joined a body": _("joined a body's staff"),
    "left a body": _("left a body's staff, or was taken off it"),
    "proof file asked for": _("asked for a verification file"),
    "proof file removed": _("removed a verification file"),
    "key made": _("made a key for the API"),
    "key stopped": _("stopped a key for the API"),
    "phone proven": _("proved a phone number"),
    "real-name check": _("asked for a real-name check"),
    "identity seen": _("looked at an identity document"),
    "real-name decided": _("decided a real-name check"),
    "recovery asked": _("asked for the verification of another account"),
    "recovery told": _("told the other account's phone"),
    "recovery not told": _("found the other account's phone dead"),
    "verification moved": _("moved a verification to another account"),
    "identity erased": _("erased an overdue identity document"),
    "suspended": _("suspended an account"),
    "restored": _("let an account back in"),
    "account erased": _("erased an account"),
    "consent given": _("gave a consent"),
    "consent withdrawn": _("withdrew a consent"),
    "data exported": _("took a copy of the own data"),
    "password changed": _("changed a password"),
    "signed out elsewhere": _("signed out on all other devices"),
    "weixin tied": _("proved the phone beside WeChat, which signs in from now on"),
    "weixin untied": _("untied WeChat"),
    "real-name lapsed": _("has to confirm the real name again"),
    "staff signed in": _("signed in as staff"),
    "staff sign-in failed": _("failed to sign in as staff"),
    "second factor set up": _("set up a second factor"),
    "second factor removed": _("took a lost second factor away"),
    "recovery codes renewed": _("made new recovery codes"),
    "alarm acknowledged": _("has seen to an alarm"),
    "task tried again": _("let a failed task run again"),
    "catalogue added": _("loaded a new catalogue row"),
    "catalogue overwritten": _("overwrote a catalogue row"),
    "note released": _("put a waiting note up"),
    "note refused": _("refused a waiting note"),
    "note waits again": _("let a note wait again"),
    "screening words loaded": _("loaded screening words"),
    "feedback sent": _("told something about the site"),
    "feedback handled": _("looked at feedback"),
    "admin added": _("added in the admin"),
    "admin changed": _("changed in the admin"),
    "admin deleted": _("deleted in the admin"),
}
NAMES = {
    "reason": _("reason"),
    "fields": _("changed fields"),
    "item": _("item"),
    "message": _("message"),
    "agreed": _("agreed"),
    "left": _("left"),
    "document": _("document"),
    "provider": _("provider"),
    "rows": _("rows"),
    "overwrite": _("overwrote edits"),
    "step": _("step"),
    "factor": _("second factor"),
    "purpose": _("purpose"),
    "by": _("by whom"),
    "as": _("in the name of"),
    "for": _("for"),
}
DID = {"added": _("added"), "changed": _("changed"), "deleted": _("deleted")}


def act(entry: AuditEntry) -> str:
    return str(ACTS.get(entry.act, entry.act))


def model_of(kind: str) -> type[models.Model] | None:
    try:
        return apps.get_model(kind)
    except (LookupError, ValueError):  # a model that has been removed since
        return None


def kind(entry: AuditEntry) -> str:
    model = model_of(entry.subject_kind)
    return capfirst(str(model._meta.verbose_name)) if model else entry.subject_kind


def subject(entry: AuditEntry) -> str:
    return f"{kind(entry)} {entry.subject[:8]}"


def subject_url(entry: AuditEntry) -> str:
    """The admin page of the subject; empty if it has none."""
    model = model_of(entry.subject_kind)
    if model is None or not admin.site.is_registered(model):
        return ""
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return reverse(page, args=[entry.subject])


def details(entry: AuditEntry) -> list[str]:
    """The details line by line. What cannot be put into words stands as it was written."""
    model = model_of(entry.subject_kind)
    lines = []
    for key, value in entry.details.items():
        if key == "changes" and isinstance(value, list):
            lines += [line for change in value for line in change_lines(model, change)]
        elif value not in ("", None, []):
            lines.append(named(name_of(model, key), value_of(model, key, value)))
    return lines


def change_lines(model: type[models.Model] | None, change: dict[str, Any]) -> Iterator[str]:
    """One row that a form of the admin changed: `safety.changes` wrote it."""
    if "row" in change and model is not None:
        row, _space, key = change["row"].partition(" ")
        model = model_of(f"{model._meta.app_label}.{row}")
        name = model._meta.verbose_name if model else row
        yield named(f"{name} {key}", DID.get(change.get("did", ""), ""))
    fields = change.get("fields", [])
    if isinstance(fields, list):
        if fields:
            yield named(NAMES["fields"], value_of(model, "fields", fields))
        return
    for field, (old, new) in fields.items():
        before, after = value_of(model, field, old), value_of(model, field, new)
        yield named(name_of(model, field), f"{before} → {after}")


def named(name: Any, value: Any) -> str:
    """A line of details, with the colon of the language."""
    return f"{name}{_t(': ')}{value}"


def field_of(model: type[models.Model] | None, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None


def name_of(model: type[models.Model] | None, key: str) -> str:
    if key in NAMES:
        return str(NAMES[key])
    return str(getattr(field_of(model, key), "verbose_name", key))


def value_of(model: type[models.Model] | None, key: str, value: Any) -> str:
    """A value in words: by its model's admin (`audit_choices`), or by the choices of its field."""
    if isinstance(value, list):
        names = [name_of(model, str(each)) if key == "fields" else str(each) for each in value]
        return _t(", ").join(names) or "–"
    if value is None or value == "":
        return "–"
    choices = dict(getattr(field_of(model, key), "flatchoices", []))
    if model is not None and admin.site.is_registered(model):
        worded = getattr(admin.site.get_model_admin(model), "audit_choices", {})
        choices |= dict(worded.get(key, []))
    return str(choices.get(value, value))
