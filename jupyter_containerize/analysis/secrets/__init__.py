"""Finds secrets in code and in outputs, and says where they are without repeating them."""

from jupyter_containerize.analysis.secrets.find import SECRET, find_secrets, holds_secret

__all__ = ["SECRET", "find_secrets", "holds_secret"]
