from django.contrib.postgres.indexes import GistIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan

NEED, OFFER = 1, 2
BITS = {
    "child": 2, "infant": 4, "pregnant": 8, "breastfeeding": 16, "over_65": 32, "chronic": 64,
}  # fmt: skip
CONDITIONS = {
    "listing_needs": Q(kind=NEED),
    "listing_offers": Q(kind=OFFER),
    **{
        f"listing_needs_{whom}": Q(kind=NEED) & Q(GreaterThan(F("whom").bitand(bit), 0))
        for whom, bit in BITS.items()
    },
}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("posts", "0018_gone_post")]
    operations = [
        *(
            AddIndexConcurrently(
                "listing",
                GistIndex(
                    fields=["medicine", "code", "point", "rank"], name=name, condition=condition
                ),
            )
            for name, condition in CONDITIONS.items()
        ),
        RemoveIndexConcurrently("listing", "listing_nearest"),
    ]
