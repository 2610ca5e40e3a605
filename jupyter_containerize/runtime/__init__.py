"""The server inside the image: a request in, the function's answer out.

Stands alone. In the image it is the top-level package ``jupyter_containerize_runtime``, so imports
are relative, and it runs on Python 3.9 and newer with cloudpickle and its own httptools and nothing else.

    schema    what the function takes and gives, as JSON Schema
    binding   a JSON body -> the function's arguments, or every problem with it
    encoding  an answer -> JSON

These three use the standard library only: the kernel that captures a notebook's state reads its
serving function with the very same code.
"""
