"""Opening a page to visitors is a visible decision: it has to be written here."""

from __future__ import annotations

from forum.web.gate import is_public_endpoint

PUBLIC = {
    "audit.listing",
    "councilpapers.download",
    "councilpapers.show",
    "dayreports.download",
    "dayreports.show",
    "digests.download",
    "digests.feed",
    "digests.listing",
    "digests.picture",
    "digests.schema",
    "digests.show",
    "gatherings.calendar",
    "gatherings.listing",
    "gatherings.show",
    "guardians.answer",
    "guardians.manage",
    "ideas.listing",
    "ideas.new",
    "ideas.similar",
    "ideas.similar_while_writing",
    "integrity.record",
    "joint.rooms_apart",
    "joint.wall",
    "joint.wall_json",
    "hearings.calendar",
    "hearings.consent",
    "hearings.file",
    "hearings.show",
    "meetings.calendar",
    "meetings.file",
    "meetings.listing",
    "meetings.minutes",
    "meetings.show",
    "minutes.answer",
    "minutes.show",
    "minutes.withdraw",
    "moderation.public_log",
    "notices.leave",
    "notices.leave_now",
    "notices.undo_leaving",
    "operations.healthz",
    "operations.readyz",
    "opendata.download",
    "opendata.show",
    "opinions.show",
    "opinions.show_number",
    "opinions.verifier",
    "certificates.pdf",
    "certificates.show",
    "deadlines.rules",
    "delivery.rating",
    "pledges.show",
    "outcomes.show",
    "outcomes.whole",
    "passes.leave",
    "passes.open_form",
    "passes.open_pass",
    "passes.show",
    "passes.withdraw",
    "passes.withdraw_form",
    "photos.show",
    "pilots.listing",
    "pilots.photo",
    "pilots.show",
    "policies.show",
    "policies.show_version",
    "referrals.board",
    "referrals.file",
    "referrals.letter",
    "referrals.ministry",
    "referrals.show",
    "shortpath.photo",
    "joint.do_takeover",
    "joint.listing",
    "joint.show",
    "joint.state",
    "joint.takeover",
    "joint.act",
    "joint.worker",
    "rooms.ask_on_tablet",
    "rooms.begin",
    "rooms.enter",
    "rooms.find",
    "rooms.hand_on",
    "rooms.idle",
    "rooms.join",
    "rooms.show",
    "rooms.tablet",
    "rooms.vote",
    "rooms.vote_on_tablet",
    "rooms.welcome",
    "rooms.write",
    "rooms.write_on_tablet",
    "search.results",
    "looks.choose",
    "advisory.proof",
    "advisory.show",
    "shortlists.proof",
    "shortlists.show",
    "style.show",
    "subscriptions.ask",
    "subscriptions.choose",
    "subscriptions.leave",
    "subscriptions.leave_now",
    "subscriptions.manage",
    "subscriptions.new",
    "council.home",
    "council.term",
    "commissions.listing",
    "commissions.report",
    "commissions.show",
    "rounds.show",
    "rounds.task",
    "scorecards.scores",
    "security.confirm_email",
    "security.forgot_password",
    "security.login",
    "security.register",
    "security.reset_password",
    "security.send_confirmation",
    "signin.registered",
    "static",
    "themes.method",
    "themes.public_listing",
    "themes.show",
    "thread.campaign",
    "thread.home",
    "thread.idea",
    "thread.similar",
    "queue.ask",
    "votes.listing",
}


def test_these_and_no_other_pages_are_open_to_visitors(app):
    assert {endpoint for endpoint in app.view_functions if is_public_endpoint(app, endpoint)} == PUBLIC


def test_every_other_page_asks_a_visitor_to_sign_in(app, client):
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        values = {
            name: 1 if name.endswith("_id") or name in {"number", "slip_number"} else "x" for name in rule.arguments
        }
        path = rule.build(values | {"kind": "ideas"} | ({"phase": "before"} if "phase" in values else {}))
        assert path is not None
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            response = client.open(path[1], method=method)
            assert response.status_code in {302, 401}, (rule.endpoint, method, response.status_code)
            if response.status_code == 302:
                assert "/login" in response.headers["Location"]


FOR_DEVICES = {
    "gatherings.desk",
    "joint.alive",
    "joint.decide",
    "joint.finish",
    "joint.host",
    "joint.late",
    "joint.move",
    "joint.start",
    "rooms.bring",
    "rooms.check_in_people",
    "rooms.end_tablet",
    "rooms.finish",
    "rooms.make_tablet",
    "rooms.people",
    "rooms.screen",
    "rooms.start",
    "rooms.table",
    "rooms.tablets",
    "rooms.take_back_idea",
    "rooms.take_person_out",
    "rooms.undo_check_in",
    "sheets.count",
    "sheets.slip",
    "sheets.slips",
}
"""Pages that a browser opens by a printed recovery code, without an account; each asks what the code is for."""


def test_these_and_no_other_pages_are_open_to_devices_by_code(app):
    views = app.view_functions.items()
    assert {endpoint for endpoint, view in views if getattr(view, "is_for_devices", False)} == FOR_DEVICES
