"""The line magics that IPython runs without their %.

Source: ``%lsmagic`` of IPython and ipykernel, their aliases on Linux and macOS, and ``%autoreload``.
"""

from __future__ import annotations

# Commands with arguments that are no Python and no prose: they count also where IPython would not look,
# in a cell with other lines.
COMMANDS = frozenset(
    {
        *("pip", "conda", "mamba", "micromamba", "uv", "matplotlib", "pylab", "load_ext", "reload_ext", "autoreload"),
        *("cd", "ls", "ll", "mkdir", "rmdir", "rm", "cp", "mv", "cat", "pushd", "popd", "env", "set_env"),
    }
)

MAGICS = COMMANDS | frozenset(
    {
        *("alias", "alias_magic", "autoawait", "autocall", "automagic", "autosave", "bookmark", "clear", "cls"),
        *("code_wrap", "colors", "config", "connect_info", "copy", "ddir", "debug", "dhist", "dirs", "doctest_mode"),
        *("echo", "ed", "edit", "gui", "hist", "history", "killbgscripts", "ldir", "less", "lf", "lk", "load"),
        *("loadpy", "logoff", "logon", "logstart", "logstate", "logstop", "lsmagic", "lx", "macro", "magic", "man"),
        *("more", "notebook", "page", "pastebin", "pdb", "pdef", "pdoc", "pfile", "pinfo", "pinfo2", "pprint"),
        *("precision", "prun", "psearch", "psource", "pwd", "pycat", "qtconsole", "quickref", "recall", "rehashx"),
        *("ren", "rep", "rerun", "reset", "reset_selective", "run", "save", "sc", "store", "subshell", "sx", "system"),
        *("tb", "time", "timeit", "unalias", "unload_ext", "who", "who_ls", "whos", "xdel", "xmode"),
    }
)
