"""For a laptop: nothing is sent, the code stands on the page and in the console."""

from verification.phones import masked


class Provider:
    shows_codes = True

    def send_code(self, phone: str, code: str) -> None:
        print(f"[demo text message] {masked(phone)}: {code}", flush=True)
