from django.urls import path

from verification.views import signin

urlpatterns = [
    path("signin/", signin.sign_in, name="account_login"),
    path("signin/code/", signin.sign_in_code, name="account_confirm_login_code"),
    path("signin/suspended/", signin.suspended, name="account_inactive"),
    path("signout/", signin.sign_out, name="account_logout"),
]
