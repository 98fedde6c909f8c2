"""What an error report may hold: never what somebody posted.

A view names its secrets by Django's decorators; a fault before the view, as a database that is
away, would report the form as it came.
"""

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class NothingPostedFilter(SafeExceptionReporterFilter):
    """Django's filter with every posted value taken out, whatever the view says."""

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, object]:
        if request is None:
            return {}
        if not self.is_active(request):
            return dict(request.POST.items())
        return dict.fromkeys(request.POST, self.cleansed_substitute)
