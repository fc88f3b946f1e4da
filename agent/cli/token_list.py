"""`iki token list`."""

import typer

from agent.cli.console import print_json, print_line, print_table
from agent.cli.options import JSONOption
from agent.service.inventory import list_tokens
from agent.service.workspace import load_module_settings


def command(context: typer.Context, as_json: JSONOption = False) -> None:
    """List the initialised tokens, with PKCS#11 URIs ready to paste; asks for no PIN."""
    tokens = list_tokens(load_module_settings(context.obj))
    if as_json:
        print_json(
            [
                {
                    "label": token.label,
                    "manufacturer": token.manufacturer,
                    "model": token.model,
                    "serial": token.serial,
                    "login_required": token.login_required,
                    "pin_locked": token.pin_locked,
                    "pin_final_try": token.pin_final_try,
                    "pin_count_low": token.pin_count_low,
                    "uri": str(token.uri),
                }
                for token in tokens
            ]
        )
        return
    if not tokens:
        print_line("No token is present.")
        return
    rows = [(token.label, token.model, token.serial, _pin_state(token), str(token.uri)) for token in tokens]
    print_table(("LABEL", "MODEL", "SERIAL", "PIN", "URI"), rows)


def _pin_state(token: object) -> str:
    if getattr(token, "pin_locked", False):
        return "locked"
    if getattr(token, "pin_final_try", False):
        return "final try"
    return "low" if getattr(token, "pin_count_low", False) else "ok"
