"""Text messages that were handed to the provider, in place of a gateway."""

from verification import sms


class Gateway:
    """Keeps what it is given; `away` makes it refuse."""

    shows_codes = False

    def __init__(self) -> None:
        self.sent: list[tuple[str, sms.Message]] = []
        self.away = False

    def send(self, phone: str, message: sms.Message) -> None:
        if self.away:
            raise sms.NotSentError("the gateway refused: 503")
        self.sent.append((phone, message))

    @property
    def templates(self) -> list[str]:
        return [message.template for _phone, message in self.sent]

    def link(self) -> str:
        """The path of the link in the last message."""
        return "/" + self.sent[-1][1].values[-1].split("/", 3)[3]
