"""The desk: a page on this machine's loopback for people who judge many documents, and sign some.

`admission` says who may ask, `application` answers, `endpoints` has what can be asked, `state` and `spool`
hold what came in until the desk ends, and `page` is what the browser shows: our own files, and nothing else.
"""
