"""The page that a browser gets at ``/``: what the image is, and a form that asks it. It needs nothing but this server.

    page.py     the answer, and the policy that keeps anything else from running in it
    page.html   its frame; page.css its looks
    json.js     JSON whose numbers keep their digits
    fields.js   a schema and an example as a form
    table.js    rows as a table of small fields
    code.js     the same request as a shell and as Python write it
    page.js     sending, and what came back

All of it goes out in one answer, so that it works below any prefix, and next to routes of any name.
"""
