"""For a laptop: every well-formed document is accepted. Refused in production by the settings."""

from verification.documents import Document
from verification.identity import Answer, Outcome


class Provider:
    accepts_anything = True

    def check(self, document: Document) -> Answer:
        return Answer(Outcome.VERIFIED)
