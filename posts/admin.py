"""Moderators: posts, who revealed what. Acts go through the write paths, never through a form."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from leaflet.admin import LeafletGeoAdminMixin

from places.models import Area
from posts import closing, moderation
from posts.models import HiddenFor, Post, PostItem, Reveal
from safety.admin import ReadOnlyAdmin, as_uuid
from verification.models import Resident


class ItemInline(admin.TabularInline):
    model = PostItem
    extra = 0
    can_delete = False
    fields = ["medicine", "group", "amount", "unit", "per_household", "form", "expiry"]
    readonly_fields = ["medicine", "group", "amount", "unit", "per_household", "form", "expiry"]

    def has_add_permission(self, *args: Any) -> bool:
        return False


class RevealInline(admin.TabularInline):
    model = Reveal
    extra = 0
    can_delete = False
    fields = ["resident", "at"]
    readonly_fields = ["resident", "at"]
    verbose_name_plural = _("who was shown the contact")

    def has_add_permission(self, *args: Any) -> bool:
        return False


@admin.register(Post)
class PostAdmin(LeafletGeoAdminMixin, ReadOnlyAdmin):
    """Posts, newest first. Hide and restore are actions; contact data is not shown here.

    The page of a post is a form only because Leaflet draws its map as a form field: it has no save
    button, and a POST is refused.
    """

    modifiable = False
    display_raw = False
    settings_overrides = {"DEFAULT_ZOOM": 12}

    list_display = ["short_id", "kind", "what", "area", "state", "level", "created_at", "note"]
    list_display_links = ["short_id"]
    list_filter = ["kind", "state", "level", "is_demo"]
    search_fields = ["public_id"]  # what is searched for, see get_search_results
    search_help_text = _("the id of a post, or the name of an area")
    ordering = ["-id"]
    list_select_related = ["area"]
    actions = ["hide", "restore"]
    inlines = [ItemInline, RevealInline]
    fields = [
        "public_id", "kind", "state", "hidden_for", "outcome", "level", "is_demo", "resident",
        "created_at", "confirmed_at", "expires_at", "closed_at", "hidden_at",
        "area", "by_area", "point",
        "contact_name", "note", "people", "whom", "youngest_months", "none_left", "fever_since",
        "source", "by_courier", "by_pickup", "by_mail", "courier_payer",
    ]  # fmt: skip

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [str(name) for name in self.fields or [] if name != "point"]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied
        nothing_to_save = {
            "show_save": False,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
            "title": _("Post"),
        }
        extra_context = (extra_context or {}) | nothing_to_save
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """By the id of a post or the name of an area: both are found by an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if identifier := as_uuid(term):
            return queryset.filter(public_id=identifier), False
        found = Q(pk__in=[])
        for area in Area.objects.search(term, limit=3):
            found |= Q(area__code__range=area.range)
        return queryset.filter(found), False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("items__medicine", "items__group")

    @admin.display(description=_("id"))
    def short_id(self, post: Post) -> str:
        return str(post.public_id)[:8]

    @admin.display(description=_("medicines"))
    def what(self, post: Post) -> str:
        return "、".join(str(item) for item in post.items.all())

    @admin.action(description=_("Hide with a reason"), permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        reason = request.POST.get("reason", "")
        if reason in HiddenFor.values:
            for post in queryset:
                moderation.hide(post, cast(Resident, request.user), reason)
            self.say_done(request, len(queryset))
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Hide with a reason"),
            "posts": queryset,
            "reasons": HiddenFor.choices,
            "opts": self.opts,
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/hide_posts.html", context)

    @admin.action(description=_("Restore"), permissions=["moderate"])
    def restore(self, request: HttpRequest, queryset: Any) -> None:
        done = 0
        for post in queryset:
            try:
                moderation.restore(post, cast(Resident, request.user))
            except closing.NotPossibleError:
                words = _("%(post)s stays hidden: its account is suspended.") % {"post": post}
                self.message_user(request, words, messages.ERROR)
            else:
                done += 1
        self.say_done(request, done)

    def say_done(self, request: HttpRequest, number: int) -> None:
        words = ngettext("Done for %(n)s post.", "Done for %(n)s posts.", number) % {"n": number}
        self.message_user(request, words, messages.SUCCESS)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("posts.moderate_post")


@admin.register(Reveal)
class RevealAdmin(ReadOnlyAdmin):
    """Who was shown which contact."""

    list_display = ["at", "post", "resident"]
    search_fields = ["post"]  # what is searched for, see get_search_results
    search_help_text = _("the id of a post or of a resident")
    ordering = ["-id"]
    list_select_related = ["post", "resident"]

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """By a whole id, which is found by an index."""
        if not search_term:
            return queryset, False
        identifier = as_uuid(search_term.strip())
        if identifier is None:
            return queryset.none(), False
        post = Post.objects.filter(public_id=identifier).only("pk").first()
        return queryset.filter(post=post) if post else queryset.filter(resident=identifier), False
