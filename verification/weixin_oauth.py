"""django-allauth's weixin provider, asked for the least: who it is, and nothing about him.

It keeps the state, its check and the order of the steps. Ours are the two requests: the page that
asks (公众号网页授权 with snsapi_base, or 网站应用 with snsapi_login) and the exchange of the code.
/sns/userinfo (name, picture, sex, place) is never called, and no token is kept. allauth's own
tables stay empty: the database takes no row (0008_weixin_tie).

Source: https://developers.weixin.qq.com/doc/service/api/webdev/access/api_snsaccesstoken.html
"""

import logging
import re
from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.weixin.client import WeixinOAuth2Client
from allauth.socialaccount.providers.weixin.provider import WeixinProvider
from allauth.socialaccount.providers.weixin.views import WeixinOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from verification import signin, weixin
from verification.requests import address_digest

log = logging.getLogger(__name__)

PAGES = {  # where the visitor is asked, and for what
    "official-account": ("/connect/oauth2/authorize", "snsapi_base"),
    "website": ("/connect/qrconnect", "snsapi_login"),
}
CODE = re.compile(r"[A-Za-z0-9_-]{1,128}")
OPENID = re.compile(r"[A-Za-z0-9_-]{6,64}")
OF_THE_VISITOR = {40029, 40163, 42003}  # a code that is wrong, was used, or has run out
PASSING = {-1, 45011}  # WeChat is busy; too many calls in a minute


class WeixinError(OAuth2Error):
    """WeChat did not say who it is. `code` is its own, or a word of ours."""

    def __init__(self, code: int | str) -> None:
        super().__init__(str(code))
        self.code = code


def pages_origin() -> str:
    """Where WeChat's pages are: our pages' forms may lead there."""
    stand_in = settings.WEIXIN_ENDPOINT
    return f"http://{stand_in}" if stand_in else "https://open.weixin.qq.com"


class Client(WeixinOAuth2Client):
    def get_redirect_url(
        self, authorization_url: str, scope: list[str], extra_params: dict[str, Any]
    ) -> str:
        """WeChat wants this very order, and the fragment."""
        asked = {
            "appid": self.consumer_key,
            "redirect_uri": self.callback_url,
            "response_type": "code",
            "scope": ",".join(scope),
            "state": self.state,
        }
        return f"{authorization_url}?{urlencode(asked)}#wechat_redirect"

    @sensitive_variables()
    def get_access_token(self, code: str, pkce_code_verifier: str | None = None) -> dict[str, str]:
        """The openid, and nothing else of the answer. Raises `WeixinError`, `RequestException`."""
        if not CODE.fullmatch(code):
            raise WeixinError(40029)
        asked = {
            "appid": self.consumer_key,
            "secret": self.consumer_secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        with get_adapter().get_requests_session() as session:
            response = session.get(self.access_token_url, params=asked, allow_redirects=False)
            answer = response.json() if response.status_code == 200 else None
        return {"openid": openid_in(answer)}


@sensitive_variables()
def openid_in(answer: Any) -> str:
    """Who it is, by WeChat's answer, whatever came. Raises `WeixinError`.

    Within a preview of a page (快照页) WeChat tells a virtual account, which is nobody's.
    """
    if not isinstance(answer, dict):
        raise WeixinError("no answer")
    if code := answer.get("errcode"):
        raise WeixinError(code if type(code) is int else "no answer")
    openid = answer.get("openid")
    if not isinstance(openid, str) or not OPENID.fullmatch(openid):
        raise WeixinError("no answer")
    if answer.get("is_snapshotuser"):
        raise WeixinError("preview")
    return openid


class Adapter(WeixinOAuth2Adapter):
    client_class = Client

    @property
    def authorize_url(self) -> str:
        return pages_origin() + PAGES[settings.WEIXIN_KIND][0]

    @property
    def access_token_url(self) -> str:  # type: ignore[override]
        stand_in = settings.WEIXIN_ENDPOINT
        origin = f"http://{stand_in}" if stand_in else "https://api.weixin.qq.com"
        return f"{origin}/sns/oauth2/access_token"

    def parse_token(self, data: dict[str, str]) -> SocialToken:
        return SocialToken()  # nothing is asked with it

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        return self.get_provider().sociallogin_from_response(request, kwargs["response"])


class Provider(WeixinProvider):
    oauth2_adapter_class = Adapter

    def get_scope(self) -> list[str]:
        return [PAGES[settings.WEIXIN_KIND][1]]

    def extract_uid(self, data: dict[str, str]) -> str:
        return weixin.identity_of(data["openid"])

    def extract_extra_data(self, data: dict[str, str]) -> dict[str, str]:
        return {}

    def extract_common_fields(self, data: dict[str, str]) -> dict[str, str]:
        return {}


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Where allauth would make accounts of its own, our sign-in goes on."""

    def get_app(self, request: HttpRequest, provider: str, client_id: Any = None) -> SocialApp:
        """From the settings alone: allauth would look into a table as well."""
        return SocialApp(
            provider=provider,
            client_id=settings.WEIXIN_APP_ID,
            secret=settings.WEIXIN_APP_SECRET,
        )

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        next_url = sociallogin.state.get("next")
        response = signin.sign_in_by_weixin(request, sociallogin.account.uid, next_url)
        raise ImmediateHttpResponse(response)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> NoReturn:
        """Back to the sign-in page, where the phone is asked for, with a word on what happened."""
        state = (extra_context or {}).get("state")
        if exception is not None:
            report(exception)
        if state and exception is None:  # the visitor came back without a code
            messages.info(request, _("WeChat was not used. Your phone number does as well."))
        else:
            messages.warning(
                request, _("WeChat did not sign you in this time. Please use your phone number.")
            )
        raise ImmediateHttpResponse(signin.by_phone(state.get("next") if state else None))


def leave_for_weixin(request: HttpRequest, next_url: str | None) -> HttpResponse:
    """Lead a visitor to WeChat, and from there back; later to `next_url`, which must be ours."""
    if not weixin.PER_ADDRESS.use(address_digest(request)):
        messages.warning(
            request, _("Many people are signing in by WeChat here. Please use your phone number.")
        )
        return signin.by_phone(next_url)
    provider = get_adapter(request).get_provider(request, Provider.id)
    return provider.redirect(request, AuthProcess.LOGIN, next_url)


def report(error: Exception) -> None:
    """Tell the operator by number or kind of error alone: an error if somebody has to act."""
    code = error.code if isinstance(error, WeixinError) else type(error).__name__
    if code in OF_THE_VISITOR or code == "preview":
        return
    has_to_act = isinstance(code, int) and code not in PASSING
    log.log(logging.ERROR if has_to_act else logging.WARNING, "WeChat sign-in failed: %s", code)
