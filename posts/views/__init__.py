"""Views only turn a request into a call and a result into a page."""
