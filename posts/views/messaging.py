"""Ask me first: what people write to a poster who shows no number, and what the poster does."""

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from posts import access, messaging
from posts.access import NotShownError
from posts.closing import NotPossibleError
from posts.forms import MessageForm
from posts.models import Message, Post, Reach
from posts.views.post import say_no
from safety.screening.forms import without_passages
from verification.levels import require_level
from verification.phone_proof import is_proven, start_proof
from verification.requests import ResidentRequest

UNPROCESSABLE = 422
TYPED = "message"  # in the encrypted session, while another number is being proven


@sensitive_post_parameters("text", "phone")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_level("reveal")
def ask(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    """Leave a few words and a number for the poster; afterwards, how that stands."""
    post = access.seen_by(public_id, request.user)
    if post.belongs_to(request.user):
        return redirect("messages", post.public_id)
    if message := messaging.standing(post, request.user):
        if request.method == "POST":  # a second tap
            return redirect("ask", post.public_id)
        return show_asked(request, post, message)
    if not post.asks_first:
        return redirect("contact", post.public_id)
    if request.method == "POST":
        return send(request, post, MessageForm(request.user, without_passages(request.POST)))
    try:  # before somebody types in vain
        access.check_contact(post, request.user, Reach.MESSAGE)
    except NotShownError as refusal:
        return say_no(request, "posts/no_contact.html", post, refusal)
    form = MessageForm(request.user, initial=typed_before(request, post))
    return render(request, "posts/ask.html", {"post": post, "form": form})


def send(request: ResidentRequest, post: Post, form: MessageForm) -> HttpResponse:
    if not form.is_valid():
        context = {"post": post, "form": form}
        return render(request, "posts/ask.html", context, status=UNPROCESSABLE)
    form.give()
    text, phone = form.cleaned_data["text"], form.cleaned_data["phone"]
    here = reverse("ask", args=[post.public_id])
    if not is_proven(request.user, phone):
        request.session[TYPED] = {"post": str(post.public_id), "text": text, "phone": phone}
        return start_proof(request, phone, here)
    try:
        messaging.send(post, request.user, text, phone)
    except NotShownError as refusal:
        return say_no(request, "posts/ask.html", post, refusal, form=form)
    request.session.pop(TYPED, None)
    return redirect(here)


def typed_before(request: ResidentRequest, post: Post) -> dict[str, str]:
    """What was typed before another number was proven."""
    typed = request.session.get(TYPED, {})
    return typed if typed.get("post") == str(post.public_id) else {}


def show_asked(request: ResidentRequest, post: Post, message: Message) -> HttpResponse:
    context = {
        "post": post,
        "message": message,
        "landmark": post.landmark if access.sender_sees_landmark(post, message) else "",
    }
    return render(request, "posts/asked.html", context)


@require_POST
def take_back(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    """Take back what one wrote, whatever became of the post."""
    post_url = reverse("post", args=[public_id])
    if not request.user.is_authenticated:
        return redirect_to_login(post_url)
    messaging.withdraw(access.written_about(public_id, request.user), request.user)
    messages.success(request, _("Your message is gone, and your number with it."))
    return redirect("mine")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def received(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    """Who wrote about one's own post; POST agrees with one of them or blocks them, or no longer."""
    post = access.own(public_id, request.user)
    if request.method == "POST":
        return answer(request, post)
    writers, after = messaging.who_wrote(post, as_uuid(request.GET.get("after", "")))
    context = {"post": post, "writers": writers, "after": after}
    return render(request, "posts/messages.html", context)


def answer(request: ResidentRequest, post: Post) -> HttpResponse:
    acts = {"agreed": messaging.set_agreed, "blocked": messaging.set_blocked}
    message_id = as_uuid(request.POST.get("message", ""))
    for name, act in acts.items():
        if message_id and name in request.POST:
            with suppress(Message.DoesNotExist, NotPossibleError):
                act(post, request.user, message_id, request.POST[name] == "1")
    return redirect("messages", post.public_id)


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
