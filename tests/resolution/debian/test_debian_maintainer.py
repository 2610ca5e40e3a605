"""What maintainer scripts would do: done by rule, known to change nothing, or refused."""

from __future__ import annotations

import pytest

from jupyter_containerize.resolution.debian.errors import ScriptUnknown
from jupyter_containerize.resolution.debian.maintainer import Alternative, chosen_links, read_scripts
from jupyter_containerize.resolution.debian.shell import ShellUnreadable, commands_of

SHELL = {
    "words and quotes": ("a 'b c' \"d e\" f\\ g\n", [["a", "b c", "d e", "f g"]]),
    "separators": ("a;b&&c||d|e&\nf\n", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]),
    "a line that goes on": ("a \\\n  b\n", [["a", "b"]]),
    "comments": ("# don't\na # it's b\nb#c\n", [["a"], ["b#c"]]),
    "conditions": (
        'if [ "$1" = x ] && ! a; then b; elif c; then d; else e; fi\n',
        [["[", "$1", "=", "x", "]"], ["a"], ["b"], ["c"], ["d"], ["e"]],
    ),
    "loops": ('for f in a b\ndo g "$f"; done; while h; do i; done\n', [["g", "$f"], ["h"], ["i"]]),
    "cases": (
        'case "$1" in\n  (a|b) c ;;\n  "x y"/*) d; e\n ;;\n *) ;;\nesac\nf\n',
        [["c"], ["d"], ["e"], ["f"]],
    ),
    "a case in a case": ("case a in b) case c in d) e;; esac;; f) g;; esac\nh\n", [["e"], ["g"], ["h"]]),
    "a function": ("f () {\n a\n}\nf b\n", [["f"], ["a"], ["f", "b"]]),
    "a subshell": ("(a; b) || (c)\n", [["a"], ["b"], ["c"]]),
    "substitutions": (
        'a "$(b "$c")" `d e` $(f $(g))\n',
        [["a", "$()", "$()", "$()"], ["b", "$c"], ["d", "e"], ["f", "$()"], ["g"]],
    ),
    "redirections": ("a 2>/dev/null >&2 < b\n", [["a"]]),
    "braces of variables": ("a ${b:-c d}\n", [["a", "${b:-c d}"]]),
    "keywords as words": ("echo if then case esac done\n", [["echo", "if", "then", "case", "esac", "done"]]),
}


@pytest.mark.parametrize("case", SHELL)
def test_commands_of__a_script__lists_every_command(case):
    """Whatever could run is listed once."""
    text, expected = SHELL[case]
    assert sorted(list(command.words) for command in commands_of(text) if command.words) == sorted(expected)


UNREADABLE = {
    "a quote that nothing closes": ("a\nb 'c\n", 2),
    "a double one": ('a "b\n', 1),
    "a here-document": ("a\ncat > x <<EOF\nb\nEOF\n", 2),
    "a substitution without end": ("a\nb $(c\n", 2),
    "a case without in": ("case a\n", 1),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_commands_of__what_is_not_followed__is_told(case):
    """What cannot be read is no empty script."""
    text, number = UNREADABLE[case]
    with pytest.raises(ShellUnreadable) as caught:
        commands_of(text)
    assert caught.value.number >= number


HARMLESS = {
    "nothing": "",
    "asks and answers": 'if [ -x "$(command -v dpkg)" ] && test -n "$2"; then echo hello >&2; exit 0; fi',
    "an upgrade": 'dpkg-maintscript-helper rm_conffile /etc/x 1.0 -- "$@"',
    "services": "deb-systemd-helper enable x.service >/dev/null || true",
    "settings": ". /usr/share/debconf/confmodule\ndb_get x/y || true\ndb_stop",
    "caches": "/usr/lib/x86_64-linux-gnu/glib-2.0/glib-compile-schemas /usr/share/glib-2.0/schemas || true",
    "a log": "fc-cache -s -v 1>/var/log/fontconfig.log 2>&1",
    "folders": "install -d -m 755 /var/lib/x\nmkdir -p /a\nchown root:staff /a",
    "its own function": "f() {\n echo a\n}\nf b",
    "old alternatives": "update-alternatives --remove x /usr/bin/x",
}


@pytest.mark.parametrize("case", HARMLESS)
def test_read_scripts__commands_of_no_effect__pass(case):
    """What changes nothing in an image stops nothing."""
    assert read_scripts("x", {"postinst": f"#!/bin/sh\nset -e\n{HARMLESS[case]}\n"}) == ()


UNKNOWN = {
    "a program": ("set -e\n/usr/bin/dot -c", 3),
    "a link": ("ln -s a /usr/bin/b", 2),
    "a user": ("if true; then\n  adduser --system x\nfi", 3),
    "a written file": ("echo 1 > /etc/x", 2),
    "an appended file": ("{ echo 1; } >> /etc/x", 2),
    "a file changed in place": ("sed -i s/a/b/ /etc/x", 2),
    "files removed": ("find /usr -name x -delete", 2),
    "a program by variable": ('x=/bin/y\n"$x" z', 3),
    "a program in a substitution": ('a="$(make-it)"', 2),
    "another script": (". /usr/share/x/functions", 2),
    "alternatives of unknown names": (
        "for x in a b; do update-alternatives --install /usr/bin/$x x /usr/lib/$x 5; done",
        2,
    ),
    "alternatives that are none": ("update-alternatives --install /usr/bin/x x", 2),
    "another program by name": ("command make-it", 2),
    "alternatives of a variable with two values": ("x=/a\nupdate-alternatives --install /usr/bin/x x $x 5\nx=/b", 3),
    "copies": ("cp /a /b", 2),
    "a function of that name that is none": ("f a", 2),
    "text to a program": ("cat <<E\nx\nE", 2),
    "evaluated": ("xargs rm < /a", 2),
}


@pytest.mark.parametrize("case", UNKNOWN)
@pytest.mark.parametrize("script", ["preinst", "postinst"])
def test_read_scripts__other_commands__are_refused_by_name(case, script):
    """The error names package, script, line and what it says."""
    text, number = UNKNOWN[case]
    with pytest.raises(ScriptUnknown) as caught:
        read_scripts("some-package", {script: f"#!/bin/sh\n{text}\n"})
    error = caught.value
    assert (error.package, error.script, error.number) == ("some-package", script, number)
    assert error.line


@pytest.mark.parametrize("first", ["#!/usr/bin/perl -w", "#!/usr/bin/python3", "\x7fELF", ""])
def test_read_scripts__no_shell_script__is_refused(first):
    """Programs in other languages are not read."""
    with pytest.raises(ScriptUnknown) as caught:
        read_scripts("x", {"postinst": f"{first}\nexit 0\n"})
    assert (caught.value.number, caught.value.line) == (1, first)


def test_read_scripts__other_scripts__are_not_read():
    """What runs when a package goes never runs."""
    assert read_scripts("x", {"postrm": "#!/bin/sh\nformat-disk\n", "triggers": "activate-noawait ldconfig\n"}) == ()


def test_read_scripts__alternatives__are_links():
    """The library with the highest priority is the one that is loaded, and companions follow it."""
    script = (
        "#!/bin/sh\nd=/usr/lib/x86_64-linux-gnu\nif [ $1 = configure ]; then\n"
        "update-alternatives --install $d/libblas.so.3 libblas.so.3-x86_64-linux-gnu \\\n"
        "  ${d}/openblas/libblas.so.3 100 --slave /usr/share/x x /usr/share/openblas\nfi\n"
    )
    fast = read_scripts("libopenblas0-pthread", {"postinst": script})
    assert fast[0] == Alternative(
        link="/usr/lib/x86_64-linux-gnu/libblas.so.3",
        path="/usr/lib/x86_64-linux-gnu/openblas/libblas.so.3",
        priority=100,
        package="libopenblas0-pthread",
    )
    slow = read_scripts("libblas3", {"postinst": script.replace("openblas", "blas").replace("100", "10")})
    assert chosen_links((*slow, *fast)) == {
        "/usr/lib/x86_64-linux-gnu/libblas.so.3": "/usr/lib/x86_64-linux-gnu/openblas/libblas.so.3",
        "/usr/share/x": "/usr/share/openblas",
    }
