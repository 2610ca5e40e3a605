"""The kinds of secrets that have a form of their own. Adding a kind is adding a line here.

Forms that detect-secrets knows are its own; it is loaded when a mark of such a kind is seen, as that takes
a tenth of a second. The others come from what the services say about their tokens.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of secret, named as in a message: "an AWS access key".

    ``marks`` are short texts of which each such secret has one within the first characters; nothing is
    looked at without. ``form`` matches the secret, or else ``plugin`` names a class of detect-secrets whose
    patterns do. ``reach`` is how far before and behind the mark the secret may go.
    """

    name: str
    marks: tuple[str, ...]
    form: re.Pattern[str] | None = None
    plugin: str = ""
    reach: tuple[int, int] = (0, 200)

    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """Return what matches the secret."""
        return (self.form,) if self.form is not None else _library_patterns(self.plugin)


@cache
def _library_patterns(plugin: str) -> tuple[re.Pattern[str], ...]:
    module, _, name = plugin.partition(":")
    # Only the patterns: nothing of the library that scans files, logs or asks a network is run.
    detector = getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)
    return tuple(detector.denylist)


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


KINDS: tuple[Kind, ...] = (
    Kind(name="an AWS access key", marks=("AKIA", "ASIA", "ABIA", "ACCA"), plugin="aws:AWSKeyDetector"),
    Kind(name="an AWS secret key", marks=("aws_secret", "AWS_SECRET", "aws_session"), plugin="aws:AWSKeyDetector"),
    Kind(name="an Azure storage key", marks=("AccountKey=",), plugin="azure_storage_key:AzureStorageKeyDetector"),
    Kind(
        name="a GitHub token",
        marks=("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        plugin="github_token:GitHubTokenDetector",
    ),
    Kind(name="a GitHub token", marks=("github_pat_",), form=_form(r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}")),
    Kind(
        name="a GitLab token",
        marks=("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "GR1348941", "glcbt-", "glptt-", "gloas-"),
        plugin="gitlab_token:GitLabTokenDetector",
    ),
    Kind(
        name="a Slack token", marks=("xoxa-", "xoxb-", "xoxp-", "xoxo-", "xoxs-", "xoxr-"), plugin="slack:SlackDetector"
    ),
    Kind(name="a Slack webhook", marks=("https://hooks.slack.com/services/",), plugin="slack:SlackDetector"),
    Kind(name="a Stripe key", marks=("sk_live_", "rk_live_"), plugin="stripe:StripeDetector"),
    Kind(name="a SendGrid key", marks=("SG.",), plugin="sendgrid:SendGridDetector"),
    Kind(name="a PyPI token", marks=("pypi-Ag",), plugin="pypi_token:PypiTokenDetector", reach=(0, 400)),
    Kind(name="a Square secret", marks=("sq0csp-",), plugin="square_oauth:SquareOAuthDetector"),
    Kind(
        name="a JSON Web Token",
        marks=("eyJ",),
        # The library's own pattern stops before the signature.
        form=_form(r"eyJ[A-Za-z0-9_=-]+\.eyJ[A-Za-z0-9_=-]+\.[A-Za-z0-9_+/=-]{10,}"),
        reach=(0, 2_000),
    ),
    Kind(
        name="a private key",
        marks=("PRIVATE KEY", "PuTTY-User-Key-File-2"),
        plugin="private_key:PrivateKeyDetector",
        reach=(40, 500),
    ),
    Kind(
        name="an OpenAI key",
        marks=("sk-",),
        form=_form(r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,200}|sk-[A-Za-z0-9]{32,64}"),
    ),
    Kind(name="an Anthropic key", marks=("sk-ant-",), form=_form(r"sk-ant-[a-z]{3,8}\d{2}-[A-Za-z0-9_-]{80,120}")),
    Kind(name="an OpenRouter key", marks=("sk-or-v1-",), form=_form(r"sk-or-v1-[0-9a-f]{64}")),
    Kind(name="a Hugging Face token", marks=("hf_",), form=_form(r"hf_[A-Za-z0-9]{34,40}")),
    Kind(name="a Google API key", marks=("AIza",), form=_form(r"AIza[A-Za-z0-9_-]{35}")),
    Kind(name="a Google client secret", marks=("GOCSPX-",), form=_form(r"GOCSPX-[A-Za-z0-9_-]{28}")),
    Kind(name="a Google access token", marks=("ya29.",), form=_form(r"ya29\.[A-Za-z0-9_-]{60,1000}"), reach=(0, 1_100)),
    Kind(name="a Databricks token", marks=("dapi",), form=_form(r"dapi[0-9a-f]{32}(?:-\d)?")),
    Kind(name="a Groq key", marks=("gsk_",), form=_form(r"gsk_[A-Za-z0-9]{40,60}")),
    Kind(name="a Replicate token", marks=("r8_",), form=_form(r"r8_[A-Za-z0-9]{37}")),
    Kind(name="a Pinecone key", marks=("pcsk_",), form=_form(r"pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{60,70}")),
    Kind(name="a LangSmith key", marks=("lsv2_",), form=_form(r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}")),
    Kind(name="an NVIDIA key", marks=("nvapi-",), form=_form(r"nvapi-[A-Za-z0-9_-]{60,80}")),
    Kind(name="a Perplexity key", marks=("pplx-",), form=_form(r"pplx-[A-Za-z0-9]{40,56}")),
    Kind(name="an xAI key", marks=("xai-",), form=_form(r"xai-[A-Za-z0-9]{70,90}")),
    Kind(name="a Tavily key", marks=("tvly-",), form=_form(r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{28,40}")),
    Kind(name="a DigitalOcean token", marks=("dop_v1_",), form=_form(r"dop_v1_[0-9a-f]{64}")),
    Kind(name="a Telegram bot token", marks=(":AA",), form=_form(r"\d{8,10}:AA[A-Za-z0-9_-]{33}"), reach=(10, 60)),
    Kind(
        name="a password in a URL",
        marks=("://",),
        form=_form(r"://(?P<user>[^\s/:@\"'<>,;()]{0,80}):(?P<secret>[^\s/:@\"'<>,;()\[\]]{1,100})@[\w.\-]"),
    ),
)
