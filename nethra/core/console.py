"""The console: the site that apps register on. What lies above it (sign-in, dashboard) hooks in here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from types import MethodType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.admin import AdminSite
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from unfold.dataclasses import SearchResult

from nethra.core.access import Access, access_of
from nethra.core.capabilities import Capability, Reach
from nethra.core.errors import DomainError
from nethra.core.problems import problem_response

if TYPE_CHECKING:

    class Theme(AdminSite):
        def search(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse: ...

else:
    from unfold.sites import UnfoldAdminSite as Theme

View = Callable[..., HttpResponseBase]
#: Takes the refusal that it was hung for.
Answer = Callable[[HttpRequest, Any], HttpResponseBase]
MAX_FOUND = 10
MAX_TERM = 100


@dataclass(frozen=True)
class Change:
    """One field of a change, as people read it."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class HistoryEntry:
    """One event of a record's history."""

    at: datetime
    who: str
    action: str
    reason: str
    source: str
    changes: Sequence[Change]


@dataclass(frozen=True)
class Page:
    """A page of the console that is no model's: its route, its view and the name to reverse it by."""

    route: str
    view: View
    name: str
    for_script: bool = False
    is_open: bool = False


@dataclass(frozen=True)
class Link:
    """One entry of the sidebar, for whoever has the capability (None: everybody), guests of a case or not."""

    title: str
    icon: str
    url_name: str
    capability: Capability | None
    query: str = ""
    for_guests: bool = True

    @property
    def address(self) -> str:
        """Where it leads."""
        return reverse(self.url_name) + self.query

    def is_open_to(self, access: Access) -> bool:
        is_allowed = self.capability is None or access.may(self.capability)
        is_allowed = is_allowed and (self.for_guests or access.reach is not Reach.GUEST)
        return is_allowed and self._is_served()

    def _is_served(self) -> bool:
        try:
            reverse(self.url_name)
        except NoReverseMatch:
            return False
        return True


class ConsoleSite(Theme):
    """Nobody without a session gets past the sign-in page; everything else is up to capabilities.

    The views and the history are set by the apps that own them, since this module lies below all of them.
    """

    sign_in_view: View
    sign_out_view: View
    account_view: View
    password_view: View
    dashboard_view: View
    watch_of: Callable[[HttpRequest], Any] = staticmethod(lambda request: None)
    history_of: Callable[[Access, str, UUID], list[HistoryEntry]]
    links: Iterable[Link] = ()

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._pages: list[Page] = []
        self._answers: dict[type[DomainError], Answer] = {}
        self.disable_action("delete_selected")

    def has_permission(self, request: HttpRequest) -> bool:
        return hasattr(request, "access")

    def add_page(self, route: str, view: View, name: str) -> None:
        """Serve a view below /console/ to everybody who is signed in; the view checks the capability."""
        self._pages.append(Page(route, view, name))

    def add_open_page(self, route: str, view: View, name: str) -> None:
        """Serve a view below /console/ to everybody, signed in or not; the view knows what it may say."""
        self._pages.append(Page(route, view, name, is_open=True))

    def add_data(self, route: str, view: View, name: str) -> None:
        """Serve what a page's script asks for: refusals are problem details, never the sign-in page."""
        self._pages.append(Page(route, view, name, for_script=True))

    def hang_tab(self, model: type[Any], tab: type[Any]) -> None:
        """Add a tab to the pages of a model of a lower app, which must not know of it."""
        admin: Any = self._registry[model]
        admin.inlines = (*admin.inlines, tab)

    def hang_button(
        self, model: type[Any], name: str, button: View, capability: Capability, *, menu: str = ""
    ) -> None:
        """Add a button, made with @action(permissions=(name,)), to the pages of a model of a lower app.

        ``menu`` is the title of a menu of that page to put it into.
        """
        admin: Any = self._registry[model]
        setattr(admin, name, MethodType(button, admin))
        setattr(admin, f"has_{name}_permission", lambda request, *_: access_of(request).may(capability))
        menus = [each for each in admin.actions_detail if isinstance(each, dict) and each["title"] == menu]
        if menus:
            menus[0]["items"].append(name)
        else:
            admin.actions_detail = (*admin.actions_detail, name)

    def hang_above_list(self, model: type[Any], template: str) -> None:
        """Show a template above the list of a model of a lower app, which must not know of it."""
        self._registry[model].list_before_template = template  # type: ignore[attr-defined]

    def hang_answer(self, refusal: type[DomainError], answer: Answer) -> None:
        """Show a page of an app's own where a console page refuses with this error."""
        self._answers[refusal] = answer

    def admin_view(self, view: View, cacheable: bool = False) -> Any:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except tuple(self._answers) as refused:
                return self._answers[type(refused)](request, refused)

        return super().admin_view(answer, cacheable)

    def extra_urls(self) -> list[URLPattern]:
        return [path(page.route, self._guarded(page), name=page.name) for page in self._pages]

    def _guarded(self, page: Page) -> View:
        if page.is_open:
            return page.view
        return for_script(page.view) if page.for_script else self.admin_view(page.view)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        access = getattr(request, "access", None)
        return super().each_context(request) | {
            "is_visiting": access is not None and access.is_visiting,
            "session_watch": self.watch_of(request) if access is not None else None,
        }

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return self.sign_in_view(request)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return self.sign_out_view(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return self.password_view(request)

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return self.dashboard_view(request)

    def search(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Answer the command palette.

        SECURITY: the theme's own ignores view permission, has no limit and caches what it found per user.
        """
        term = request.GET.get("s", "").strip()[:MAX_TERM]
        if not term:
            return HttpResponse()
        results = [*self._pages_called(request, term), *self._records_called(request, term)]
        context = {
            "page_obj": Paginator(results, max(len(results), 1)),
            "results": Paginator(results, max(len(results), 1)).page(1),
            "page_counter": 0,
            "execution_time": 0,
            "command_show_history": False,
        }
        template = "unfold/helpers/command_results.html"
        return TemplateResponse(request, template, context, headers={"HX-Trigger": "search"})

    def _pages_called(self, request: HttpRequest, term: str) -> list[SearchResult]:
        access = access_of(request)
        return [
            SearchResult(link.title, "Page", link.address, link.icon)
            for link in self.links
            if link.is_open_to(access) and term.lower() in link.title.lower()
        ]

    def _records_called(self, request: HttpRequest, term: str) -> list[SearchResult]:
        found: list[SearchResult] = []
        for model, admin in self._registry.items():
            find = getattr(admin, "find_by_name", None)
            if find is None or not admin.has_view_permission(request):
                continue
            route = f"{self.name}:{model._meta.app_label}_{model._meta.model_name}_change"
            kind = str(model._meta.verbose_name).capitalize()
            found += [
                SearchResult(str(row), kind, reverse(route, args=[row.pk]), "description")
                for row in find(request, term)[:MAX_FOUND]
            ]
        return found


def for_script(view: View) -> View:
    """Return a view for a script: 401 without a session, and what the domain refuses as problem details."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            access_of(request)
            return view(request, *args, **kwargs)
        except DomainError as problem:
            return problem_response(request, problem.status, problem.code, problem.message, problem.errors)

    return answer


console = ConsoleSite()
