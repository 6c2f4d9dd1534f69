"""The newsdesk's pages of accounts: one's own, those of all for administrators, and the door for who is invited."""

from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request, url_for

from feedsvc.actions import invitations, staff
from feedsvc.actions.invitations import INVITATION_DAYS
from feedsvc.domain.roles import NAMES, Right, Role, require
from feedsvc.errors import Invalid, NotAllowed, NotFound, SignInRefused
from feedsvc.storage import staff as stored_staff
from feedsvc.texts import N_, _
from feedsvc.web import desk, safety, sign_in
from feedsvc.web.newsroom import newsroom

LABELS = {
    "user": N_("Name"),
    "present": N_("Present password"),
    "password": N_("New password"),
    "again": N_("New password once more"),
}
"""Field of a form -> what its page calls it, to be translated."""

ROLES = {
    Role.WRITER: N_("writes drafts and submits them for review"),
    Role.EDITOR: N_("writes, publishes, schedules, corrects and withdraws"),
    Role.ADMINISTRATOR: N_("edits, and looks after sections, accounts and sign-ins"),
}
"""Role -> what it may do, the least first, to be translated."""

TITLES = {Role.WRITER: N_("Writer"), Role.EDITOR: N_("Editor"), Role.ADMINISTRATOR: N_("Administrator")}
"""Role -> what people call who has it where nothing stands before it, to be translated."""

DONE_OWN = {
    "password": N_("Your password is changed. You stay signed in here; your other sessions have ended."),
    "ended": N_("The session has ended."),
    "ended-others": N_("Your other sessions have ended."),
}

DONE = {
    "revoke": N_("The invitation is revoked: its link opens nothing any more."),
    "role": N_("%(name)s is %(role)s now."),
    "end": N_("The sessions of %(name)s have ended."),
    "remove": N_("%(name)s is removed and cannot sign in any more. The name stays on stories."),
}

BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
"""Part of a User-Agent -> browser. The first one counts: most browsers also name those that they resemble."""

SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "Mac",
    "Linux": "Linux",
}

blueprint = Blueprint("accounts", __name__, url_prefix="/newsdesk")
blueprint.before_request(sign_in.needed)
door = Blueprint("invitation", __name__, url_prefix="/newsdesk/invitation")
blueprints = (blueprint, door)


@blueprint.before_request
@door.before_request
def limit_body() -> None:
    """No form here carries more than a few lines."""
    safety.limit_body(safety.BODY_BYTES)


@door.after_request
def tell_nobody(response: Response) -> Response:
    """Keep the address, which is as good as a key, from whatever a link on the page leads to."""
    # Over plain http a browser that sends no referrer says `Origin: null` with the form, which would be refused.
    response.headers["Referrer-Policy"] = "no-referrer" if newsroom().settings.is_https else "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/account")
def own() -> Response:
    """One's own account: its password and its sessions."""
    return _show_own()


@blueprint.post("/account")
def change_own() -> Response:
    """Change one's own password, or end sessions: `action` is password, end (of `session`) or end-others."""
    database, token = newsroom().database, request.cookies[sign_in.COOKIE]
    action = request.form.get("action", "")
    if action == "password":
        return _change_password(token)
    if action == "end":
        try:
            staff.end_session(database, g.editor, request.form.get("session", ""))
        except NotFound as error:
            return _show_own(404, alert=error.message)
        return redirect(url_for("accounts.own", done="ended"), 303)
    if action == "end-others":
        staff.end_other_sessions(database, g.editor, token)
        return redirect(url_for("accounts.own", done="ended-others"), 303)
    abort(400, desk.wrong_action("password", "end", "end-others"))


def _change_password(token: str) -> Response:
    try:
        staff.change_password(
            newsroom().database,
            g.editor,
            token,
            request.form.get("present", ""),
            _password_twice(),
            safety.client_address(),
        )
    except Invalid as error:
        return _show_own(422, problems=error.problems)
    except SignInRefused as refused:
        return _with_retry(_show_own(429, alert=refused.message), refused)
    return redirect(url_for("accounts.own", done="password"), 303)


@blueprint.get("/accounts")
def everybody() -> Response:
    """All accounts and open invitations; for administrators."""
    return _show_everybody()


@blueprint.post("/accounts")
def change() -> Response:
    """Act on the account `name`, or on invitations: `action` is invite, revoke, role, end or remove."""
    form, database = request.form, newsroom().database
    action, name = form.get("action", ""), form.get("name", "")
    try:
        if action == "invite":
            token = invitations.invite(database, g.editor, _role())
            return _show_everybody(link=f"{newsroom().settings.base_url}{invitations.PATH}/{token}")
        if action == "revoke":
            invitations.revoke(database, g.editor, form.get("invitation", ""))
        elif action == "role":
            staff.set_role(database, g.editor, name, _role())
        elif action == "end":
            staff.end_sessions(database, g.editor, name)
        elif action == "remove":
            staff.remove_account(database, g.editor, name)
        else:
            abort(400, desk.wrong_action("invite", "revoke", "role", "end", "remove"))
    except NotAllowed as error:
        return _show_everybody(409, alert=error.message)
    except NotFound as error:
        return _show_everybody(404, alert=error.message)
    return redirect(url_for("accounts.everybody", done=action, name=name or None), 303)


@door.get("/<token>")
def ask(token: str) -> Response:
    """The page on which somebody who is invited chooses name and password."""
    return _door(token)


@door.post("/<token>")
def accept(token: str) -> Response:
    """Make the account, and sign in."""
    database = newsroom().database
    user = request.form.get("user", "")
    try:
        session = invitations.accept(
            database, token, user, _password_twice(), safety.client_address(), request.user_agent.string
        )
    except Invalid as error:
        return _door(token, 422, error.problems, user)
    except SignInRefused as refused:
        return _closed(refused)
    replaced = request.cookies.get(sign_in.COOKIE)
    if replaced:
        staff.sign_out(database, replaced)
    return sign_in.with_cookie(session, redirect(url_for("newsdesk.stories"), 303))


def browser_in_words(user_agent: str) -> str:
    """A browser as its owner knows it: “Firefox on Linux”; the program's own name where it is no known browser."""
    if not user_agent:
        return _("Unknown browser")
    program = user_agent.partition("/")[0][:40]
    browser = next((name for part, name in BROWSERS.items() if part in user_agent), program)
    system = next((name for part, name in SYSTEMS.items() if part in user_agent), "")
    return _("%(browser)s on %(system)s", browser=browser, system=system) if system else browser


def _password_twice() -> str:
    """The new password of a form. Raises `Invalid` if it was typed in two ways."""
    password = request.form.get("password", "")
    if request.form.get("again", "") != password:
        raise Invalid({"again": _("The two passwords differ. Type the same one twice.")})
    return password


def _role() -> Role:
    given = request.form.get("role", "")
    if given not in {role.value for role in Role}:
        abort(400, _("The field “role” must be one of: %(roles)s. Nothing was changed.", roles=", ".join(Role)))
    return Role(given)


def _show_own(status: int = 200, problems: dict[str, str] | None = None, alert: str = "") -> Response:
    database, token = newsroom().database, request.cookies[sign_in.COOKIE]
    with database.read() as connection:
        sessions = stored_staff.sessions(connection, g.editor.account_id, database.clock())
        counts = desk.counts(connection)
    done = DONE_OWN.get(request.args.get("done", "")) if status == 200 else None
    return desk.show(
        "newsdesk/account.html",
        status,
        counts,
        view="account",
        role_name=_(NAMES[g.editor.role]),
        role_words=_(ROLES[g.editor.role]),
        sessions=[(session, staff.is_of(token, session.token_hash)) for session in sessions],
        in_words=browser_in_words,
        problems=problems or {},
        labels={name: _(label) for name, label in LABELS.items()},
        alert=alert,
        done=_(done) if done else "",
        password_length=staff.PASSWORD_LENGTH,
    )


def _show_everybody(status: int = 200, alert: str = "", link: str = "") -> Response:
    require(g.editor, Right.MANAGE)
    database = newsroom().database
    invited = invitations.open_invitations(database, g.editor)
    with database.read() as connection:
        accounts = stored_staff.all_accounts(connection)
        sessions = stored_staff.sessions_of_all(connection, database.clock())
        counts = desk.counts(connection)
    return desk.show(
        "newsdesk/accounts.html",
        status,
        counts,
        view="accounts",
        people=[(account, sessions.get(account.account_id)) for account in accounts],
        invitations=invited,
        invitation_days=INVITATION_DAYS,
        roles={role: _(words) for role, words in ROLES.items()},
        role_titles={role: _(title) for role, title in TITLES.items()},
        role_names={role: _(name) for role, name in NAMES.items()},
        link=link,
        alert=alert,
        done=_done({account.name: account.role for account in accounts}) if status == 200 and not link else "",
    )


def _done(roles: dict[str, Role]) -> str:
    """What was done before this page was led to, if it is still so: the address alone makes nobody removed."""
    act, name = request.args.get("done", ""), request.args.get("name", "")
    is_so = act == "revoke" or (bool(name) and (name in roles) is (act != "remove"))
    role = _(NAMES[roles[name]]) if name in roles else ""
    return _(DONE[act], name=name, role=role) if act in DONE and is_so else ""


def _door(token: str, status: int = 200, problems: dict[str, str] | None = None, user: str = "") -> Response:
    try:
        invitation = invitations.look(newsroom().database, token, safety.client_address())
    except SignInRefused as refused:
        return _closed(refused)
    return _show_door(status, invitation=invitation, token=token, problems=problems or {}, user=user)


def _closed(refused: SignInRefused) -> Response:
    status = 404 if refused.retry_after_seconds is None else 429
    return _with_retry(_show_door(status, refusal=refused.message, problems={}), refused)


def _show_door(status: int, **values: Any) -> Response:
    return desk.show(
        "newsdesk/invitation.html",
        status,
        labels={"user": _("Name"), "password": _("Password"), "again": _("Password once more")},
        roles={role: _(words) for role, words in ROLES.items()},
        role_names={role: _(name) for role, name in NAMES.items()},
        password_length=staff.PASSWORD_LENGTH,
        name_length=staff.NAME_LENGTH,
        **values,
    )


def _with_retry(response: Response, refused: SignInRefused) -> Response:
    if refused.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(refused.retry_after_seconds)
    return response
