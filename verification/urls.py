from django.urls import path

from verification.views import (
    account,
    own_data,
    phone_proof,
    real_name,
    recovery,
    signin,
    weixin,
)

urlpatterns = [
    path("signin/", signin.sign_in, name="account_login"),
    path("signin/code/", signin.sign_in_code, name="account_confirm_login_code"),
    path("signin/join/", signin.join, name="join"),
    path("signin/suspended/", signin.suspended, name="account_inactive"),
    path("signin/weixin/", weixin.go, name="weixin_login"),  # these two names are allauth's
    path("signin/weixin/back/", weixin.back, name="weixin_callback"),
    path("signout/", signin.sign_out, name="account_logout"),
    path("account/", account.account, name="account"),
    path("account/data/", own_data.own_data, name="own_data"),
    path("account/data/copy/", own_data.copy, name="copy_data"),
    path("account/data/withdraw/", own_data.withdraw, name="withdraw"),
    path("account/erase/", own_data.erase, name="erase"),
    path("account/confirm/", own_data.confirm, name="confirm"),
    path("account/sign-out-elsewhere/", account.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("account/untie-weixin/", account.untie_weixin, name="untie_weixin"),
    path("real-name/", real_name.real_name, name="real_name"),
    path("real-name/recovery/", recovery.ask, name="recover"),
    path("real-name/recovery/no/", recovery.say_no, name="recovery_no"),
    path("phone/prove/", phone_proof.prove_phone, name="prove_phone"),
]
