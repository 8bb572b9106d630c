"""The views: each module describes one page with its data as a `View`, and this is the list of them."""

from __future__ import annotations

from allegiance.web.views import compare, contradictions, lineage, map_view, network, timeline
from allegiance.web.views.view import View

VIEWS: tuple[View, ...] = (network.VIEW, timeline.VIEW, lineage.VIEW, map_view.VIEW, contradictions.VIEW, compare.VIEW)
"""In the order of the navigation."""
