"""The part of the posts' admin that is about waiting notes: put them up or refuse them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from posts import moderation
from posts.closing import NotPossibleError
from posts.models import Post
from verification.models import signed_in


def with_waiting_note(posts: QuerySet[Post]) -> QuerySet[Post]:
    return posts.exclude(held_note="")  # it has a partial index


class NoteAdmin:
    """For the admin of posts: one tap on a waiting note, under the post's own address."""

    admin_site: Any
    get_object: Any
    has_moderate_permission: Any
    message_user: Any

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.note_view)
        mine = path("<path:object_id>/note/", view, name="posts_post_note")
        return [mine, *super().get_urls()]  # type: ignore[misc]

    def note_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """`reason=` refuses the note that was `seen`; without one it is put up."""
        if request.method != "POST" or not self.has_moderate_permission(request):
            raise PermissionDenied
        post = self.get_object(request, object_id)
        if post is None:
            raise Http404
        seen, reason = request.POST.get("seen", ""), request.POST.get("reason")
        try:
            if reason is None:
                moderation.release_note(post, signed_in(request), seen)
                self.message_user(request, _("The note is up."), messages.SUCCESS)
            else:
                moderation.refuse_note(post, signed_in(request), seen, reason)
                self.message_user(request, _("The note is refused."), messages.SUCCESS)
        except NotPossibleError:
            words = _("The note was changed or decided meanwhile. Please look again.")
            self.message_user(request, words, messages.ERROR)
        return redirect("admin:posts_post_change", post.public_id)
