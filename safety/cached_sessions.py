"""Sessions with a copy in a cache, for SESSION_ENGINE; the rows stay the truth."""

from django.contrib.sessions.backends import cached_db

from safety import sessions


class SessionStore(sessions.Encrypted, cached_db.SessionStore):
    """Losing the cache signs nobody out.

    A session that ends while the cache does not answer is gone for whoever ends it at once, and for
    all when its copy is too old: the cache of SESSION_CACHE_ALIAS keeps none for longer than
    `sessions.COPIED`.
    """
