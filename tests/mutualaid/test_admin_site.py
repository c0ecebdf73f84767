"""The admin as a whole: who sees what, no COUNT, one history, no contact data, all in Chinese."""

import re
import uuid
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from medicines.models import BlockedName, Medicine
from partners.models import Feedback
from posts import closing, moderation
from posts.contact import reveal
from posts.models import (
    HiddenFor,
    Message,
    Notice,
    Post,
    PostCount,
    Reach,
    ReportReason,
    Reveal,
)
from posts.reports import Reporter, Subject, report
from safety import alarms, audit, wording
from safety.admin import AuditedAdmin
from safety.models import Alarm, AuditEntry, ScreeningWord
from tests.conftest import make_resident
from tests.partners.bodies import applied
from tests.posts import factories
from verification import real_name, recovery
from verification.documents import Document
from verification.models import DocumentType, Level, Resident

pytestmark = pytest.mark.django_db

NAME, NUMBER = "刘芳芳", "110101199003070011"
PHONE, WECHAT, LANDMARK = "+8613800138009", "wx_daughter_1987", "南门岗亭旁边"


def staff(name: str, group: str | None = None) -> Resident:
    person = Resident.objects.create_user(name, "a long enough password", is_staff=True)
    if group:
        person.groups.add(Group.objects.get(name=group))
    return person


@pytest.fixture
def people(db, resident, moderator):
    return {
        "visitor": None,
        "resident": resident,
        "staff without rights": staff("clerk"),
        "identity reviewer": staff("reviewer", "identity reviewer"),
        "catalogue editor": staff("pharmacist", "catalogue editor"),
        "post moderator": staff("judge", "post moderator"),
        "superuser": moderator,
    }


@pytest.fixture
def post(resident, helper, moderator):
    secret = {"contact_phone": PHONE, "contact_wechat": WECHAT, "landmark": LANDMARK}
    post = factories.offer(resident, **secret)
    reveal(post, helper)
    report(Subject(post), Reporter(helper), ReportReason.SOLD, "他要钱")
    moderation.hide(post, moderator, HiddenFor.TRADE)
    return post


@pytest.fixture
def waiting(helper, settings):
    settings.REAL_NAME_PROVIDER = "manual"
    return real_name.submit(helper, Document(DocumentType.ID_CARD, NAME, NUMBER))


@pytest.fixture
def pages(post, waiting, resident):
    """Every kind of page, by the name used in the table below."""
    medicine = Medicine.objects.get(slug="ibuprofen")
    entry = AuditEntry.objects.latest("id")
    alarms.ring(Alarm.Kind.CODES)
    found = {
        "first page": reverse("admin:index"),
        "real-name queue": reverse("admin:verification_realnamecheck_changelist"),
        "real-name check": reverse("admin:verification_realnamecheck_change", args=[waiting.pk]),
    }
    for name, page, key in [
        ("post", "posts_post", post.public_id),
        ("area", "places_area", 440305),
        ("medicine", "medicines_medicine", medicine.pk),
        ("resident", "verification_resident", resident.pk),
        ("audit entry", "safety_auditentry", entry.pk),
        ("alarm", "safety_alarm", Alarm.objects.get().pk),
    ]:
        found[f"{name} list"] = reverse(f"admin:{page}_changelist")
        found[f"{name}"] = reverse(f"admin:{page}_change", args=[key])
        found[f"{name} history"] = reverse(f"admin:{page}_history", args=[key])
    found["real-name history"] = reverse(
        "admin:verification_realnamecheck_history", args=[waiting.pk]
    )
    found["word list"] = reverse("admin:safety_screeningword_changelist")
    found["try a text"] = reverse("admin:safety_screeningword_try")
    found["case list"] = reverse("admin:posts_case_changelist")
    found["case"] = reverse("admin:posts_case_change", args=[post.cases.get().pk])
    found["identity case"] = reverse("admin:posts_case_change", args=[waiting.cases.get().pk])
    found["case history"] = reverse("admin:posts_case_history", args=[post.cases.get().pk])
    told = Feedback.objects.create(text="很好用", page="/")
    found["feedback list"] = reverse("admin:partners_feedback_changelist")
    found["feedback"] = reverse("admin:partners_feedback_change", args=[told.pk])
    found["feedback history"] = reverse("admin:partners_feedback_history", args=[told.pk])
    found["reveal list"] = reverse("admin:posts_reveal_changelist")
    found["blocked name list"] = reverse("admin:medicines_blockedname_changelist")
    found["symptom group list"] = reverse("admin:medicines_symptomgroup_changelist")
    found["ingredient list"] = reverse("admin:medicines_ingredient_changelist")
    found["add a medicine"] = reverse("admin:medicines_medicine_add")
    found["add a resident"] = reverse("admin:verification_resident_add")
    found["suspend"] = reverse("admin:verification_suspension", args=[resident.pk])
    return found


WORDS = {"word list", "try a text"}
POSTS = {"post list", "post", "post history", "reveal list"}
FEEDBACK = {"feedback list", "feedback", "feedback history"}
CASES = {"case list", "case", "case history"}
AREAS = {"area list", "area", "area history"}
CATALOGUE = {"medicine list", "medicine", "medicine history", "blocked name list"}
PEOPLE = {"resident list", "resident", "resident history"}
AUDIT = {"audit entry list", "audit entry", "audit entry history"}
ALARMS = {"alarm list", "alarm", "alarm history"}
IDENTITY = {"real-name queue", "real-name check", "real-name history", "identity case", "case list"}
MORE_CATALOGUE = {"symptom group list", "ingredient list", "add a medicine"}
SEEN = {
    "staff without rights": set(),
    "identity reviewer": IDENTITY,
    "catalogue editor": CATALOGUE | MORE_CATALOGUE,
    "post moderator": WORDS
    | POSTS
    | CASES
    | FEEDBACK
    | AREAS
    | CATALOGUE
    | PEOPLE
    | AUDIT
    | ALARMS
    | {"suspend"},
}

# Who works on the queue does not learn of the cases of others.
OF_OTHERS = {
    ("identity reviewer", "case"): 404,
    ("identity reviewer", "case history"): 302,
    ("post moderator", "identity case"): 404,
}


def client_of(person: Resident | None) -> Client:
    client = Client(headers={"accept-language": "zh-CN"})
    if person:
        client.force_login(person)
    return client


@pytest.mark.parametrize("who", ["visitor", "resident"])
def test_whoever_is_not_staff_is_sent_to_the_staff_sign_in(people, pages, who):
    client = client_of(people[who])
    for url in pages.values():
        assert client.get(url).url.startswith("/admin/login/"), url


@pytest.mark.parametrize("who", [*SEEN, "superuser"])
def test_staff_see_what_their_group_is_for_and_nothing_else(people, pages, who):
    client = client_of(people[who])
    seen = {name for name, url in pages.items() if client.get(url).status_code == 200}
    wanted = SEEN.get(who, set(pages)) | {"first page"}
    assert seen == wanted
    for name in set(pages) - seen:
        code = OF_OTHERS.get((who, name), 403)
        assert client.get(pages[name]).status_code == code, name


@pytest.mark.parametrize("who", ["staff without rights", "identity reviewer", "catalogue editor"])
def test_the_first_page_names_only_what_somebody_may_open(people, pages, who):
    content = client_of(people[who]).get("/admin/").content.decode()
    for name, url in pages.items():
        if name.endswith(("list", "queue")):
            assert (f'"{url}"' in content) == (name in SEEN[who]), name


def test_the_first_page_says_how_much_waits(people, pages):
    queues = client_of(people["superuser"]).get("/admin/").context["queues"]
    assert [queue["length"] for queue in queues[:4]] == [2, 0, 1, 0]
    pending = Medicine.objects.filter(status="pending").count()
    assert queues[4]["length"] == pending
    only = client_of(people["identity reviewer"]).get("/admin/").context["queues"]
    assert [queue["length"] for queue in only] == [1]


def test_the_first_page_says_what_kinds_of_things_wait(people, pages, resident, stranger, settings):
    settings.REAL_NAME_PROVIDER = "demo"
    document = Document(DocumentType.PASSPORT, "Anna Lee", "E12345678")
    for person in (resident, stranger):
        real_name.submit(person, document)
    recovery.ask(stranger)
    report(Subject(factories.offer(resident)), Reporter(stranger), ReportReason.UNSAFE)
    cases = client_of(people["superuser"]).get("/admin/").context["queues"][0]
    assert cases["kinds"] == [("用药安全", 1), ("钱财", 1), ("其他", 2)]
    assert cases["length"] == 4


def numbers_of_today(client: Client) -> dict[str, object]:
    return {each["name"]: each["length"] for each in client.get("/admin/").context["today"]}


def test_the_first_page_says_what_happened_today(people, resident, helper):
    """In Shanghai: what was at one minute to midnight there was yesterday."""
    client = client_of(people["superuser"])
    before = timezone.localtime().replace(hour=0, minute=0) - timedelta(minutes=1)
    old, new, gone = (factories.offer(resident) for _number in range(3))
    for post in (old, new):
        reveal(post, helper)
    Post.objects.filter(pk=old.pk).update(created_at=before)
    Reveal.objects.filter(post=old).update(at=before)
    Resident.objects.exclude(pk=helper.pk).update(date_joined=before)
    closing.resolve(gone, resident)
    alarms.ring(Alarm.Kind.CODES)
    for template, wait in (("message", 0), ("demand", 4)):
        due = timezone.now() + timedelta(minutes=wait)
        Notice.objects.create(resident=resident, template=template, due_at=due)
    assert numbers_of_today(client) == {
        "发布": 2, "解决": 1, "看了联系方式": 1, "留言": 0, "新居民": 1, "警报": 1,
        "短信待发": 1, "短信没发出去，会再试": 1,
    }  # fmt: skip


def test_whoever_is_limited_to_areas_is_told_the_numbers_of_those(people, resident, helper):
    judge = people["post moderator"]
    reveal(factories.offer(resident), helper)
    here = numbers_of_today(client_of(judge))
    assert (here["发布"], here["看了联系方式"]) == (1, 1)
    judge.area_limit = [110101]
    judge.save()
    there = numbers_of_today(client_of(judge))
    assert (there["发布"], there["看了联系方式"]) == (0, 0)


def test_who_may_not_see_rows_is_not_told_how_many(people):
    for who in ("staff without rights", "identity reviewer", "catalogue editor"):
        assert numbers_of_today(client_of(people[who])) == {}, who


def test_the_first_page_reads_no_more_rows_than_it_says(people, resident, helper, monkeypatch):
    """However much has happened: each number is one query with a limit."""
    monkeypatch.setattr("mutualaid.admin.MOST_COUNTED_OF_A_DAY", 2)
    client = client_of(people["superuser"])
    for _number in range(4):
        reveal(factories.offer(resident), helper)
    with CaptureQueriesContext(connection) as captured:
        found = numbers_of_today(client)
    assert (found["发布"], found["看了联系方式"]) == ("2+", "2+")
    counts = [each["sql"] for each in captured if "LIMIT 3" in each["sql"]]
    assert len(counts) == len(found)


def test_a_long_queue_is_not_counted(people, monkeypatch):
    monkeypatch.setattr("mutualaid.admin.MOST_COUNTED", 3)
    queues = client_of(people["superuser"]).get("/admin/").context["queues"]
    assert queues[4]["length"] == "3+"  # medicines


def lists() -> list[str]:
    return [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]


@pytest.mark.parametrize("query", ["", "?q=%E5%8D%97%E5%B1%B1", "?q=12345678", "?_facets=1"])
def test_no_list_counts(people, pages, query):
    client = client_of(people["superuser"])
    for url in [*lists(), "/admin/"]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(url + query).status_code in (200, 302), url
        counted = [each["sql"] for each in captured if "COUNT(" in each["sql"].upper()]
        assert not counted, url


def test_no_list_asks_for_each_row_again(people, resident, helper):
    client = client_of(people["superuser"])
    audit.record("joined", resident, resident)
    for _number in range(2):
        reveal(factories.offer(resident), helper)
    before = queries_of_lists(client)
    for _number in range(2):
        reveal(factories.offer(resident), helper)
    assert queries_of_lists(client) == before


def rows(number: int, moderator: Resident) -> None:
    """So many rows for each list whose rows people make; catalogue and areas have theirs."""
    made = PostCount.objects.count()
    for each in range(made, made + number):
        word = uuid.uuid4().hex[:8]
        person = make_resident(f"+861390000{Resident.objects.count():04}", Level.REAL_NAME)
        caller = make_resident(f"+861390000{Resident.objects.count():04}", Level.PHONE)
        post = factories.offer(person)
        reveal(post, caller)
        report(Subject(post), Reporter(caller), ReportReason.SOLD, word)
        asking = factories.offer(person, reached_by=Reach.MESSAGE, contact_phone="")
        Message.objects.create(post=asking, sender=caller, text=word, phone=caller.phone)
        document = Document(DocumentType.PASSPORT, "Anna Lee", f"E{each:08}")
        real_name.submit(caller, document)
        day = date(2026, 1, 1) + timedelta(days=each)
        PostCount.objects.create(day=day, kind=1, area_id=440300, ending="expired", number=1)
        hour = timezone.now() - timedelta(hours=each)
        Alarm.objects.create(kind="codes", hour=hour, at=hour)
        ScreeningWord.objects.create(word=word, category="trade", outcome="refuse")
        applied(person, slug=f"body-{word}", name=f"居委会{word}")
        BlockedName.objects.create(name=word, name_en=word, reason="x", source="x")
        audit.record("joined", person, moderator)


def test_a_list_of_twenty_asks_as_often_as_a_list_of_ten(moderator, settings):
    """Every list of the admin, in a table: its queries do not grow with its rows."""
    settings.REAL_NAME_PROVIDER = "manual"
    client = client_of(moderator)
    rows(10, moderator)
    ten = queries_of_lists(client)
    rows(10, moderator)
    assert queries_of_lists(client) == ten
    shown = {url: client.get(url).content.decode().count("<tr") for url in lists()}
    few = {url: number for url, number in shown.items() if number < 21 and "case/" not in url}
    assert {url.split("/")[-2] for url in few} <= {"symptomgroup", "ingredient"}, few


def queries_of_lists(client: Client) -> dict[str, int]:
    found = {}
    for url in lists():
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        found[url] = len(captured)
    return found


def test_every_part_of_the_admin_is_audited():
    for model, model_admin in admin.site._registry.items():
        assert isinstance(model_admin, AuditedAdmin), model


def test_nothing_is_written_to_the_history_of_django(people, pages, post, waiting):
    client = client_of(people["superuser"])
    client.post("/admin/posts/post/", {"action": "restore", "_selected_action": [post.pk]})
    client.post(pages["suspend"], {"reason": "spam"})
    identity = waiting.cases.get()
    client.post("/admin/posts/case/take/", {"case": identity.pk})
    client.post(f"/admin/posts/case/{identity.pk}/decision/", {"decision": "verified"})
    change_password(client)
    added = {"name": "秋水仙碱", "name_en": "Colchicine", "reason": "处方药", "source": "药师"}
    client.post("/admin/medicines/blockedname/add/", added)
    acts = set(AuditEntry.objects.values_list("act", flat=True))
    assert {
        "post restored", "suspended", "real-name decided", "password changed", "admin added",
    } <= acts  # fmt: skip
    assert not LogEntry.objects.exists()


def change_password(client: Client):
    new = "quite another pass-phrase"
    passwords = {"old_password": "a long enough password", "new_password1": new}
    return client.post("/admin/password_change/", passwords | {"new_password2": new})


@pytest.mark.django_db(transaction=True)
def test_a_superuser_gives_staff_a_new_password_and_that_is_recorded():
    boss, clerk = Resident.objects.create_superuser("boss", "x"), staff("clerk")
    url = reverse("admin:auth_user_password_change", args=[clerk.pk])
    new = "quite another pass-phrase"
    sent = {"usable_password": "true", "password1": new, "password2": new}
    assert client_of(boss).post(url, sent).status_code == 302
    clerk.refresh_from_db()
    assert clerk.check_password(new)
    assert AuditEntry.objects.get(act="admin changed").subject == str(clerk.pk)


@pytest.mark.django_db(transaction=True)
def test_staff_change_their_own_password_and_that_is_recorded():
    clerk = staff("clerk")
    assert change_password(client_of(clerk)).status_code == 302
    assert AuditEntry.objects.get(act="password changed").actor == clerk.pk


def test_contact_data_and_documents_are_on_no_page(people, pages, post, helper, waiting):
    client = client_of(people["superuser"])
    for url in [*pages.values(), *lists(), f"/admin/posts/post/?q={post.public_id}"]:
        content = client.get(url).content.decode()
        for secret in [PHONE, PHONE[3:], WECHAT, LANDMARK, helper.phone[3:], NAME, NUMBER]:
            assert secret not in content, (url, secret)
    client.post("/admin/posts/case/take/", {"case": waiting.cases.get().pk})
    assert NUMBER in client.get(pages["identity case"]).content.decode()


def test_posts_are_read_without_their_contact_data(people, pages):
    client = client_of(people["superuser"])
    for name in ["post list", "post", "reveal list"]:
        with CaptureQueriesContext(connection) as captured:
            client.get(pages[name])
        for query in captured:
            assert "contact_phone" not in query["sql"], name
            assert "landmark" not in query["sql"], name


def test_rights_are_given_by_groups_that_migrations_made(people):
    page = f"/admin/verification/resident/{people['staff without rights'].pk}/change/"
    client = client_of(people["superuser"])
    group = Group.objects.get(name="post moderator")
    sent = {"username": "clerk", "is_staff": "on", "groups": [group.pk]}
    assert client.post(page, sent).status_code == 302
    assert people["staff without rights"].groups.get() == group
    assert AuditEntry.objects.latest("id").details == {"changes": [{"fields": ["groups"]}]}


class Words(HTMLParser):
    """What a page says in its own words: headings, labels, buttons, column names, hints."""

    OURS = {"h1", "h2", "h3", "th", "label", "button", "legend", "summary", "title", "option"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        is_ours = tag in self.OURS or "help" in (values.get("class") or "")
        if tag == "input" and values.get("type") == "submit":
            self.words.append(values.get("value", ""))
        if tag not in {"input", "br", "img", "meta", "link", "path", "use", "hr"}:
            self.open.append("ours" if is_ours else tag)

    def handle_endtag(self, tag):
        if self.open:
            self.open.pop()

    def handle_data(self, data):
        if "ours" in self.open and "script" not in self.open:
            self.words.append(data.strip())


KEYS = {"Ctrl", "Control", "Mac", "Command", "LDAP"}
EXAMPLES = {"buluofen", "blf", "judge", "pharmacist", "reviewer", "clerk", "moderator"}
KNOWN = {"ID", "KN95", "KB"} | KEYS | EXAMPLES


def english_in(text: str) -> list[str]:
    """Words of letters; the eight digits of an id are none."""
    return re.findall(r"[A-Za-z]{2,}", re.sub(r"\b[0-9a-f]{8}\b", "", text))


def test_all_pages_speak_chinese(people, pages):
    client = client_of(people["superuser"])
    del pages["medicine history"]
    for name, url in pages.items():
        parser = Words()
        parser.feed(client.get(url).content.decode())
        english = {word for text in parser.words for word in english_in(text)}
        data = {
            "medicine list",
            "ingredient list",
            "symptom group list",
            "blocked name list",
            "word list",
        }
        if name not in data:
            assert english <= KNOWN, name


def test_every_act_that_the_code_records_has_words(settings):
    recorded = set()
    for file in settings.BASE_DIR.glob("*/**/*.py"):
        if file.relative_to(settings.BASE_DIR).parts[0] not in {"tests", "staticfiles"}:
            for call in re.findall(r"audit\.record\(([^)]*)", file.read_text()):
                recorded |= set(re.findall(r'"([a-z][a-z -]+)"', call.split("\n\n")[0]))
    acts = {each for each in recorded if " " in each or each in {"suspended", "restored", "joined"}}
    assert acts <= set(wording.ACTS)
    assert len(acts) > 15
