"""How large a visitor reads: standard, 长辈版 (elder) or 特大字 (largest), in a cookie.

The word is the class of the page's root element; site.css holds a set of custom properties for
each. By 工信部's 移动互联网应用适老化通用设计规范 (2021) text is 18 px or more and grows to 30.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "mode"
MODES = ("elder", "largest")
MAX_AGE = 365 * 24 * 3600  # seconds


def of(request: HttpRequest) -> str:
    """The visitor's mode; empty for the standard one."""
    mode = request.COOKIES.get(COOKIE, "")
    return mode if mode in MODES else ""


def remember(response: HttpResponse, mode: str) -> None:
    """Keep a mode on this device; anything that is none brings the standard one back."""
    if mode in MODES:
        response.set_cookie(
            COOKIE, mode, max_age=MAX_AGE, secure=not settings.LOCAL, httponly=True, samesite="Lax"
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
