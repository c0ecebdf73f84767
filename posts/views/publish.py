"""Publishing in short steps: medicines, details, where and how to be reached, check your answers.

The same views serve needs and offers. Medicines travel in the query string until the first step is
sent; from then on everything is in the draft. Who is not signed in gets a code for the phone of the
third step and types it beside "publish". The proof of another contact phone and the real-name check
come in between where they are needed and lead back to the check page.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from medicines.cautions import shared_ingredients, warnings_by_kind, warnings_for
from places.visitor import for_this_visitor, visitor_place
from posts import access, answers, came_from, drafts, nearby, square
from posts.forms import (
    ChooseForm,
    NeedDetailsForm,
    OfferDetailsForm,
    OrganisationReachForm,
    ReachForm,
)
from posts.models import Draft, Kind
from posts.publishing import RefusedError, publish
from safety.screening.forms import without_passages
from verification import weixin
from verification.codes import CodeNotSentError
from verification.forms import CodeForm, ConsentForm
from verification.levels import ask_for, require_level
from verification.models import Level
from verification.phone_proof import is_proven, start_proof
from verification.requests import ResidentRequest
from verification.signin import SignIn
from verification.views.code import about, resend
from verification.views.signin import sign_in_with as sign_in
from verification.views.weixin import leads_to_weixin
from verification.weixin_oauth import leave_for_weixin

UNPROCESSABLE = 422
OF_A_LINK = {"area", "as", "src", "back"}  # what a link to the first step says: no choice yet


def step_url(kind: Kind, step: str) -> str:
    return reverse(f"{kind.word}-{step}")


@for_this_visitor
@require_safe
@require_level("read")
def choose(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Pick medicines; for a need, see at once who has them nearby.

    Whoever opens it without a choice begins anew: a change of a post that was left half-way, or a
    post in the name of a body, must not swallow the next post. `as=` says that the latter is meant.
    """
    is_sent = bool(request.GET.keys() - OF_A_LINK)
    form = ChooseForm(request.GET if is_sent else None, groups=kind == Kind.NEED)
    place = visitor_place(request)
    draft = drafts.find(request, kind)
    begins_anew = not is_sent and (draft is None or draft.editing_id or "as" not in request.GET)
    context = {
        "kind": kind,
        "form": form,
        "organisation": draft.organisation if draft and not begins_anew else None,
        "chosen": request.GET.getlist("medicine"),
        "area": square.area_coded(request.GET.get("area", "")),
        "place": place,
        "here": request.get_full_path(),
    }
    if form.is_valid() and kind == Kind.NEED:
        context["rows"] = nearby.offers_of(form.cleaned_data["medicine"], place)
    response = render(request, "posts/choose.html", context, status=400 if form.errors else 200)
    is_another = draft and (draft.editing_id or draft.organisation_id)
    return drafts.forget(response, kind) if begins_anew and is_another else response


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
        has_room = draft is not None or drafts.may_begin(request)
        draft = draft or Draft(kind=kind)
        if request.user.is_authenticated:
            draft.resident = request.user
        drafts.put(draft, drafts.DETAILS, without_passages(request.POST))
        form = answers.details_form(draft, medicines, groups)
        if not has_room:
            form.add_error(
                None,
                _(
                    "Very many people are writing from your network. "
                    "Please sign in first, or try again later."
                ),
            )
            return show_details(request, kind, form, choice, draft)
        draft.save()
        if form.is_valid():
            return drafts.remember(go_on(kind, draft), draft)
        return drafts.remember(show_details(request, kind, form, choice, draft), draft)
    draft = draft or Draft(kind=kind)
    form = answers.details_form(draft, medicines, groups, area=request.GET.get("area", ""))
    return show_details(request, kind, form, choice, draft)


def show_details(
    request: HttpRequest,
    kind: Kind,
    form: NeedDetailsForm | OfferDetailsForm,
    choice: list[str],
    draft: Draft,
) -> HttpResponse:
    extra: dict[str, Any] = {
        "choice": choice,
        "area": form["area"].value(),
        "organisation": draft.organisation,
    }
    if kind == Kind.NEED:
        extra |= {
            "twice": shared_ingredients(form.medicines),
            "cautions": warnings_by_kind(form.medicines),
        }
    return show_step(
        request, kind, "details", form, status=UNPROCESSABLE if form.errors else 200, **extra
    )


@never_cache
@leads_to_weixin
@sensitive_post_parameters("phone")
@require_http_methods(["GET", "POST"])
def reach(request: ResidentRequest, kind: Kind) -> HttpResponse:
    """Where it is, and how its poster is reached. Who is not signed in is sent a code."""
    draft = drafts.find(request, kind)
    if draft is None:
        return draft_is_gone(request, kind)
    if request.user.is_authenticated and not drafts.claim(draft, request.user):
        return draft_is_gone(request, kind)
    sent = without_passages(request.POST) if request.method == "POST" else None
    if sent is not None:
        drafts.put(draft, drafts.REACH, sent)
        draft.save()
    form = answers.all_forms(draft, request.user, sent).get(drafts.REACH)
    if form is None:
        return redirect(step_url(kind, "details"))
    if request.method == "GET":
        return show_reach(request, draft, form)
    if "weixin" in request.POST and form.signs_in and weixin.is_on():
        return drafts.remember(leave_for_weixin(request, step_url(kind, "reach")), draft)
    if form.is_valid() and (not form.signs_in or has_code(request, form)):
        return drafts.remember(redirect(step_url(kind, "check")), draft)
    status = UNPROCESSABLE if form.errors else 200
    return drafts.remember(show_reach(request, draft, form, status), draft)


def show_reach(
    request: HttpRequest, draft: Draft, form: ReachForm | OrganisationReachForm, status: int = 200
) -> HttpResponse:
    extra = {
        "place": visitor_place(request),
        "organisation": draft.organisation,
        "offers_weixin": form.signs_in and weixin.is_offered(request),
    }
    return show_step(request, Kind(draft.kind), "reach", form, status=status, **extra)


def has_code(request: HttpRequest, form: ReachForm) -> bool:
    """Whether a code is on its way to the form's number; else the form says why not."""
    under_way = SignIn.under_way(request)
    if under_way and under_way.phone == form.sign_in_phone and not under_way.is_proven:
        under_way.set_shared(form.cleaned_data["shared"])
        return True
    try:
        SignIn.begin(request, form.sign_in_phone, form.cleaned_data["shared"])
    except CodeNotSentError as error:
        form.add_error("phone", str(error.message))
        return False
    return True


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def check(request: ResidentRequest, kind: Kind) -> HttpResponse:
    """Check your answers, and publish; with the code, for who is not signed in yet."""
    draft = drafts.find(request, kind)
    if draft is None:
        return draft_is_gone(request, kind)
    process = None if request.user.is_authenticated else SignIn.under_way(request)
    if process is None and not request.user.is_authenticated:
        if drafts.typed_in(draft, drafts.REACH):
            messages.warning(request, _("That code has run out. Tap “Continue” for a new one."))
        return redirect(step_url(kind, "reach"))
    if request.user.is_authenticated and not drafts.claim(draft, request.user):
        return draft_is_gone(request, kind)
    forms = answers.all_forms(draft, request.user)
    if wrong := first_wrong(forms):
        return redirect(step_url(kind, wrong))
    if process and process.phone != forms[drafts.REACH].sign_in_phone:
        return redirect(step_url(kind, "reach"))  # a code for another number than this one
    if "resend" in request.POST and process:
        return resend(request, process)
    if request.method == "GET":
        return show_check(request, kind, draft, forms, process)
    consents = ConsentForm(request.user, "publish", request.POST)
    if not consents.is_valid():  # before the code: each look at it counts
        code = CodeForm.as_typed(request.POST, process) if process else None
        return show_check(request, kind, draft, forms, process, consents=consents, code=code)
    if process:
        code = CodeForm(request.POST, process)
        if not code.is_valid():
            if code.has_error("code", "dead"):
                return code_is_dead(request, kind, code)
            return show_check(request, kind, draft, forms, process, consents=consents, code=code)
        stopped = sign_in(request, process, step_url(kind, "check"), consents.purposes)
        if not request.user.is_authenticated:
            return stopped
        if not drafts.claim(draft, request.user):
            return draft_is_gone(request, kind)
        forms = answers.all_forms(draft, request.user)
        if wrong := first_wrong(forms):  # what was fine before may not be for this account
            return redirect(step_url(kind, wrong))
    consents.give(request.user)
    return publish_now(request, kind, draft, forms)


def first_wrong(forms: dict[str, Any]) -> str | None:
    """The first step that has to be looked at again; None when all may stand."""
    for step, form in forms.items():
        if form is None or not form.is_valid():
            return step
    return None


def code_is_dead(request: HttpRequest, kind: Kind, code: CodeForm) -> HttpResponse:
    """Too many guesses: the step before sends a new code."""
    messages.error(request, str(code.errors["code"][0]))
    return redirect(step_url(kind, "reach"))


def publish_now(
    request: ResidentRequest, kind: Kind, draft: Draft, forms: dict[str, Any]
) -> HttpResponse:
    here = step_url(kind, "check")
    if missing := access.missing_level(request.user):
        return ask_for(missing, request, here)
    phone = forms[drafts.REACH].phone_to_prove
    if phone and not is_proven(request.user, phone):
        return start_proof(request, phone, here)
    try:
        body = came_from.body(request)
        post = publish(draft.pk, kind, request.user, answers.checked(forms), body)
    except RefusedError as refused:
        return show_check(request, kind, draft, forms, problems=refused.problems)
    except Draft.DoesNotExist:  # a second tap on "save the changes", a moment after the first
        mine = draft.editing.list_url if draft.editing else reverse("mine")
        return drafts.forget(redirect(mine), kind)
    return drafts.forget(redirect("published", post.public_id), kind)


def show_check(
    request: ResidentRequest,
    kind: Kind,
    draft: Draft,
    forms: dict[str, Any],
    process: SignIn | None = None,
    problems: tuple = (),
    consents: ConsentForm | None = None,
    code: CodeForm | None = None,
) -> HttpResponse:
    made = answers.checked(forms)
    medicines = [item.medicine for item in made.items if item.medicine]
    people = forms[drafts.DETAILS].persons() if kind == Kind.NEED else []
    context = {
        "kind": kind,
        "answers": made,
        "preview": answers.preview(made, draft),
        "warnings": warnings_for(medicines, people),
        "hospital": kind == Kind.NEED and forms[drafts.DETAILS].needs_hospital(),
        "problems": problems,
        "form": consents or ConsentForm(request.user, "publish"),
        "real_name_missing": access.missing_level(request.user) == Level.REAL_NAME,
        "editing": draft.editing_id is not None,
        "organisation": draft.organisation,
    }
    if process:
        context |= {"code": code or CodeForm(None, process), **about(process)}
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
        return redirect(post.list_url)
    draft = answers.draft_of(post, request.user)
    response = redirect(step_url(Kind(post.kind), "check"))
    return drafts.remember(response, draft)


def go_on(kind: Kind, draft: Draft) -> HttpResponse:
    """From the details on; when the next step was filled before, back to the check page."""
    is_filled = drafts.typed_in(draft, drafts.REACH) is not None
    return redirect(step_url(kind, "check" if is_filled else "reach"))


def draft_is_gone(request: HttpRequest, kind: Kind) -> HttpResponse:
    """No draft for this visitor: published a moment ago (a double tap), of somebody who has signed
    out since, or older than two days."""
    from posts.models import Post

    key = drafts.key_in(request, kind)
    if not request.user.is_authenticated and drafts.somebodys(request, kind):
        return redirect_to_login(request.get_full_path())
    if key and request.user.is_authenticated:
        post = Post.objects.belonging_to(request.user).filter(submission=key).first()
        if post:
            return drafts.forget(redirect("published", post.public_id), kind)
    return redirect(step_url(kind, "choose"))


def show_step(
    request: HttpRequest, kind: Kind, step: str, form: Any, status: int = 200, **extra: Any
) -> HttpResponse:
    number = drafts.STEPS.index(step) + 2  # the first is the choice of medicines
    context = {"kind": kind, "form": form, "number": number, **extra}
    return render(request, f"posts/steps/{step}.html", context, status=status)
