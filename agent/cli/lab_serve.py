"""`iki lab serve`."""

import sys
from typing import Annotated

import typer

from agent.cli.console import print_line
from agent.cli.lab_folder import find_lab
from agent.cli.options import LabFolderOption
from agent.lab.serve import LabPublisher, find_port
from agent.service.workspace import load_configuration


def command(
    context: typer.Context,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="PORT",
            min=0,
            max=65535,
            help="Another than that of the configuration; 0 for any that is free.",
        ),
    ] = None,
    folder: LabFolderOption = None,
) -> None:
    """Publish the CRLs and CA certificates, and answer as a TSA, over HTTP on this machine until interrupted.

    The URLs printed fit into [trust] crls, the TSA's into [timestamp] urls, where it is; `iki lab revoke` and
    `iki lab crl` change what is published.
    """
    layout = find_lab(context.obj, folder)
    chosen = find_port(load_configuration(layout.configuration)) if port is None else port
    with LabPublisher(layout, chosen) as server:
        for url in server.urls:
            print_line(url)
        sys.stdout.flush()
        server.serve_forever()
