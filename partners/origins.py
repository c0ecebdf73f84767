"""The sites of a partner: which page somebody came from, and may be led back to."""

from urllib.parse import urlsplit

from partners.models import Partner

LONGEST = 500  # characters of an address


def page_of(partner: Partner, *addresses: str | None) -> str:
    """The first of these addresses that lies on one of the partner's sites, without its query and
    fragment, which may say who somebody is there; empty if none does.
    """
    for address in addresses:
        if address and len(address) <= LONGEST and (page := on_site(partner, address)):
            return page
    return ""


def on_site(partner: Partner, address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:  # a broken IPv6 address
        return ""
    origin = f"{parts.scheme}://{parts.netloc}"
    return f"{origin}{parts.path or '/'}" if origin in partner.origins else ""
