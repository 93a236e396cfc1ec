"""Messages to people: mail, chat or a webhook, whatever apprise has an address for.

Source:
    https://github.com/caronc/apprise/wiki - the forms of the addresses. They hold passwords, so none is ever shown.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence


def send_message(addresses: Sequence[str], title: str, text: str) -> list[str]:
    """Send a message to every address, and return what could not be sent, a sentence each; [] if all was.

    An address that fails keeps the message from no other, and says nothing of itself but its place in the list.

    Args:
        addresses: As apprise has them, such as `json://127.0.0.1:8000/hook`.
        title: One line.
        text: Markdown.
    """
    if not addresses:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what its plugins use of Python is theirs to replace
        return list(_send(addresses, title, text))


def _send(addresses: Sequence[str], title: str, text: str) -> Iterator[str]:
    import apprise  # 0.3 s, so it is loaded where something is sent

    logging.getLogger("apprise").disabled = True  # its messages may hold addresses
    for number, address in enumerate(addresses, start=1):
        sender = apprise.Apprise()
        if not sender.add(address):
            yield f"address {number} of {len(addresses)} in TOWER_NOTIFY is not one that apprise knows"
        elif not sender.notify(body=text, title=title, body_format=apprise.NotifyFormat.MARKDOWN):
            kind = sender.services[0].service_name
            yield f"address {number} of {len(addresses)} in TOWER_NOTIFY ({kind}) did not take the message"
