"""Why a sign-on did not work: each with a title and a text that tell a person what to do next."""

from __future__ import annotations


class SignOnRefused(Exception):
    """The sign-on did not end with a person signed in."""

    status = 403
    title = "You are not signed in"
    text = "Start again."

    def __init__(self, why: str, address: str = "") -> None:
        """`why` is for the server's log, and shown to nobody; `address` is what the provider says of the person."""
        super().__init__(why)
        self.address = address


class ProviderAway(SignOnRefused):
    status = 503
    title = "Your agency's sign-in does not answer"
    text = "It may be out of order for a moment. Try again in a few minutes."


class ProviderNotTrusted(SignOnRefused):
    status = 502
    title = "We could not trust the answer of your agency's sign-in"
    text = "You are not signed in. Start again. If it stays like this, tell the administrator of the academy."


class Cancelled(SignOnRefused):
    status = 400
    title = "You are not signed in"
    text = "The sign-in of your agency was ended before it was done, or it refused you. You can start again."


class AttemptUnknown(SignOnRefused):
    status = 400
    title = "This sign-in is too old"
    text = "It was used already, it was begun in another browser, or it took too long. Start again."


class NotOnTheRoster(SignOnRefused):
    title = "You are not on the roster yet"
    text = (
        "Your agency knows you, but the academy has no account for you. Ask your manager or your training "
        "coordinator to add you with your work e-mail address. Then sign in again. You can read every lesson today."
    )


class AddressNotConfirmed(SignOnRefused):
    title = "Your e-mail address is not confirmed"
    text = (
        "We find your account by your e-mail address the first time, so we need your agency's word that the address "
        "is yours. Its sign-in did not say so. Tell the administrator of the academy: the provider must send "
        "email_verified, or xms_edov from Microsoft Entra ID."
    )


class OtherDomain(SignOnRefused):
    title = "This e-mail address is not for this academy"
    text = "Sign in with the account that has your work e-mail address."


class AddressTaken(SignOnRefused):
    title = "Somebody else signs in with this e-mail address"
    text = (
        "The account with your e-mail address belongs to another sign-in of your agency. This happens when an address "
        "is given to a new person, or when your account was made anew. Ask the administrator of the academy to look."
    )


class AccountClosed(SignOnRefused):
    title = "Your account is closed"
    text = "If you work here again, ask your manager or your training coordinator to have it opened."
