"""Finds what R code asks for, without R."""

from jupyter_containerize.analysis.r_code.find import find_r_packages
from jupyter_containerize.analysis.r_code.julia import JULIA_NOT_BUILT, find_julia_packages
from jupyter_containerize.analysis.r_code.tokens import Token, TokenKind, tokens_of

__all__ = ["JULIA_NOT_BUILT", "Token", "TokenKind", "find_julia_packages", "find_r_packages", "tokens_of"]
