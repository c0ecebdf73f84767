"""Moderators: posts, who revealed what. Acts go through the write paths, never through a form.

Contact data (phone, WeChat ID, landmark) is shown to nobody here: judging a post needs none of it.
"""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from leaflet.admin import LeafletAdminWidget, LeafletGeoAdminMixin

from medicines.units import amount_label
from places.models import Area
from posts import access, case_admin, moderation  # noqa: F401 -- the first registers the queue
from posts.closing import NotPossibleError
from posts.models import (
    Case,
    HiddenFor,
    Kind,
    Message,
    Outcome,
    Post,
    PostCount,
    PostItem,
    ReportReason,
    Reveal,
    State,
)
from posts.moderation import HeldByAnotherError
from safety.admin import ReadOnlyAdmin, history, id_range
from verification.models import signed_in

SHOWN = 20  # of the history and of those who looked, on the page of a post


ITEM_COLUMNS = ["what", "how_much", "share", "form", "strength", "expiry", "original_packing"]


class ItemInline(admin.TabularInline):
    model = PostItem
    fields = list(ITEM_COLUMNS)
    readonly_fields = list(ITEM_COLUMNS)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("medicine", "group")

    def has_add_permission(self, *args: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False

    @admin.display(description=_("medicine"))
    def what(self, item: PostItem) -> str:
        return str(item)

    @admin.display(description=_("amount"))
    def how_much(self, item: PostItem) -> str:
        return "–" if item.amount is None else amount_label(item.unit, item.amount)

    @admin.display(description=_("for one household"))
    def share(self, item: PostItem) -> str:
        return "–" if item.per_household is None else amount_label(item.unit, item.per_household)


class CellWidget(LeafletAdminWidget):
    """A map with the cell of a post: a rectangle, never a pin. static/js/post_map.js draws it."""

    field_store_class = "L.CellStore"

    @property
    def media(self) -> Media:
        # Django keeps the order within each list: ours come after what they build on.
        ours = ["leaflet/leaflet.forms.js", "js/grid.js", "js/place.js", "js/post_map.js"]
        return super().media + Media(js=ours)


class StandingFilter(admin.SimpleListFilter):
    """What has become of a post. Expiry is a time, no state: the field's own filter would lie."""

    title = _("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("square", _("on the square")),
            ("expired", _("expired")),
            ("resolved", _("resolved")),
            ("hidden", _("hidden by a moderator")),
            ("note", _("its note waits")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        standing = self.value()
        if standing == "square":
            return queryset.open()
        if standing == "note":
            return queryset.exclude(held_note="")  # it has a partial index
        if standing == "expired":
            return queryset.filter(state=State.OPEN, expires_at__lte=timezone.now())
        return queryset.filter(state=standing) if standing else queryset


class HiddenForFilter(admin.SimpleListFilter):
    title = _("reason for hiding")
    parameter_name = "hidden_for"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return HiddenFor.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        return queryset.filter(state=State.HIDDEN, hidden_for=self.value())  # state has the index


@admin.register(Post)
class PostAdmin(LeafletGeoAdminMixin, ReadOnlyAdmin):
    """Posts, newest first, and the page of each with its map, its history and one-tap acts.

    The page is a form only because Leaflet draws its map as a form field: it has no save button,
    and a POST is refused.
    """

    audit_choices: ClassVar = {
        "reason": [*ReportReason.choices, *HiddenFor.choices],
        "outcome": Outcome.choices,
        "kind": [(kind.word, kind.label) for kind in Kind],
        "by": [("visitor", _("a visitor"))],
        "for": [("caller", _("a caller who agreed"))],
    }
    widget = CellWidget
    map_template = "admin/post_map.html"
    modifiable = False
    change_form_template = "admin/post.html"

    list_display = ["short_id", "kind", "what", "area", "standing", "level", "created_at", "note"]
    list_display_links = ["short_id"]
    list_filter = ["kind", StandingFilter, HiddenForFilter, "level"]
    search_fields = ["public_id"]  # what is searched for, see get_search_results
    search_help_text = _("the first digits of the id of a post or its poster, or an area")
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []  # only the newest-first order has an index
    list_select_related = ["area"]
    actions = ["hide", "restore"]
    inlines = [ItemInline]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return access.may_moderate(signed_in(request))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """By the filters of the list alone: any other column would be looked for row by row."""
        return lookup.split("__")[0] in ("kind", "level", "standing", "hidden_for")

    def get_queryset(self, request: HttpRequest) -> Any:
        posts = access.posts_of(signed_in(request)).without_contact()
        return posts.prefetch_related("items__medicine", "items__group")

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """By the public id, which the audit log and the residents know, or by the primary key."""
        try:
            public_id = UUID(object_id)
        except ValueError:
            return super().get_object(request, object_id, from_field)
        return self.get_queryset(request).filter(public_id=public_id).first()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        is_need = obj is not None and obj.is_need
        for_whom = ["people", "whom_in_words", "youngest_months", "none_left", "fever_since"]
        about = [*for_whom, "note"] if is_need else ["source", "note"]
        return [
            (None, {"fields": ["kind", "standing", "hidden_for", "outcome", "poster", "level"]}),
            (_("What it says"), {"fields": ["contact_name", "reached_by", *about, "handed_over"]}),
            (_("Place"), {"fields": ["area", "by_area", "point"]}),
            (_("Times"), {"fields": ["created_at", "confirmed_at", "asked_at", "expires_at",
                                     "closed_at", "hidden_at"]}),
            (_("Record"), {"fields": ["public_id", "is_demo"]}),
        ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        parts = self.get_fieldsets(request, obj)
        named = [name for _title, part in parts for name in part["fields"]]
        return [name for name in named if name != "point"]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.base_fields["point"].widget.attrs["post"] = obj  # the map draws its surroundings
        return form

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.moderation_view)
        mine = path("<path:object_id>/moderation/", view, name="posts_post_moderation")
        return [mine, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied
        if object_id is None or not self.has_view_permission(request):
            raise PermissionDenied
        post = self.get_object(request, object_id)
        if post is None:  # or it lies in an area that is another moderator's
            raise Http404
        shown = {
            "show_save": False,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
            "title": _("Post"),
            "reasons": HiddenFor.by_hand(),
            "may_moderate": self.has_moderate_permission(request),
            "open_cases": Case.objects.open().filter(post=post).by_urgency(),
            "entries": history(post, SHOWN) if post else [],
            "reveals": newest_reveals(post) if post else [],
        }
        return super().changeform_view(request, object_id, form_url, (extra_context or {}) | shown)

    def moderation_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One tap on the post's own page: `reason=` hides it, without one it is restored."""
        if request.method != "POST" or not self.has_moderate_permission(request):
            raise PermissionDenied
        post = self.get_object(request, object_id)
        if post is None:
            raise Http404
        reason = request.POST.get("reason")
        if reason is None:
            self.say_done(request, int(self.restored(request, post)))
            return redirect("admin:posts_post_change", post.public_id)
        if reason in dict(HiddenFor.by_hand()):
            self.say_done(request, int(self.hidden(request, post, reason)))
            return redirect("admin:posts_post_change", post.public_id)
        raise PermissionDenied

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """By the id of a post or of its poster, or the name of an area: all found by an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if ids := id_range(term):
            return queryset.filter(Q(public_id__range=ids) | Q(resident__id__range=ids)), False
        found = Q(pk__in=[])
        for area in Area.objects.search(term, limit=3):
            found |= Q(area__code__range=area.range)
        return queryset.filter(found), False

    @admin.display(description=_("id"))
    def short_id(self, post: Post) -> str:
        return str(post.public_id)[:8]

    @admin.display(description=_("medicines"))
    def what(self, post: Post) -> str:
        return "、".join(str(item) for item in post.items.all())

    @admin.display(description=_("state"))
    def standing(self, post: Post) -> str:
        return str(_("expired")) if post.is_expired else post.get_state_display()

    @admin.display(description=_("resident"))
    def poster(self, post: Post) -> str:
        url = reverse("admin:verification_resident_change", args=[post.resident_id])
        return format_html('<a href="{}">{}</a>', url, post.resident)

    @admin.display(description=_("who it is for"))
    def whom_in_words(self, post: Post) -> str:
        return "、".join(post.whom_labels) or "–"

    @admin.display(description=_("handing over"))
    def handed_over(self, post: Post) -> str:
        return "、".join(post.handovers)

    @admin.action(description=_("Hide with a reason"), permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        reason = request.POST.get("reason", "")
        if reason in dict(HiddenFor.by_hand()):
            self.say_done(request, sum(self.hidden(request, post, reason) for post in queryset))
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Hide with a reason"),
            "posts": queryset,
            "reasons": HiddenFor.by_hand(),
            "opts": self.opts,
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/hide_posts.html", context)

    @admin.action(description=_("Restore"), permissions=["moderate"])
    def restore(self, request: HttpRequest, queryset: Any) -> None:
        self.say_done(request, sum(self.restored(request, post) for post in queryset))

    def hidden(self, request: HttpRequest, post: Post, reason: str) -> bool:
        """Hide a post; False, with a sentence, while another moderator holds its case."""
        try:
            moderation.hide(post, signed_in(request), reason)
        except HeldByAnotherError as error:
            self.say_held(request, post, error)
            return False
        return True

    def restored(self, request: HttpRequest, post: Post) -> bool:
        """Restore a post; False, with a sentence, while its account is suspended, or another
        moderator holds its case.
        """
        try:
            moderation.restore(post, signed_in(request))
        except HeldByAnotherError as error:
            self.say_held(request, post, error)
            return False
        except NotPossibleError:
            words = _("%(post)s stays hidden: its account is suspended.") % {"post": post}
            self.message_user(request, words, messages.ERROR)
            return False
        return True

    def say_held(self, request: HttpRequest, post: Post, error: HeldByAnotherError) -> None:
        words = _("%(post)s stays as it is: %(who)s is deciding its case just now.")
        self.message_user(request, words % {"post": post, "who": error}, messages.ERROR)

    def say_done(self, request: HttpRequest, number: int) -> None:
        if not number:
            return
        words = ngettext("Done for %(n)s post.", "Done for %(n)s posts.", number) % {"n": number}
        self.message_user(request, words, messages.SUCCESS)


def newest_reveals(post: Post) -> QuerySet[Reveal]:
    return Reveal.objects.filter(post=post).select_related("resident").order_by("-id")[:SHOWN]


class WhoAndWhom(ReadOnlyAdmin):
    """Rows that tie a resident to a post: who got in touch about what, and when."""

    person: str  # the column of whoever got in touch
    columns: tuple[str, ...] = ("at",)
    list_display_links = None
    search_fields = ["post"]  # what is searched for, see get_search_results
    search_help_text = _("the id of a post or of a resident; also its first eight digits")
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Without the posts' contact data: it is not even read."""
        rows = access.around_posts_of(signed_in(request), super().get_queryset(request))
        names = [*self.columns, "post__public_id", "post__kind", f"{self.person}__username"]
        return rows.select_related("post", self.person).only(*names)

    def get_list_display(self, request: HttpRequest) -> Any:
        first, *more = self.columns
        return [first, "post_link", "resident_link", *more]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_list_display(request)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        ids = id_range(term)
        if ids is None:
            return queryset.none(), False
        posts = Post.objects.filter(public_id__range=ids).values("pk")
        who = Q(**{f"{self.person}__id__range": ids})
        return queryset.filter(Q(post__in=posts) | who), False

    @admin.display(description=_("post"))
    def post_link(self, row: Any) -> str:
        url = reverse("admin:posts_post_change", args=[row.post.public_id])
        return format_html('<a href="{}">{}</a>', url, row.post)

    @admin.display(description=_("resident"))
    def resident_link(self, row: Any) -> str:
        person = getattr(row, self.person)
        url = reverse("admin:verification_resident_change", args=[person.pk])
        return format_html('<a href="{}">{}</a>', url, person)


@admin.register(Reveal)
class RevealAdmin(WhoAndWhom):
    """Who was shown which contact."""

    person = "resident"


@admin.register(Message)
class MessageAdmin(WhoAndWhom):
    """Who wrote about which post; what he wrote, and his number, are the poster's alone."""

    person = "sender"
    columns = ("at", "state")


@admin.register(PostCount)
class PostCountAdmin(ReadOnlyAdmin):
    """What stays of posts that are gone: numbers by day, kind, city and ending."""

    list_display = ["day", "kind", "area", "ending", "number"]
    list_display_links = None
    list_filter = ["kind"]
    list_select_related = ["area"]
    ordering = ["-day", "-kind", "-area", "-ending"]  # the unique index, read backwards
    sortable_by: ClassVar[list[str]] = []
