"""Links in the mails to subscribers. A link names a row; it shows no address, and does not end before the row does."""

from __future__ import annotations

from itsdangerous import BadData

from forum.core.errors import NotFound
from forum.core.i18n import _
from forum.core.links import link_to
from forum.core.signing import signer
from forum.publication.subscriptions.models import DigestSubscription

PURPOSE = "digest-mail"


def token_of(subscription: DigestSubscription) -> str:
    return _token(code_of(subscription))


def code_of(subscription: DigestSubscription) -> str:
    """Return how a mail in the outbox names the subscription, `12-0123456789abcdef`: no link is stored there."""
    return f"{subscription.id}-{subscription.nonce}"


def leaving_link(code: str) -> str:
    """Return the address of the page that ends a subscription, and that a mail program may POST to."""
    return link_to("subscriptions.leave", token=_token(code))


def managing_link(subscription: DigestSubscription) -> str:
    return link_to("subscriptions.manage", token=token_of(subscription))


def read_token(token: str) -> tuple[int, str]:
    """Return the id and the nonce that a token names.

    :raise NotFound: forged, for another purpose, or cut off
    """
    try:
        number, _dash, nonce = str(signer(PURPOSE).loads(token)).partition("-")
        return int(number), nonce
    except (BadData, ValueError) as error:
        raise NotFound(_("쓸 수 없는 링크예요. 메일에 있는 주소가 끝까지 열렸는지 봐 주세요.")) from error


def _token(code: str) -> str:
    return str(signer(PURPOSE).dumps(code))
