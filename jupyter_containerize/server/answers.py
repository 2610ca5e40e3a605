"""What every handler of ours shares: who may ask, where the queue is, and how an error is answered."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.web import HTTPError, RequestHandler

from jupyter_containerize.domain.errors import ContainerizeError, InternalError
from jupyter_containerize.explain import explain
from jupyter_containerize.server import words  # noqa: F401  # it registers the words for our errors
from jupyter_containerize.server.errors import Unexpected, refusal, status_of

if TYPE_CHECKING:  # the extension lists the handlers, so it cannot be imported before them
    from jupyter_containerize.server.extension import ContainerizeExtension

AUTH_RESOURCE = "containerize"


class ProblemAnswers(ExtensionHandlerMixin, JupyterHandler):
    """Answers every error, ours, Jupyter's or an unforeseen one, with a ``Problem`` in JSON."""

    auth_resource = AUTH_RESOURCE

    @property
    def extension(self) -> ContainerizeExtension:
        """The extension, which has the queue."""
        return cast("ContainerizeExtension", self.extensionapp)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with the problem, under the status that fits it."""
        raised = kwargs.get("exc_info", (None, None, None))[1]
        error = self._our_error(raised, status_code)
        self.set_status(status_of(error))
        self.set_header("Content-Type", "application/json")
        if self.get_status() == HTTPStatus.METHOD_NOT_ALLOWED:
            # > The origin server MUST generate an Allow header field in a 405 response: RFC 9110, 15.5.6.
            self.set_header("Allow", ", ".join(self._methods()))
        self.finish(json.dumps(asdict(explain(error))))

    def _methods(self) -> list[str]:
        # Tornado's base answers 405 for those that a handler does not have.
        names = {name: name.lower() for name in self.SUPPORTED_METHODS}
        return [name for name, own in names.items() if getattr(type(self), own) is not getattr(RequestHandler, own)]

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log refusals as Jupyter does; a build's problems belong to the user, bugs are logged with their incident."""
        if isinstance(value, HTTPError):
            super().log_exception(typ, value, tb)

    def _our_error(self, raised: BaseException | None, status_code: int) -> ContainerizeError:
        match raised:
            case InternalError() | None:
                pass
            case ContainerizeError():
                return raised
            case HTTPError():
                return refusal(raised)
        incident = secrets.token_hex(6)
        self.log.error("incident %s: %s %s, %d", incident, self.request.method, self.request.path, status_code)
        self.log.error("incident %s", incident, exc_info=raised)
        return Unexpected(incident)


class ContainerizeHandler(ProblemAnswers, APIHandler):
    """A call of the API that answers in JSON."""
