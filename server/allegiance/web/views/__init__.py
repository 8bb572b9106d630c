"""The views: each module describes one page with its data as a `View`, and this is the list of them."""

from __future__ import annotations

from allegiance.web.views.view import View

VIEWS: tuple[View, ...] = ()
"""In the order of the navigation."""
