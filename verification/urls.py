from django.urls import path

from verification.views import account, phone_proof, real_name, signin

urlpatterns = [
    path("signin/", signin.sign_in, name="account_login"),
    path("signin/code/", signin.sign_in_code, name="account_confirm_login_code"),
    path("signin/suspended/", signin.suspended, name="account_inactive"),
    path("signout/", signin.sign_out, name="account_logout"),
    path("account/", account.account, name="account"),
    path("account/sign-out-elsewhere/", account.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("real-name/", real_name.real_name, name="real_name"),
    path("phone/prove/", phone_proof.prove_phone, name="prove_phone"),
]
