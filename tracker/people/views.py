from __future__ import annotations

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tracker.people.known_browsers import remember
from tracker.people.sign_in import SignInForm


class SignIn(LoginView):
    form_class = SignInForm
    template_name = "people/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        remember(self.request, response, form.get_user())
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


@never_cache
@require_http_methods(["GET", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """A link asks first; the button does it. So that no other page can sign a person out."""
    if request.method == "POST":
        # The sign-on of an agency has a page that says what this does not end.
        way_out = request.session.get("after_sign_out", "/")
        logout(request)
        return redirect(way_out)
    return render(request, "people/sign_out.html")


@never_cache
@require_GET
def session(request: HttpRequest) -> JsonResponse:
    """Tell the book's and the practice pages who is signed in, with the token that a submission must carry."""
    signed_in = request.user.is_authenticated
    name = request.user.name if request.user.is_authenticated else None
    return JsonResponse({"signed_in": signed_in, "name": name, "csrf": get_token(request)})
