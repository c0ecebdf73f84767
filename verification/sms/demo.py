"""For a laptop: nothing is sent, the message stands in the console, a code also on the page."""

from verification.phones import masked
from verification.sms import Message


class Provider:
    shows_codes = True

    def send(self, phone: str, message: Message) -> None:
        text = " ".join((message.template, *message.values))
        print(f"[demo text message] {masked(phone)}: {text}", flush=True)
