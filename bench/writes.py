"""People who are about to publish, look at a contact, resolve: `python -m bench.writes FOLDER`.

For each act it writes a file of requests that are good for one time each: path, cookies and the
fields of a form, with a tab between; and pages that they read. Everybody has signed in, agreed and
shown a real name.
"""

import itertools
import random
import secrets
import sys
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import django

django.setup()

from django.conf import settings  # noqa: E402 -- Django is ready now
from django.core import signing  # noqa: E402
from django.test import Client  # noqa: E402
from tqdm import tqdm  # noqa: E402

from posts import answers, drafts  # noqa: E402
from posts.models import Draft, Kind, Post, Reach  # noqa: E402
from verification import consent  # noqa: E402
from verification.models import Level, Resident  # noqa: E402

PEOPLE = 150
PUBLISHED, REVEALED, RESOLVED = 1500, 1000, 700
AGREED = {purpose for act in ("publish", "reveal") for purpose in consent.NEEDED[act]}


def resident(number: int) -> Resident:
    phone = f"+86139{number:08d}"
    found = Resident.objects.who_proved(phone)
    Resident.objects.filter(pk=found.pk).update(level=Level.REAL_NAME)
    consent.give(found, AGREED)
    return found


@cache
def session(who: Resident) -> dict[str, str]:
    """The cookies of somebody who has signed in."""
    client = Client()
    client.force_login(who, settings.AUTHENTICATION_BACKENDS[0])
    return {name: morsel.value for name, morsel in client.cookies.items()}


def line(who: Resident, path: str, **cookies: str) -> str:
    """A form that this resident sends."""
    token = secrets.token_hex(16)
    cookies |= {**session(who), settings.CSRF_COOKIE_NAME: token}
    packed = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return f"{path}\t{packed}\t{urlencode({'csrfmiddlewaretoken': token})}"


def publishing(who: Resident, like: Post) -> str:
    """The last tap of a draft that holds what another post does."""
    typed = answers.draft_of(like, who)
    reached = {"phone": [who.phone], "reached_by": [Reach.PHONE], "name": ["王女士"]}
    draft = Draft.objects.create(
        kind=like.kind,
        resident=who,
        data={**typed.data, drafts.REACH: typed.data[drafts.REACH] | reached},
    )
    typed.delete()
    name = drafts.cookie_name(Kind(like.kind))
    kept = signing.get_cookie_signer(salt=name).sign(str(draft.pk))
    return line(who, f"/{Kind(like.kind).word}/check/", **{name: kept})


def requests() -> dict[str, list[str]]:
    chance = random.Random(5)  # noqa: S311 -- the same each time
    posts = list(Post.objects.filter(state="open").with_items().order_by("public_id")[:3000])
    offers = [post for post in posts if not post.is_need]  # what one may ask for has a limit
    to_call = [post for post in posts if not post.asks_first]
    people = [resident(number) for number in tqdm(range(PEOPLE), unit="person")]
    who = itertools.cycle(people)
    publish = [
        publishing(next(who), chance.choice(offers))
        for _each in tqdm(range(PUBLISHED), unit="draft")
    ]
    reveal = [
        line(one, f"/posts/{post.public_id}/contact/")
        for one in people
        for post in chance.sample(to_call, REVEALED // PEOPLE + 1)
    ]
    resolve = []
    for post in chance.sample(posts, RESOLVED):
        owner = next(who)
        Post.objects.filter(pk=post.pk).update(resident=owner)
        resolve.append(line(owner, f"/posts/{post.public_id}/resolve/"))
    cookies = [each.split("\t")[1] for each in resolve[:20]]
    return {
        "forms/publish": publish,
        "forms/reveal": reveal,
        "forms/resolve": resolve,
        "pages/square by time, signed in": [f"/?kind=need\t{each}" for each in cookies],
        "pages/my posts, signed in": [f"/mine/\t{each}" for each in cookies],
    }


def main(folder: Path) -> None:
    for name, lines in requests().items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
