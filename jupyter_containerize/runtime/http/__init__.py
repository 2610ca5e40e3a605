"""HTTP/1.1 on asyncio: what comes over a connection becomes a ``Request``, and an ``Answer`` goes back.

    messages    Request, Answer, and a refusal as a problem document
    connection  one client: parsing, limits, pipelining, deadlines
    table       which handler answers a method and a path
    listening   the socket, all connections, and an end that loses no request

Parsing is llhttp's (by httptools); nothing here knows what is served.
"""
