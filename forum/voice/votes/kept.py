"""Votes that wait on a person's own device for the network: `static/js/votes.js` keeps and sends them."""

from __future__ import annotations

from forum.core.access import Actor
from forum.core.network import keyed_hash
from forum.voice.votes.permissions import can_vote


def kept_votes_key(actor: Actor) -> str:
    """Return under what a device keeps this account's votes, 32 hex digits; empty for who may not vote.

    Several people use one device. The key tells their votes apart, there and when they are sent, and says nothing about
    the account to whoever else finds it on the device.
    """
    return keyed_hash("kept-votes", str(actor.participant_id)) if can_vote(actor) else ""
