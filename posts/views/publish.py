"""Publishing in short steps: medicines, details, place, contact, check your answers.

The same views serve needs and offers. Medicines travel in the query string until the first step is
sent; from then on everything is in the draft. Sign-in, the proof of a contact phone and the
real-name check come in between where they are needed and lead back to the same step.
"""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from medicines.cautions import warnings_for
from places.visitor import for_this_visitor, visitor_place
from posts import access, answers, drafts, nearby
from posts.forms import ChooseForm, WhereForm
from posts.models import Draft, Kind
from posts.publishing import RefusedError, publish
from safety.screening.forms import without_passages
from verification.forms import ConsentForm
from verification.levels import Readiness, ask_for, publish_state, require_level
from verification.models import Level, Resident
from verification.phone_proof import is_proven, start_proof
from verification.requests import ResidentRequest

UNPROCESSABLE = 422


def step_url(kind: Kind, step: str) -> str:
    return reverse(f"{kind.word}-{step}")


@for_this_visitor
@require_safe
@require_level("read")
def choose(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Pick medicines; for a need, see at once who has them nearby.

    Whoever opens it without a choice begins anew: a change of a post that was left half-way must
    not swallow the next post.
    """
    typed = request.GET if request.GET else None
    form = ChooseForm(typed, groups=kind == Kind.NEED)
    place = visitor_place(request)
    context = {
        "kind": kind,
        "form": form,
        "chosen": request.GET.getlist("medicine"),
        "place": place,
        "here": request.get_full_path(),
    }
    if form.is_valid() and kind == Kind.NEED:
        context["rows"] = nearby.offers_of(form.cleaned_data["medicine"], place)
    response = render(request, "posts/choose.html", context, status=400 if form.errors else 200)
    draft = None if request.GET else drafts.find(request, kind)
    return drafts.forget(response, kind) if draft and draft.editing_id else response


@never_cache
@require_http_methods(["GET", "POST"])
def details(request: HttpRequest, kind: Kind) -> HttpResponse:
    """How much, for whom, or from where."""
    draft = drafts.find(request, kind)
    sent = request.POST if request.method == "POST" else request.GET
    choice = sent.getlist("medicine") or answers.choice(draft)
    if not choice:
        return redirect(step_url(kind, "choose"))
    try:
        medicines, groups = answers.chosen(kind, choice)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(step_url(kind, "choose"))
    if request.method == "POST":
        draft = draft or Draft(kind=kind)
        if request.user.is_authenticated:
            draft.resident = request.user
        drafts.keep(draft, drafts.DETAILS, without_passages(request.POST))
        form = answers.details_form(draft, medicines, groups)
        if form.is_valid():
            return drafts.remember(go_on(kind, drafts.DETAILS, draft), draft)
        response = show_step(request, kind, "details", form, choice=choice, status=UNPROCESSABLE)
        return drafts.remember(response, draft)
    form = answers.details_form(draft or Draft(kind=kind), medicines, groups)
    return show_step(request, kind, "details", form, choice=choice)


@never_cache
@require_http_methods(["GET", "POST"])
def place(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Where the medicine is needed, or where it is. It may be far from the poster."""
    draft = drafts.find(request, kind)
    if draft is None:
        return draft_is_gone(request, kind)
    if request.method == "GET":
        return show_step(request, kind, "place", answers.place_form(draft))
    form = WhereForm(without_passages(request.POST))
    drafts.keep(draft, drafts.PLACE, cast(QueryDict, form.data))
    if form.is_valid():
        return go_on(kind, drafts.PLACE, draft)
    return show_step(request, kind, "place", form, status=UNPROCESSABLE if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def contact(request: ResidentRequest, kind: Kind) -> HttpResponse:
    """How to be reached. Signing in comes first, so that the phone is asked for only once."""
    draft = drafts.find(request, kind)
    if draft is None:
        return draft_is_gone(request, kind)
    if not request.user.is_authenticated:
        return redirect_to_login(step_url(kind, "contact"))
    drafts.claim(draft, request.user)
    if request.method == "POST":
        drafts.keep(draft, drafts.CONTACT, without_passages(request.POST))
    form = answers.all_forms(draft, request.user).get(drafts.CONTACT)
    if form is None:
        return redirect(step_url(kind, "details"))
    if request.method == "GET":
        return show_step(request, kind, "contact", form)
    if form.is_valid():
        return go_on(kind, drafts.CONTACT, draft)
    return show_step(request, kind, "contact", form, status=UNPROCESSABLE)


@never_cache
@require_http_methods(["GET", "POST"])
def check(request: ResidentRequest, kind: Kind) -> HttpResponse:
    """Check your answers, and publish."""
    draft = drafts.find(request, kind)
    if draft is None:
        return draft_is_gone(request, kind)
    if not request.user.is_authenticated:
        return redirect_to_login(step_url(kind, "check"))
    drafts.claim(draft, request.user)
    forms = answers.all_forms(draft, request.user)
    for step, form in forms.items():
        if form is None or not form.is_valid():
            return redirect(step_url(kind, step))
    if request.method == "GET":
        return show_check(request, kind, draft, forms)
    consents = ConsentForm(request.user, "publish", request.POST)
    if not consents.is_valid():
        return show_check(request, kind, draft, forms, consents=consents)
    consents.give()
    return publish_now(request, kind, draft, forms)


def publish_now(
    request: ResidentRequest, kind: Kind, draft: Draft, forms: dict[str, Any]
) -> HttpResponse:
    here = step_url(kind, "check")
    if missing := missing_level(request.user):
        return ask_for(missing, request, here)
    phone = forms[drafts.CONTACT].cleaned_data["phone"]
    if phone and not is_proven(request.user, phone):
        return start_proof(request, phone, here)
    try:
        post = publish(draft.pk, kind, request.user, answers.checked(forms))
    except RefusedError as refused:
        return show_check(request, kind, draft, forms, problems=refused.problems)
    except Draft.DoesNotExist:  # a second tap on "save the changes", a moment after the first
        return drafts.forget(redirect("mine"), kind)
    return drafts.forget(redirect("published", post.public_id), kind)


def missing_level(resident: Resident) -> Level | None:
    """The level that somebody must reach before publishing; None if nothing is in the way."""
    states = {
        Readiness.NEEDS_SIGN_IN: Level.PHONE,
        Readiness.NEEDS_REAL_NAME: Level.REAL_NAME,
    }
    return states.get(publish_state(resident))


def show_check(
    request: ResidentRequest,
    kind: Kind,
    draft: Draft,
    forms: dict[str, Any],
    problems: tuple = (),
    consents: ConsentForm | None = None,
) -> HttpResponse:
    made = answers.checked(forms)
    medicines = [item.medicine for item in made.items if item.medicine]
    people = forms[drafts.DETAILS].persons() if kind == Kind.NEED else []
    context = {
        "kind": kind,
        "answers": made,
        "preview": answers.preview(made, kind),
        "warnings": warnings_for(medicines, people),
        "hospital": kind == Kind.NEED and forms[drafts.DETAILS].needs_hospital(),
        "problems": problems,
        "form": consents or ConsentForm(request.user, "publish"),
        "real_name_missing": missing_level(request.user) == Level.REAL_NAME,
        "editing": draft.editing_id is not None,
    }
    status = UNPROCESSABLE if problems or consents else 200
    return render(request, "posts/check.html", context, status=status)


@never_cache
@require_POST
def edit(request: ResidentRequest, public_id: Any) -> HttpResponse:
    """Open a post again as a draft; publishing that changes the post."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("mine"))
    post = access.own(public_id, request.user)
    if not post.is_on_square:
        messages.error(request, _("Only a post on the square can be changed."))
        return redirect("mine")
    draft = answers.draft_of(post)
    response = redirect(step_url(Kind(post.kind), "check"))
    return drafts.remember(response, draft)


def go_on(kind: Kind, step: str, draft: Draft) -> HttpResponse:
    """To the next step that is still open; when all were filled before, back to the check page."""
    for later in drafts.STEPS[drafts.STEPS.index(step) + 1 :]:
        if drafts.typed_in(draft, later) is None:
            return redirect(step_url(kind, later))
    return redirect(step_url(kind, "check"))


def draft_is_gone(request: HttpRequest, kind: Kind) -> HttpResponse:
    """No draft: it was published a moment ago (a double tap), or it is older than two days."""
    from posts.models import Post

    key = drafts.key_in(request, kind)
    if key and request.user.is_authenticated:
        post = Post.objects.filter(submission=key, resident=request.user).first()
        if post:
            return drafts.forget(redirect("published", post.public_id), kind)
    return redirect(step_url(kind, "choose"))


def show_step(
    request: HttpRequest, kind: Kind, step: str, form: Any, status: int = 200, **extra: Any
) -> HttpResponse:
    number = drafts.STEPS.index(step) + 1
    context = {"kind": kind, "form": form, "number": number, "steps": len(drafts.STEPS), **extra}
    return render(request, f"posts/steps/{step}.html", context, status=status)
