"""The server of ``digits web``: the page, and recognition over HTTP.

- http.py: HTTP/1.1 over asyncio, within limits of size and time
- guard.py: which requests are trusted: ``Host``, ``Origin``, loopback
- files.py: the page's files
- routes.py: the table of the API's methods; parameters.py, bodies.py: their arguments
- openapi.py: the same table as an OpenAPI document
- workers.py, engine.py: recognition and fine-tuning, in threads
- application.py: all of it together
"""
