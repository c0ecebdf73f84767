"""The way to WeChat and back. Without the operator's keys there is no such page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.utils import get_login_redirect_url, get_next_redirect_url
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from verification import weixin
from verification.weixin_oauth import Adapter, leave_for_weixin, pages_origin

View = Callable[..., HttpResponse]


def leads_to_weixin(view: View) -> View:
    """A page with the button: Chromium heeds form-action for the redirects of a form too."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not weixin.is_offered(request):
            return view(request, *args, **kwargs)
        widened = csp_update({"form-action": [pages_origin()]})
        return widened(view)(request, *args, **kwargs)  # type: ignore[return-value]

    return wrapped


def only_with_keys(view: View) -> View:
    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if not weixin.is_on():
            raise Http404
        if request.user.is_authenticated:
            return HttpResponseRedirect(get_login_redirect_url(request))  # redirect() reads names
        return view(request)

    return wrapped


@never_cache
@only_with_keys
@require_POST
def go(request: HttpRequest) -> HttpResponse:
    """Lead the visitor to WeChat."""
    return leave_for_weixin(request, get_next_redirect_url(request))


@never_cache
@only_with_keys
@require_http_methods(["GET"])  # a HEAD, which some hosts send first, would use the state up
def back(request: HttpRequest) -> HttpResponse:
    """Where WeChat sends the visitor with a code for us."""
    return OAuth2CallbackView.adapter_view(Adapter)(request)
