"""The fixture against the table of the reference list: every row, its decision, its units."""

import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from medicines.models import BlockedName, Medicine, MedicineUnit, SymptomGroup
from safety.models import AuditEntry

pytestmark = pytest.mark.django_db

UNIT_OF = {
    "片": {"tablet", "patch"}, "粒": {"capsule"}, "袋": {"sachet"}, "瓶": {"bottle"},
    "枚": {"suppository"}, "支": {"piece"}, "只": {"mask"}, "台": {"device"}, "双": {"pair"},
}  # fmt: skip

TABLE = [
    ("对乙酰氨基酚", "Paracetamol", "发热", "listed", "片 粒 袋 瓶 枚"),
    ("布洛芬", "Ibuprofen", "发热", "listed", "粒 片 袋 瓶 枚"),
    ("阿司匹林", "Aspirin", "发热", "pending", "片"),
    ("金花清感颗粒", "Jinhua Qinggan granules", "发热", "pending", "袋"),
    ("连花清瘟颗粒/胶囊", "Lianhua Qingwen", "发热", "listed", "袋 粒"),
    ("宣肺败毒颗粒", "Xuanfei Baidu granules", "发热", "blocked", "袋"),
    ("清肺排毒颗粒", "Qingfei Paidu granules", "发热", "blocked", "袋"),
    ("疏风解毒胶囊", "Shufeng Jiedu capsules", "发热 咽干咽痛", "pending", "粒"),
    ("地喹氯铵含片", "Dequalinium lozenges", "咽干咽痛", "listed", "片"),
    ("六神丸", "Liushen pills", "咽干咽痛", "blocked", "粒"),
    ("清咽滴丸", "Qingyan drop pills", "咽干咽痛", "listed", "粒"),
    ("溴己新", "Bromhexine", "咳嗽咳痰", "pending", "片"),
    ("氨溴索", "Ambroxol", "咳嗽咳痰", "listed", "片 袋 瓶"),
    ("愈创甘油醚", "Guaifenesin", "咳嗽咳痰", "pending", "片 瓶"),
    ("乙酰半胱氨酸颗粒", "Acetylcysteine granules", "咳嗽咳痰", "listed", "袋"),
    ("福尔可定", "Pholcodine", "干咳无痰", "blocked", ""),
    ("右美沙芬", "Dextromethorphan", "干咳无痰", "blocked", ""),
    ("氯苯那敏", "Chlorphenamine", "流鼻涕", "listed", "片"),
    ("氯雷他定", "Loratadine", "流鼻涕", "listed", "片 粒 瓶"),
    ("西替利嗪", "Cetirizine", "流鼻涕", "listed", "片 瓶 支"),
    ("赛洛唑啉滴鼻剂", "Xylometazoline nasal drops", "鼻塞", "listed", "瓶 支"),
    ("桂利嗪", "Cinnarizine", "恶心呕吐", "blocked", ""),
    ("藿香正气水/胶囊", "Huoxiang Zhengqi", "恶心呕吐", "listed", "支 粒 袋"),
]
SUPPLIES = [
    ("抗原检测试剂", "支"), ("N95/KN95 口罩", "只"), ("医用外科口罩", "只"), ("体温计", "支"),
    ("指夹式血氧仪", "台"), ("消毒酒精", "瓶"), ("电解质水", "瓶"), ("退热贴", "片"),
    ("一次性手套", "双"),
]  # fmt: skip


def load(*options: str) -> str:
    out = io.StringIO()
    call_command("load_catalogue", *options, stdout=out)
    return out.getvalue()


def has_units(medicine: Medicine, chinese: str) -> bool:
    units = [row.unit for row in medicine.units.all()]
    words = chinese.split()
    return len(units) == len(words) and all(
        unit in UNIT_OF[word] for unit, word in zip(units, words, strict=True)
    )


@pytest.mark.parametrize(("name", "english", "groups", "status", "units"), TABLE)
def test_every_row_of_the_table_is_here_with_its_decision(name, english, groups, status, units):
    medicine = Medicine.objects.get(name=name)
    assert medicine.name_en == english
    assert medicine.status == status
    assert {group.name for group in medicine.groups.all()} == set(groups.split())
    assert has_units(medicine, units)
    assert medicine.source
    if status != "listed":
        assert medicine.reason
        assert medicine.reason_en


@pytest.mark.parametrize(("name", "units"), SUPPLIES)
def test_every_supply_is_listed(name, units):
    supply = Medicine.objects.supplies().get(name=name)
    assert supply.group is None
    assert has_units(supply, units)


def test_nothing_else_is_in_the_file():
    assert SymptomGroup.objects.count() == 7
    names = set(Medicine.objects.values_list("name", flat=True))
    assert names == {row[0] for row in TABLE} | {row[0] for row in SUPPLIES} | {"口服补液盐"}


def test_rehydration_salts_wait_for_a_pharmacist():
    assert Medicine.objects.get(name="口服补液盐").status == "pending"


def test_childrens_forms_are_forms_of_the_first_two_rows():
    forms = Medicine.objects.get(slug="ibuprofen").forms.filter(for_children=True)
    assert "suspension" in {row.form for row in forms}
    forms = Medicine.objects.get(slug="paracetamol").forms.filter(for_children=True)
    assert "suspension-drops" in {row.form for row in forms}


@pytest.mark.parametrize(
    ("slug", "unit", "cap", "suggested"),
    [
        ("antigen-test", "piece", 5, 2),
        ("n95-mask", "mask", 10, 4),
        ("ibuprofen", "capsule", 6, 4),
        ("paracetamol", "tablet", 12, 4),
        ("ibuprofen", "bottle", 1, 1),
    ],
)
def test_default_caps(slug, unit, cap, suggested):
    row = MedicineUnit.objects.get(medicine__slug=slug, unit=unit)
    assert (row.cap, row.suggested) == (cap, suggested)


def test_a_bottle_of_anything_is_capped_at_one():
    assert set(MedicineUnit.objects.filter(unit="bottle").values_list("cap", flat=True)) == {1}


def test_alcohol_is_by_pick_up_only_and_nasal_drops_unopened_only():
    assert [row.slug for row in Medicine.objects.filter(pick_up_only=True)] == [
        "disinfectant-alcohol"
    ]
    assert [row.slug for row in Medicine.objects.filter(unopened_only=True)] == ["xylometazoline"]


def test_everything_has_pinyin_to_be_found_by():
    assert not Medicine.objects.filter(pinyin="").exists()
    assert not BlockedName.objects.filter(pinyin="").exists()


def test_loading_again_changes_nothing_and_asks_four_queries():
    entries = AuditEntry.objects.count()
    with CaptureQueriesContext(connection) as queries:
        assert "0 rows" in load()
    assert len([query for query in queries if query["sql"].startswith("SELECT")]) == 4
    assert AuditEntry.objects.count() == entries


def test_loading_leaves_what_moderators_edited():
    Medicine.objects.filter(slug="ibuprofen").update(name_en="Edited", pick_up_only=True)
    MedicineUnit.objects.filter(medicine__slug="ibuprofen", unit="tablet").delete()
    load()
    ibuprofen = Medicine.objects.get(slug="ibuprofen")
    assert ibuprofen.name_en == "Edited"
    assert ibuprofen.units.count() == 4


def test_a_missing_row_is_loaded_and_recorded():
    Medicine.objects.get(slug="ibuprofen").delete()
    assert "1 rows" in load()
    medicine = Medicine.objects.get(slug="ibuprofen")
    assert medicine.units.count() == 5
    assert AuditEntry.objects.filter(act="catalogue added", subject=str(medicine.pk)).exists()


def test_overwrite_brings_the_file_back_and_is_recorded():
    ibuprofen = Medicine.objects.get(slug="ibuprofen")
    Medicine.objects.filter(pk=ibuprofen.pk).update(name_en="Edited", pick_up_only=True)
    load("--overwrite")
    ibuprofen.refresh_from_db()
    assert ibuprofen.name_en == "Ibuprofen"
    assert not ibuprofen.pick_up_only
    assert ibuprofen.units.count() == 5
    subject = str(ibuprofen.pk)
    assert AuditEntry.objects.filter(act="catalogue overwritten", subject=subject).exists()
