"""Documents looked into by worker processes, so that a hostile one costs a worker and not its caller.

What a caller needs of this package is `DocumentPool` (`agent.service.documents.pool`):

    with DocumentPool(limits, mapping, processes=2) as pool:
        with pool.open(DocumentRequest(path)) as opened:      # as `ReadHere.open` in this process
            opened.sha256, opened.form                        # plain values
            opened.container.inspect()                        # what is signed already, what the lint observed
            prepared = opened.container.prepare(request, algorithm)
            prepared.digest                                   # what the key signs, elsewhere
            prepared.finish(value)                            # the output's octets, piece by piece
        pool.examine(request)                                 # for `judge_examination`, `judge_detached`

A pool is a `DocumentSource`: `SigningDesk(workspace, signer, operator, pool).sign(job)` signs with it. It may
be used by any number of threads; at most `processes` documents are looked into at the same time, the others
wait their turn, in the order of their coming. A process is started when it is first needed (`start` does so
before) and serves one document after the other. It is spawned, never forked, so nothing of a PKCS#11 module
is in it.

A worker gets the open files, and nothing of where they are; it has no key, no PIN (not even the environment
of its parent), and before it sees a document it gives up what it does not need: processor time, memory,
writing of files, and, where the kernel has Landlock, opening files, TCP, signals and tracing (`confinement`).
It answers with values that are checked for their types (`messages`); certificates and lists of revoked ones
come as the DER they were, and are parsed by who judges them. What it says of a document is believed: it keeps
a document from harming others, not from lying about itself to a program that it has taken over.

A worker that breaks, or is ended for what it took, is a DocumentError of the document that it had:
`document-crash`, `document-time`, `document-cpu`, `document-memory` (exit status 8), and the next document
gets another process. A defect of ours in a worker is a `WorkerDefect` (exit status 70).
"""
