"""Names of Python's own modules, of today and of the past: no distribution provides them.

Source: docs.python.org, "Dead batteries" (PEP 594), the "Removed" sections of What's New 3.10 to 3.13,
and the Python 2.7 library's "Global Module Index".
"""

from __future__ import annotations

from collections.abc import Mapping

REMOVED_STDLIB: Mapping[str, str] = {
    # Module: the last Python that has it.
    "_bootlocale": "3.9", "binhex": "3.10", "formatter": "3.9", "macpath": "3.7", "parser": "3.9", "symbol": "3.9",
    "dummy_threading": "3.8", "_dummy_thread": "3.8", "macurl2path": "3.6",
    "asynchat": "3.11", "asyncore": "3.11", "distutils": "3.11", "imp": "3.11", "smtpd": "3.11",
    "aifc": "3.12", "audioop": "3.12", "cgi": "3.12", "cgitb": "3.12", "chunk": "3.12", "crypt": "3.12",
    "imghdr": "3.12", "lib2to3": "3.12", "mailcap": "3.12", "msilib": "3.12", "nis": "3.12", "nntplib": "3.12",
    "ossaudiodev": "3.12", "pipes": "3.12", "sndhdr": "3.12", "spwd": "3.12", "sunau": "3.12", "telnetlib": "3.12",
    "uu": "3.12", "xdrlib": "3.12",
}  # fmt: skip
"""Modules that a newer Python's standard library lacks, and the last version with them."""

PYTHON2_STDLIB: frozenset[str] = frozenset({
    "BaseHTTPServer", "Bastion", "CGIHTTPServer", "ConfigParser", "Cookie", "Dialog", "DocXMLRPCServer", "FileDialog",
    "FixTk", "HTMLParser", "MimeWriter", "Queue", "ScrolledText", "SimpleDialog", "SimpleHTTPServer",
    "SimpleXMLRPCServer", "SocketServer", "StringIO", "Tix", "Tkconstants", "Tkdnd", "Tkinter", "UserDict", "UserList",
    "UserString", "__builtin__", "_winreg", "anydbm", "bsddb", "cPickle", "cStringIO", "commands", "compiler",
    "cookielib", "copy_reg", "dbhash", "dircache", "dl", "dumbdbm", "dummy_thread", "exceptions", "fpformat",
    "future_builtins", "gdbm", "hotshot", "htmlentitydefs", "htmllib", "httplib", "ihooks", "imputil",
    "markupbase", "md5", "mhlib", "mimetools", "mimify", "multifile", "mutex", "popen2", "posixfile", "repr", "rexec",
    "rfc822", "robotparser", "sets", "sgmllib", "sha", "statvfs", "stringold", "strop", "sunaudio", "thread",
    "tkColorChooser", "tkCommonDialog", "tkFileDialog", "tkFont", "tkMessageBox", "tkSimpleDialog", "toaiff", "ttk",
    "urllib2", "urlparse", "user", "whichdb", "xmlrpclib", "xmllib",
})  # fmt: skip
"""Modules that only Python 2's standard library has. A local module of such a name comes first."""

PYTHON3_NAMES: Mapping[str, str] = {
    "BaseHTTPServer": "http.server", "ConfigParser": "configparser", "Cookie": "http.cookies",
    "HTMLParser": "html.parser", "Queue": "queue", "SimpleHTTPServer": "http.server", "SocketServer": "socketserver",
    "StringIO": "io", "Tkinter": "tkinter", "UserDict": "collections", "__builtin__": "builtins", "cPickle": "pickle",
    "cStringIO": "io", "commands": "subprocess", "cookielib": "http.cookiejar", "copy_reg": "copyreg",
    "htmlentitydefs": "html.entities", "httplib": "http.client", "md5": "hashlib", "robotparser": "urllib.robotparser",
    "sha": "hashlib", "thread": "_thread", "tkFileDialog": "tkinter.filedialog", "tkMessageBox": "tkinter.messagebox",
    "ttk": "tkinter.ttk", "urllib2": "urllib.request", "urlparse": "urllib.parse", "xmlrpclib": "xmlrpc.client",
}  # fmt: skip
"""Where Python 3 keeps what such a module had, for those that moved."""
