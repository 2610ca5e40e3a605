"""The proof: the image is started and asked what the notebook asked itself."""

from __future__ import annotations

import json
import math
import time
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

from jupyter_containerize.domain.build import CancelToken, Level, SelfTestMode, SelfTestResult
from jupyter_containerize.domain.image import Image
from jupyter_containerize.domain.notebook import CandidateKind
from jupyter_containerize.domain.serving import CapturedState, Json, ServingSpec
from jupyter_containerize.lifecycle.asking import ask
from jupyter_containerize.lifecycle.errors import SelfTestImpossible
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.trying import free_port, wait_until_ready
from jupyter_containerize.publishing import NoRunner, Running, find_runner

_ANSWER_SECONDS = 60.0
# A job is a whole notebook.
_JOB_SECONDS = 600.0
_POLL_SECONDS = 0.1
# Two runs of the same arithmetic on other CPUs may differ in the last digits, never by this much.
_RELATIVE_TOLERANCE = 1e-6


def prove(state: CapturedState, image: Image, job: Job) -> SelfTestResult:
    """Start the image, wait until it is ready, and compare its answer with the notebook's.

    Raises:
        SelfTestImpossible: the test was required and nothing here can start the image.
    """
    mode, watch = job.request.selftest, job.watch
    if mode is SelfTestMode.SKIP:
        return SelfTestResult(ran=False, passed=False, reason="skipped on request")
    runner = find_runner()
    if isinstance(runner, NoRunner):
        if mode is SelfTestMode.REQUIRE:
            raise SelfTestImpossible(runner.reasons)
        reason = "nothing here can start a container; install Docker, Podman or bubblewrap to have the image tested"
        watch.say(f"Self-test not run: {reason}", Level.WARNING)
        return SelfTestResult(ran=False, passed=False, reason=reason)
    watch.progress(f"Starting the image with {runner.name}", 0, None)
    served = (state.spec, *state.more)
    is_job = state.spec.kind == CandidateKind.JOB
    with runner.start(image, job.store, port=free_port(), env={}, cancel=watch.cancel) as running:
        reason = _run_to_the_end(running, watch.cancel) if is_job else _all_answers(running, served, watch.cancel)
        if reason:
            reason = f"{reason}\n{running.logs()}".rstrip()
    if not reason:
        asked = "answers as the notebook did" if any(spec.example for spec in served) else "starts and is ready"
        watch.say(f"Self-test passed: the image {'runs to its end' if is_job else asked} ({runner.name})")
    return SelfTestResult(ran=True, passed=not reason, engine=runner.name, reason=reason)


def _run_to_the_end(running: Running, cancel: CancelToken) -> str:
    """Return an empty text once a job has ended well with its default parameters, or what is wrong."""
    deadline = time.monotonic() + _JOB_SECONDS
    while running.alive():
        cancel.check()
        if time.monotonic() > deadline:
            return f"the job still ran after {_JOB_SECONDS:.0f} s; --selftest skip builds it untested"
        cancel.event.wait(_POLL_SECONDS)
    code = running.exit_code()
    return f"the job ended with exit code {code}" if code else ""


def _all_answers(running: Running, served: Iterable[ServingSpec], cancel: CancelToken) -> str:
    reason = wait_until_ready(running, cancel)
    return reason or next(filter(None, (_ask(running, spec, cancel) for spec in served)), "")


def same_answer(expected: Json, actual: Json) -> bool:
    """Return whether two JSON answers are equal, floats to a relative 1e-6."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, (int, float)) and isinstance(actual, (int, float)):
        return math.isclose(expected, actual, rel_tol=_RELATIVE_TOLERANCE, abs_tol=1e-9)
    if isinstance(expected, str) or isinstance(actual, str):
        return expected == actual
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return expected.keys() == actual.keys() and all(same_answer(expected[k], actual[k]) for k in expected)
    if isinstance(expected, Sequence) and isinstance(actual, Sequence):
        return len(expected) == len(actual) and all(map(same_answer, expected, actual))
    return expected == actual


def _ask(running: Running, spec: ServingSpec, cancel: CancelToken) -> str:
    """Return what is wrong with the answer, or an empty text."""
    example = spec.example
    if example is None or spec.method == "GET" or ":" in spec.route:
        return ""
    request = urllib.request.Request(  # noqa: S310  # loopback
        f"{running.url}{spec.route}",
        data=json.dumps(example.request).encode(),
        headers={"content-type": "application/json"},
        method=spec.method,
    )
    try:
        found = ask(request, timeout_seconds=_ANSWER_SECONDS, cancel=cancel)
        if found.status >= HTTPStatus.BAD_REQUEST:
            return f"{spec.method} {spec.route} gave {found.status}: {found.body.decode(errors='replace')[:2000]}"
        answer: Json = json.loads(found.body)
    except OSError as error:
        return f"{spec.method} {spec.route} gave no answer: {error}"
    except ValueError as error:
        return f"{spec.method} {spec.route} gave no JSON: {error}"
    if same_answer(example.response, answer):
        return ""
    return f"the notebook answered {json.dumps(example.response)}, the image answers {json.dumps(answer)}"
