"""What posts hold about people: this app's part of the register of personal data."""

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from posts import cases, drafts, erasing, links, listing, messaging, recalls, reports
from posts.models import ActLink, Case, Notice, Post, PostItem
from safety import register
from safety.register import kept_for

AFTER_IT_IS_OVER = kept_for(
    lambda: settings.CONTACT_KEPT, _("until %(time)s after the post is over")
)
WITH_THE_POST = kept_for(
    lambda: settings.POSTS_KEPT,
    _("until %(time)s after the post is over; then only a count by day and city stays"),
)
EVERYBODY = _("everybody, as long as the post is open")

register.hold(
    "posts.Post",
    "contact_phone",
    "contact_wechat",
    "landmark",
    what=_("On a post: phone, WeChat ID, landmark"),
    why=_("so that people can reach you and find you"),
    kept=AFTER_IT_IS_OVER,
    seen_by=_("only those you are shown to on their tap; you see who they were"),
)
register.hold(
    "posts.Post",
    "contact_name",
    "reached_by",
    "note",
    what=_("On a post: how you want to be called and reached, your note"),
    why=_("so that people know whom they talk to, and what matters"),
    kept=AFTER_IT_IS_OVER,
    seen_by=EVERYBODY,
)
register.hold(
    "posts.Post",
    "held_note",
    "note_refused_for",
    what=_("On a post: a note that waits for a moderator, or why it was not put up"),
    why=_("so that nothing is sold here and nobody is found by a stranger"),
    kept=lambda: str(_("until a moderator has decided; encrypted")),
    seen_by=_("you and the moderators"),
)
register.hold(
    "posts.Post",
    "people",
    "whom",
    "youngest_months",
    "none_left",
    "fever_since",
    what=_("On a need: for how many and for whom it is, the age of a child, since when the fever"),
    why=_("to warn of the wrong medicine, and to show who needs it most"),
    kept=AFTER_IT_IS_OVER,
    seen_by=EVERYBODY,
)
register.hold(
    "posts.Post",
    "point",
    "by_area",
    what=_("On a post: the place, as a square of about 500 m; nothing finer is ever stored"),
    why=_("so that neighbours find each other"),
    kept=AFTER_IT_IS_OVER,
    seen_by=EVERYBODY,
)
register.hold(
    "posts.Post",
    "public_id",
    "resident",
    "organisation",
    "kind",
    "state",
    "outcome",
    "hidden_for",
    "level",
    "area",
    "by_courier",
    "by_pickup",
    "by_mail",
    "courier_payer",
    "source",
    "in_hand",
    "doubted_at",
    "created_at",
    "confirmed_at",
    "expires_at",
    "closed_at",
    "hidden_at",
    what=_("On a post: need or offer, district, ways to hand over, what became of it and when"),
    why=_("to show the post, and to you what you posted"),
    kept=WITH_THE_POST,
    seen_by=_("everybody; whose account it is only moderators"),
)
register.hold(
    "posts.Post",
    "for_caller",
    "caller_digest",
    what=_("On a post of a body for somebody who called it: that the caller agreed, and an "
           "unreadable fingerprint of the caller's number"),
    why=_("so that nobody is put here unasked, and a cap on medicines holds for each caller"),
    kept=AFTER_IT_IS_OVER,
    seen_by=_("nobody: the machine alone"),
)  # fmt: skip
register.hold(
    "posts.Post",
    "brought_by",
    what=_("On a post: the public body whose link you had followed, if it was one"),
    why=_("to tell the body how many posts came through its links, never which"),
    kept=WITH_THE_POST,
    seen_by=_("nobody: the machine alone"),
)
register.rows(
    "posts.Post",
    lambda person: Post.objects.of(person).select_related("area").order_by("id"),
)
register.not_personal("posts.GonePost", "id", "public_id", "changed_at")
register.not_personal(
    "posts.Post",
    "id",
    "submission",
    "is_demo",
    "rests_until",
    "asked_at",
    "changed_at",
    "erased_at",
)

register.hold(
    "posts.Organisation",
    "name",
    "slug",
    "line",
    "is_active",
    what=_("Of a public body: its name and the number that its staff answer"),
    why=_("so that people know who posts, and reach it"),
    kept=lambda: str(_("as long as it posts here; the number is encrypted")),
    seen_by=_("everybody; its number those who ask for a contact, and its staff"),
)
register.not_personal("posts.Organisation", "id")

register.hold(
    "posts.Member",
    "organisation",
    "resident",
    "is_owner",
    "joined_at",
    what=_("Of a public body's staff: for whom you publish, and since when"),
    why=_("so that it is known who answers for a post"),
    kept=lambda: str(_("until you leave its staff or erase your account")),
    seen_by=_("your colleagues (the first character of your name or four digits), moderators"),
)
register.rows(
    "posts.Member",
    lambda person: person.memberships.select_related("organisation").order_by("id"),
)
register.not_personal("posts.Member", "id")

register.hold(
    "posts.PostItem",
    "post",
    "medicine",
    "group",
    "amount",
    "unit",
    "per_household",
    "form",
    "strength",
    "expiry",
    "original_packing",
    what=_("On a post: which medicines and how much"),
    why=_("so that need and offer meet"),
    kept=WITH_THE_POST,
    seen_by=EVERYBODY,
)
register.rows(
    "posts.PostItem",
    lambda person: (
        PostItem.objects.filter(post__in=Post.objects.of(person))
        .select_related("post", "medicine", "group")
        .order_by("id")
    ),
)
register.not_personal("posts.PostItem", "id")

register.hold(
    "posts.Listing",
    "post",
    "medicine",
    "kind",
    "code",
    "whom",
    "point",
    "cell",
    "rank",
    "expires_at",
    what=_("A short copy of an open post: medicine, district, square, for whom"),
    why=_("so that the list is quick"),
    kept=lambda: str(_("as long as the post is open")),
    seen_by=EVERYBODY,
)

register.hold(
    "posts.Draft",
    "resident",
    "editing",
    "organisation",
    "kind",
    "data",
    "touched_at",
    what=_("What you filled in and have not published yet"),
    why=_("so that nothing you typed is lost"),
    kept=kept_for(lambda: drafts.KEPT_FOR, _("%(time)s; encrypted")),
    seen_by=_("you alone"),
)
register.rows("posts.Draft", drafts.of)
register.not_personal("posts.Draft", "id")

register.hold(
    "posts.Reveal",
    "post",
    "resident",
    "at",
    what=_("Whose contact you were shown, and when"),
    why=_("so that posters know who has their number, and abuse can be followed up"),
    kept=kept_for(lambda: settings.REVEALS_KEPT, _("%(time)s")),
    seen_by=_("the poster (the first character of your name or four digits), and moderators"),
)
register.rows("posts.Reveal", lambda person: person.reveals.select_related("post").order_by("id"))
register.not_personal("posts.Reveal", "id")

register.hold(
    "posts.Message",
    "text",
    "phone",
    what=_("Your message to somebody who shows no number: your words, your number"),
    why=_("so that they can call you"),
    kept=kept_for(
        lambda: settings.CONTACT_KEPT,
        _("until you take it back, at the latest until %(time)s after the post is over; encrypted"),
    ),
    seen_by=_("only the poster to whom you wrote"),
)
register.hold(
    "posts.Message",
    "public_id",
    "post",
    "sender",
    "at",
    "state",
    what=_("Whom you wrote to, when, and what became of it"),
    why=_("so that abuse can be followed up"),
    kept=kept_for(lambda: settings.REVEALS_KEPT, _("%(time)s")),
    seen_by=_("the poster (the first character of your name or four digits), and moderators"),
)
register.rows("posts.Message", lambda person: person.messages.select_related("post").order_by("id"))
register.not_personal("posts.Message", "id")

register.hold(
    "posts.Block",
    "by",
    "by_organisation",
    "blocked",
    "at",
    what=_("Whom you blocked, and when"),
    why=_("so that they cannot reach you"),
    kept=lambda: str(_("until you unblock them, or one of the two accounts is erased")),
    seen_by=_("you; the person only when they try to look at your contact"),
)
register.rows("posts.Block", lambda person: person.blocks.order_by("id"))
register.not_personal("posts.Block", "id")

register.hold(
    "posts.ActLink",
    "post",
    "created_at",
    "expires_at",
    "used_at",
    what=_("That a link in a text message may answer for your post, and whether it was used"),
    why=_("so that you can say “resolved” without signing in"),
    kept=kept_for(lambda: settings.LINK_LIFETIME, _("%(time)s")),
    seen_by=_("nobody; whoever holds the link sees the post without its contact"),
)
register.rows(
    "posts.ActLink",
    lambda person: (
        ActLink.objects.filter(post__in=Post.objects.of(person))
        .select_related("post")
        .order_by("id")
    ),
)
register.not_personal("posts.ActLink", "id", "digest")

register.hold(
    "posts.Notice",
    "resident",
    "post",
    "template",
    "values",
    "created_at",
    "due_at",
    "tries",
    what=_("A text message that waits to be sent to you"),
    why=_("so that you hear what happens to your posts, and of unsafe medicine"),
    kept=lambda: str(_("until it is sent, some hours at most; encrypted")),
    seen_by=_("whoever sends our text messages"),
)
register.rows(
    "posts.Notice",
    lambda person: Notice.objects.filter(resident=person).select_related("post").order_by("id"),
)
register.not_personal("posts.Notice", "id")

register.hold(
    "posts.Recall",
    "post",
    "resident",
    "at",
    "read_at",
    what=_("That an offer you asked about was found unsafe, and when you read it"),
    why=_("so that nobody takes an unsafe medicine"),
    kept=kept_for(lambda: settings.REVEALS_KEPT, _("%(time)s")),
    seen_by=_("you alone"),
)
register.rows("posts.Recall", lambda person: person.recalls.select_related("post").order_by("id"))
register.not_personal("posts.Recall", "id")

register.hold(
    "posts.Report",
    "post",
    "person",
    "resident",
    "visitor",
    "case",
    "reason",
    "words",
    "quoted",
    "at",
    what=_("What you reported, why and when, and the message that it is about; without an account "
           "a fingerprint of the day's address"),
    why=_("so that a moderator can look at it, and nobody reports one thing many times"),
    kept=kept_for(lambda: settings.REPORTS_KEPT, _("until %(time)s after the decision")),
    seen_by=_("moderators"),
)  # fmt: skip
register.rows(
    "posts.Report",
    lambda person: person.reports_made.select_related("post", "case").order_by("id"),
    but=("visitor", "case", "quoted"),
)
register.not_personal("posts.Report", "id")

register.hold(
    "posts.Case",
    "post",
    "person",
    "identity",
    "kind",
    "harm",
    "opened_at",
    "outcome",
    "reason",
    "closed_at",
    "taken_by",
    "decided_by",
    what=_("That you or your post were reported, or that your note or identity waited for a "
           "moderator, what was decided, and by whom"),
    why=_("so that nobody is harassed or cheated, and decisions can be looked at again"),
    kept=kept_for(lambda: settings.REPORTS_KEPT, _("until %(time)s after the decision")),
    seen_by=_("moderators; you see why a post of yours was hidden"),
)  # fmt: skip
register.hold(
    "posts.Case",
    "decided_note",
    what=_("What a note said that a moderator put up or refused"),
    why=_("so that a decision that was a slip can be taken back"),
    kept=kept_for(lambda: settings.CASE_UNDO, _("%(time)s; encrypted")),
    seen_by=_("nobody: the machine alone"),
)
register.rows(
    "posts.Case",
    lambda person: (
        Case.objects.filter(
            Q(person=person) | Q(post__in=Post.objects.of(person)), closed_at__isnull=False
        )
        .select_related("post")
        .order_by("closed_at")
    ),
    but=("decided_note",),
)
register.not_personal(
    "posts.Case", "id", "taken_until", "hidden_before", "hidden_after", "has_suspended", "recalled"
)

register.not_personal("posts.PostCount", "id", "day", "kind", "area", "ending", "number")

register.farewell(erasing.leave)
register.deadline("drafts", drafts.remove_old)
register.deadline("one-tap links that have run out", links.remove_old)
register.deadline("recalls of long ago", recalls.remove_old)
register.deadline("listing rows of expired posts", listing.remove_expired)
register.deadline("contacts of posts that are over", erasing.erase_overdue_contacts)
register.deadline("records of who was shown a contact", erasing.erase_overdue_reveals)
register.deadline("records of who wrote to whom", messaging.erase_overdue_messages)
register.deadline("posts that were over long ago", erasing.erase_overdue_posts)
register.deadline("names of deleted posts", erasing.forget_gone_posts)

register.deadline("notes that were decided on", cases.forget_notes)
register.deadline("reports and decided cases", reports.forget_old)
