"""`iki lab serve`."""

import sys
from typing import Annotated

import typer

from agent.cli.console import print_line
from agent.cli.lab_folder import find_lab
from agent.cli.options import LabFolderOption
from agent.lab.serve import LabPublisher


def command(
    context: typer.Context,
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 for any that is free.")
    ] = 0,
    folder: LabFolderOption = None,
) -> None:
    """Publish the CRLs and CA certificates over HTTP on this machine until interrupted.

    The URLs printed fit into [trust] crls; `iki lab revoke` and `iki lab crl` change what is published.
    """
    with LabPublisher(find_lab(context.obj, folder), port) as server:
        for url in server.urls:
            print_line(url)
        sys.stdout.flush()
        server.serve_forever()
