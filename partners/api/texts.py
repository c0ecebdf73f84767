"""What the OpenAPI document says, so that our catalogue has it: the documents page shows it in the
reader's language, the document itself stays English. A test finds what is missing here.
"""

from django.utils.translation import gettext_noop as _

TEXTS = [
    _(
        "Open needs and offers of over-the-counter medicine, as the square shows them. Free "
        "to use; please link each post to its page, where people get in touch. Nothing here "
        "tells who somebody is or how to reach him: a place is a cell of about 500 metres, or"
        " a district."
    ),
    _(
        "No key is needed. A partner's key, sent as `Authorization: Bearer …` from a server "
        "and never from a page, may ask more often; one that is not known or was stopped is "
        "answered with 401."
    ),
    _(
        "Errors are problem details (RFC 9457). Each answer says in `RateLimit` how many "
        "requests are left and in `Cache-Control` how long it may be kept; send "
        "`If-None-Match` with its `ETag`."
    ),
    _("Open posts, 20 at a time"),
    _("The newest first; with `sort=distance` the nearest first, up to the nearest thousand."),
    _("A short name of /medicines."),
    _("Only within this area: six digits."),
    _("Needs for these people only."),
    _("`distance` wants `near`."),
    _("Distances from the point of this area. Never a position: addresses are kept in logs."),
    _("Only in this block of the map: level.row.column."),
    _("`next` of the page before; with the same parameters."),
    _("One open post"),
    _("410 when it is resolved or has run out, 404 when there is none."),
    _("What changed since"),
    _(
        "First ask without `since` and keep `next`; then walk `/posts` to its end; then ask "
        "here again and again (every few seconds, or every minute) with the last `next`. A "
        "change may come twice. A post also ends by itself, at its `expires_at`."
    ),
    _("`next` of the answer before. Without it: from now on."),
    _("Search, or the areas of an area"),
    _("The best ten matches of `q`; the areas of `parent`; without both the provinces."),
    _("A name in Chinese, pinyin, initials or English."),
    _("The areas of this one."),
    _("The district at a point"),
    _(
        "In the body of a POST, because addresses are kept in logs. Snapped to the grid of "
        "about 500 m before anything else; kept nowhere. 404 abroad and at sea."
    ),
    _("One area"),
    _("The whole catalogue"),
    _("Over-the-counter medicines and supplies that are listed, in the order of the site."),
    _("The square in numbers"),
    _("Since the beginning, and for the last 60 days; made anew every ten minutes."),
    _("Who somebody in need is. Ages: an infant is under 1 year, a child under 18."),
    _("Six digits of GB/T 2260."),
    _("The code of the area around it."),
    _("A public body in whose name its staff post."),
    _("Its page on this site."),
    _("How a medicine is made up. Two forms of one medicine can have different age limits."),
    _("Who pays the courier; null when no courier is wanted."),
    _("A medicine and how much; or, in a need, anything against a symptom."),
    _("The short name in /medicines."),
    _("A symptom group, when any of its medicines will do."),
    _("Of the medicine: year and month."),
    _("The centre of a cell of about 500 m, or the point of a district; SRID 4326, degrees."),
    _("Its page, where people get in touch."),
    _("From `near`, rounded to 100 m; null without it."),
    _("A need: for how many."),
    _("Its poster wants a message and shows no number."),
    _("Null when a resident posts for himself."),
    _("Somebody is on it."),
    _("Several people are in touch already."),
    _("Take it off your page then, if no change came before."),
    _("`after` of the next page; null on the last."),
    _("What one of something is called. A cooling patch and a tablet are both 片 in Chinese."),
    _("The same in Chinese and in English."),
    _("`title` names the kind of error, `detail` says in the reader's language what to mend."),
    _("`closed` says that the post is not on the square any more, whatever the reason."),
    _("`since` of the next question."),
    _("There is more: ask again at once."),
    _("A city, or a municipality."),
    _("Its code in /areas."),
    _("Of the posts published on a day, in China. `visitors` is an estimate, within about 5 %."),
    _("Run out, or gone with its account."),
    _("Of those published."),
    _("Until resolved: the median, within 10 %."),
    _("A medicine, or anything against a symptom. A post counts under each that it names."),
    _("How it ended, as far as posters said; in steps of five."),
    _("null is a number below `fewest`, or one that would betray such a number."),
]
